"""Short fine-tuning runs inside training data, shared by the ablations and the learning curves; no test is touched."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from research_data import ecosent, label_probabilities
from sklearn.metrics import f1_score

from stance.coding.codebook import Variable, builtin
from stance.corpus.records import as_units
from stance.training.baselines import TfidfClassifier
from stance.training.building import hold_out
from stance.training.encoders import find_encoder
from stance.training.finetune_state import CodedUnits
from stance.training.finetuning import FineTuned, fine_tune, score_examples
from stance.training.settings import TrainConfig

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Probe:
    """Units to learn from and to score on, both from inside training data."""

    variable: Variable
    train: pd.DataFrame
    dev: pd.DataFrame

    def coded(self, units: pd.DataFrame) -> CodedUnits:
        """Return ``units`` with their label numbers."""
        return CodedUnits(units, np.asarray(self.variable.codes(units["label"])))

    def score(self, probabilities: Floats) -> float:
        """Return the macro F1 of these probabilities on the dev units, among the labels that stand there."""
        gold = np.asarray(self.variable.codes(self.dev["label"]))
        present = np.unique(gold)
        return float(f1_score(gold, present[probabilities[:, present].argmax(axis=1)], average="macro"))


def tone_probe(count: int | None = None, *, draw: int = 0) -> Probe:
    """Return economic headlines of the training set: four fifths to learn from (or ``count`` of them), the same fifth to score on."""
    train, dev = hold_out(as_units(ecosent("train").assign(cluster=None)), 0.2, seed=0)
    if count is not None:
        train = train.sample(count, random_state=draw)
    return Probe(builtin("tone"), train.reset_index(drop=True), dev.reset_index(drop=True))


def tuned(probe: Probe, encoder: str, **settings: Any) -> FineTuned:
    """Return ``encoder`` fine-tuned on a probe, with the weights of its last epoch or an earlier, better one."""
    torch.set_num_threads(1)
    config = TrainConfig(
        encoder=encoder, **{"epochs": 4, "patience": 4, "batch_size": 32, "learning_rate": 2e-4, "window": 192, **settings}
    )
    with tempfile.TemporaryDirectory() as folder:
        return fine_tune(
            probe.coded(probe.train),
            probe.coded(probe.dev),
            labels=probe.variable.labels,
            encoder=find_encoder(encoder),
            config=config,
            folder=Path(folder),
        )


def averaged(runs: list[FineTuned], probe: Probe) -> Floats:
    """Return the dev probabilities of one network whose weights are the mean of those of ``runs`` (Wortsman et al. 2022, arXiv 2203.05482)."""
    first = runs[0]
    states = [run.network.model.state_dict() for run in runs]
    mean = {name: torch.stack([state[name].float() for state in states]).mean(dim=0) for name in states[0]}
    first.network.model.load_state_dict({name: value.to(states[0][name].dtype) for name, value in mean.items()})
    return score_examples(first.network, first.dev, first.policy)


def words(probe: Probe) -> Floats:
    """Return the dev probabilities of TF-IDF trained on the same units."""
    classifier = TfidfClassifier(variable=probe.variable.name).fit(probe.train.drop(columns="label"), probe.train["label"])
    return label_probabilities(classifier, probe.dev.drop(columns="label"), probe.variable.labels)
