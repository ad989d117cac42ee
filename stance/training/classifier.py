"""``RobbertClassifier``: fine-tuning with the interface of scikit-learn and of the baselines."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin

from stance.coding.codebook import Variable, builtin
from stance.coding.coded_variables import relabelled
from stance.corpus.records import Units
from stance.errors import TrainingError
from stance.model.card import write_card
from stance.model.labelling import Labeller, load
from stance.model.pooling import Aliases
from stance.progress import notebook_line
from stance.training.building import TrainedModel, hold_out, train_model
from stance.training.estimators import Labels, NotTrainedError, classes_of, in_class_order, text_tags, with_labels
from stance.training.processes import ALONE, join
from stance.training.settings import TrainConfig

__all__ = ["RobbertClassifier"]

_DEFAULTS = TrainConfig()


@dataclass(eq=False, repr=False)
class RobbertClassifier(ClassifierMixin, BaseEstimator):
    """An encoder fine-tuned on coded units.

    Every setting of `TrainConfig` but ``checkpoint_minutes`` is a plain argument of the same name and meaning.

    Attributes:
        variable: a built-in variable by name, or one from a codebook.
        encoder: a name of ``ENCODERS``, a hub id or a folder. RobBERT is fetched once from the hub; ``mini`` is inside the package.
        aliases: other names of the targets.
        classes_: the labels in the order of the probability columns, which is alphabetical.
        trained_: how training went.
        labeller_: the model, ready to label without torch; its columns are in the order of the codebook.
    """

    variable: str | Variable = "tone"
    encoder: str = "robbert-2023-base"
    aliases: Aliases | None = None
    revision: str | None = _DEFAULTS.revision
    seed: int = _DEFAULTS.seed
    epochs: int | None = _DEFAULTS.epochs
    patience: int | None = _DEFAULTS.patience
    batch_size: int | None = _DEFAULTS.batch_size
    learning_rate: float | None = _DEFAULTS.learning_rate
    warmup: float = _DEFAULTS.warmup
    weight_decay: float = _DEFAULTS.weight_decay
    clip: float = _DEFAULTS.clip
    layer_decay: float = _DEFAULTS.layer_decay
    label_smoothing: float = _DEFAULTS.label_smoothing
    consistency: float = _DEFAULTS.consistency
    teacher: str | None = _DEFAULTS.teacher
    teacher_share: float = _DEFAULTS.teacher_share
    class_weights: bool = _DEFAULTS.class_weights
    window: int = _DEFAULTS.window
    dev_share: float = _DEFAULTS.dev_share
    classes_: npt.NDArray[np.str_] = field(init=False)
    trained_: TrainedModel = field(init=False)
    labeller_: Labeller = field(init=False)

    kind: ClassVar[str] = "encoder"
    __sklearn_tags__ = text_tags

    def fit(self, units: Units, labels: Labels, *, dev: tuple[Units, Labels] | None = None) -> RobbertClassifier:
        """Return this classifier, fine-tuned on ``units``; without ``dev`` a share of them is kept for early stopping and calibration."""
        if join() is not ALONE:
            raise TrainingError("RobbertClassifier trains in one process; for several (accelerate launch) use stance train or train_model.")
        variable = self.variable if isinstance(self.variable, Variable) else builtin(self.variable)
        config = self._config()
        train = relabelled(with_labels(units, labels), variable, where="the training units")
        train_part, dev_part = (
            hold_out(train, config.dev_share, seed=config.seed)
            if dev is None
            else (train, relabelled(with_labels(*dev), variable, where="the dev units"))
        )
        out = self._new_folder() / "model"
        with notebook_line("training") as show:
            self.trained_ = train_model(
                train_part,
                dev_part,
                variable=variable,
                config=config,
                out=out,
                aliases=self.aliases,
                on_step=lambda step, steps, loss, best: show(step, steps, f"loss {loss:.3f}, best dev macro F1 {best:.3f}"),
            )
        self.labeller_ = load(out, aliases=self.aliases)
        self.classes_ = classes_of(variable.labels)
        return self

    @property
    def coded(self) -> Variable:
        """The variable that it learned to code; its labels are in the order of the codebook."""
        return self._fitted().settings.coded

    def predict(self, units: Units) -> npt.NDArray[np.str_]:
        """Return the most probable label of each unit, shape (units,)."""
        return self._fitted().predict(units)

    def predict_proba(self, units: Units) -> npt.NDArray[np.float64]:
        """Return the calibrated probabilities of the labels ``classes_``, shape (units, labels)."""
        labeller = self._fitted()
        return in_class_order(labeller.predict_proba(units), labeller.settings.labels)

    def save(self, folder: str | Path) -> None:
        """Copy the model folder to ``folder``, which must not exist yet, and write its card."""
        self._fitted()
        try:
            shutil.copytree(self.trained_.folder, folder)
        except FileExistsError:
            raise TrainingError(f"{folder} exists already; remove it or save elsewhere.") from None
        write_card(Path(folder))

    def _new_folder(self) -> Path:
        """Return an empty folder that goes with this classifier, or when it is fitted again; that of an earlier fit is removed."""
        remove_earlier = getattr(self, "_remove_folder", None)
        if remove_earlier is not None:
            remove_earlier()
        folder = tempfile.mkdtemp(prefix="stance-")
        self._remove_folder = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def _config(self) -> TrainConfig:
        given = self.get_params(deep=False)
        return TrainConfig(**{entry.name: given[entry.name] for entry in fields(TrainConfig) if entry.name in given})

    def _fitted(self) -> Labeller:
        if not hasattr(self, "labeller_"):
            raise NotTrainedError(self)
        return self.labeller_
