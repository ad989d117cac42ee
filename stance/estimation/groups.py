"""The groups of units that estimates are about: the values of columns, and periods taken from dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.corpus.records import as_strings
from stance.errors import InputError, did_you_mean

__all__ = ["MISSING", "PERIODS", "Groups", "column_of", "group_units", "pairs_of"]

Ints = npt.NDArray[np.int64]

MISSING = "(missing)"
PERIODS = ("year", "quarter", "month")
EVERY_PAIR = "all"


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Groups of units.

    Attributes:
        table: one row a group, with the columns that make it, in order.
        number: the group of each unit, shape (units,).
        sizes: how many units each group has, shape (groups,).
    """

    table: pd.DataFrame
    number: Ints
    sizes: Ints

    def __len__(self) -> int:
        return len(self.table)


def group_units(rows: pd.DataFrame, by: Sequence[str], *, where: str = "predictions") -> Groups:
    """Return the groups that the columns in ``by`` make, sorted; one group of all units where there are none.

    ``where`` is what the rows are called in a refusal.

    >>> units = pd.DataFrame({"outlet": ["NOS", "AD", "NOS"], "date": ["2019-01-03", "2019-02-01", "2019-01-09"]})
    >>> group_units(units, ["outlet", "month"]).table.values.tolist()
    [['AD', '2019-02'], ['NOS', '2019-01']]
    """
    if not by:
        return Groups(pd.DataFrame(index=[0]), np.zeros(len(rows), dtype=np.int64), np.array([len(rows)], dtype=np.int64))
    columns = pd.DataFrame({name: column_of(rows, name, where=where) for name in by})
    grouped = columns.groupby(list(by), sort=True)
    number = np.asarray(grouped.ngroup(), dtype=np.int64)
    first = np.unique(number, return_index=True)[1]
    sizes = np.asarray(np.bincount(number), dtype=np.int64)
    return Groups(columns.iloc[first].reset_index(drop=True), number, sizes)


def column_of(rows: pd.DataFrame, name: str, *, where: str = "predictions") -> pd.Series:
    """Return the values of a column as strings, ``(missing)`` where there is none; a period is taken from ``date``.

    >>> column_of(pd.DataFrame({"date": ["2019-05-17", None]}), "quarter").tolist()
    ['2019-Q2', '(missing)']
    """
    if name in rows.columns:
        return as_strings(rows[name]).astype(object).fillna(MISSING).replace("", MISSING)
    if name not in PERIODS:
        found = [str(column) for column in rows.columns]
        raise InputError(
            f"{where}: column '{name}' is missing (columns: {', '.join(found)}).{did_you_mean(name, [*found, *PERIODS])}"
            f" Label again with --keep {name} to have it in the rows of stance label."
        )
    if "date" not in rows.columns:
        raise InputError(f"{where}: there is no column 'date' to take the {name} from; give units that have one.")
    dates = as_strings(rows["date"]).astype(object).where(rows["date"].notna(), None)
    return _periods(dates, name, where)


def _periods(dates: pd.Series, name: str, where: str) -> pd.Series:
    """Return the period of each date; of repeated dates each is read once."""
    distinct = pd.Series(dates.dropna().unique(), dtype=object).astype(str)
    parts = distinct.str.extract(r"^(\d{4})(?:-(\d{2}))?(?:\D|$)")
    year, month = parts[0], pd.to_numeric(parts[1])
    months = month.astype("Int64").astype("string").str.zfill(2)
    period = {
        "year": year,
        "month": (year.astype("string") + "-" + months).astype(object),
        "quarter": (year.astype("string") + "-Q" + ((month - 1) // 3 + 1).astype("Int64").astype("string")).astype(object),
    }[name]
    known = period.notna()
    if not known.any():
        first = distinct.iloc[0] if len(distinct) else "none"
        raise InputError(f"{where}: no date tells its {name} (first date: {first}); write dates as 2019-05-17 or 2019-05.")
    found = dict(zip(distinct[known], period[known], strict=True))
    return dates.astype(object).map(found).astype(object).fillna(MISSING)


def pairs_of(groups: Groups, by: Sequence[str], versus: str | None) -> list[tuple[int, int]]:
    """Return the pairs (group, reference) that are compared: they differ in the first column only, the others are held fixed.

    The reference is ``versus``, or the largest value of the first column; with ``all`` each pair is compared once.
    """
    if not by or len(groups) < 2:
        return []
    first = groups.table[by[0]]
    rest = groups.table[list(by[1:])].agg("\x1f".join, axis=1) if len(by) > 1 else pd.Series("", index=groups.table.index)
    if versus == EVERY_PAIR and EVERY_PAIR not in set(first):
        together = [rest.index[rest == value].tolist() for value in rest.unique()]
        return [(one, other) for members in together for place, other in enumerate(members) for one in members[place + 1 :]]
    reference = versus if versus is not None else str(pd.Series(groups.sizes).groupby(first).sum().idxmax())
    if reference not in set(first):
        known = sorted(first.unique())
        listed = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
        raise InputError(f"There is no group '{reference}' to compare with: column '{by[0]}' has {listed}.{did_you_mean(reference, known)}")
    place = {rest[index]: index for index in range(len(groups)) if first[index] == reference}
    return [(index, place[rest[index]]) for index in range(len(groups)) if first[index] != reference and rest[index] in place]
