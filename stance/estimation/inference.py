"""From influences to intervals: variances by cluster, degrees of freedom, bounds and p-values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.special import stdtr, stdtrit

from stance.estimation.shares import Counted

__all__ = ["Bounded", "Cells", "bound", "cell_units", "coded_worth", "folds_of", "least_variance", "varies"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CONFIDENCE = 0.95
_SAME = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The pairs of a cluster and a group that have units.

    Attributes:
        cell: the pair each unit is in, shape (units,).
        cluster: the cluster of each pair, shape (cells,).
        group: the group of each pair, shape (cells,).
    """

    cell: Ints
    cluster: Ints
    group: Ints

    def covariance(self, influence: Floats) -> sparse.csr_array:
        """Return the covariances of the groups' estimates, shape (groups, groups), from one influence a unit, shape (units,).

        The sum over clusters of the product of their summed influences, which lets units of a cluster be alike in any way (Liang & Zeger
        1986, Biometrika 73, 13-22), also where a cluster has units in both groups.
        """
        summed = np.bincount(self.cell, weights=influence, minlength=len(self.group))
        shape = (int(self.cluster.max()) + 1, int(self.group.max()) + 1)
        by_cluster = sparse.csr_array((summed, (self.cluster, self.group)), shape=shape)
        return sparse.csr_array(by_cluster.T @ by_cluster)


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """Estimates with their intervals; all of shape (estimates,).

    ``error`` is the standard error with its degrees of ``freedom``, ``reach`` the margin of error before the interval is clipped to what is
    possible, ``p`` two-sided for 0.
    """

    estimate: Floats
    error: Floats
    reach: Floats
    low: Floats
    high: Floats
    p: Floats
    freedom: Floats


def cell_units(cluster: Ints, group: Ints) -> Cells:
    """Return the pairs of cluster and group in which units are."""
    groups = int(group.max()) + 1
    pairs, cell = np.unique(cluster * groups + group, return_inverse=True)
    return Cells(cell.astype(np.int64), pairs // groups, pairs % groups)


def bound(estimate: Floats, variance: Floats, freedom: Floats) -> Bounded:
    """Return the 95% intervals by Student's t with these degrees of freedom; NaN where a variance or freedom is missing or 0."""
    usable = (freedom > 0) & np.isfinite(variance)
    error = np.where(usable, np.sqrt(np.where(usable, variance, 0.0)), np.nan)
    degrees = np.where(usable, freedom, 1.0)
    reach = np.asarray(stdtrit(degrees, (1 + CONFIDENCE) / 2) * error, dtype=np.float64)
    away = np.divide(np.abs(estimate), error, out=np.where(estimate == 0, 0.0, np.inf), where=error > 0)
    p = np.where(usable & np.isfinite(estimate), 2 * stdtr(degrees, -away), np.nan)
    return Bounded(estimate, error, reach, estimate - reach, estimate + reach, p, freedom)


def varies(shown: Floats, counted: Counted) -> npt.NDArray[np.bool_]:
    """Return whether the values in ``shown``, shape (units,), differ among the coded units of each group, shape (groups,)."""
    group, values, groups = counted.group[counted.coded], shown[counted.coded], len(counted.sizes)
    lowest, highest = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(lowest, group, values)
    np.maximum.at(highest, group, values)
    return np.asarray(highest - lowest > _SAME)


def coded_worth(shown: Floats, counted: Counted, cells: Cells) -> Floats:
    """Return how many units of equal weight the coded ones of each group are worth (Kish's effective number), shape (groups,).

    Where what they show, shape (units,), does not vary, nothing tells the units of a cluster apart, and each cluster counts as one unit, as in
    Korn & Graubard 1998 (Survey Methodology 24, 193-201). NaN where no unit is coded.
    """
    by_cell: Floats = np.bincount(cells.cell, weights=counted.weight, minlength=len(cells.group)).astype(np.float64)
    groups = len(counted.sizes)
    return np.where(varies(shown, counted), _kish(counted.weight, counted.group, groups), _kish(by_cell, cells.group, groups))


def least_variance(shown: Floats, counted: Counted, cells: Cells) -> Floats:
    """Return the variance that a group's estimate from coded units has at least, in squared steps between labels; shape (groups,).

    As if two of what its coded units are worth were wrong, one to each side: where all of n coded units happen to be predicted right, the
    interval then reaches about 3/n to each side, as the exact one does (the rule of three), and not 0.
    """
    least: Floats = 2 / coded_worth(shown, counted, cells) ** 2
    return least


def _kish(weight: Floats, group: Ints, groups: int) -> Floats:
    total = np.bincount(group, weights=weight, minlength=groups)
    squares = np.bincount(group, weights=weight**2, minlength=groups)
    worth: Floats = np.divide(total**2, squares, out=np.full(groups, np.nan), where=squares > 0)
    return worth


def folds_of(names: Sequence[str] | npt.NDArray[np.object_], cluster: Ints, *, folds: int, seed: int) -> Ints:
    """Return a fold for each unit, whole clusters at random; it follows from the units' names and the seed, not from their order.

    >>> one, other = folds_of(["a", "b", "c"], np.array([0, 0, 1]), folds=2, seed=1), folds_of(["c", "b", "a"], np.array([0, 1, 1]), folds=2, seed=1)
    >>> one.tolist() == other[::-1].tolist()
    True
    """
    hashed = pd.util.hash_array(np.asarray(names, dtype=object), hash_key=f"{seed:016d}"[:16], categorize=False)
    lowest = np.full(int(cluster.max()) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(lowest, cluster, hashed)
    place = np.empty(len(lowest), dtype=np.int64)
    place[np.argsort(lowest, kind="stable")] = np.arange(len(lowest))
    return (place % folds)[cluster]
