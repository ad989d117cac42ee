"""Linear and logistic regressions of a label on covariates, estimated four ways.

All solve one equation, in which x are a unit's covariates, mu what the regression expects of it and b and m its two weights::

    sum of x (b - m mu) over units = 0

Naive: b is the predicted label and m is 1, of every unit. Coded only: b is gold and m is 1, of the coded ones, each as many times as it stands for.
Prediction-powered: the loss of PPI++ (Angelopoulos, Duchi & Zrnic 2023, arXiv 2311.01453, eq. 4). Design-based supervised learning: b is the adjusted
outcome (Egami et al. 2023, eq. 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.estimation.small_samples import Part

__all__ = ["Fitted", "Weights", "coded_weights", "fit", "fit_dsl", "fit_ppi", "plain_weights"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_ROUNDS = 50
_CLOSE = 1e-10  # the change of the log odds at which to stop
_STRIDE = 5.0  # the largest change of the log odds in a round
_ALIKE = 1e-10  # how much of a column must be its own
_ENDLESS = 30.0  # log odds that no data shows


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The two weights of each unit in the equation, shape (units,): of its outcome, and of what the regression expects."""

    outcome: Floats
    expected: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Coefficients and what moves them; NaN where they run off to infinity.

    Attributes:
        coefficients: shape (terms,).
        parts: what the units of each sample add to them.
        bread: the inverse of the curvature, shape (terms, terms): a unit that makes up a share s of the units and has covariates x moves
            the coefficients by s x bread when its outcome rises by 1.
    """

    coefficients: Floats
    parts: tuple[Part, ...]
    bread: Floats

    @property
    def influence(self) -> Floats:
        """What each unit adds to the coefficients, shape (units, terms)."""
        return np.asarray(sum(part.influence for part in self.parts), dtype=np.float64)


def plain_weights(outcome: Floats) -> Weights:
    """Return the weights of a regression of ``outcome`` over all units."""
    units = len(outcome)
    return Weights(outcome / units, np.full(units, 1 / units))


def coded_weights(gold: Floats, weight: Floats) -> Weights:
    """Return the weights of a regression over coded units alone; ``weight`` is for how many units each stands, 0 if not coded."""
    share = weight / weight.sum()
    return Weights(gold * share, share)


def fit(matrix: Floats, weights: Weights, *, logistic: bool) -> Fitted:
    """Return the coefficients that solve the equation, by Newton's method, with each unit's influence on them."""
    coefficients = _solve(matrix, weights, logistic=logistic)
    if not np.isfinite(coefficients).all():
        return _endless(matrix)
    mean, slope = _expected(matrix @ coefficients, logistic=logistic)
    bread = _bread(matrix, weights.expected * slope)
    return Fitted(coefficients, (Part(_scores(matrix, weights, mean) @ bread, weights.expected, slope),), bread)


def fit_dsl(matrix: Floats, outcome: Floats, expected: Floats, weight: Floats, *, logistic: bool) -> Fitted:
    """Return the coefficients of a regression of design-adjusted outcomes, shape (units,).

    ``expected`` is what the supervised model expects of each unit, and ``weight`` for how many units a coded one stands, 0 if not coded: the
    chance of the sample is in what gold differs by from ``expected``, and only coded units show that.
    """
    units = len(outcome)
    coefficients = _solve(matrix, plain_weights(outcome), logistic=logistic)
    if not np.isfinite(coefficients).all():
        return _endless(matrix)
    mean, slope = _expected(matrix @ coefficients, logistic=logistic)
    bread = _bread(matrix, slope / units)
    everywhere = Part(matrix * ((expected - mean) / units)[:, None] @ bread, np.full(units, 1 / units), slope)
    sampled = Part(matrix * ((outcome - expected) / units)[:, None] @ bread, weight / weight.sum(), slope)
    return Fitted(coefficients, (sampled, everywhere), bread)


def fit_ppi(matrix: Floats, gold: Floats, predictor: Floats, *, coded: Bools, logistic: bool) -> Fitted:
    """Return the prediction-powered coefficients, with the lambda of least total variance (PPI++, prop. 2), tuned twice, as in ppi-python.

    Linear: the coefficients of the predictor among uncoded units, times lambda, plus those of what gold exceeds it by among coded units.
    Logistic: the equation above, with the weights of the loss. Coded and uncoded units count as two samples.
    """
    if coded.all():
        return fit(matrix, plain_weights(gold), logistic=logistic)
    lam = 1.0
    for _ in range(2):
        coefficients = _ppi_solve(matrix, gold, predictor, coded, lam=lam, logistic=logistic)
        if not np.isfinite(coefficients).all():
            return _endless(matrix)
        lam = _best_lambda(matrix, gold, predictor, coded, _expected(matrix @ coefficients, logistic=logistic))
    coefficients = _ppi_solve(matrix, gold, predictor, coded, lam=lam, logistic=logistic)
    mean, slope = _expected(matrix @ coefficients, logistic=logistic)
    bread = _bread(matrix, slope / len(matrix))
    if not logistic:
        parts = (_own_part(matrix, gold - lam * predictor, coded), _own_part(matrix, lam * predictor, ~coded))
        return Fitted(coefficients, parts, bread)
    influence = _scores(matrix, _ppi_weights(gold, predictor, coded, lam=lam), mean) @ bread
    return Fitted(coefficients, tuple(_centred_part(influence, part, slope) for part in (coded, ~coded)), bread)


def _own_part(matrix: Floats, outcome: Floats, sample: Bools) -> Part:
    """Return the influence of the units of a sample on the coefficients of a linear regression over that sample alone."""
    weights = plain_weights(outcome[sample])
    fitted = _solve(matrix[sample], weights, logistic=False)
    own = _scores(matrix[sample], weights, matrix[sample] @ fitted) @ _bread(matrix[sample], weights.expected)
    influence = np.zeros(matrix.shape)
    influence[sample] = own
    return Part(influence, np.where(sample, 1 / sample.sum(), 0.0), np.ones(len(matrix)))


def _centred_part(influence: Floats, sample: Bools, slope: Floats) -> Part:
    own = np.zeros(influence.shape)
    own[sample] = _centred(influence[sample])
    return Part(own, np.where(sample, 1 / sample.sum(), 0.0), slope)


def _endless(matrix: Floats) -> Fitted:
    """Return that there are no coefficients."""
    units, terms = matrix.shape
    nothing = Part(np.full((units, terms), np.nan), np.full(units, 1 / units), np.ones(units))
    return Fitted(np.full(terms, np.nan), (nothing,), np.full((terms, terms), np.nan))


def _ppi_weights(gold: Floats, predictor: Floats, coded: Bools, *, lam: float) -> Weights:
    """Return the weights of the prediction-powered loss, in which the predictor counts ``lam`` times."""
    n, rest = int(coded.sum()), int((~coded).sum())
    outcome = np.where(coded, (gold - lam * predictor) / n, lam * predictor / rest)
    return Weights(outcome, np.where(coded, (1 - lam) / n, lam / rest))


def _ppi_solve(matrix: Floats, gold: Floats, predictor: Floats, coded: Bools, *, lam: float, logistic: bool) -> Floats:
    if logistic:
        return _solve(matrix, _ppi_weights(gold, predictor, coded, lam=lam), logistic=True)
    among_rest = _solve(matrix[~coded], plain_weights(lam * predictor[~coded]), logistic=False)
    return among_rest + _solve(matrix[coded], plain_weights((gold - lam * predictor)[coded]), logistic=False)


def _best_lambda(matrix: Floats, gold: Floats, predictor: Floats, coded: Bools, expected: tuple[Floats, Floats]) -> float:
    """Return the lambda of least total variance of the coefficients, within 0 and 1, from what the regression expects now."""
    mean, slope = expected
    bread = _bread(matrix, slope / len(matrix))
    by_gold = _centred(matrix[coded] * (gold - mean)[coded, None]) @ bread
    by_predictor = matrix * (predictor - mean)[:, None]
    together = float((by_gold * (_centred(by_predictor[coded]) @ bread)).sum()) / coded.sum()
    spread = float(((_centred(by_predictor) @ bread) ** 2).sum()) / (len(matrix) - 1)
    return float(np.clip(together / ((1 + coded.sum() / (~coded).sum()) * spread), 0, 1)) if spread > 0 else 0.0


def _bread(matrix: Floats, weight: Floats) -> Floats:
    """Return the inverse of the weighted products of the covariates, shape (terms, terms), by QR: a year squared would cost digits."""
    root = np.linalg.inv(np.linalg.qr(matrix * np.sqrt(weight)[:, None], mode="r"))
    bread: Floats = root @ root.T
    return bread


def _solve(matrix: Floats, weights: Weights, *, logistic: bool) -> Floats:
    """Return the coefficients; NaN where they run off to infinity, or the covariates cannot be told apart in these units.

    Newton's steps are taken in orthogonal columns, and bounded in what they change of the log odds, so that neither the scale of a
    covariate nor where its 0 lies matters.
    """
    columns, triangle = np.linalg.qr(matrix)
    nothing = np.full(matrix.shape[1], np.nan)
    if len(matrix) < matrix.shape[1] or (np.abs(np.diag(triangle)) <= _ALIKE * np.linalg.norm(triangle, axis=0)).any():
        return nothing
    target = columns.T @ weights.outcome
    found, linear = np.zeros(matrix.shape[1]), np.zeros(len(matrix))
    for _ in range(_ROUNDS):
        mean, slope = _expected(linear, logistic=logistic)
        curvature = columns.T @ (columns * (weights.expected * slope)[:, None])
        step = np.linalg.solve(curvature, target - columns.T @ (weights.expected * mean))
        change = float(np.abs(columns @ step).max())
        found = found + (step if not logistic else step * min(1.0, _STRIDE / change if change > 0 else 1.0))
        linear = columns @ found
        if logistic and np.abs(linear).max() > _ENDLESS:
            return nothing
        if not logistic or change < _CLOSE:
            return np.linalg.solve(triangle, found)
    return nothing


def _expected(linear: Floats, *, logistic: bool) -> tuple[Floats, Floats]:
    """Return what the regression expects of each unit, and how fast that rises; both of shape (units,)."""
    if not logistic:
        return linear, np.ones(len(linear))
    mean = 1 / (1 + np.exp(-np.clip(linear, -_ENDLESS, _ENDLESS)))
    return mean, mean * (1 - mean)


def _scores(matrix: Floats, weights: Weights, mean: Floats) -> Floats:
    scores: Floats = matrix * (weights.outcome - weights.expected * mean)[:, None]
    return scores


def _centred(values: Floats) -> Floats:
    centred: Floats = values - values.mean(axis=0)
    return centred
