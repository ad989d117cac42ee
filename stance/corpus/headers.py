"""The names by which tables of news call their columns, in Dutch and English."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, replace

from stance.corpus.records import Columns

__all__ = ["NAMES", "is_header", "known_columns", "plain"]

_LOG = logging.getLogger(__name__)

NAMES: dict[str, tuple[str, ...]] = {
    fact: tuple(names.split())
    for fact, names in {
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
    }.items()
}
"""The names of each fact, the likeliest first."""

_KNOWN = frozenset(name for names in NAMES.values() for name in names)
_LEAST_TABS = 2
_FOUND = {name: NAMES[name] for name in ("text", "title", "date", "outlet")} | {"id": ("_id", "article_id", "artikel_id", "uuid")}


def plain(column: str) -> str:
    """Return the name of a column without what differs between two ways to write it.

    >>> plain(" Publication-Date")
    'publication_date'
    """
    return column.strip().lower().replace(" ", "_").replace("-", "_")


def is_header(line: str) -> bool:
    r"""Return whether a line is the header of a table whose columns stand apart by tabs.

    >>> is_header("id\tdatum\ttekst"), is_header("De raad\tvan Gent\tvergadert.")
    (True, False)
    """
    return line.count("\t") >= _LEAST_TABS and any(plain(name) in _KNOWN for name in line.split("\t"))


def known_columns(columns: Columns, names: Sequence[str], *, where: str) -> Columns:
    """Return ``columns`` with what the table does not have under our name, and the user does not name, under a name it goes by; logs which.

    >>> known_columns(Columns(outlet="titel"), ["nr", "Artikel-ID", "titel", "tekst", "datum"], where="t.csv").names()["Artikel-ID"]
    'id'
    """
    given = asdict(columns)
    left = {plain(name): name for name in reversed(names) if name not in given.values()}
    found: dict[str, str] = {}
    for ours, known in _FOUND.items():
        if given[ours] == ours and ours not in names:
            theirs = next((left.pop(name) for name in known if name in left), None)
            found |= {} if theirs is None else {ours: theirs}
    if found:
        listed = ", ".join(f"'{theirs}' as {ours}" for ours, theirs in found.items())
        _LOG.warning("%s: read %s; name other columns with --NAME-column.", where, listed)
    return replace(columns, **found)
