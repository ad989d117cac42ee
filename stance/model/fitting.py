"""Fits a calibration on dev units. Apart from ``calibration``, because scipy is not needed to label."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from stance.errors import TrainingError
from stance.model.blend import blend
from stance.model.calibration import Calibration

__all__ = ["fit_blend", "fit_calibration", "fit_temperature", "fit_vector"]

FOLDS = 5
FEWEST = 30  # dev units of each label that vector scaling is tried on


def fit_temperature(probabilities: npt.NDArray[np.float64], gold: npt.NDArray[np.int64]) -> Calibration:
    """Return the temperature scaling with the lowest log loss on dev units.

    ``probabilities`` has shape (units, labels), ``gold`` holds label numbers, shape (units,). One factor for all labels cannot change
    which label is highest, so it moves confidence and never a score.

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

    best = minimize(loss, x0=np.zeros(1), method="Nelder-Mead", bounds=[(-3.0, 1.6)])  # a dev set without a miss would else make every unit certain
    return _of(float(np.exp(best.x[0])), labels, len(gold))


def fit_vector(probabilities: npt.NDArray[np.float64], gold: npt.NDArray[np.int64]) -> Calibration:
    """Return the vector scaling (a factor and a term for each label) with the lowest log loss on dev units.

    Guo et al. 2017, section 4.2. The terms may change which label is highest.

    >>> fit_vector(np.array([[0.9, 0.1]] * 4), np.array([0, 0, 1, 1])).apply(np.array([[0.9, 0.1]])).round(2)
    array([[0.5, 0.5]])
    """
    if not len(gold):
        raise TrainingError("A calibration needs at least one dev unit, and there is none.")
    labels = probabilities.shape[1]
    logs = np.log(np.clip(probabilities, 1e-12, 1.0))
    truth = np.eye(labels)[gold]

    def loss(both: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        scaled = Calibration(tuple(both[:labels]), tuple(both[labels:])).apply(probabilities)
        excess = (scaled - truth) / len(gold)  # the gradient of the log loss over the scaled log probabilities
        mean = float(-np.log(np.clip((scaled * truth).sum(axis=1), 1e-12, 1.0)).mean())
        return mean, np.concatenate([(excess * logs).sum(axis=0), excess.sum(axis=0)])

    bounds = [(np.exp(-4.0), np.exp(4.0))] * labels + [(-10.0, 10.0)] * labels
    best = minimize(loss, x0=np.repeat([1.0, 0.0], labels), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Calibration(tuple(map(float, best[:labels])), tuple(map(float, best[labels:])), units=len(gold))


def fit_calibration(probabilities: npt.NDArray[np.float64], gold: npt.NDArray[np.int64]) -> Calibration:
    """Return temperature scaling, or vector scaling where dev units show it is better: the safe choice for few units.

    Vector scaling is taken if, in five-fold cross-validation inside dev, its log loss is lower by more than one standard error and its
    macro F1 is not lower: it moves the label of doubtful units toward the frequent labels, which a training with weighted labels did
    not ask for. With fewer than 30 dev units of a label it is not tried.
    """
    counts = np.bincount(gold, minlength=probabilities.shape[1])
    if counts.min() < FEWEST:
        return fit_temperature(probabilities, gold)
    one, many = (_held_out(fit, probabilities, gold) for fit in (fit_temperature, fit_vector))
    rows = np.arange(len(gold))
    gain = np.log(np.clip(many[rows, gold], 1e-12, 1.0)) - np.log(np.clip(one[rows, gold], 1e-12, 1.0))
    surely = gain.mean() > gain.std(ddof=1) / np.sqrt(len(gold))
    kept = f1_score(gold, many.argmax(axis=1), average="macro") >= f1_score(gold, one.argmax(axis=1), average="macro")
    return fit_vector(probabilities, gold) if surely and kept else fit_temperature(probabilities, gold)


def _held_out(
    fit: Callable[[npt.NDArray[np.float64], npt.NDArray[np.int64]], Calibration],
    probabilities: npt.NDArray[np.float64],
    gold: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """Return the probabilities of each unit as scaled by what the other folds taught."""
    scaled = np.empty_like(probabilities)
    for others, fold in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(probabilities, gold):
        scaled[fold] = fit(probabilities[others], gold[others]).apply(probabilities[fold])
    return scaled


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
