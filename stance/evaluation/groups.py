"""Scores by group: is the model as good for each outlet, party or year?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from stance.coding.codebook import Variable
from stance.errors import CodingError, did_you_mean
from stance.evaluation.metrics import Evaluation, compare
from stance.evaluation.proportions import effective_units
from stance.evaluation.resampling import bootstrap

__all__ = ["GroupScores", "score_groups"]

_LEVEL = 0.05
_EXPECTED = 5.0  # right and wrong units that each group must have on average for a chi-square


@dataclass(frozen=True, slots=True, eq=False)
class GroupScores:
    """The scores of each group.

    Attributes:
        by: the columns that make the groups.
        table: one row a group and metric: the columns of ``by``, then ``n, metric, score, low, high, note``. A group with fewer
            units than ``minimum`` has no interval, and the reason in ``note``.
        minimum: the fewest units that a group is compared on.
        together: one row a group of ``minimum`` units or more: the columns of ``by``, then ``n, score, low, high`` of its accuracy, with
            exact intervals that hold for all these groups at once in 95 of 100 samples (Bonferroni).
        p: of the test that all these groups are equally accurate; NaN where there are fewer than two.
    """

    by: tuple[str, ...]
    table: pd.DataFrame
    minimum: int
    together: pd.DataFrame
    p: float

    def worst(self, metric: str = "macro_f1") -> pd.Series:
        """Return the row of the group that scores worst (for ``mae``: highest), small groups aside."""
        rows = self._compared(metric)
        return rows.sort_values("score", ascending=metric != "mae", kind="stable").iloc[0]

    def gap(self, metric: str = "macro_f1") -> float:
        """Return the best score minus the worst, small groups aside; read it beside the intervals, for chance makes gaps too."""
        scores = self._compared(metric)["score"]
        return float(scores.max() - scores.min())

    def apart(self) -> pd.DataFrame:
        """Return the groups of lowest and highest accuracy, in that order; no rows where the groups may well be equally accurate (p of .05 or more).

        Of groups that are equally accurate, at most one set in twenty is told apart, however many groups there are.
        """
        if not self.p < _LEVEL:
            return self.together.iloc[:0]
        return self.together.loc[[self.together["score"].idxmin(), self.together["score"].idxmax()]]

    def _compared(self, metric: str) -> pd.DataFrame:
        known = list(self.table["metric"].unique())
        if metric not in known:
            raise CodingError(f"metric '{metric}' is unknown; there are {', '.join(known)}.{did_you_mean(metric, known)}")
        rows = self.table[(self.table["metric"] == metric) & (self.table["n"] >= self.minimum) & self.table["score"].notna()]
        if rows.empty:
            why = f"has fewer than {self.minimum} units or no {metric}"
            raise CodingError(f"groups by {' and '.join(self.by)} cannot be compared: each {why}; join groups or code more units.")
        return rows


def score_groups(
    units: pd.DataFrame, by: Sequence[str], *, variable: Variable, rng: np.random.Generator, minimum: int = 10, draws: int = 10_000
) -> GroupScores:
    """Return the scores with 95% intervals of each group of units, in the order of the groups' names.

    ``units`` has ``gold, predicted``, the columns of ``by``, and ``cluster`` where units share one. Units with an empty cell in ``by``
    are a group too. A label that a group lacks counts 0 in its macro F1, which ``note`` tells: compare accuracy there.

    >>> votes = pd.DataFrame({"outlet": ["Trouw"] * 12 + ["NOS"] * 3, "gold": ["against", "favor", "favor"] * 5, "predicted": "favor"})
    >>> groups = score_groups(votes, ["outlet"], variable=Variable("stance", ("against", "favor")), rng=np.random.default_rng(1))
    >>> groups.table.loc[groups.table["metric"] == "accuracy", ["outlet", "n", "score", "low", "high"]].round(2)
      outlet   n  score   low  high
    0    NOS   3   0.67   NaN   NaN
    6  Trouw  12   0.67  0.33  0.91
    >>> groups.table["note"][0]
    '3 units, under 10: no interval'
    """
    _check_columns(units, ["gold", "predicted", *by])
    tables, large = [], {}
    for name, rows in units.groupby(list(by), sort=True, dropna=False, observed=True):
        found = compare(rows["gold"], rows["predicted"], labels=variable.labels, level=variable.level, clusters=rows.get("cluster"))
        table = _scores(found, rng, draws if found.n >= minimum else 0)
        if found.n < minimum:
            table = table.assign(low=np.nan, high=np.nan, note=f"{found.n} units, under {minimum}: no interval")
        else:
            large[name] = found
        table.insert(0, "n", found.n)
        for place, column in enumerate(by):
            table.insert(place, column, [name[place]] * len(table))
        tables.append(table)
    return GroupScores(tuple(by), pd.concat(tables, ignore_index=True), minimum, _together(by, large), _equal_p(list(large.values())))


def _scores(found: Evaluation, rng: np.random.Generator, draws: int) -> pd.DataFrame:
    """Return the scores of one group, noting the labels that its gold lacks."""
    table = bootstrap(found, rng=rng, draws=draws)
    absent = [label for label, n in zip(found.labels, found.confusion.sum(axis=1), strict=True) if not n]
    if absent:
        lacking = table["metric"].isin(["macro_f1", *(f"f1_{label}" for label in absent)])
        told = f"no unit has gold {' or '.join(absent)}"
        table["note"] = [
            "; ".join(filter(None, [note, told])) if lacks else note for note, lacks in zip(table["note"], lacking, strict=True)
        ]
    return table


def _together(by: Sequence[str], groups: Mapping[tuple[object, ...], Evaluation]) -> pd.DataFrame:
    """Return the accuracy of each group with intervals that hold for all groups at once."""
    rows = []
    for name, found in groups.items():
        interval = found.accuracy_interval(confidence=1 - 0.05 / len(groups))
        rows.append([*name, found.n, found.accuracy, interval.low, interval.high])
    return pd.DataFrame(rows, columns=[*by, "n", "score", "low", "high"])


def _equal_p(groups: Sequence[Evaluation]) -> float:
    """Return the p-value that groups are equally accurate: a chi-square test, each group counting for as many units as its clusters are worth.

    The first-order correction of Rao & Scott 1981 (Journal of the American Statistical Association 76, 221-230). Where so few units are right or wrong
    that a chi-square would not hold, exact intervals for all groups decide, and p only says on which side of .05 it is.
    """
    if len(groups) < 2:
        return float("nan")
    clusters = [(np.trace(found.clusters, axis1=1, axis2=2), found.clusters.sum(axis=(1, 2))) for found in groups]
    worth = np.array([effective_units(hits, sizes) for hits, sizes in clusters])
    share = np.array([hits.sum() / sizes.sum() for hits, sizes in clusters])
    pooled = float((worth * share).sum() / worth.sum())
    if worth.min() * min(pooled, 1 - pooled) < _EXPECTED:
        return _LEVEL / 2 if _apart(groups) else 1.0
    statistic = float((worth * (share - pooled) ** 2).sum() / (pooled * (1 - pooled)))
    return float(chdtrc(len(groups) - 1, statistic))


def _apart(groups: Sequence[Evaluation]) -> bool:
    """Return whether the exact intervals of two groups, which hold for all groups at once, do not meet."""
    intervals = [found.accuracy_interval(confidence=1 - _LEVEL / len(groups)) for found in groups]
    return max(interval.low for interval in intervals) > min(interval.high for interval in intervals)


def _check_columns(units: pd.DataFrame, needed: list[str]) -> None:
    if not len(units):
        raise CodingError("units: the table has no rows, so there are no groups to score.")
    for name in needed:
        if name not in units.columns:
            found = [str(column) for column in units.columns]
            raise CodingError(f"units: column '{name}' is missing; found are {', '.join(found)}.{did_you_mean(name, found)}")
