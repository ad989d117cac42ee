"""What is read: articles, the column names of a user's table, and tables of units.

A table of units is a plain DataFrame with at least the columns ``id``, ``text``, ``target`` and ``holder``, one row a unit. A missing
target or holder is ``None``: the unit is then the article itself (tone), or the journalist is the holder. A missing id is the row number;
rows are counted from 1, the first row under the header.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.corpus.cleaning import clean_series, clean_text
from stance.corpus.frames import EXACT, as_frame, as_list, is_table
from stance.corpus.spelling import as_spelled, tell_labels
from stance.errors import InputError, RowError, did_you_mean

__all__ = [
    "NO_TARGET",
    "Article",
    "Columns",
    "Units",
    "as_strings",
    "as_units",
    "check_labels",
    "check_named",
    "check_targets",
    "check_unique",
    "check_units",
    "clean_names",
    "cross_targets",
    "fill_ids",
    "require_column",
]

NO_TARGET = "target is missing; name it in the column 'target', or name targets with --target."


class Table(Protocol):
    """A table of another library (polars, pyarrow, datasets), by what they all have."""

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and of columns."""
        ...


Units: TypeAlias = "pd.DataFrame | Table | Sequence[str] | Sequence[Mapping[str, Any]] | Sequence[tuple[str, ...]]"


@dataclass(frozen=True, slots=True)
class Article:
    """One published text, with what is known of it; ``date`` is ``2022-12`` or ``2022-12-19``."""

    id: str
    text: str
    date: str | None = None
    outlet: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The user's own name of each column of the input contract.

    >>> Columns(text="artikel").names()["artikel"]
    'text'
    """

    text: str = "text"
    id: str = "id"
    title: str = "title"
    date: str = "date"
    outlet: str = "outlet"
    target: str = "target"
    holder: str = "holder"
    label: str = "label"
    coder: str = "coder"
    cluster: str = "cluster"

    def __post_init__(self) -> None:
        given = [getattr(self, field.name) for field in fields(self)]
        twice = sorted({name for name in given if given.count(name) > 1})
        if twice:
            pair = [f"--{field.name}-column" for field in fields(self) if getattr(self, field.name) == twice[0]]
            raise InputError(
                f"Column '{twice[0]}' is named by {' and '.join(pair)}; a column has one role, so name another for one of them."
            )

    def names(self) -> dict[str, str]:
        """Return the contract's name of each of the user's names."""
        return {getattr(self, field.name): field.name for field in fields(self)}

    def rename(self, frame: pd.DataFrame, *, where: str) -> pd.DataFrame:
        """Return ``frame`` under the contract's names; refuses a name that is not there and one that would then stand twice."""
        asked = {theirs: ours for theirs, ours in self.names().items() if theirs != ours}
        for theirs, ours in asked.items():
            require_column(frame, theirs, where=where, option=f"--{ours}-column")
        kept = set(map(str, frame.columns)) - set(asked)
        for theirs, ours in asked.items():
            if ours in kept:
                raise InputError(
                    f"{where}: column '{theirs}' is to be '{ours}', but the table has a column '{ours}' already;"
                    f" rename or remove that one, or leave out --{ours}-column."
                )
        return frame.rename(columns=asked)


def require_column(frame: pd.DataFrame, name: str, *, where: str, option: str | None = None) -> None:
    """Refuse ``frame`` if it lacks the column ``name``, naming the nearest one and the option that names another."""
    if name in frame.columns:
        return
    present = [str(column) for column in frame.columns]
    listed = ", ".join(present[:12]) + (", ..." if len(present) > 12 else "")
    mend = f"Pass the right name with {option or f'--{name}-column'}."
    raise InputError(f"{where}: column '{name}' is missing (columns: {listed}).{did_you_mean(name, present)} {mend}")


def as_units(units: Units) -> pd.DataFrame:
    """Return ``units`` as a clean, checked table of units with a fresh index, in the order given.

    Takes a table with a column ``text`` (pandas, polars, pyarrow, ``datasets``, a list of dicts), a list of texts, or a list of
    ``(text, target)`` or ``(text, target, holder)``.

    >>> as_units([("Poetin krijgt lof.", "Poetin"), ("Minsk wacht af.", "Minsk")])[["id", "text", "target", "holder"]]
      id                text  target holder
    0  1  Poetin krijgt lof.  Poetin   None
    1  2     Minsk wacht af.   Minsk   None
    """
    frame = as_frame(units) if is_table(units) else _frame_of(as_list(units))
    return check_units(frame, where="units").reset_index(drop=True)


def _frame_of(rows: list[Any]) -> pd.DataFrame:
    if rows and all(isinstance(row, Mapping) for row in rows):
        return pd.DataFrame(rows, dtype=object)
    widths = {len(row) if isinstance(row, tuple) else 1 for row in rows}
    if len(widths) > 1 or not widths <= {1, 2, 3} or any(isinstance(row, Mapping) for row in rows):
        raise InputError("units: give all units in one form, as texts, as dicts, as (text, target) or as (text, target, holder).")
    if widths <= {1}:
        return pd.DataFrame({"text": pd.Series(rows, dtype=object)})
    return pd.DataFrame(rows, columns=["text", "target", "holder"][: widths.pop()], dtype=object)


def check_units(frame: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """Return ``frame`` as a table of units: ids, targets and holders filled in, text cleaned; refuses what cannot be one.

    Refused are: no rows, no column ``text``, a text that is missing, blank or no string, a blank target, and two rows of the same id,
    target and holder. Other columns and the index stay as they are.
    """
    require_column(frame, "text", where=where)
    if frame.empty:
        raise InputError(f"{where}: the table has no rows; give at least one.")
    _check_texts(frame["text"], where=where)
    filled = fill_ids(frame).assign(
        text=clean_series(frame["text"]).astype(object),
        target=clean_names(frame, "target"),
        holder=clean_names(frame, "holder").replace("", None),
    )
    _refuse_first(_blank(filled["text"]), where=where, problem="text is empty; fill it in or leave the row out.")
    _refuse_first(filled["target"].eq(""), where=where, problem="target is blank; name a target, or leave the cell empty for tone.")
    return check_unique(filled, where=where)


def clean_names(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return the clean names in ``column``, ``None`` where missing, or where there is no such column."""
    if column not in frame.columns:
        return pd.Series([None] * len(frame), index=frame.index, dtype=object)
    names = clean_series(as_strings(frame[column])).str.strip().astype(object)
    return names.where(names.notna(), None)


def as_strings(column: pd.Series) -> pd.Series:
    """Return ``column`` as strings (dtype object, ``None`` where missing): whole numbers without ``.0``, dates as ``2022-12-19``, lists joined.

    >>> list(as_strings(pd.Series([7.0, None]))), list(as_strings(pd.Series([["Roos", "Bram"]])))
    (['7', None], ['Roos, Bram'])
    """
    missing = column.isna()
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if pd.api.types.is_datetime64_any_dtype(column):
        midnight = bool((column.dropna() == column.dropna().dt.normalize()).all())
        text = column.dt.strftime("%Y-%m-%d" if midnight else "%Y-%m-%dT%H:%M:%S")
    elif pd.api.types.is_float_dtype(column) and (column.dropna().abs() <= EXACT).all() and (column.dropna() % 1 == 0).all():
        text = column.astype("Int64").astype(str)
    elif pd.api.types.infer_dtype(column, skipna=True) in {"string", "empty"}:
        text = column
    else:
        text = column.map(_string, na_action="ignore")
    strings: pd.Series = text.astype(object).where(~missing, None)
    return strings


def _string(value: object) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return ", ".join(map(str, value))
    return value.isoformat().removesuffix("T00:00:00") if isinstance(value, datetime) else str(value)


def fill_ids(frame: pd.DataFrame, *, prefix: str = "") -> pd.DataFrame:
    """Return ``frame`` with a string ``id`` in every row: where none is given, the row number behind ``prefix``."""
    numbers = pd.Series([f"{prefix}{number}" for number in _row_numbers(frame)], index=frame.index, dtype=object)
    if "id" not in frame.columns:
        return frame.assign(id=numbers)
    given = as_strings(frame["id"])
    return frame.assign(id=given.where(given.notna() & given.ne(""), numbers))


def _row_numbers(frame: pd.DataFrame | pd.Series) -> npt.NDArray[np.int64]:
    """Return the number of each row in its table; a part of a table (a slice, one batch of ``iter_table``) keeps the table's numbers."""
    if isinstance(frame.index, pd.RangeIndex):
        return frame.index.to_numpy(dtype=np.int64) + 1
    return np.arange(1, len(frame) + 1, dtype=np.int64)


def _refuse_first(bad: pd.Series, *, where: str, problem: str) -> None:
    """Raise ``problem`` with the number of the first row where ``bad`` holds, if any."""
    if bad.any():
        row = _row_numbers(bad)[np.flatnonzero(bad.to_numpy(dtype=bool))[0]]
        raise RowError(f"{where} row {row}: {problem}")


def _blank(column: pd.Series) -> pd.Series:
    return column.eq("") | column.str.isspace()


def _check_texts(text: pd.Series, *, where: str) -> None:
    _refuse_first(text.isna(), where=where, problem="text is missing; fill it in or leave the row out.")
    if pd.api.types.infer_dtype(text) != "string":
        strange = text.map(lambda value: not isinstance(value, str)).astype(bool)
        value = next(iter(text[strange]), None)
        _refuse_first(strange, where=where, problem=f"text is {str(value)[:40]!r} ({type(value).__name__}), not a string; give texts.")


def check_unique(frame: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """Return ``frame``; refuses two rows of the same id, target and holder."""
    repeated = frame.duplicated(["id", "target", "holder"])
    if not repeated.any():
        return frame
    second = int(np.flatnonzero(repeated.to_numpy())[0])
    key = frame[["id", "target", "holder"]].iloc[second]
    same = (frame["id"] == key["id"]) & _same(frame["target"], key["target"]) & _same(frame["holder"], key["holder"])
    first = int(np.flatnonzero(same.to_numpy())[0])
    rows = _row_numbers(frame)
    named = "".join(f", {name} '{key[name]}'" for name in ("target", "holder") if key[name] is not None)
    raise RowError(
        f"{where} rows {rows[first]} and {rows[second]}: both have id '{key['id']}'{named} ({int(repeated.sum())} such repeats);"
        " a unit stands once, so remove one or give it its own id."
    )


def _same(column: pd.Series, value: str | None) -> pd.Series:
    return column.isna() if value is None else column.eq(value)


def check_targets(frame: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """Return ``frame``; refuses the first unit that names no target, which a stance needs."""
    missing = frame["target"].isna() if "target" in frame.columns else pd.Series(True, index=frame.index)
    _refuse_first(missing, where=where, problem=NO_TARGET)
    return frame


def check_named(targets: Sequence[str], *, own_targets: bool) -> list[str]:
    """Return clean names of targets to cross units with; refuses none, a blank one, one named twice, and any where units have ``own_targets``."""
    names = [clean_text(target).strip() for target in targets]
    if not names or "" in names:
        raise InputError("A target is blank or none is given; name at least one, as in --target Poetin.")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"Target '{twice[0]}' is named twice; name each target once.")
    if own_targets:
        raise InputError(
            "The units name their own targets (column 'target'), so no others can be crossed with them; leave out one of the two."
        )
    return names


def cross_targets(units: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame:
    """Return each unit once for each target: all targets of the first unit, then of the second, and so on.

    >>> units = as_units(["Een.", "Twee."])
    >>> list(cross_targets(units, ["Poetin", "Minsk"])["target"])
    ['Poetin', 'Minsk', 'Poetin', 'Minsk']
    """
    names = check_named(targets, own_targets="target" in units.columns and bool(units["target"].notna().any()))
    crossed = units.iloc[np.repeat(np.arange(len(units)), len(names))].reset_index(drop=True)
    return crossed.assign(target=pd.Series(names * len(units), dtype=object))


def check_labels(frame: pd.DataFrame, labels: Sequence[str], *, where: str) -> pd.DataFrame:
    """Return ``frame`` with ``label`` as ``labels`` spell it; refuses the first label that is missing or not one of them."""
    require_column(frame, "label", where=where)
    given = as_spelled(as_strings(frame["label"]), labels)
    allowed = ", ".join(labels)
    _refuse_first(given.isna(), where=where, problem=f"label is missing; give one of: {allowed}.")
    unknown = ~given.isin(list(labels))
    value = next(iter(given[unknown]), "")
    problem = f"label '{value}' is not one of the labels ({allowed}).{did_you_mean(value, labels)}{tell_labels(given[unknown])}"
    _refuse_first(unknown, where=where, problem=problem)
    return frame.assign(label=given)
