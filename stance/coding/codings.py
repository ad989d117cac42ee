"""A table of codings, checked once at the door and held as codes: who gave which unit which label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.joining import rows_of_variable, unit_columns
from stance.errors import CodingError

__all__ = ["Codings", "tidy"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Codings:
    """Codings of one variable in long form; the three arrays have one entry a coding, shape (codings,).

    Attributes:
        variable: what was coded.
        units: one row a unit, with the columns that name it, in the order of the table.
        coders: the names of the coders.
        unit: the place of the unit in ``units``.
        coder: the place of the coder in ``coders``.
        code: the place of the label in the variable's order.
        empty: how many rows held no label.
    """

    variable: Variable
    units: pd.DataFrame
    coders: tuple[str, ...]
    unit: Integers
    coder: Integers
    code: Integers
    empty: int

    @property
    def counts(self) -> Integers:
        """How often each unit got each label; shape (units, labels)."""
        width = len(self.variable.labels)
        cells = np.bincount(self.unit * width + self.code, minlength=len(self.units) * width)
        return cells.reshape(-1, width).astype(np.int64)

    @property
    def shared(self) -> npt.NDArray[np.bool_]:
        """Which codings are of a unit that others coded too; shape (codings,)."""
        return np.asarray(self.counts.sum(axis=1)[self.unit] > 1)


def tidy(frame: pd.DataFrame, variable: Variable, *, where: str = "codings") -> Codings:
    """Return the codings of ``variable`` in a table with ``id, coder, label`` (and ``target, holder, variable`` where they apply)."""
    frame = _own_rows(frame, variable, where)
    codes = check_codings(frame, variable, where=where)
    given = codes >= 0
    _check_filled(frame, ["id"], where)
    _check_filled(frame, ["coder"], where, needed=given)  # a unit that nobody has worked on has no coder
    units, key = _units(frame, variable)
    coder, names = pd.factorize(frame["coder"].map(str, na_action="ignore"))
    _check_once(frame, units, coder, where)
    return Codings(variable, key, tuple(names), units[given], coder[given].astype(np.int64), codes[given], int((~given).sum()))


def _own_rows(frame: pd.DataFrame, variable: Variable, where: str) -> pd.DataFrame:
    if not len(frame):
        raise CodingError(f"{where}: the table has no rows; give one row a coding, with columns id, coder and label.")
    return rows_of_variable(frame, variable, where=where, error=CodingError)


def _check_filled(frame: pd.DataFrame, columns: list[str], where: str, *, needed: npt.NDArray[np.bool_] | None = None) -> None:
    for name in columns:
        if name not in frame.columns:
            raise CodingError(f"{where}: column '{name}' is missing; found are {', '.join(map(str, frame.columns))}.")
        missing = np.flatnonzero(frame[name].isna() & (True if needed is None else needed))
        if missing.size:
            raise CodingError(f"{where} row {missing[0] + 1}: column '{name}' is empty; name the {'unit' if name == 'id' else 'coder'}.")


def _units(frame: pd.DataFrame, variable: Variable) -> tuple[Integers, pd.DataFrame]:
    """Return the place of each row's unit, and the units; a missing target or holder is one of its own."""
    columns = unit_columns(frame, variable)
    places = frame[columns].astype(object).groupby(columns, sort=False, dropna=False).ngroup().to_numpy()
    first = np.unique(places, return_index=True)[1]
    return places.astype(np.int64), frame[columns].iloc[first].reset_index(drop=True)


def _check_once(frame: pd.DataFrame, units: Integers, coder: npt.NDArray[np.intp], where: str) -> None:
    pairs = pd.DataFrame({"unit": units, "coder": coder})
    again = np.flatnonzero(pairs.duplicated() & (coder >= 0))
    if again.size:
        row = int(again[0])
        first = int(np.flatnonzero((pairs == pairs.iloc[row]).all(axis=1))[0])
        who, what = frame["coder"].iloc[row], frame["id"].iloc[row]
        more = f" ({again.size - 1} more rows repeat a coding.)" if again.size > 1 else ""
        raise CodingError(
            f"{where} row {row + 1}: coder '{who}' coded unit '{what}' before, in row {first + 1}; keep one of the two.{more}"
        )
