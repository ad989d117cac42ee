"""Shares and means of groups, and differences between groups: what is asked of each way of estimating, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from stance.estimation.groups import Groups
from stance.estimation.inference import Bounded, Cells, bound, least_variance
from stance.estimation.shares import Counted, Shares

__all__ = ["Asked", "Measures", "Setting", "asked_of", "bounded", "clipped", "labels_of", "least_of", "uncoded_variance"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """What is measured, each a weighted sum of the shares of labels.

    Attributes:
        names: the labels, and ``mean`` where labels have numbers.
        weights: shape (measures, labels).
        steps: the distance between neighbouring labels in each measure, shape (measures,).
    """

    names: tuple[str, ...]
    weights: Floats
    steps: Floats

    @classmethod
    def of(cls, labels: Sequence[str], codes: Floats | None) -> Measures:
        """Return the share of each label, and the mean of their codes."""
        shares, ones = np.eye(len(labels)), np.ones(len(labels))
        if codes is None:
            return cls(tuple(labels), shares, ones)
        step = float(np.ptp(codes)) / (len(labels) - 1)
        return cls((*labels, "mean"), np.vstack([shares, codes]), np.append(ones, step))


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is estimated, one entry an estimate: a measure of a group, less that of a reference (-1: none); shape (estimates,)."""

    group: Ints
    reference: Ints
    measure: Ints

    @property
    def compares(self) -> npt.NDArray[np.bool_]:
        """Whether each estimate is a difference."""
        return self.reference >= 0


def asked_of(groups: Groups, pairs: Sequence[tuple[int, int]], measures: Measures) -> Asked:
    """Return every measure of every group, shares before means, and then every measure of every pair."""
    count, labels = len(measures.names), measures.weights.shape[1]
    shares = [(group, -1, measure) for group in range(len(groups)) for measure in range(labels)]
    means = [(group, -1, measure) for group in range(len(groups)) for measure in range(labels, count)]
    differences = [(group, reference, measure) for group, reference in pairs for measure in range(count)]
    entries = np.array([*shares, *means, *differences], dtype=np.int64)
    return Asked(entries[:, 0], entries[:, 1], entries[:, 2])


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What all ways of estimating share: what is asked, in which measures, of which units."""

    asked: Asked
    measures: Measures
    counted: Counted
    cells: Cells


def bounded(shares: Shares, setting: Setting, *, shown: Floats | None) -> Bounded:
    """Return the estimates that were asked, with intervals.

    ``shown`` is what the coded units show, shape (units, labels): their gold, or what it differs by from the predicted label; it is None for
    estimates that rest on predicted labels alone.

    Degrees of freedom are those of `stance.estimation.shares.Counted.freedom`; of a difference Welch's (1947).
    """
    asked, counted = setting.asked, setting.counted
    values = shares.estimate @ setting.measures.weights.T  # (groups, measures)
    freedom_of_groups = np.asarray(counted.clusters - 1, dtype=np.float64) if shown is None else counted.freedom
    least = np.zeros(len(counted.sizes))
    first, second = values[asked.group, asked.measure], np.where(asked.compares, values[asked.reference, asked.measure], 0.0)
    variance, freedom = np.empty(len(first)), np.empty(len(first))
    for number, weights in enumerate(setting.measures.weights):
        here = asked.measure == number
        covariance = setting.cells.covariance(shares.influence @ weights)
        if shown is not None:
            least = least_of(shown, setting, number)
        variance[here], freedom[here] = _spread(covariance, freedom_of_groups, asked, here, least=least)
    return clipped(bound(first - second, variance, freedom), setting)


def least_of(shown: Floats, setting: Setting, measure: int) -> Floats:
    """Return the least variance of a measure in each group, shape (groups,)."""
    weights, step = setting.measures.weights[measure], setting.measures.steps[measure]
    return np.asarray(least_variance(shown @ weights, setting.counted, setting.cells) * step**2)


def uncoded_variance(shares: Shares, setting: Setting) -> Floats:
    """Return the part of each variance that comes from uncoded units, which coding more of them would not take away."""
    asked, counted = setting.asked, setting.counted
    influence = np.where(counted.coded[:, None], 0.0, shares.influence)
    variance = np.empty(len(asked.group))
    for number, weights in enumerate(setting.measures.weights):
        here = asked.measure == number
        covariance = setting.cells.covariance(influence @ weights)
        ones, none = np.ones(len(counted.sizes)), np.zeros(len(counted.sizes))
        variance[here] = _spread(covariance, ones, asked, here, least=none)[0]
    return variance


def _spread(
    covariance: sparse.csr_array, freedom: Floats, asked: Asked, here: npt.NDArray[np.bool_], *, least: Floats
) -> tuple[Floats, Floats]:
    """Return the variances and degrees of freedom of the estimates ``here``; ``least`` is the least variance of each group's.

    A difference has at least the least variances of both: groups that share their clusters may happen to be coded all alike.
    """
    group, reference, compares = asked.group[here], asked.reference[here], asked.compares[here]
    own = np.maximum(covariance.diagonal(), least)
    first, second = own[group], np.where(compares, own[reference], 0.0)
    shared = np.zeros(len(group))
    if compares.any():
        shared[compares] = np.asarray(covariance[group[compares], reference[compares]]).ravel()
    total = first + second
    parts = first**2 / _positive(freedom[group]) + second**2 / _positive(freedom[reference])
    pooled = np.divide(total**2, parts, out=np.full(len(group), np.inf), where=parts > 0)
    enough = (freedom[group] > 0) & (~compares | (freedom[reference] > 0))
    lowest = least[group] + np.where(compares, least[reference], 0.0)
    return np.maximum(total - 2 * shared, lowest), np.where(enough, pooled, 0.0)


def _positive(freedom: Floats) -> Floats:
    return np.maximum(freedom, 1.0)


def clipped(found: Bounded, setting: Setting) -> Bounded:
    """Return the estimates and bounds of shares and means within what is possible; the interval of a share is Wilson's."""
    asked, weights = setting.asked, setting.measures.weights
    shares = ~asked.compares & (asked.measure < weights.shape[1])
    lowest = np.where(asked.compares, -np.inf, weights.min(axis=1)[asked.measure])
    highest = np.where(asked.compares, np.inf, weights.max(axis=1)[asked.measure])
    low, high = _wilson(found, shares)
    estimate, low, high = (np.clip(values, lowest, highest) for values in (found.estimate, low, high))
    return replace(found, estimate=estimate, low=low, high=high, reach=np.where(shares, (high - low) / 2, found.reach))


def _wilson(found: Bounded, shares: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the bounds, those of ``shares`` by Wilson's score for as many units as the standard error is worth.

    Wilson 1927 (Journal of the American Statistical Association 22, 209-212); effective units as in Korn & Graubard 1998. An interval of the same length
    to either side misses rare labels too often: of a share of 2% a sample of 200 shows four units on average.
    """
    share = found.estimate
    usable = shares & (share > 0) & (share < 1) & (found.error > 0)
    safe, error = np.where(usable, share, 0.5), np.where(usable, found.error, 0.1)
    units = safe * (1 - safe) / error**2
    wide = np.divide(found.reach, found.error, out=np.zeros(len(share)), where=usable) ** 2 / units
    middle = (safe + wide / 2) / (1 + wide)
    reach = np.sqrt(wide * (safe * (1 - safe) + wide / 4)) / (1 + wide)
    return np.where(usable, middle - reach, found.low), np.where(usable, middle + reach, found.high)


def labels_of(setting: Setting, groups: Groups, *, by: Sequence[str]) -> pd.DataFrame:
    """Return the columns that say what each estimate is: ``part``, those of ``by``, ``versus, measure, outcome``."""
    asked, labels = setting.asked, setting.measures.weights.shape[1]
    columns: dict[str, object] = {"part": np.where(asked.compares, "difference", np.where(asked.measure < labels, "share", "mean"))}
    for name in by:
        columns[name] = groups.table[name].to_numpy()[asked.group]
    references = [groups.table[by[0]].iloc[place] if place >= 0 else None for place in asked.reference.tolist()]
    columns["versus"] = pd.Series(references, dtype=object)
    columns["measure"] = np.array(setting.measures.names, dtype=object)[asked.measure]
    columns["outcome"] = pd.Series([None] * len(references), dtype=object)
    return pd.DataFrame(columns)
