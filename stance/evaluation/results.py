"""What is found when predictions are laid beside gold, once: `stance.evaluate`, the report and the card show the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.codings import tidy
from stance.coding.intervals import Interval
from stance.coding.joining import rows_of_variable
from stance.errors import CodingError
from stance.evaluation.groups import GroupScores
from stance.evaluation.metrics import Evaluation
from stance.evaluation.proportions import clustered_share
from stance.evaluation.reliability import brier, expected_calibration_error, reliability_curve, risk_coverage
from stance.evaluation.resampling import FEWEST_CLUSTERS

__all__ = ["MAIN", "Calibration", "calibrate", "cautions", "confusion_table", "describe_gap", "shared_codings"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MAIN = ("accuracy", "macro_f1", "alpha")  # the metrics that groups and runs are compared on
FEW_CLUSTERS = 60  # see stance.evaluation.resampling
COVERAGES = tuple(share / 10 for share in range(1, 11))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How far probabilities can be believed.

    Attributes:
        ece: the expected calibration error over 15 bins; 0 is best.
        brier: the Brier score; 0 is best.
        curve: accuracy by bin of confidence, with its exact interval: ``from, to, n, confidence, accuracy, low, high``.
        risk: the error that is left at each threshold of confidence: ``threshold, n, labelled, risk, accuracy``, most confident first.
    """

    ece: float
    brier: float
    curve: pd.DataFrame
    risk: pd.DataFrame

    @property
    def steps(self) -> pd.DataFrame:
        """The rows of ``risk`` at tenths of the units."""
        at = [int(np.searchsorted(self.risk["labelled"], share - 1e-9)) for share in COVERAGES]
        return self.risk.iloc[sorted(set(at))].reset_index(drop=True)


def calibrate(probabilities: Floats, gold: Integers, *, clusters: Integers | None = None) -> Calibration:
    """Return how far probabilities, shape (units, labels), can be believed beside gold codes; units of a cluster count as dependent.

    >>> found = calibrate(np.array([[0.9, 0.1], [0.6, 0.4], [0.4, 0.6], [0.3, 0.7]]), np.array([0, 1, 1, 1]))
    >>> round(found.ece, 2), found.steps["accuracy"].tolist()
    (0.15, [1.0, 1.0, 0.75])
    """
    curve = reliability_curve(probabilities, gold).rename(columns={"low": "from", "high": "to"})
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == gold
    groups = np.arange(len(gold)) if clusters is None else clusters
    inside = [(confidence > low) & (confidence <= high) for low, high in zip(curve["from"], curve["to"], strict=True)]
    bounds = [clustered_share(right[bin_], groups[bin_]) if bin_.any() else Interval(np.nan, np.nan) for bin_ in inside]
    risk = risk_coverage(probabilities, gold)
    return Calibration(
        expected_calibration_error(probabilities, gold),
        brier(probabilities, gold),
        curve.assign(low=[bound.low for bound in bounds], high=[bound.high for bound in bounds]),
        risk.assign(accuracy=1 - risk["risk"]),
    )


def shared_codings(codings: pd.DataFrame, variable: Variable) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return the codings that hold a label, as the variable spells it, and which are of units that two coders or more coded.

    Of the other units gold is as a rule the one coding there is, so they say nothing of how well a coder agrees with gold.
    """
    coded = tidy(codings, variable)  # refuses what is not a table of codings
    own = rows_of_variable(codings, variable, where="codings", error=CodingError)
    return own[check_codings(own, variable) >= 0].assign(label=variable.labels_of(coded.code)), coded.shared


def confusion_table(evaluation: Evaluation) -> pd.DataFrame:
    """Return how many units have each gold label (rows) and predicted label (``predicted_LABEL``)."""
    table = pd.DataFrame(evaluation.confusion, columns=[f"predicted_{label}" for label in evaluation.labels])
    table.insert(0, "gold", list(evaluation.labels))
    return table


def cautions(evaluation: Evaluation) -> Iterator[str]:
    """Yield what makes a score or its interval less than it seems."""
    clusters = int((evaluation.clusters.sum(axis=(1, 2)) > 0).sum())
    if clusters < FEW_CLUSTERS:
        yield (
            f"{clusters} clusters of units are few: under {FEW_CLUSTERS}, intervals are too narrow (that of accuracy is exact), and under "
            f"{FEWEST_CLUSTERS} only accuracy has one."
        )
    counted = zip(evaluation.labels, evaluation.confusion.sum(axis=1), strict=True)
    absent = [label for label, n in counted if not n and label in evaluation.scored]
    if absent:
        yield f"No unit has gold {' or '.join(absent)}, whose F1 of 0 counts in macro F1: read accuracy."


def describe_gap(groups: GroupScores) -> str:
    """Return in a sentence which group has the lowest accuracy, and how far it is under the highest."""
    column = " and ".join(groups.by)
    try:
        worst, gap = groups.worst("accuracy"), groups.gap("accuracy")
    except CodingError as error:
        return str(error)
    large = groups.table[(groups.table["metric"] == "accuracy") & (groups.table["n"] >= groups.minimum)]
    if len(large) < 2:
        return f"By {column} there is one group of {groups.minimum} units or more, so there is no gap."
    return (
        f"By {column}, accuracy is lowest for {worst[groups.by[0]]} ({worst['score']:.3f}, n = {worst['n']}), {gap:.3f} under the highest "
        f"(groups of {groups.minimum} units or more; chance makes gaps too, so read the intervals)."
    )
