"""A model folder says all of itself, and a folder that lost or changed a file is refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from stance.errors import ModelError
from stance.model.calibration import Calibration
from stance.model.folder import ModelSettings, find_model, model_id, read_settings, write_settings
from stance.model.labelling import load
from stance.model.windows import WindowPolicy

SETTINGS = ModelSettings(
    kind="majority",
    name="proef",
    variable="tone",
    labels=("negative", "neutral", "positive"),
    with_target=True,
    windows=WindowPolicy(length=128, overlap=0, pooling="mean", scope="all"),
    calibration=Calibration((1.5, 1.5, 1.5), (0.0, 0.25, 0.0), 40),
    signature={"encoder": "mini", "seed": "42"},
    scores={"dev_macro_f1": 0.625},
    about={"description": 'Een "proef" met accenten: Oekraïne.'},
)


@pytest.fixture
def copy(tone_model: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tone_model, tmp_path / "kopie")


def test_settings_come_back_as_they_were_written(tmp_path):
    (tmp_path / "shares.json").write_text("{}")
    write_settings(tmp_path, SETTINGS)
    assert read_settings(tmp_path) == SETTINGS
    assert read_settings(tmp_path) != replace(SETTINGS, scores={"dev_macro_f1": 0.626})


def test_the_id_of_a_model_changes_with_its_files(copy, tone_model):
    settings = read_settings(copy)
    assert model_id(copy, settings) == model_id(tone_model, settings)
    (copy / "extra.txt").write_text("meer")
    write_settings(copy, settings)
    assert model_id(copy, settings) != model_id(tone_model, settings)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_refused(copy, name):
    (copy / name).unlink()
    with pytest.raises(ModelError, match=rf"kopie lacks its file {name}; copy the whole folder again"):
        load(copy)


def test_an_altered_file_is_refused_and_an_altered_card_is_not(copy):
    (copy / "README.md").write_text("Eigen aantekeningen.")
    assert load(copy).settings.variable == "tone"
    altered = bytearray((copy / "model.onnx").read_bytes())
    altered[len(altered) // 2] ^= 1
    (copy / "model.onnx").write_bytes(altered)
    with pytest.raises(ModelError, match=r"model\.onnx was altered since the model was made"):
        load(copy)


def test_a_file_outside_the_folder_is_refused(copy):
    settings = copy / "stance.toml"
    settings.write_text(settings.read_text().replace('"config.json" =', '"../config.json" ='))
    with pytest.raises(ModelError, match=r"names a file outside its folder: '\.\./config\.json'"):
        load(copy)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("format = 1", "format = 9", r"format 9 is not 1; this model was made by another version"),
        ("format = 1", "format = ", r"is not valid TOML \("),
        ("kind =", "soort =", r"lacks or misnames a setting"),
        ("labels = [", "labels = []\nothers = [", r"needs at least two labels, and has \[\]"),
        ('kind = "encoder"', 'kind = "encoders"', r"kind 'encoders' is not one of .* Did you mean 'encoder'\?"),
        ("length = 64", "length = 4", r"A window of 4 tokens is too short"),
        ("pooling =", "polling =", r"lacks or misnames a setting"),
        ("[files]", "[file]", r"names no files"),
    ],
)
def test_settings_that_cannot_be_are_refused(copy, before, after, problem):
    settings = copy / "stance.toml"
    text = settings.read_text()
    assert before in text
    settings.write_text(text.replace(before, after, 1))
    with pytest.raises(ModelError, match=problem) as refusal:
        load(copy)
    assert "\n" not in str(refusal.value)


def test_what_is_no_model_folder_is_refused(tmp_path, shipped):
    with pytest.raises(ModelError, match=r"is not a model folder: it has no stance\.toml\. Make one with stance train"):
        find_model(tmp_path)
    with pytest.raises(
        ModelError, match=r"no model '.*niets': no shipped model has that name .*\(shipped: stance, tone\), .* --model FOLDER"
    ):
        find_model(tmp_path / "niets")
    (tmp_path / "bestand").write_text("tekst")
    with pytest.raises(ModelError, match=r"no model '.*bestand'"):
        find_model(tmp_path / "bestand")
