"""Variances of coefficients that hold with few clusters: bias-reduced linearization (CR2) and Satterthwaite's degrees of freedom.

The usual clustered variance is too small where a covariate rests on few clusters, such as a value that 3 of 30 outlets have: residuals are
smaller than errors, most so in clusters that pull the regression toward themselves, and the variance is itself known from few of them. Bell
& McCaffrey 2002 (Survey Methodology 28, 169-181) enlarge the residuals of each cluster by the inverse root of what the regression leaves of
them, and take Student's t with the degrees of freedom of a chi-square that has the mean and variance of the estimated variance; Pustejovsky &
Tipton 2018 (Journal of Business & Economic Statistics 36, 672-683) give both in general. The working model here is independent errors.

Nothing larger than a matrix of the terms is formed for a cluster: with M its share of the curvature and B the inverse of all curvature, its
summed influence is multiplied by (I - B M)^(-1/2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from stance.estimation.shares import group_sums

__all__ = ["Part", "Reduced", "clustered", "reduced"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PULL = 2e-3  # the leverage under which a cluster's residuals are left as they are: they would grow by a thousandth
_WHOLE = 1 - 1e-9  # a share of the curvature from which a direction rests on one cluster alone
_CELLS = 4_000_000  # numbers held at once


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The part of a regression that one sample of units makes up: the coded ones, the others, or all.

    Attributes:
        influence: what each unit adds to the coefficients, shape (units, terms); zeros outside the sample.
        weight: how much each unit weighs, shape (units,); 0 outside the sample.
        slope: how fast what the regression expects of each unit rises, shape (units,): 1 if linear.
    """

    influence: Floats
    weight: Floats
    slope: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """The influence of each cluster, with residuals enlarged, shape (clusters, terms), and degrees of freedom, shape (terms,)."""

    sums: Floats
    freedom: Floats


def clustered(parts: Sequence[Part], matrix: Floats, cluster: Ints) -> tuple[Floats, Floats]:
    """Return the variance of each coefficient and its degrees of freedom, shape (terms,) each.

    The degrees of freedom of several parts are pooled as Welch (1947) does, for they are different samples.
    """
    found = [reduced(part, matrix, cluster) for part in parts]
    own = np.array([(each.sums**2).sum(axis=0) for each in found])
    freedom = np.array([each.freedom for each in found])
    variance = (np.sum([each.sums for each in found], axis=0) ** 2).sum(axis=0)
    pooled = np.divide(own**2, freedom, out=np.zeros_like(own), where=freedom > 0).sum(axis=0)
    total = own.sum(axis=0) ** 2
    lowest = np.where((freedom > 0) & np.isfinite(freedom), freedom, np.inf).min(axis=0)
    return variance, np.divide(total, pooled, out=lowest, where=pooled > 0)


def reduced(part: Part, matrix: Floats, cluster: Ints) -> Reduced:
    """Return the influence of each cluster on the coefficients and the degrees of freedom of their variances.

    >>> group = np.array([1.0] * 3 + [0.0] * 27)
    >>> x = np.stack([np.ones(30), group], axis=1)
    >>> part = Part(np.zeros((30, 2)), np.full(30, 1 / 30), np.ones(30))
    >>> round(float(reduced(part, x, np.arange(30)).freedom[1]), 1)  # Imbens & Kolesar 2016, Review of Economics and Statistics 98, section III
    2.5
    """
    inside = part.weight > 0
    weight, place = part.weight[inside], cluster[inside]
    columns = matrix[inside] * np.sqrt(part.slope[inside])[:, None]
    triangle = np.linalg.qr(columns * np.sqrt(weight)[:, None], mode="r")
    root = np.linalg.inv(triangle)
    scaled = columns @ root  # products of these, weighted, add up to the identity
    clusters = int(cluster.max()) + 1
    sums = group_sums(part.influence[inside], place, clusters)
    pulls = np.flatnonzero(np.bincount(place, weights=weight * (scaled**2).sum(axis=1), minlength=clusters) > _PULL)
    moved = weight[:, None] * (scaled @ root.T)  # what an error of each unit moves each coefficient by
    for block in np.array_split(pulls, max(1, len(pulls) * scaled.shape[1] ** 2 // _CELLS)):
        enlarged, units, which = _enlarging(scaled, weight, place, block)
        sums[block] = np.einsum("gij,gj->gi", root @ enlarged @ triangle, sums[block])
        moved[units] = weight[units, None] * np.einsum("ui,uij->uj", scaled[units], (enlarged @ root.T)[which])
    return Reduced(sums, _freedom(scaled, weight, place, moved))


def _enlarging(scaled: Floats, weight: Floats, place: Ints, block: Ints) -> tuple[Floats, Ints, Ints]:
    """Return what the residuals of each cluster in ``block`` are enlarged by, (clusters, terms, terms), its units, and the cluster of each."""
    which = np.full(int(place.max()) + 1, -1)
    which[block] = np.arange(len(block))
    units = np.flatnonzero(which[place] >= 0)
    units = units[np.argsort(which[place[units]], kind="stable")]
    products = np.zeros((len(block), scaled.shape[1], scaled.shape[1]))
    np.add.at(products, which[place[units]], scaled[units, :, None] * (weight[units, None] * scaled[units])[:, None, :])
    shares, directions = np.linalg.eigh(products)
    scale = np.where(shares < _WHOLE, 1 / np.sqrt(np.clip(1 - shares, 1e-12, None)), 0.0)
    return (directions * scale[:, None, :]) @ directions.swapaxes(1, 2), units, which[place[units]]


def _freedom(scaled: Floats, weight: Floats, place: Ints, moved: Floats) -> Floats:
    """Return Satterthwaite's degrees of freedom of each variance, shape (terms,): twice its squared mean over its variance.

    Both follow from the products of what the errors of any two clusters move a coefficient by, less what the regression takes of them.
    """
    terms = scaled.shape[1]
    squares = (scaled * (weight**2)[:, None]).T @ scaled
    inner = np.block([[squares, -np.eye(terms)], [-np.eye(terms), np.zeros((terms, terms))]])
    clusters = int(place.max()) + 1
    members = sparse.csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(clusters, len(place)))
    freedom = np.empty(terms)
    for term in range(terms):
        own = np.bincount(place, weights=moved[:, term] ** 2, minlength=clusters)
        pair = np.concatenate([scaled * moved[:, [term]], scaled * (weight * moved[:, term])[:, None]], axis=1)
        summed = members @ pair
        taken = ((summed @ inner) * summed).sum(axis=1)
        between = inner @ (summed.T @ summed)
        mean, spread = own.sum() + taken.sum(), (own**2).sum() + 2 * (own * taken).sum() + float((between * between.T).sum())
        freedom[term] = mean**2 / spread if spread > 0 and mean > 0 else np.nan
    return freedom
