"""Intervals by resampling: draw units or clusters with replacement, add up their counts, score each draw.

Only sums are resampled, never the articles: whatever a score is computed from (a confusion matrix, a coincidence matrix) is a sum over
clusters, so a draw is one row of weights times the table of clusters. Clusters with equal counts are drawn together, which is
fast where they are many, and makes the draws independent of the order of the units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Interval", "distinct", "draws_note", "percentile_interval", "resampled"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_CELLS = 2_000_000  # weights held at once: 16 MB a copy
_SAME = 1e-12  # scores nearer than this are the same, but for rounding
_FEW = 3  # a binomial costs about as much as drawing and counting three clusters


@dataclass(frozen=True, slots=True)
class Interval:
    """The bounds of a score.

    >>> 0.5 in Interval(0.4, 0.6)
    True
    """

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def distinct(cells: npt.NDArray[np.generic]) -> tuple[Floats, Integers]:
    """Return the distinct rows of counts, shape (patterns, cells), and how many clusters have each, shape (patterns,)."""
    patterns, times = np.unique(cells.reshape(len(cells), -1), axis=0, return_counts=True)
    return patterns.astype(np.float64), times.astype(np.int64)


def resampled(cells: npt.NDArray[np.generic], *, draws: int, rng: np.random.Generator) -> Floats:
    """Return the summed counts of each bootstrap draw; shape (draws, ...) from counts of shape (clusters, ...).

    Each draw takes as many clusters as there are, with replacement (Efron & Tibshirani 1993, chapter 8: resample the largest
    independent thing, here the cluster).

    >>> counts = np.array([[1, 0], [1, 0], [0, 1], [0, 1]])
    >>> resampled(counts, draws=3, rng=np.random.default_rng(1)).sum(axis=1).tolist()
    [4.0, 4.0, 4.0]
    """
    patterns, times = distinct(cells)
    sums = np.empty((draws, patterns.shape[1]))
    block = max(1, _CELLS // len(patterns))  # draws at once
    for start in range(0, draws, block):
        weights = _weights(times, min(block, draws - start), rng)
        sums[start : start + len(weights)] = weights.astype(np.float64) @ patterns
    return sums.reshape(draws, *cells.shape[1:])


def percentile_interval(scores: Floats, *, confidence: float = 0.95) -> Interval:
    """Return the middle ``confidence`` share of the scores of the draws; draws without a score (NaN) are left out.

    There is none (NaN) where all draws score the same: they show no chance, and bounds without width would show certainty. Say with
    `draws_note` what the draws lack.

    >>> percentile_interval(np.arange(1001.0), confidence=0.5)
    Interval(low=250.0, high=750.0)
    """
    defined = scores[~np.isnan(scores)]
    if not len(defined) or _all_same(defined):
        return Interval(np.nan, np.nan)
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def draws_note(scores: Floats) -> str:
    """Return what the scores of the draws lack, in words, or an empty string where they give an interval and all count.

    >>> draws_note(np.array([0.5, np.nan, 0.6]))
    'undefined in 1 of 3 draws, left out of the interval'
    >>> draws_note(np.array([1.0, 1.0, 1.0]))
    'every draw scores the same: no interval'
    """
    missing = int(np.isnan(scores).sum())
    if missing < len(scores) and _all_same(scores[~np.isnan(scores)]):
        return "every draw scores the same: no interval"
    return f"undefined in {missing:,} of {len(scores):,} draws, left out of the interval" if missing else ""


def _all_same(scores: Floats) -> bool:
    return bool(np.ptp(scores) < _SAME)


def _weights(times: Integers, draws: int, rng: np.random.Generator) -> Integers:
    """Return how often each pattern is drawn; shape (draws, patterns), each row adding up to the number of clusters."""
    clusters, patterns = int(times.sum()), len(times)
    if patterns * _FEW < clusters:
        return rng.multinomial(clusters, times / clusters, size=draws)
    # as many patterns as clusters: counting drawn clusters is faster than one binomial a pattern
    drawn = np.repeat(np.arange(patterns), times)[rng.integers(clusters, size=(draws, clusters))]
    drawn += patterns * np.arange(draws)[:, None]
    return np.bincount(drawn.ravel(), minlength=draws * patterns).reshape(draws, patterns)
