"""What stands in for the label of an uncoded unit: the predicted label, or the probabilities where they follow gold more closely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.estimation.material import Material

__all__ = ["Predictor", "choose_predictor", "one_hot"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """The expected share of each label in each unit, shape (units, labels), and in words what it is."""

    values: Floats
    note: str


def choose_predictor(material: Material) -> Predictor:
    """Return the predicted labels or the probabilities, whichever explains more of gold among the coded units.

    A probability of .55 says less than one of .99, which a label hides; but probabilities that are badly calibrated say it wrongly.
    Either gives unbiased estimates, since what it gets wrong among coded units is taken off; the better one gives narrower intervals.
    """
    hard = one_hot(material.predicted, len(material.variable.labels))
    names = [f"p_{label}" for label in material.variable.labels]
    if not set(names) <= set(material.rows.columns):
        return Predictor(hard, "")
    soft = material.rows[names].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(soft).all():
        return Predictor(hard, "Some probabilities are missing, so the estimates are corrected with the predicted labels.")
    gold = material.gold[material.coded]
    weight = 1 / material.probability[material.coded]
    by_label, by_probability = (_explained(gold, values[material.coded], weight) for values in (hard, soft))
    shares = f"they explain {by_probability:.0%} of the spread of gold, the labels {by_label:.0%}"
    if by_probability > by_label:
        return Predictor(soft, f"Corrected with the predicted probabilities: {shares}.")
    return Predictor(hard, f"Corrected with the predicted labels, not the probabilities: {shares}.")


def one_hot(codes: npt.NDArray[np.int64], labels: int) -> Floats:
    """Return 1 for the label of each unit and 0 for the others, shape (units, labels); zeros for code -1.

    >>> one_hot(np.array([1, -1]), 2).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    return np.eye(labels + 1)[codes][:, :labels]


def _explained(gold: Floats, values: Floats, weight: Floats) -> float:
    """Return the share of the spread of gold, over all labels, that one multiple of ``values`` explains."""
    share = (weight / weight.sum())[:, None]
    gold, values = gold - (share * gold).sum(axis=0), values - (share * values).sum(axis=0)
    together, own, spread = (float((share * product).sum()) for product in (gold * values, values**2, gold**2))
    return together**2 / (own * spread) if own > 0 and spread > 0 else 0.0
