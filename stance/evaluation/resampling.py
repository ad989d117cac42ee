"""Intervals of scores, differences between two models, and several seeds: by drawing clusters with replacement.

Articles of one story, or copies of one wire report, succeed and fail together. Drawing articles one by one takes them for independent and
gives intervals that are too narrow; so we draw clusters (Efron & Tibshirani 1993, chapter 8) and take percentiles of the scores.
Give 60 clusters or more: with few, percentile intervals are too narrow too, and under 10 none is given, nor where every draw scores the
same. Accuracy is a share, so its own interval is exact, however few units there are (`stance.evaluation.proportions`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.intervals import Interval, distinct, draws_note, percentile_interval, resampled
from stance.errors import CodingError
from stance.evaluation.metrics import Evaluation

__all__ = ["Interval", "bootstrap", "over_seeds", "paired_difference"]

Floats = npt.NDArray[np.float64]

FEWEST_CLUSTERS = 10  # under which draws of clusters tell next to nothing of chance


def bootstrap(evaluation: Evaluation, *, rng: np.random.Generator, draws: int = 10_000, confidence: float = 0.95) -> pd.DataFrame:
    """Return each score of an evaluation with its interval, one row a metric: ``metric, score, low, high, note``.

    Accuracy has the exact interval for clustered shares, the other metrics that of the draws. ``note`` says where a score is undefined,
    in how many draws it was, and why a score has no interval.

    >>> from stance.evaluation.metrics import compare
    >>> found = compare(["against", "favor"] * 30, ["against", "favor", "favor"] * 20, labels=["against", "favor"])
    >>> bootstrap(found, rng=np.random.default_rng(1)).drop(columns="note").round(2).head(2)
         metric  score   low  high
    0  accuracy   0.50  0.37  0.63
    1  macro_f1   0.49  0.36  0.61
    """
    drawn = evaluation.scores(resampled(evaluation.clusters, draws=draws, rng=rng))
    score = evaluation.scores(evaluation.confusion)
    found = {name: _bounded(float(score[name]), drawn[name], len(evaluation.clusters), confidence) for name in score}
    exact = evaluation.accuracy_interval(confidence=confidence)
    found["accuracy"] |= {"low": exact.low, "high": exact.high, "note": ""}
    return pd.DataFrame([{"metric": name, **row} for name, row in found.items()])


def paired_difference(first: Evaluation, second: Evaluation, *, rng: np.random.Generator, draws: int = 10_000) -> pd.DataFrame:
    """Return how much higher the first model scores on the same units: ``metric, first, second, difference, low, high, p, note``.

    The 95% interval draws clusters, keeping both models' predictions of a unit together. ``p`` (two-sided) is that of the
    randomisation test (Noreen 1989; Yeh 2000, "More accurate tests for the statistical significance of result differences"): how often
    swapping the two models' predictions, cluster by cluster and by chance, gives a difference at least as large; the 1 added above and
    below keeps the test valid (Phipson & Smyth 2010).
    """
    _check_same_units([first, second])
    both = np.stack([first.clusters, second.clusters], axis=1)  # (clusters, 2, labels, labels)
    ours, theirs = first.scores(first.confusion), second.scores(second.confusion)
    drawn, swapped = _differences(first, resampled(both, draws=draws, rng=rng)), _differences(first, _swapped(both, draws, rng))
    rows = []
    for name in ours:
        a, b = float(ours[name]), float(theirs[name])
        bounded = _bounded(a - b, drawn[name], len(both))
        bounded["difference"] = bounded.pop("score")
        reached = np.abs(swapped[name]) >= abs(a - b) - 1e-12
        p = np.nan if np.isnan(a - b) else (1 + int(reached.sum())) / (1 + draws)
        rows.append({"metric": name, "first": a, "second": b, **bounded, "p": p})
    return pd.DataFrame(rows)[["metric", "first", "second", "difference", "low", "high", "p", "note"]]


def over_seeds(evaluations: Sequence[Evaluation], *, rng: np.random.Generator, draws: int = 10_000) -> pd.DataFrame:
    """Return the scores of one model trained with several seeds: ``metric, seeds, mean, sd, low, high, note``.

    ``sd`` is the spread between seeds. The 95% interval is that of the mean and counts both sources of chance: each draw takes
    clusters, the same for every seed, and seeds, with replacement. With three to five seeds the spread is only roughly known.
    """
    if len(evaluations) < 2:
        raise CodingError(f"seeds: {len(evaluations)} evaluation is given; a spread between seeds needs at least two.")
    _check_same_units(evaluations)
    model, seeds = evaluations[0], len(evaluations)
    score = model.scores(np.stack([evaluation.confusion for evaluation in evaluations]))
    drawn = model.scores(resampled(np.stack([each.clusters for each in evaluations], axis=1), draws=draws, rng=rng))
    weights = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=draws) / seeds  # (draws, seeds)
    rows = []
    for name, each in score.items():
        bounded = _bounded(float(each.mean()), (drawn[name] * weights).sum(axis=1), len(model.clusters))
        bounded["mean"] = bounded.pop("score")
        rows.append({"metric": name, "seeds": seeds, "sd": float(each.std(ddof=1)), **bounded})
    return pd.DataFrame(rows)[["metric", "seeds", "mean", "sd", "low", "high", "note"]]


def _bounded(score: float, drawn: Floats, clusters: int, confidence: float = 0.95) -> dict[str, float | str]:
    """Return a score with its interval, or without and the reason."""
    if np.isnan(score):
        return {"score": np.nan, "low": np.nan, "high": np.nan, "note": "undefined: gold and predictions hold one label only"}
    if clusters < FEWEST_CLUSTERS:
        return {"score": score, "low": np.nan, "high": np.nan, "note": f"{clusters} clusters, under {FEWEST_CLUSTERS}: no interval"}
    interval = percentile_interval(drawn, confidence=confidence)
    return {"score": score, "low": interval.low, "high": interval.high, "note": draws_note(drawn)}


def _differences(model: Evaluation, pairs: Floats) -> dict[str, Floats]:
    """Return first minus second of each metric; shape (draws,) from confusions of shape (draws, 2, labels, labels)."""
    return {name: scores[:, 0] - scores[:, 1] for name, scores in model.scores(pairs).items()}


def _swapped(both: npt.NDArray[np.int64], draws: int, rng: np.random.Generator) -> Floats:
    """Return both models' confusions with the clusters of each draw swapped by the toss of a coin; (draws, 2, labels, labels)."""
    patterns, times = distinct(both)
    half = patterns.shape[1] // 2
    change = patterns[:, half:] - patterns[:, :half]  # what the first model's counts gain from a swap
    gained = rng.binomial(times, 0.5, size=(draws, len(times))).astype(np.float64) @ change
    total = times.astype(np.float64) @ patterns
    sums = np.concatenate([total[:half] + gained, total[half:] - gained], axis=1)
    return sums.reshape(draws, *both.shape[1:])


def _check_same_units(evaluations: Sequence[Evaluation]) -> None:
    """Raise unless all evaluations score the same gold, labels and clusters."""
    first = evaluations[0]
    for place, other in enumerate(evaluations[1:], start=2):
        if (other.variable, other.scored) != (first.variable, first.scored):
            raise CodingError(
                f"evaluation {place} has labels ({', '.join(other.scored)}), the first ({', '.join(first.scored)}); score the same."
            )
        if other.clusters.shape != first.clusters.shape or (other.clusters.sum(axis=2) != first.clusters.sum(axis=2)).any():
            raise CodingError(
                f"evaluation {place} was scored on other units than the first; give both the same gold and clusters, in one order."
            )
