"""Scores of predictions against gold, all from one confusion matrix.

An `Evaluation` keeps one confusion matrix a cluster, so that every score can be resampled by cluster without touching a prediction
again (`stance.evaluation.resampling`). Each metric below takes a stack of matrices of shape (..., labels, labels), gold in rows, and
gives scores of shape (...).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.alpha import alpha_from_coincidences, krippendorff_alpha
from stance.coding.codebook import Level, Variable
from stance.coding.intervals import Interval
from stance.errors import CodingError, did_you_mean
from stance.evaluation.proportions import share_interval

__all__ = [
    "Evaluation",
    "accuracy",
    "alpha_from_confusion",
    "beside_gold",
    "compare",
    "confusion",
    "human_ceiling",
    "krippendorff_alpha",
    "label_f1",
    "macro_f1",
    "mean_absolute_error",
]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Labels = Sequence[str] | pd.Series | npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """How predictions compare with gold, cluster by cluster; every number is derived when it is read.

    Attributes:
        variable: the labels in order and their level of measurement.
        clusters: confusion matrices, gold in rows; shape (clusters, labels, labels).
        scored: the labels that macro F1 averages over; all of them unless `only` chose some.
    """

    variable: Variable
    clusters: Integers
    scored: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the confusion matrix."""
        return self.variable.labels

    @property
    def level(self) -> Level:
        """The level of measurement."""
        return self.variable.level

    @property
    def confusion(self) -> Integers:
        """Units by gold label (rows) and predicted label (columns)."""
        return np.asarray(self.clusters.sum(axis=0))

    @property
    def n(self) -> int:
        """The number of units scored."""
        return int(self.clusters.sum())

    @property
    def accuracy(self) -> float:
        """The share of units whose prediction equals gold."""
        return float(accuracy(self.confusion))

    def accuracy_interval(self, *, confidence: float = 0.95) -> Interval:
        """Return the exact interval of accuracy for units in clusters (`stance.evaluation.proportions`), also where all are right."""
        hits, sizes = np.trace(self.clusters, axis1=1, axis2=2), self.clusters.sum(axis=(1, 2))
        return share_interval(hits, sizes, confidence=confidence)

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the scored labels."""
        return float(self.scores(self.confusion)["macro_f1"])

    @property
    def alpha(self) -> float:
        """Krippendorff's alpha between gold and prediction; a `CodingError` where both hold one and the same label only."""
        alpha = float(self.scores(self.confusion)["alpha"])
        if np.isnan(alpha):
            raise CodingError(f"variable '{self.variable.name}': gold and predictions hold one label only, so alpha is undefined.")
        return alpha

    @property
    def mae(self) -> float:
        """The mean absolute error in steps of the order of labels; a `CodingError` for a nominal variable, which has no order."""
        if self.level == "nominal":
            raise CodingError(f"variable '{self.variable.name}' is nominal: its labels have no order, so there is no ordinal error.")
        return float(mean_absolute_error(self.confusion, values=self.variable.values))

    @property
    def per_label(self) -> pd.DataFrame:
        """One row a label: ``label, n, predicted, precision, recall, f1``; 0 where a label has no unit or no prediction."""
        hits, gold, predicted = np.diag(self.confusion), self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        columns = {"label": list(self.labels), "n": gold, "predicted": predicted}
        shares = {"precision": _ratio(hits, predicted), "recall": _ratio(hits, gold), "f1": label_f1(self.confusion)}
        return pd.DataFrame({**columns, **shares})

    def only(self, labels: Sequence[str]) -> Evaluation:
        """Return the evaluation over units whose gold is one of ``labels``; macro F1 averages over these alone.

        This is the "favor/against only" of stance research: units whose gold is neutral are left out. A unit that stays and is
        predicted neutral counts as missed. To compare among the two labels, predict among them.
        """
        places = [_place(label, self.labels) for label in labels]
        kept = np.zeros_like(self.clusters)
        kept[:, places] = self.clusters[:, places]
        _check_some(int(kept.sum()), f"no unit has gold {' or '.join(labels)}")
        return Evaluation(self.variable, kept[kept.any(axis=(1, 2))], tuple(labels))

    def scores(self, confusions: Counts) -> Mapping[str, Floats]:
        """Return every metric of a stack of confusion matrices over these labels, by name; shape (...) from (..., labels, labels).

        ``accuracy, macro_f1, alpha, mae`` (not for a nominal variable), then ``f1_LABEL`` for each scored label. Alpha is NaN in a
        matrix that holds one label only.
        """
        places = [self.labels.index(label) for label in self.scored]
        f1 = label_f1(confusions)[..., places]
        ordered = {} if self.level == "nominal" else {"mae": mean_absolute_error(confusions, values=self.variable.values)}
        alpha = alpha_from_confusion(confusions, self.level, values=self.variable.values)
        by_label = {f"f1_{label}": f1[..., place] for place, label in enumerate(self.scored)}
        return MappingProxyType({"accuracy": accuracy(confusions), "macro_f1": f1.mean(axis=-1), "alpha": alpha, **ordered, **by_label})


def compare(
    gold: Labels,
    predicted: Labels,
    *,
    labels: Sequence[str],
    level: Level = "ordinal",
    clusters: Sequence[object] | pd.Series | Integers | None = None,
) -> Evaluation:
    """Return the evaluation of predictions against gold, unit by unit in the same order.

    ``clusters`` names the cluster of each unit (a story, a near-duplicate text); without it each unit is its own.

    >>> gold = ["negative", "negative", "neutral", "positive"]
    >>> found = compare(gold, ["negative", "neutral", "neutral", "positive"], labels=["negative", "neutral", "positive"])
    >>> found.n, found.accuracy, round(found.macro_f1, 3), found.mae
    (4, 0.75, 0.778, 0.25)
    """
    variable = Variable("label", tuple(labels), level)
    cells = _cells(gold, predicted, variable.labels)
    groups = np.arange(len(cells)) if clusters is None else _groups(clusters, len(cells))
    size = len(variable.labels) ** 2
    counts = np.bincount(groups * size + cells, minlength=(int(groups.max()) + 1) * size)
    return Evaluation(variable, counts.reshape(-1, len(labels), len(labels)).astype(np.int64), variable.labels)


def confusion(gold: Labels, predicted: Labels, *, labels: Sequence[str]) -> Integers:
    """Return how many units have each gold label (rows) and predicted label (columns); shape (labels, labels).

    >>> confusion(["against", "favor", "favor"], ["against", "favor", "against"], labels=["against", "favor"]).tolist()
    [[1, 0], [1, 1]]
    """
    size = len(labels)
    return np.bincount(_cells(gold, predicted, labels), minlength=size * size).reshape(size, size).astype(np.int64)


def accuracy(confusions: Counts) -> Floats:
    """Return the share of units on the diagonal."""
    return _ratio(np.trace(confusions, axis1=-2, axis2=-1), confusions.sum(axis=(-2, -1)))


def label_f1(confusions: Counts) -> Floats:
    """Return F1 = 2 hits / (gold + predicted) of each label, shape (..., labels); 0 for a label that is in neither."""
    counts = np.asarray(confusions, dtype=np.float64)
    return _ratio(2 * np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1) + counts.sum(axis=-2))


def macro_f1(confusions: Counts) -> Floats:
    """Return the mean F1 over all labels, an absent label counting 0 (as scikit-learn with ``labels`` given, ``zero_division=0``)."""
    return np.asarray(label_f1(confusions).mean(axis=-1))


def mean_absolute_error(confusions: Counts, *, values: Sequence[float] | None = None) -> Floats:
    """Return the mean distance between gold and prediction, in steps of the order (or in ``values`` of the labels)."""
    points = np.arange(confusions.shape[-1], dtype=np.float64) if values is None else np.asarray(values, dtype=np.float64)
    distances = np.abs(points[:, None] - points[None, :])
    return _ratio(np.asarray((confusions * distances).sum(axis=(-2, -1)), dtype=np.float64), confusions.sum(axis=(-2, -1)))


def alpha_from_confusion(confusions: Counts, level: Level, *, values: Sequence[float] | None = None) -> Floats:
    """Return Krippendorff's alpha between gold and prediction as two coders of every unit; NaN where both hold one label only.

    >>> round(float(alpha_from_confusion(np.array([[30, 10], [10, 50]]), "nominal")), 4)
    0.5854
    """
    counts = confusions.astype(np.float64)
    return alpha_from_coincidences(counts + np.swapaxes(counts, -1, -2), level, values=values)


def human_ceiling(codings: pd.DataFrame, gold: pd.DataFrame, *, labels: Sequence[str], level: Level = "ordinal") -> Evaluation:
    """Return how single coders score against gold, the line that a model's score is read beside; clusters are units.

    ``codings`` has ``id, label`` (one row a coding, empty labels are no coding), ``gold`` has ``id, label``; units with a target or a
    holder meet by these too. Where gold was voted by these same coders the ceiling is too high, for each coder has a vote in it; where it
    is the label of a unit's one coder it says nothing: leave such units out (`stance.coding.codings.Codings.shared`).
    """
    both = beside_gold(codings, gold)
    _check_some(len(both), "no coding belongs to a unit with gold")
    return compare(both["label_gold"], both["label"], labels=labels, level=level, clusters=both["unit"])


def beside_gold(codings: pd.DataFrame, gold: pd.DataFrame) -> pd.DataFrame:
    """Return the codings of units that have gold, one row each, with that gold in ``label_gold`` and the name of the unit in ``unit``."""
    keys = ["id", *(name for name in ("target", "holder") if name in codings and name in gold and gold[name].notna().any())]
    both = codings.dropna(subset=["label"]).merge(gold[[*keys, "label"]], on=keys, suffixes=("", "_gold"), validate="many_to_one")
    return both.assign(unit=[" ".join(map(str, key)) for key in both[keys].itertuples(index=False)])


def _cells(gold: Labels, predicted: Labels, labels: Sequence[str]) -> Integers:
    """Return gold code * labels + predicted code of each unit."""
    if len(gold) != len(predicted):
        raise CodingError(f"gold has {len(gold)} units and the predictions {len(predicted)}; give one prediction for each unit.")
    _check_some(len(gold), "there are no units")
    return _codes(gold, labels, "gold") * len(labels) + _codes(predicted, labels, "predictions")


def _codes(given: Labels, labels: Sequence[str], where: str) -> Integers:
    codes = Variable("label", tuple(labels)).codes(given)
    bad = np.flatnonzero(codes < 0)
    if bad.size:
        value = np.asarray(given, dtype=object)[bad[0]]
        hint = did_you_mean(str(value), labels)
        raise CodingError(f"{where} row {bad[0] + 1}: label {value!r} is not one of ({', '.join(labels)}).{hint} Score coded units only.")
    return codes


def _groups(clusters: Sequence[object] | pd.Series | Integers, units: int) -> Integers:
    groups, _ = pd.factorize(np.asarray(clusters, dtype=object))
    if len(groups) != units:
        raise CodingError(f"clusters has {len(groups)} rows for {units} units; give the cluster of each unit.")
    if (groups < 0).any():
        raise CodingError(
            f"clusters row {int(np.argmax(groups < 0)) + 1} is empty; give every unit a cluster (its own id, if it has no other)."
        )
    return np.asarray(groups, dtype=np.int64)


def _place(label: str, labels: tuple[str, ...]) -> int:
    if label not in labels:
        raise CodingError(f"label '{label}' is not one of ({', '.join(labels)}).{did_you_mean(label, labels)}")
    return labels.index(label)


def _check_some(units: int, why: str) -> None:
    if not units:
        raise CodingError(f"nothing to score: {why}.")


def _ratio(part: Counts, whole: Counts) -> Floats:
    """Return part / whole, 0 where whole is 0."""
    return np.asarray(part / np.where(whole == 0, 1, whole), dtype=np.float64)
