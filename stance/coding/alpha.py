"""Krippendorff's alpha: agreement beyond chance, for any number of coders, missing codings and three levels of measurement.

Krippendorff, K. (2019). Content Analysis: An Introduction to Its Methodology (4th ed.), chapter 12. The names follow his: coincidences
*o*, marginal sums *n*, distances *delta squared*. Everything works on stacks of matrices: thousands of bootstrap draws are one call.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stance.coding.codebook import Level
from stance.errors import CodingError

__all__ = ["alpha_from_coincidences", "coincidences", "krippendorff_alpha", "observed_agreement", "unit_counts"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def krippendorff_alpha(codings: npt.ArrayLike, level: Level, *, values: Sequence[float] | None = None) -> float:
    """Return alpha for codings of shape (coders, units): codes 0, 1, ... in label order, -1 where a coder gave none.

    1 is full agreement, 0 what chance would give. ``values`` are the numbers of the labels of an interval variable; without
    them a code is its own number. The example is Krippendorff's own (2011, "Computing Krippendorff's Alpha-Reliability", page 4:
    four observers, twelve units, five values; nominal .743, ordinal .815, interval .849).

    >>> codings = [
    ...     [0, 1, 2, 2, 1, 0, 3, 0, 1, -1, -1, -1],
    ...     [0, 1, 2, 2, 1, 1, 3, 0, 1, 4, -1, 2],
    ...     [-1, 2, 2, 2, 1, 2, 3, 1, 1, 4, 0, -1],
    ...     [0, 1, 2, 2, 1, 3, 3, 0, 1, 4, 0, -1],
    ... ]
    >>> [round(krippendorff_alpha(codings, level), 3) for level in ("nominal", "ordinal", "interval")]
    [0.743, 0.815, 0.849]
    """
    counts = unit_counts(np.asarray(codings, dtype=np.int64), None if values is None else len(values))
    compared = counts[counts.sum(axis=1) >= 2]
    if not len(compared):
        raise CodingError("codings: no unit has codings of two coders, so there is nothing to compare; let coders share some units.")
    if (compared.sum(axis=0) > 0).sum() < 2:
        raise CodingError("codings: all labels are equal, so alpha is undefined; it needs at least two labels in use.")
    return float(alpha_from_coincidences(coincidences(counts).sum(axis=0), level, values=values))


def unit_counts(codings: Integers, labels: int | None = None) -> Integers:
    """Return how often each unit got each label; shape (units, labels) from codings of shape (coders, units).

    Without ``labels`` there are as many as the highest code needs.
    """
    highest = int(codings.max(initial=0))
    width = highest + 1 if labels is None else labels
    if highest >= width:
        raise CodingError(f"codings: code {highest} has no label, for there are {width} (codes 0 to {width - 1}); give a value for each.")
    given = codings >= 0
    units = np.broadcast_to(np.arange(codings.shape[1]), codings.shape)
    cells = np.bincount(units[given] * width + codings[given], minlength=codings.shape[1] * width)
    return cells.reshape(codings.shape[1], width).astype(np.int64)


def coincidences(counts: Integers) -> Floats:
    """Return the coincidences within each unit; shape (units, labels, labels) from counts of shape (units, labels).

    o_ck = (number of c-k pairs of codings) / (m - 1) for a unit with m codings, so that each coding counts once;
    a unit with one coding has no pair and gives zeros.
    """
    coded = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1], dtype=np.int64)
    return np.asarray(pairs / np.maximum(coded - 1, 1)[:, None, None])


def alpha_from_coincidences(o: Floats, level: Level, *, values: Sequence[float] | None = None) -> Floats:
    """Return alpha = 1 - D_o / D_e of each coincidence matrix; shape (...) from (..., labels, labels).

    NaN where no disagreement is expected (one label only), which callers must tell.
    """
    n = o.sum(axis=-1)  # (..., labels)
    delta = _distances(n, level, values)
    observed = (o * delta).sum(axis=(-2, -1)) * (n.sum(axis=-1) - 1)
    expected = (n[..., :, None] * n[..., None, :] * delta).sum(axis=(-2, -1))
    defined = expected > 0
    return np.where(defined, 1 - observed / np.where(defined, expected, 1), np.nan)


def observed_agreement(o: Floats) -> Floats:
    """Return the share of pairs of codings that agree, each unit weighing by its codings; NaN where there is no pair."""
    total = o.sum(axis=(-2, -1))
    return np.where(total > 0, np.trace(o, axis1=-2, axis2=-1) / np.where(total > 0, total, 1), np.nan)


def _distances(n: Floats, level: Level, values: Sequence[float] | None) -> Floats:
    """Return delta squared between labels; shape (..., labels, labels) from the marginal sums (..., labels)."""
    if level == "nominal":
        return 1 - np.eye(n.shape[-1])
    if level == "ordinal":
        # the distance of c and k is what lies between their midpoints on the scale of ranks: all n between them, and half of their own
        midpoints = np.cumsum(n, axis=-1) - n / 2
    else:
        midpoints = np.arange(n.shape[-1], dtype=np.float64) if values is None else np.asarray(values, dtype=np.float64)
    return np.asarray((midpoints[..., :, None] - midpoints[..., None, :]) ** 2)
