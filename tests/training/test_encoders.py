"""Encoders are found by name, hub id or folder; without a hub one sentence says what to do."""

from __future__ import annotations

import shutil

import pytest

from stance.errors import ModelError
from stance.model.folder import SHIPPED, read_settings
from stance.training.encoders import ENCODERS, find_encoder
from stance.training.network import load_network

INSIDE = {"mini", "tone", "stance"}  # the package


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("robbert-2023-base", r"Encoder 'robbert-2023-base' \(DTAI-KULeuven/robbert-2023-dutch-base\)"),
        ("iemand/eigen-encoder", r"Encoder 'iemand/eigen-encoder' \(iemand/eigen-encoder\)"),
    ],
)
@pytest.mark.usefixtures("no_hub")
def test_without_a_hub_one_sentence_says_how_to_pass_a_folder(name, named):
    with pytest.raises(ModelError, match=rf'{named} is not on this machine .*encoder="mini".* pass their folder\.$') as refusal:
        find_encoder(name)
    assert "\n" not in str(refusal.value)


def test_a_name_that_is_none_gets_the_nearest():
    with pytest.raises(ModelError, match=r"no encoder 'robbert-2032-base': pass one of mini, .*\. Did you mean 'robbert-2023-base'\?"):
        find_encoder("robbert-2032-base")


def test_a_folder_is_an_encoder(tiny_encoder):
    found = find_encoder(tiny_encoder)
    assert (found.path, found.name) == (tiny_encoder, "tiny-robbert")
    assert found.settings.learning_rate > 0


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("config.json", r"is not an encoder folder: it has no config\.json"),
        ("model.safetensors", r"pickled ones \(\.bin\) are never opened"),
    ],
)
def test_a_folder_that_cannot_be_one_is_refused(tiny_encoder, tmp_path, missing, problem):
    folder = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    (folder / missing).rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=problem):
        find_encoder(folder)


def test_every_name_of_the_design_is_known():
    names = {"mini", "robbert-2023-base", "robbert-2023-large", "robbert-2022-base", "robbert-v2-base", "robbertje", "mdeberta-v3-base"}
    assert names | {"xlm-r-base"} <= set(ENCODERS)
    assert all(encoder.hub_id.count("/") == 1 for name, encoder in ENCODERS.items() if name not in INSIDE)


@pytest.mark.parametrize("name", ["tone", "stance"])
def test_a_shipped_model_is_an_encoder_too(name):
    found = find_encoder(name)
    assert (found.name, found.settings) == (name, ENCODERS[name])
    assert load_network(found.path, read_settings(SHIPPED / name).labels).model.config.num_labels == 3
    assert find_encoder(name) == found
