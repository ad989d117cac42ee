"""From coded units to a model folder: whole, the same each time, resumable, and refused where it cannot be."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import builtin
from stance.errors import CodingError, StanceError, TrainingError
from stance.model.labelling import load
from stance.training.building import hold_out, train_model
from stance.training.settings import TrainConfig

TONE, STANCE = builtin("tone"), builtin("stance")
FILES = ["config.json", "dev.csv", "model.onnx", "model.safetensors", "stance.toml", "tokenizer.json", "tokenizer_config.json"]


class KilledError(Exception):
    """What ends a run in the middle."""


@pytest.fixture
def config(tiny_encoder: Path) -> TrainConfig:
    """The settings ``tone_model`` was trained with."""
    return TrainConfig(encoder=str(tiny_encoder), epochs=20, batch_size=8, learning_rate=5e-3)


def assert_same_labels(found: np.ndarray, wanted: list[str], probabilities: np.ndarray) -> None:
    """Labels agree wherever the tiny model has decided: one that it leaves within a hair's breadth flips at any rounding, on some processors."""
    decided = np.diff(np.sort(probabilities, axis=1)[:, -2:])[:, 0] > 0.1
    assert decided.mean() > 0.5
    assert found[decided].tolist() == np.array(wanted)[decided].tolist()


def torch_probabilities(folder: Path, texts: list[str], firsts: list[str] | None = None) -> tuple[list[str], np.ndarray]:
    """Return labels and uncalibrated probabilities of the plain checkpoint, as any program gets them."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    inputs = tokenizer(*([texts] if firsts is None else [firsts, texts]), padding=True, truncation=True, max_length=64, return_tensors="pt")
    with torch.inference_mode():
        probabilities = model(**inputs).logits.softmax(-1).numpy()
    return [model.config.id2label[number] for number in probabilities.argmax(axis=1)], probabilities


def test_a_plain_checkpoint_gives_the_labels_of_the_labeller(tone_model, tone_units):
    labels, probabilities = torch_probabilities(tone_model, tone_units["text"].tolist())
    labeller = load(tone_model)
    assert_same_labels(labeller.predict(tone_units), labels, probabilities)
    assert (labels == tone_units["label"]).mean() > 0.9
    np.testing.assert_allclose(labeller.predict_proba(tone_units), labeller.settings.calibration.apply(probabilities), atol=0.1)


def test_a_checkpoint_with_token_types_gives_them_too(train_tiny, stance_units, tiny_bert):
    folder = train_tiny(stance_units, "stance", tiny_bert)
    texts, targets = stance_units["text"].tolist(), stance_units["target"].tolist()
    labels, probabilities = torch_probabilities(folder, texts, targets)
    labeller = load(folder)
    assert len(set(labels)) > 1
    assert_same_labels(labeller.predict(stance_units), labels, probabilities)
    scores = labeller.scorer.score(stance_units.assign(holder=None))
    np.testing.assert_allclose(scores.probabilities, probabilities, atol=0.05)


def test_the_folder_holds_these_files_and_says_what_made_it(tone_model, tone_units):
    assert sorted(path.name for path in tone_model.iterdir()) == FILES
    settings = load(tone_model).settings
    assert (settings.kind, settings.variable, settings.labels, settings.with_target) == ("encoder", "tone", TONE.labels, False)
    assert settings.windows.length == 64
    assert settings.signature.items() >= {"encoder": "tiny-robbert", "seed": "42", "batch_size": "8", "patience": "5"}.items()
    assert settings.signature["train"].startswith(f"{len(tone_units)} units ")
    assert settings.scores["int8_equal_labels"] >= 0.99
    assert settings.scores["dev_macro_f1"] > 0.9
    assert settings.calibration.units == settings.scores["dev_units"] == len(tone_units) / 2


def test_killed_and_resumed_the_folder_is_the_same(tone_model, tone_units, config, tmp_path):
    out = tmp_path / "tone"
    often = replace(config, checkpoint_minutes=1e-9)

    def kill(step: int, steps: int, loss: float, best: float) -> None:
        assert steps == 180
        if step == 23:  # within the third epoch, one step after a checkpoint
            raise KilledError

    with pytest.raises(KilledError):
        train_model(tone_units, tone_units[::2], variable=TONE, config=often, out=out, on_step=kill)
    assert not (out / "stance.toml").exists()
    assert (out / ".unfinished" / "checkpoint-22.safetensors").exists()
    with pytest.raises(TrainingError, match=r"unfinished run in .* has other settings or units"):
        train_model(tone_units, tone_units[::2], variable=TONE, config=replace(config, learning_rate=1e-3), out=out)
    with pytest.raises(TrainingError, match=r"other settings or units"):
        train_model(tone_units[1:], tone_units[::2], variable=TONE, config=config, out=out)
    steps: list[int] = []
    trained = train_model(tone_units, tone_units[::2], variable=TONE, config=config, out=out, on_step=lambda step, *_: steps.append(step))
    assert steps[0] == 23
    assert len(trained.history) == steps[-1] / 9
    assert trained.best.dev_macro_f1 == max(epoch.dev_macro_f1 for epoch in trained.history)
    assert sorted(path.name for path in out.iterdir()) == FILES
    for name in FILES:
        assert (out / name).read_bytes() == (tone_model / name).read_bytes(), name


def test_a_finished_folder_is_refused(tone_model, tone_units, config):
    before = time.time_ns()
    with pytest.raises(TrainingError, match=r"holds a finished model already; remove it or pass another --out"):
        train_model(tone_units, tone_units, variable=TONE, config=config, out=tone_model)
    assert all(path.stat().st_mtime_ns < before for path in tone_model.iterdir())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"label": "neutral"}, r"the training units: all 72 labels are 'neutral'; at least two labels are needed"),
        ({"label": ["nuetral"] + ["neutral", "positive"] * 35 + ["neutral"]}, r"row 1: label 'nuetral' .* Did you mean 'neutral'\?"),
        ({"label": [None] + ["neutral", "positive"] * 35 + ["neutral"]}, r"unit t0 \(row 1\) has no label"),
        ({"target": ["Gent"] * 36 + [None] * 36}, r"50% of the training units and 0% of the dev units have a target"),
        ({"target": "Gent"}, r"100% of the training units and 0% of the dev units have a target"),
        ({"id": "t0"}, r"both have id 't0'"),
        ({"text": ""}, r"the training units row 1: text is empty"),
    ],
)
def test_units_that_cannot_be_learned_from_are_refused(tone_units, config, tmp_path, change, problem):
    with pytest.raises(StanceError, match=problem):
        train_model(tone_units.assign(**change), tone_units[::2], variable=TONE, config=config, out=tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_dev_units_are_held_out_by_cluster_and_seed():
    units = pd.DataFrame(
        {
            "id": [f"u{row}" for row in range(72)],
            "text": [f"kop{row} over zaak{row} in plaats{row}" for row in range(72)],
            "label": np.resize(["negative", "neutral", "positive"], 72),
            "cluster": np.repeat(np.arange(24), 3).astype(str),
        }
    )
    train, dev = hold_out(units, 0.25, seed=1)
    assert not set(train["cluster"]) & set(dev["cluster"])
    assert sorted([*train["id"], *dev["id"]]) == sorted(units["id"])
    assert 12 <= len(dev) <= 24
    assert hold_out(units, 0.25, seed=1)[1]["id"].tolist() == dev["id"].tolist()
    assert hold_out(units, 0.25, seed=2)[1]["id"].tolist() != dev["id"].tolist()


def test_one_cluster_cannot_be_divided(tone_units):
    with pytest.raises(CodingError, match="part 'dev' stays empty, because the 72 units form 1 groups"):
        hold_out(tone_units.assign(cluster="a"), 0.25, seed=1)
