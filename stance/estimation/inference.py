"""From influences to intervals: variances by cluster, degrees of freedom, bounds and p-values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import stdtr, stdtrit

from stance.estimation.shares import Counted

__all__ = ["Bounded", "Cells", "bound", "cell_units", "folds_of", "least_variance"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CONFIDENCE = 0.95


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
    """Estimates with their intervals; all of shape (estimates,). ``error`` is the standard error, ``p`` two-sided for 0."""

    estimate: Floats
    error: Floats
    low: Floats
    high: Floats
    p: Floats


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
    reach = stdtrit(degrees, (1 + CONFIDENCE) / 2) * error
    away = np.divide(np.abs(estimate), error, out=np.full(len(error), np.inf), where=error > 0)
    p = np.where(usable & np.isfinite(estimate), 2 * stdtr(degrees, -away), np.nan)
    return Bounded(estimate, error, estimate - reach, estimate + reach, p)


def least_variance(counted: Counted) -> Floats:
    """Return the variance that a group's estimate from coded units has at least, in squared steps between labels; shape (groups,).

    As if two of its coded units were wrong, one to each side: where all of n coded units happen to be predicted right, the interval then
    reaches about 3/n to each side, as the exact one does (the rule of three), and not 0.
    """
    groups = len(counted.sizes)
    total = np.bincount(counted.group, weights=counted.weight, minlength=groups)
    squares = np.bincount(counted.group, weights=counted.weight**2, minlength=groups)
    least: Floats = np.divide(
        2 * squares**2, total**4, out=np.full(groups, np.nan), where=total > 0
    )  # 2 / Kish's effective number, squared
    return least


def folds_of(cluster: Ints, folds: int, rng: np.random.Generator) -> Ints:
    """Return a fold for each unit, whole clusters at random."""
    number = np.arange(int(cluster.max()) + 1) % folds
    return rng.permutation(number)[cluster]
