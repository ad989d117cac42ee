"""The interval of a share when units come in clusters, also where the share is 0 or 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaincinv, stdtrit

from stance.coding.intervals import Interval
from stance.errors import CodingError

__all__ = ["clustered_share"]


def clustered_share(hits: npt.NDArray[np.bool_], clusters: Sequence[object] | pd.Series) -> Interval:
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
    share = float(hits.mean())
    worth = _worth(np.bincount(groups, weights=hits).astype(np.float64), np.bincount(groups), share)
    wins = share * worth
    low = 0.0 if share == 0 else float(betaincinv(wins, worth - wins + 1, 0.025))
    high = 1.0 if share == 1 else float(betaincinv(wins + 1, worth - wins, 0.975))
    return Interval(low, high)


def _worth(hits: npt.NDArray[np.float64], sizes: npt.NDArray[np.int64], share: float) -> float:
    """Return how many independent units the clusters are worth: at most their units; their number where all or none hit."""
    clusters, units = len(sizes), int(sizes.sum())
    if clusters < 2:
        return 1.0
    between = clusters / (clusters - 1) * ((hits - share * sizes) ** 2).sum() / units**2
    if share in (0.0, 1.0) or between == 0:
        return float(clusters)
    corrected = share * (1 - share) / between * (stdtrit(units - 1, 0.025) / stdtrit(clusters - 1, 0.025)) ** 2
    return float(min(corrected, units))
