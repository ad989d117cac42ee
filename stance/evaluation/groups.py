"""Scores by group: is the model as good for each outlet, party or year?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable
from stance.errors import CodingError, did_you_mean
from stance.evaluation.metrics import evaluate
from stance.evaluation.resampling import bootstrap

__all__ = ["GroupScores", "score_groups"]


@dataclass(frozen=True, slots=True, eq=False)
class GroupScores:
    """The scores of each group.

    Attributes:
        by: the columns that make the groups.
        table: one row a group and metric: the columns of ``by``, then ``n, metric, score, low, high, note``. A group with fewer
            units than ``minimum`` has no interval, and the reason in ``note``.
        minimum: the fewest units that a group is compared on.
    """

    by: tuple[str, ...]
    table: pd.DataFrame
    minimum: int

    def worst(self, metric: str = "macro_f1") -> pd.Series:
        """Return the row of the group that scores worst (for ``mae``: highest), small groups aside."""
        rows = self._compared(metric)
        return rows.sort_values("score", ascending=metric != "mae", kind="stable").iloc[0]

    def gap(self, metric: str = "macro_f1") -> float:
        """Return the best score minus the worst, small groups aside; read it beside the intervals, for chance makes gaps too."""
        scores = self._compared(metric)["score"]
        return float(scores.max() - scores.min())

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
    6  Trouw  12   0.67  0.42  0.92
    >>> groups.table["note"][0]
    '3 units, under 10: no interval'
    """
    _check_columns(units, ["gold", "predicted", *by])
    tables = []
    for name, rows in units.groupby(list(by), sort=True, dropna=False, observed=True):
        table = _scores(rows, variable, rng, draws if len(rows) >= minimum else 0)
        if len(rows) < minimum:
            table["note"] = f"{len(rows)} units, under {minimum}: no interval"
        table.insert(0, "n", len(rows))
        for place, column in enumerate(by):
            table.insert(place, column, [name[place]] * len(table))
        tables.append(table)
    return GroupScores(tuple(by), pd.concat(tables, ignore_index=True), minimum)


def _scores(rows: pd.DataFrame, variable: Variable, rng: np.random.Generator, draws: int) -> pd.DataFrame:
    """Return the scores of one group, noting the labels that its gold lacks; no intervals without draws."""
    found = evaluate(rows["gold"], rows["predicted"], labels=variable.labels, level=variable.level, clusters=rows.get("cluster"))
    table = bootstrap(found, rng=rng, draws=draws)
    absent = [label for label, n in zip(variable.labels, found.confusion.sum(axis=1), strict=True) if not n]
    if absent:
        lacking = table["metric"].isin(["macro_f1", *(f"f1_{label}" for label in absent)])
        table.loc[lacking, "note"] = f"no unit has gold {' or '.join(absent)}"
    return table


def _check_columns(units: pd.DataFrame, needed: list[str]) -> None:
    if not len(units):
        raise CodingError("units: the table has no rows, so there are no groups to score.")
    for name in needed:
        if name not in units.columns:
            found = [str(column) for column in units.columns]
            raise CodingError(f"units: column '{name}' is missing; found are {', '.join(found)}.{did_you_mean(name, found)}")
