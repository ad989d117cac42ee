"""The loop stops when dev says so, keeps its best weights, and weighs rare labels more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from stance.corpus.records import as_units
from stance.evaluation.metrics import compare
from stance.training.encoders import find_encoder
from stance.training.finetune_state import CodedUnits, Epoch
from stance.training.finetuning import FineTuned, _label_weights, _out_of_patience, fine_tune, score_examples
from stance.training.settings import TrainConfig

LABELS = ("negative", "neutral", "positive")


@pytest.fixture(scope="module")
def coded(tone_units: pd.DataFrame) -> CodedUnits:
    return CodedUnits(as_units(tone_units), pd.Categorical(tone_units["label"], categories=LABELS).codes.astype(np.int64))


def tuned(coded: CodedUnits, encoder: Path, folder: Path, **settings: object) -> FineTuned:
    config = replace(TrainConfig(epochs=2, batch_size=8, learning_rate=5e-3), **settings)
    return fine_tune(coded, coded, labels=LABELS, encoder=find_encoder(encoder), config=config, folder=folder)


def weights(found: FineTuned) -> torch.Tensor:
    return torch.cat([value.flatten() for value in found.network.model.state_dict().values()])


def test_the_weights_of_the_best_epoch_are_kept(coded, tiny_encoder, tmp_path):
    found = tuned(coded, tiny_encoder, tmp_path, epochs=5)
    predicted = found.dev_probabilities.argmax(axis=1)
    by_label = np.array(LABELS)
    assert compare(by_label[coded.gold], by_label[predicted], labels=LABELS).macro_f1 == pytest.approx(found.best.dev_macro_f1)
    assert found.best.number == next(epoch.number for epoch in found.history if epoch.dev_macro_f1 == found.best.dev_macro_f1)
    np.testing.assert_allclose(score_examples(found.network, found.dev, found.policy), found.dev_probabilities, atol=1e-7)
    assert len({epoch.dev_macro_f1 for epoch in found.history}) > 1


def test_a_run_hangs_on_its_seed_alone(coded, tiny_encoder, tmp_path):
    runs = [weights(tuned(coded, tiny_encoder, tmp_path / str(number), seed=seed)) for number, seed in enumerate([1, 1, 2])]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


@pytest.mark.parametrize(
    "change", [{"consistency": 1.0}, {"label_smoothing": 0.1}, {"layer_decay": 0.5}, {"class_weights": False}, {"clip": 0.01}]
)
def test_each_setting_reaches_the_loop(coded, tiny_encoder, tmp_path, change):
    rare = CodedUnits(coded.units[:40], np.minimum(coded.gold[:40], 1))
    plain = weights(tuned(rare, tiny_encoder, tmp_path / "plain", epochs=1))
    assert not torch.allclose(weights(tuned(rare, tiny_encoder, tmp_path / "other", epochs=1, **change)), plain)


def test_rare_labels_weigh_more():
    gold = np.array([0, 0, 0, 2])
    torch.testing.assert_close(_label_weights(gold, 3, balanced=True), torch.tensor([4 / 6, 2.0, 2.0]))
    assert _label_weights(gold, 3, balanced=False).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("scores", "stops"), [([], False), ([0.5], False), ([0.5, 0.4], False), ([0.5, 0.5, 0.4], True), ([0.5, 0.4, 0.6], False)]
)
def test_patience_counts_epochs_since_the_first_best(scores, stops):
    assert _out_of_patience([Epoch(number, 1.0, score) for number, score in enumerate(scores, 1)], patience=2) is stops
