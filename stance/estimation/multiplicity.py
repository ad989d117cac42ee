"""Many comparisons at once: p-values and intervals that hold for all of them together, one test of all groups, and tests of no difference.

Seven comparisons of eight equal groups find a difference with p < .05 in far more than 5% of studies (`benchmarks/coverage.md`). Holm's p-values
(1979, Scandinavian Journal of Statistics 6, 65-70) and Bonferroni's intervals err for any of the comparisons in 5% of studies at most. One test
asks first whether the groups are equal at all: that of Welch (1951, Biometrika 38, 330-336), which lets groups have variances and sizes of their
own, here with variances by cluster.
A p-value above .05 is not evidence of no difference; two one-sided tests are (Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics
15, 657-680): both must reject that the difference is at least as large as what still counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc, stdtr, stdtrit

from stance.estimation.inference import CONFIDENCE, Bounded

__all__ = ["Welch", "equivalent", "holm", "together", "welch"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Welch:
    """Welch's test that groups are equal: F, its two degrees of freedom, and p."""

    statistic: float
    numerator: float
    denominator: float
    p: float


def holm(p: Floats) -> Floats:
    """Return Holm's p-values, which hold for all of a family together; NaN stays, and counts for nothing.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).round(2).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    times = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * times))
    return adjusted


def together(found: Bounded, family: Bools) -> tuple[Floats, Floats]:
    """Return bounds of the estimates in ``family`` that hold for all of them at once in 95% of studies (Bonferroni); NaN for the others."""
    usable = family & np.isfinite(found.error) & (found.freedom > 0)
    tail = (1 - CONFIDENCE) / 2 / max(1, int(usable.sum()))
    reach = np.where(usable, stdtrit(np.where(usable, found.freedom, 1.0), 1 - tail) * found.error, np.nan)
    return found.estimate - reach, found.estimate + reach


def equivalent(found: Bounded, margin: float) -> Floats:
    """Return the p-value of two one-sided tests that an estimate lies within ``margin`` of 0, shape (estimates,)."""
    usable = np.isfinite(found.error) & (found.freedom > 0) & (found.error > 0)
    away = np.divide(np.abs(found.estimate) - margin, found.error, out=np.full(len(found.error), np.nan), where=usable)
    return np.where(usable, stdtr(np.where(usable, found.freedom, 1.0), np.where(usable, away, 0.0)), np.nan)


def welch(values: Floats, covariance: Floats, freedom: Floats) -> Welch:
    """Return the test that all ``values`` are equal, shape (groups,), from their covariance and the degrees of freedom of each variance.

    The statistic is that of contrasts with the whole covariance, for groups may share clusters; without shared ones it is Welch's.

    >>> found = welch(np.array([0.0, 1.0, 3.0]), np.diag([0.2, 0.3, 0.4]), np.array([9.0, 11.0, 14.0]))
    >>> round(found.statistic, 2), found.numerator, round(found.denominator, 2)
    (7.28, 2, 22.59)
    """
    groups = len(values)
    contrasts = np.concatenate([np.eye(groups - 1), -np.ones((groups - 1, 1))], axis=1)
    apart, spread = contrasts @ values, contrasts @ covariance @ contrasts.T
    quadratic = float(apart @ np.linalg.lstsq(spread, apart, rcond=None)[0])
    share = 1 / np.diag(covariance)
    share = share / share.sum()
    excess = float(((1 - share) ** 2 / freedom).sum())
    statistic = quadratic / (groups - 1) / (1 + 2 * (groups - 2) / (groups**2 - 1) * excess)
    denominator = (groups**2 - 1) / (3 * excess)
    return Welch(statistic, groups - 1, denominator, float(fdtrc(groups - 1, denominator, max(statistic, 0.0))))
