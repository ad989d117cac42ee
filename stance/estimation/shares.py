"""The share of each label in each group, estimated four ways, and what each unit contributes to its variance.

Each function returns `Shares`. The *influence* of a unit is what its share of the estimate deviates by; the variance of any sum or
difference of shares is the sum over clusters of the squared, summed influences (`stance.estimation.inference`), so that means, differences
and clustered standard errors all come from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Counted", "Shares", "coded_shares", "dsl_shares", "group_sums", "naive_shares", "ppi_shares"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Units by group and cluster, and which of them were coded.

    Attributes:
        group: the group of each unit, shape (units,).
        coded: whether it was coded, shape (units,).
        weight: for how many units of its kind it stands if coded, else 0, shape (units,).
        sizes: units in each group, shape (groups,).
        clusters: clusters in each group, shape (groups,).
        coded_clusters: clusters with a coded unit in each group, shape (groups,).
        enlarged: what the residual of each unit is multiplied by, shape (units,), because the estimate follows its cluster: the inverse root of 1
            less the part of the group's weight that its cluster has (CR2, `stance.estimation.small_samples`).
        freedom: degrees of freedom of what rests on coded units, shape (groups,): the coded clusters less one where all weigh the same, fewer
            where some weigh more (Satterthwaite).
    """

    group: Ints
    coded: Bools
    weight: Floats
    sizes: Ints
    clusters: Ints
    coded_clusters: Ints
    enlarged: Floats
    freedom: Floats

    @property
    def coded_sizes(self) -> Ints:
        """Coded units in each group, shape (groups,)."""
        return np.bincount(self.group[self.coded], minlength=len(self.sizes)).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Estimated shares, shape (groups, labels), and the influence of each unit on those of its group, shape (units, labels)."""

    estimate: Floats
    influence: Floats


def naive_shares(predicted: Floats, counted: Counted) -> Shares:
    """Return the shares of the predicted labels, shape (units, labels), as if these were right."""
    estimate = group_sums(predicted, counted.group, len(counted.sizes)) / counted.sizes[:, None]
    scale = np.sqrt(counted.clusters / _at_least(counted.clusters - 1)) / counted.sizes
    return Shares(estimate, (predicted - estimate[counted.group]) * scale[counted.group, None])


def coded_shares(gold: Floats, counted: Counted) -> Shares:
    """Return the shares among the coded units alone, each weighing as many units as it stands for (Hájek's estimator)."""
    groups = len(counted.sizes)
    weight = counted.weight / _at_least(np.bincount(counted.group, weights=counted.weight, minlength=groups))[counted.group]
    estimate = group_sums(gold * weight[:, None], counted.group, groups)
    return Shares(estimate, (gold - estimate[counted.group]) * (weight * counted.enlarged)[:, None])


def ppi_shares(gold: Floats, predictor: Floats, counted: Counted, weights: Floats) -> Shares:
    """Return the shares by prediction-powered inference; the coded units of a group are taken for a random sample of it.

    The mean of gold among coded units, plus what the predictor is higher by among uncoded units than among coded ones, times lambda
    (Angelopoulos, Bates et al. 2023, Science 382, 669-674; Angelopoulos, Duchi & Zrnic 2023, PPI++, arXiv 2311.01453, eq. 5). ``weights`` are lambda of
    each unit (`stance.estimation.tuning`): a useless predictor gets 0, which leaves the coded units alone.
    """
    coded, group = counted.coded, counted.group
    n = counted.coded_sizes.astype(np.float64)
    rest = counted.sizes - n
    mean_gold = _means(gold, coded, counted)
    mean_coded, mean_rest = _means(predictor, coded, counted), _means(predictor, ~coded, counted)
    lam = _means(weights[:, None], coded, counted)
    estimate = mean_gold - _means(weights[:, None] * predictor, coded, counted) + lam * mean_rest
    own = gold - mean_gold[group] - weights[:, None] * (predictor - mean_coded[group])
    other = lam[group] * (predictor - mean_rest[group])
    scale = counted.enlarged / _at_least(n)[group]
    influence = np.where(coded[:, None], own * scale[:, None], other / _at_least(rest)[group, None])
    return Shares(estimate, influence)


def dsl_shares(outcome: Floats, counted: Counted) -> Shares:
    """Return the shares as means of the design-adjusted outcomes (`stance.estimation.dsl`), shape (units, labels)."""
    estimate = group_sums(outcome, counted.group, len(counted.sizes)) / counted.sizes[:, None]
    scale = np.where(counted.coded, counted.enlarged, 1.0) / counted.sizes[counted.group]
    return Shares(estimate, (outcome - estimate[counted.group]) * scale[:, None])


def group_sums(values: Floats, group: Ints, groups: int) -> Floats:
    """Return the sums of each column of ``values`` within each group, shape (groups, columns)."""
    return np.stack([np.bincount(group, weights=column, minlength=groups) for column in values.T], axis=1)


def _means(values: Floats, among: Bools, counted: Counted) -> Floats:
    """Return the means of ``values`` among some units of each group, shape (groups, columns); 0 where there are none."""
    groups = len(counted.sizes)
    number = np.bincount(counted.group[among], minlength=groups)
    return group_sums(values[among], counted.group[among], groups) / _at_least(number)[:, None]


def _at_least(numbers: npt.NDArray[np.generic], least: float = 1.0) -> Floats:
    return np.maximum(np.asarray(numbers, dtype=np.float64), least)
