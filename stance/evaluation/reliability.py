"""Does the model know when it does not know? Calibration of its confidence, and the error that is left where it is sure.

Confidence is the highest probability of a unit. All functions take probabilities of shape (units, labels) and the gold code of each
unit (the place of its label in the columns).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.errors import CodingError

__all__ = ["brier", "expected_calibration_error", "reliability_curve", "risk_coverage"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def expected_calibration_error(probabilities: Floats, gold: Integers, *, bins: int = 15) -> float:
    """Return the mean gap between confidence and accuracy over bins of equal width, weighted by their units; 0 is best.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.

    >>> round(expected_calibration_error(np.array([[0.8, 0.2]] * 4), np.array([0, 0, 0, 1])), 3)
    0.05
    """
    curve = reliability_curve(probabilities, gold, bins=bins)
    return float((curve["n"] * (curve["accuracy"] - curve["confidence"]).abs()).sum() / curve["n"].sum())


def brier(probabilities: Floats, gold: Integers) -> float:
    """Return the mean squared distance between probabilities and gold, summed over labels: 0 is best, 2 worst (Brier 1950).

    >>> round(brier(np.array([[0.8, 0.2], [0.5, 0.5]]), np.array([0, 1])), 2)
    0.29
    """
    _check(probabilities, gold)
    truth = np.eye(probabilities.shape[1])[gold]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def reliability_curve(probabilities: Floats, gold: Integers, *, bins: int = 15) -> pd.DataFrame:
    """Return one row for each bin of confidence that holds units: ``low, high, n, confidence, accuracy`` (the bin's means).

    A bin holds its upper bound and not its lower.
    """
    _check(probabilities, gold)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == gold
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    units = np.bincount(place, minlength=bins)
    used = np.flatnonzero(units)
    sums = {"confidence": np.bincount(place, weights=confidence), "accuracy": np.bincount(place, weights=right)}
    means = {name: total[used] / units[used] for name, total in sums.items()}
    return pd.DataFrame({"low": edges[used], "high": edges[used + 1], "n": units[used], **means})


def risk_coverage(probabilities: Floats, gold: Integers) -> pd.DataFrame:
    """Return the error that is left when only the surest units keep their label: ``threshold, n, labelled, risk``, surest first.

    ``labelled`` is the share of units with a confidence of at least ``threshold``, ``risk`` their share of wrong labels (El-Yaniv &
    Wiener 2010). Units of equal confidence come in together, so each row is a threshold one can use.

    >>> risk_coverage(np.array([[0.9, 0.1], [0.6, 0.4], [0.4, 0.6], [0.3, 0.7]]), np.array([0, 1, 1, 1]))
       threshold  n  labelled  risk
    0        0.9  1      0.25  0.00
    1        0.7  2      0.50  0.00
    2        0.6  4      1.00  0.25
    """
    _check(probabilities, gold)
    confidence, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != gold
    order = np.argsort(-confidence, kind="stable")
    thresholds = confidence[order]
    last = np.flatnonzero(np.append(thresholds[1:] != thresholds[:-1], True))  # where a confidence ends
    n = last + 1
    return pd.DataFrame({"threshold": thresholds[last], "n": n, "labelled": n / len(gold), "risk": np.cumsum(wrong[order])[last] / n})


def _check(probabilities: Floats, gold: Integers) -> None:
    if probabilities.ndim != 2 or len(probabilities) != len(gold) or not len(gold):
        raise CodingError(
            f"probabilities of shape {probabilities.shape} do not fit {len(gold)} gold codes; give (units, labels), a row a unit."
        )
    off = np.flatnonzero(~(np.isclose(probabilities.sum(axis=1), 1, atol=1e-3) & (probabilities >= 0).all(axis=1)))
    if off.size:
        raise CodingError(f"probabilities row {off[0] + 1}: {probabilities[off[0]].tolist()} are not shares that add up to 1.")
    bad = np.flatnonzero((gold < 0) | (gold >= probabilities.shape[1]))
    if bad.size:
        raise CodingError(
            f"gold row {bad[0] + 1}: code {gold[bad[0]]} is not a column of {probabilities.shape[1]} labels; score coded units only."
        )
