"""Fits a calibration on dev units. Apart from ``calibration``, because scipy is not needed to label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from stance.errors import TrainingError
from stance.model.blend import blend
from stance.model.calibration import Calibration
from stance.model.session import softmax

__all__ = ["fit_blend", "fit_frequencies", "fit_temperature", "fit_vector"]

FREQUENCY_ROUNDS = 200


def fit_temperature(probabilities: npt.NDArray[np.float64], gold: npt.NDArray[np.int64]) -> Calibration:
    """Return the temperature scaling with the lowest log loss on dev units.

    ``probabilities`` has shape (units, labels), ``gold`` holds label numbers, shape (units,). One factor for all labels cannot change
    which label is highest, so it moves confidence and never a score, and the labels stay those of the plain checkpoint.

    >>> sure = np.array([[0.99, 0.01]] * 4)
    >>> fit_temperature(sure, np.array([0, 0, 0, 1])).apply(sure)[0].round(2)
    array([0.75, 0.25])
    """
    if not len(gold):
        raise TrainingError("A calibration needs at least one dev unit, and there is none.")
    rows = np.arange(len(gold))
    labels = probabilities.shape[1]

    def loss(log_scale: npt.NDArray[np.float64]) -> float:
        scaled = _of(float(np.exp(log_scale[0])), labels, len(gold)).apply(probabilities)
        return float(-np.log(np.clip(scaled[rows, gold], 1e-12, 1.0)).mean())

    # The bounds keep a dev set without a miss from making every unit certain.
    best = minimize(loss, x0=np.zeros(1), method="Nelder-Mead", bounds=[(-3.0, 1.6)])
    return _of(float(np.exp(best.x[0])), labels, len(gold))


def fit_vector(probabilities: npt.NDArray[np.float64], gold: npt.NDArray[np.int64], *, ridge: float = 0.01) -> Calibration:
    """Return the vector scaling with the lowest log loss on dev units: one factor for all labels, and a term for each.

    Shapes as in ``fit_temperature``. The terms make each label as frequent as it is in ``gold``, so labels may change; ``ridge`` holds them near 0
    where there are few units. Source: Guo et al. 2017, section 4.2, with a single factor.

    >>> always = np.array([[0.6, 0.4]] * 4)
    >>> fit_vector(always, np.array([0, 1, 1, 1])).apply(always)[0].round(1)
    array([0.3, 0.7])
    """
    if not len(gold):
        raise TrainingError("A calibration needs at least one dev unit, and there is none.")
    rows, labels = np.arange(len(gold)), probabilities.shape[1]

    def made(values: npt.NDArray[np.float64]) -> Calibration:
        shift = values[1:] - values[1:].mean()
        return Calibration(scale=(float(np.exp(values[0])),) * labels, shift=tuple(shift.tolist()), units=len(gold))

    def loss(values: npt.NDArray[np.float64]) -> float:
        scaled = made(values).apply(probabilities)
        return float(-np.log(np.clip(scaled[rows, gold], 1e-12, 1.0)).mean() + ridge * (values[1:] ** 2).mean())

    best = minimize(loss, x0=np.zeros(labels + 1), method="Powell", bounds=[(-3.0, 1.6), *[(-4.0, 4.0)] * labels])
    return made(best.x)


def fit_frequencies(probabilities: npt.NDArray[np.float64], gold: npt.NDArray[np.int64]) -> Calibration:
    """Return the scaling under which each label is predicted as often as it occurs on dev units, with the lowest log loss that allows.

    Shapes as in ``fit_temperature``. The most probable label of a unit is the frequent one more often than it should be where a model is unsure:
    of labels that occur in one unit of ten, a model that is right to give each a third of the probability never predicts any. What is counted
    (shares of labels, agreement with coders) then suffers more than accuracy gains. The terms come first, one label after the other until
    the counts agree; the factor for all labels is fitted after them.

    >>> unsure = np.array([[0.6, 0.4], [0.7, 0.3], [0.8, 0.2], [0.9, 0.1]])
    >>> fit_frequencies(unsure, np.array([1, 0, 0, 0])).apply(unsure).argmax(axis=1)
    array([1, 0, 0, 0])
    """
    if not len(gold):
        raise TrainingError("A calibration needs at least one dev unit, and there is none.")
    logs = np.log(np.clip(probabilities, 1e-12, 1.0))
    labels = logs.shape[1]
    wanted = np.bincount(gold, minlength=labels)
    shift = np.zeros(labels)
    for _ in range(FREQUENCY_ROUNDS):
        for label in range(labels):
            others = np.delete(logs + shift, label, axis=1).max(axis=1)
            shift[label] = _between(np.sort(others - logs[:, label]), int(wanted[label]))
        if np.array_equal(np.bincount((logs + shift).argmax(axis=1), minlength=labels), wanted):
            break
    shift -= shift.mean()
    scale = fit_temperature(softmax(logs + shift), gold).scale
    return Calibration(scale=scale, shift=tuple((np.asarray(scale) * shift).tolist()), units=len(gold))


def _between(needed: npt.NDArray[np.float64], count: int) -> float:
    """Return a term that ``count`` units reach: between the ``count`` lowest of what each needs, sorted, and the rest."""
    below = needed[count - 1] if count else needed[0] - 1.0
    above = needed[count] if count < len(needed) else needed[-1] + 1.0
    return float((below + above) / 2)


def _of(scale: float, labels: int, units: int) -> Calibration:
    return Calibration(scale=(scale,) * labels, shift=(0.0,) * labels, units=units)


def fit_blend(probabilities: Sequence[npt.NDArray[np.float64]], gold: npt.NDArray[np.int64]) -> tuple[float, ...]:
    """Return the weights, one a model and none negative, whose log-linear pool has the lowest log loss on dev units.

    Each table has shape (units, labels). A model that adds nothing gets a weight near zero.
    """
    if not len(gold):
        raise TrainingError("The weights of a blend need at least one dev unit, and there is none.")
    rows = np.arange(len(gold))

    def loss(weights: npt.NDArray[np.float64]) -> float:
        pooled = blend(probabilities, tuple(weights))
        return float(-np.log(np.clip(pooled[rows, gold], 1e-12, 1.0)).mean())

    best = minimize(
        loss, x0=np.full(len(probabilities), 1 / len(probabilities)), method="Nelder-Mead", bounds=[(0.0, 10.0)] * len(probabilities)
    )
    return tuple(float(weight) for weight in best.x)
