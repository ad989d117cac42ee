"""Exports that are tables: AmCAT (CSV, NDJSON), Coosto, Media Suite and whatever else has one row an article.

A column is found by the names below, in Dutch or English; ``Columns`` names others. AmCAT 4 exports ``_id date title text`` and the fields of
the project, such as ``publisher`` or ``medium``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pandas as pd

from stance.corpus.archives.records import Item, finish
from stance.corpus.records import Columns, as_strings, require_column
from stance.corpus.tables import iter_table
from stance.errors import InputError

__all__ = ["read_table_archive"]

_LOG = logging.getLogger(__name__)
_ROWS = 2_000  # in memory at once
_NAMES = {
    "text": "text tekst artikel bericht content body inhoud fulltext full_text artikeltekst berichttekst message",
    "title": "title titel kop headline header onderwerp subject",
    "date": "date datum publication_date publicatiedatum published date_published pubdate published_at timestamp",
    "outlet": "outlet medium publisher source bron krant newspaper publication publicatie bronnaam domain domein",
    "section": "section sectie rubriek katern category categorie",
    "byline": "byline author auteur door auteurs authors",
    "length_words": "length_words length lengte words woorden wordcount word_count aantal_woorden",
    "load_date": "load_date laaddatum",
    "archive_id": "_id id archive_id article_id artikel_id uuid",
    "url": "url link webadres permalink",
}
_BY_OPTION = {"id": "archive_id"}  # the id of a corpus is made from the article, so the table's own is kept beside it


def read_table_archive(path: Path, columns: Columns, *, name: str) -> Iterator[Item]:
    """Yield the article in each row, and a problem for a row without text; holds some thousand rows at a time."""
    chosen: dict[str, str] | None = None
    for batch in map(_without_row_numbers, iter_table(path, rows=_ROWS)):
        if chosen is None:
            chosen = _choose(batch, columns, name)
        table = pd.DataFrame({fact: as_strings(batch[column]) for fact, column in chosen.items() if column in batch.columns})
        for row, values in zip(batch.index, table.itertuples(index=False, name=None), strict=True):
            yield from finish(dict(zip(table.columns, values, strict=True)), source_file=name, article=f"row {row + 1}")


def _choose(batch: pd.DataFrame, columns: Columns, name: str) -> dict[str, str]:
    """Return the table's column of each fact: the one the user names, else the first that goes by a name we know."""
    by_plain = {_plain(str(column)): str(column) for column in reversed(batch.columns)}
    chosen = {fact: by_plain[known] for fact, names in _NAMES.items() for known in reversed(names.split()) if known in by_plain}
    for field in fields(Columns):
        theirs, fact = getattr(columns, field.name), _BY_OPTION.get(field.name, field.name)
        if theirs != field.name and fact in _NAMES:
            require_column(batch, theirs, where=name, option=f"--{field.name}-column")
            chosen[fact] = theirs
    if "text" not in chosen:
        raise InputError(
            f"{name}: none of its columns ({', '.join(map(str, batch.columns[:12]))}) is known to hold the text; name it with --text-column."
        )
    _tell_choice(batch, columns, chosen, name)
    return chosen


def _tell_choice(batch: pd.DataFrame, columns: Columns, chosen: dict[str, str], name: str) -> None:
    """Log which columns are read under another name than the user gave, and which are not read."""
    given = {getattr(columns, field.name) for field in fields(Columns)}
    renamed = ", ".join(f"'{column}' as {fact}" for fact, column in chosen.items() if column != fact and column not in given)
    left = ", ".join(f"'{column}'" for column in batch.columns if column not in chosen.values())
    told = [f"read {renamed}"] * bool(renamed) + [f"not read {left}"] * bool(left)
    if told:
        _LOG.warning("%s: %s; name other columns with --NAME-column.", name, "; ".join(told))


def _without_row_numbers(batch: pd.DataFrame) -> pd.DataFrame:
    """Return a batch without the ids that only count its rows."""
    counted = [str(row + 1) for row in batch.index]
    return batch.drop(columns="id") if batch["id"].tolist() == counted else batch


def _plain(column: str) -> str:
    return column.strip().lower().replace(" ", "_").replace("-", "_")
