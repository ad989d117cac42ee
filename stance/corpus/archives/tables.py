"""Exports that are tables: AmCAT (CSV, NDJSON, a JSON array), Coosto, Media Suite and whatever else has one row an article.

A column is found by the names in ``stance.corpus.headers``, in Dutch or English; ``Columns`` names others. AmCAT 4 exports ``_id date title text`` and the fields of
the project, such as ``publisher`` or ``medium``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd

from stance.corpus.archives.cells import paragraphs_joined, unmarked
from stance.corpus.archives.records import Item, Problem, finish
from stance.corpus.dates import figure_orders, month_first
from stance.corpus.formats import Reader, read_json_array
from stance.corpus.headers import NAMES, plain
from stance.corpus.records import Columns, as_strings, require_column
from stance.corpus.tables import iter_rows
from stance.errors import InputError, did_you_mean

__all__ = ["read_table_archive"]

_LOG = logging.getLogger(__name__)
_ROWS = 2_000  # in memory at once
_AT_ONCE = 50_000  # of one column
_LEAST_LENGTHS, _SHORTEST, _LONGEST = 3, 0.6, 1.6  # rows, and words read as a share of those told
_BY_OPTION = {"id": "archive_id"}  # the id of a corpus is made from the article, so the table's own is kept beside it


def read_table_archive(path: Path, columns: Columns, *, name: str, keep: Sequence[str] = ()) -> Iterator[Item]:
    """Yield the article in each row, and a problem for a row without text; holds some thousand rows at a time.

    ``keep`` are further columns that come along with the articles; one that no row has is a problem.
    """
    chosen: dict[str, str] | None = None
    orders: dict[str, str] = {}
    found: dict[str, None] = {}  # columns, in their order: rows of JSON may have different ones
    reader = read_json_array if path.suffix.lower() == ".json" else None
    for batch in iter_rows(path, rows=_ROWS, reader=reader):
        found |= dict.fromkeys(map(str, batch.columns))
        if chosen is None:
            chosen = _choose(batch, columns, keep, name)
            orders = _date_orders(path, batch, chosen.get("date"), reader)
            yield from _tell_orders(orders, chosen.get("date"), name)
            yield from _tell_lengths(batch, chosen, name)
        table = _dated(_strings(batch, chosen), orders)
        kept = _strings(batch, {column: column for column in keep}).to_dict("records")
        names = list(table.columns)  # each look at the columns of a frame costs as much as reading a row
        for row, values, more in zip(batch.index, table.itertuples(index=False, name=None), kept, strict=True):
            facts = dict(zip(names, values, strict=True))
            yield from finish(
                facts, source_file=name, article=f"row {row + 1}", kept={str(column): value for column, value in more.items()}
            )
    for column in keep:
        if column not in found:
            listed = ", ".join(list(found)[:12])
            reason = f"it has no column '{column}' to keep (columns: {listed}).{did_you_mean(column, found)} Its articles are kept without."
            yield Problem(name, reason, kept=True)


def _strings(batch: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns of ``batch`` that are there as strings, under the names they are to have, without HTML and marks of lists."""
    there = {}
    for ours, theirs in columns.items():
        if theirs in batch.columns:
            there[ours] = unmarked(as_strings(paragraphs_joined(batch[theirs]) if ours == "text" else batch[theirs]), text=ours == "text")
    return pd.DataFrame(there, index=batch.index)


def _date_orders(path: Path, batch: pd.DataFrame, column: str | None, reader: Reader | None) -> dict[str, str]:
    """Return how the table orders the figures of its dates; reads on where the first rows do not show it."""
    if column is None or column not in batch.columns:
        return {}
    orders = figure_orders(as_strings(batch[column]))
    if len(batch) < _ROWS or "open" not in orders.values():
        return orders
    dates = [as_strings(more[column]) for more in iter_rows(path, rows=_AT_ONCE, reader=reader) if column in more.columns]
    return figure_orders(pd.concat(dates))


def _tell_orders(orders: Mapping[str, str], column: str | None, name: str) -> Iterator[Problem]:
    for mark, order in orders.items():
        if order == "month":
            yield Problem(
                name, f"its column '{column}' writes the month first (as in 12{mark}31{mark}2022); its dates are read so.", kept=True
            )
        elif order == "both":
            reason = f"its column '{column}' has the day first in some rows and the month first in others; its dates with a '{mark}' are left out."
            yield Problem(name, reason, kept=True)


def _dated(table: pd.DataFrame, orders: Mapping[str, str]) -> pd.DataFrame:
    """Return ``table`` with month-first dates as ISO, and without dates of figures in two orders."""
    if "date" not in table.columns or not {"month", "both"} & set(orders.values()):
        return table
    dates = month_first(table["date"], [mark for mark, order in orders.items() if order == "month"])
    for mark in (mark for mark, order in orders.items() if order == "both"):
        dates = dates.where(
            ~dates.astype("string").str.match(rf"\s*\d{{1,2}}{re.escape(mark)}\d{{1,2}}{re.escape(mark)}").fillna(False), None
        )
    return table.assign(date=dates)


def _tell_lengths(batch: pd.DataFrame, chosen: dict[str, str], name: str) -> Iterator[Problem]:
    """Leave a column of lengths out of ``chosen`` where it does not count the words of the texts, and say so."""
    column = chosen.get("length_words")
    if column is None or column not in batch.columns:
        return
    told = pd.to_numeric(as_strings(batch[column]).str.replace(r"\D", "", regex=True), errors="coerce")
    read = as_strings(batch[chosen["text"]]).str.count(r"\S+").astype(float)
    share = (read / told).replace(np.inf, np.nan).median()
    if told.notna().sum() >= _LEAST_LENGTHS and not _SHORTEST <= share <= _LONGEST:
        del chosen["length_words"]
        reason = (
            f"its column '{column}' does not tell the words of its texts (of the first {len(batch):,} rows the middle one has {share:.2f} times"
            " as many); it is not read, so look whether the texts are whole."
        )
        yield Problem(name, reason, kept=True)


def _choose(batch: pd.DataFrame, columns: Columns, keep: Sequence[str], name: str) -> dict[str, str]:
    """Return the table's column of each fact: the one the user names, else the first that goes by a name we know."""
    by_plain = {plain(str(column)): str(column) for column in reversed(batch.columns)}
    chosen = {fact: by_plain[known] for fact, names in NAMES.items() for known in reversed(names) if known in by_plain}
    for field in fields(Columns):
        theirs, fact = getattr(columns, field.name), _BY_OPTION.get(field.name, field.name)
        if theirs != field.name and fact in NAMES:
            require_column(batch, theirs, where=name, option=f"--{field.name}-column")
            chosen[fact] = theirs
    if "text" not in chosen:
        raise InputError(
            f"{name}: none of its columns ({', '.join(map(str, batch.columns[:12]))}) is known to hold the text; name it with --text-column."
        )
    _tell_choice(batch, columns, {**chosen, **{column: column for column in keep}}, name)
    return chosen


def _tell_choice(batch: pd.DataFrame, columns: Columns, chosen: Mapping[str, str], name: str) -> None:
    """Log which columns are read under another name than the user gave, and which are not read."""
    given = {getattr(columns, field.name) for field in fields(Columns) if field.name not in _BY_OPTION}
    renamed = ", ".join(f"'{column}' as {fact}" for fact, column in chosen.items() if column != fact and column not in given)
    left = ", ".join(f"'{column}'" for column in batch.columns if column not in chosen.values())
    if renamed:
        _LOG.warning("%s: read %s; name other columns with --NAME-column (text, title, date, outlet, id).", name, renamed)
    if left:
        _LOG.warning("%s: not read %s; keep a column in the corpus with --keep COLUMN.", name, left)
