"""Exports that are tables: AmCAT (CSV, NDJSON), Coosto, Media Suite and whatever else has one row an article.

A column is found by the names in ``stance.corpus.headers``, in Dutch or English; ``Columns`` names others. AmCAT 4 exports ``_id date title text`` and the fields of
the project, such as ``publisher`` or ``medium``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd

from stance.corpus.archives.records import Item, Problem, finish
from stance.corpus.headers import NAMES, plain
from stance.corpus.records import Columns, as_strings, require_column
from stance.corpus.tables import iter_rows
from stance.errors import InputError, did_you_mean

__all__ = ["read_table_archive"]

_LOG = logging.getLogger(__name__)
_ROWS = 2_000  # in memory at once
_BY_OPTION = {"id": "archive_id"}  # the id of a corpus is made from the article, so the table's own is kept beside it


def read_table_archive(path: Path, columns: Columns, *, name: str, keep: Sequence[str] = ()) -> Iterator[Item]:
    """Yield the article in each row, and a problem for a row without text; holds some thousand rows at a time.

    ``keep`` are further columns that come along with the articles; one that no row has is a problem.
    """
    chosen: dict[str, str] | None = None
    found: dict[str, None] = {}  # columns, in their order: rows of JSON may have different ones
    for batch in iter_rows(path, rows=_ROWS):
        found |= dict.fromkeys(map(str, batch.columns))
        if chosen is None:
            chosen = _choose(batch, columns, keep, name)
        table = _strings(batch, chosen)
        kept = _strings(batch, {column: column for column in keep}).to_dict("records")
        for row, values, more in zip(batch.index, table.itertuples(index=False, name=None), kept, strict=True):
            facts = dict(zip(table.columns, values, strict=True))
            yield from finish(
                facts, source_file=name, article=f"row {row + 1}", kept={str(column): value for column, value in more.items()}
            )
    for column in keep:
        if column not in found:
            listed = ", ".join(list(found)[:12])
            reason = f"it has no column '{column}' to keep (columns: {listed}).{did_you_mean(column, found)} Its articles are kept without."
            yield Problem(name, reason, kept=True)


def _strings(batch: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns of ``batch`` that are there as strings, under the names they are to have."""
    there = {ours: as_strings(batch[theirs]) for ours, theirs in columns.items() if theirs in batch.columns}
    return pd.DataFrame(there, index=batch.index)


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
