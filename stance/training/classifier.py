"""``RobbertClassifier``: fine-tuning with the interface of scikit-learn and of the baselines."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable, builtin
from stance.coding.coded_variables import relabelled
from stance.corpus.records import Units, as_units
from stance.errors import InputError, TrainingError
from stance.model.card import write_card
from stance.model.labelling import Labeller, load
from stance.model.pooling import Aliases
from stance.training.building import TrainedModel, hold_out, train_model
from stance.training.processes import ALONE, join
from stance.training.settings import TrainConfig

__all__ = ["RobbertClassifier"]


@dataclass(eq=False)
class RobbertClassifier:
    """An encoder fine-tuned on coded units.

    Attributes:
        variable: a built-in variable by name, or one from a codebook.
        encoder: a name of ``ENCODERS``, a hub id or a folder.
        config: further settings; ``encoder`` above holds for it.
        aliases: other names of the targets.
        trained_: how training went.
        labeller_: the model, ready to label without torch.
    """

    variable: str | Variable = "tone"
    encoder: str = "mini"
    config: TrainConfig = field(default_factory=TrainConfig)
    aliases: Aliases | None = None
    trained_: TrainedModel = field(init=False, repr=False)
    labeller_: Labeller = field(init=False, repr=False)

    kind: ClassVar[str] = "encoder"

    @property
    def classes_(self) -> npt.NDArray[np.str_]:
        """The labels, in the order of the probability columns."""
        return self._fitted().classes_

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings this classifier was made with, by name."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.init}

    def fit(self, units: Units, labels: Sequence[str], *, dev: tuple[Units, Sequence[str]] | None = None) -> RobbertClassifier:
        """Return this classifier, fine-tuned on ``units``; without ``dev`` a share of them is kept for early stopping and calibration."""
        if join() is not ALONE:
            raise TrainingError("RobbertClassifier trains in one process; for several (accelerate launch) use stance train or train_model.")
        variable = self.variable if isinstance(self.variable, Variable) else builtin(self.variable)
        config = replace(self.config, encoder=self.encoder)
        train = _with_labels(units, labels, variable, "the training units")
        train_part, dev_part = (
            hold_out(train, config.dev_share, seed=config.seed) if dev is None else (train, _with_labels(*dev, variable, "the dev units"))
        )
        folder = tempfile.mkdtemp(prefix="stance-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        out = Path(folder) / "model"
        self.trained_ = train_model(train_part, dev_part, variable=variable, config=config, out=out, aliases=self.aliases)
        self.labeller_ = load(out, aliases=self.aliases)
        return self

    def predict(self, units: Units) -> npt.NDArray[np.str_]:
        """Return the most probable label of each unit, shape (units,)."""
        return self._fitted().predict(units)

    def predict_proba(self, units: Units) -> npt.NDArray[np.float64]:
        """Return the calibrated probabilities of the labels ``classes_``, shape (units, labels)."""
        return self._fitted().predict_proba(units)

    def save(self, folder: str | Path) -> None:
        """Copy the model folder to ``folder``, which must not exist yet, and write its card."""
        self._fitted()
        try:
            shutil.copytree(self.trained_.folder, folder)
        except FileExistsError:
            raise TrainingError(f"{folder} exists already; remove it or save elsewhere.") from None
        write_card(Path(folder))

    def _fitted(self) -> Labeller:
        if not hasattr(self, "labeller_"):
            raise TrainingError("This RobbertClassifier has not learned yet; call fit(units, labels) first.")
        return self.labeller_


def _with_labels(units: Units, labels: Sequence[str], variable: Variable, where: str) -> pd.DataFrame:
    table, given = as_units(units), list(labels)
    if len(given) != len(table):
        raise InputError(f"There are {len(table)} units and {len(given)} labels; give one label a unit.")
    return relabelled(table.assign(label=given), variable, where=where)
