"""The interval of a share when units come in clusters, also where the share is 0 or 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaincinv, stdtrit

from stance.coding.intervals import Interval
from stance.errors import CodingError

__all__ = ["clustered_share", "effective_units", "share_interval"]

Counts = npt.NDArray[np.int64] | npt.NDArray[np.float64]


def clustered_share(hits: npt.NDArray[np.bool_], clusters: Sequence[object] | pd.Series | npt.NDArray[np.int64]) -> Interval:
    """Return the 95% interval of the share of ``hits``, shape (units,), where units of one cluster hit and miss together.

    The exact (Clopper-Pearson) interval for as many independent units as the clustered ones are worth: Korn & Graubard 1998, "Confidence
    intervals for proportions with small expected number of positive counts" (Survey Methodology 24, 193-201), with the variance between
    clusters by linearisation. A bootstrap would give the bounds 0 and 0 where no unit hits; here each cluster then counts as one unit.

    >>> found = clustered_share(np.zeros(20, dtype=bool), range(20))
    >>> found.low, round(found.high, 3)
    (0.0, 0.168)
    >>> found = clustered_share(np.zeros(20, dtype=bool), ["one story"] * 10 + ["another"] * 10)
    >>> found.low, round(found.high, 3)
    (0.0, 0.842)
    """
    units = len(hits)
    if not units:
        raise CodingError("a share of no units has no interval; give at least one unit.")
    groups, _ = pd.factorize(np.asarray(clusters, dtype=object))
    return share_interval(np.bincount(groups, weights=hits), np.bincount(groups))


def share_interval(hits: Counts, sizes: Counts, *, confidence: float = 0.95) -> Interval:
    """Return the interval of a share of units, as `clustered_share` does, from the hits and units of each cluster, shape (clusters,).

    >>> found = share_interval(np.array([1, 1, 0, 1] * 5), np.ones(20))
    >>> round(found.low, 3), round(found.high, 3)
    (0.502, 0.917)
    """
    share, tail = float(hits.sum() / sizes.sum()), (1 - confidence) / 2
    worth = _worth(hits, sizes, share, tail)
    wins = share * worth
    low = 0.0 if share == 0 else float(betaincinv(wins, worth - wins + 1, tail))
    high = 1.0 if share == 1 else float(betaincinv(wins + 1, worth - wins, 1 - tail))
    return Interval(low, high)


def effective_units(hits: Counts, sizes: Counts) -> float:
    """Return how many independent units the clusters of a share are worth, from the hits and units of each; at most their units.

    >>> round(effective_units(np.array([10, 0, 10, 0]), np.array([10, 10, 10, 10])), 1)
    3.0
    """
    share, clusters, units = float(hits.sum() / sizes.sum()), len(sizes), float(sizes.sum())
    if clusters == units:
        return units
    between = clusters / max(clusters - 1, 1) * float(((hits - share * sizes) ** 2).sum()) / units**2
    return float(clusters) if share in (0.0, 1.0) or between == 0 else min(share * (1 - share) / between, units)


def _worth(hits: Counts, sizes: Counts, share: float, tail: float) -> float:
    """Return how many independent units the clusters are worth: at most their units; their number where all or none hit."""
    clusters, units = len(sizes), int(sizes.sum())
    if clusters < 2:
        return 1.0
    between = clusters / (clusters - 1) * ((hits - share * sizes) ** 2).sum() / units**2
    if share in (0.0, 1.0) or between == 0:
        return float(clusters)
    corrected = share * (1 - share) / between * (stdtrit(units - 1, tail) / stdtrit(clusters - 1, tail)) ** 2
    return float(min(corrected, units))
