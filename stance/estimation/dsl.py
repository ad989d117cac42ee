"""Design-based supervised learning: outcomes of all units that are right on average, whatever the model does.

Egami, Hinck, Stewart & Wei 2023, "Using Imperfect Surrogates for Downstream Inference: Design-based Supervised Learning for Social Science
Applications of Large Language Models" (NeurIPS 36), eq. 2: the outcome of a unit is what a supervised model expects of it, plus, for
a coded unit, what gold differs by, divided by the probability with which the unit was drawn. The expectation may be wrong; its errors
cancel on average because the probabilities are known.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import Ridge

__all__ = ["adjusted", "cross_fitted"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FOLDS = 10
_RIDGE = 1.0


def adjusted(expected: Floats, gold: Floats, probability: Floats) -> Floats:
    """Return the design-adjusted outcomes, shape (units, outcomes); ``probability`` is NaN where a unit was not coded.

    >>> adjusted(np.array([[0.8], [0.8]]), np.array([[1.0], [0.0]]), np.array([0.1, np.nan])).round(2).tolist()
    [[2.8], [0.8]]
    """
    coded = ~np.isnan(probability)
    outcome = expected.copy()
    outcome[coded] += (gold[coded] - expected[coded]) / probability[coded, None]
    return outcome


def cross_fitted(predictor: Floats, gold: Floats, weight: Floats, *, group: Ints, fold: Ints) -> Floats:
    """Return what each unit is expected to be coded as, shape (units, outcomes), by a model that did not see its fold.

    The model is a ridge regression of gold on the predictor, shape (units, labels), and the group; coded units have a ``weight`` above 0.
    ``fold`` is a number for each unit, the same within a cluster (`stance.estimation.inference.folds_of`).
    """
    expected = np.empty_like(gold)
    coded, labels = weight > 0, predictor.shape[1]
    seen, place = np.unique(group[coded], return_inverse=True)
    features = np.concatenate([predictor[coded], np.eye(len(seen))[place]], axis=1)
    position = np.full(int(group.max()) + 1, len(seen))
    position[seen] = np.arange(len(seen))
    for number in np.unique(fold):
        train, held = fold[coded] != number, fold == number
        scaled = weight[coded][train] / weight[coded][train].mean()
        model = Ridge(alpha=_RIDGE).fit(features[train], gold[coded][train], sample_weight=scaled)
        slopes = np.atleast_2d(model.coef_)
        effects = np.append(slopes[:, labels:], np.zeros((len(slopes), 1)), axis=1)  # a group without coded units has none
        expected[held] = predictor[held] @ slopes[:, :labels].T + effects[:, position[group[held]]].T + model.intercept_
    return expected
