"""The names by which tables of news call their columns, in Dutch and English."""

from __future__ import annotations

__all__ = ["NAMES", "is_header", "plain"]

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
