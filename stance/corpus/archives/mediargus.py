"""Exports of Mediargus, the forerunner of GoPress: first the list of articles, then their texts.

    1. Kabinet valt over stikstof                             17-12-2022, p.4

    De Veenbode, zaterdag 17 december 2022, p. 4, 512w.       Kabinet valt over stikstof

    De ministers boden hun ontslag aan ...                    (text)

                                                               © Veenbode Media

Outlet and length stand in the list alone, so an entry and a text are joined by date, page and title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from stance.corpus.archives.lines import paragraphs
from stance.corpus.archives.records import Facts
from stance.corpus.archives.sources import SourceLine, source_of
from stance.corpus.dates import iso_date
from stance.errors import InputError

__all__ = ["is_mediargus", "mediargus_articles"]

_LISTED = re.compile(r"\d{1,5}\.\s+(\S.*)")
_PLACE = re.compile(r"(?P<date>\d{1,2}[-/]\d{1,2}[-/]\d{4}),?\s*p(?:ag)?\.\s*(?P<page>[\w/-]+)", re.IGNORECASE)
_RIGHTS = re.compile(r"(?:©|copyright|\(c\)).{0,150}", re.IGNORECASE)


def is_mediargus(lines: Sequence[str]) -> bool:
    """Return whether ``lines`` begin with a numbered list of articles with their outlets, and go on with texts below date and page."""
    return bool(_entries(lines)) and any(_PLACE.fullmatch(line) for line in lines)


def mediargus_articles(lines: Sequence[str], *, wrapped: bool) -> Iterator[Facts]:
    """Yield the facts of each article that has a text, and of each entry of the list that has none (without ``text``)."""
    places = [place for place, line in enumerate(lines) if _PLACE.fullmatch(line)]
    entries = _entries(lines[: places[0]] if places else lines)
    left: dict[tuple[str, str], list[_Entry]] = {}
    for entry in entries:
        left.setdefault(_key(entry[1].date, entry[1].page or ""), []).append(entry)
    for place, end in zip(places, [*places[1:], len(lines)], strict=True):
        found = _PLACE.fullmatch(lines[place])
        if found is None:
            continue
        title_at = next((below for below in range(place + 1, end) if lines[below]), end - 1)
        title = lines[title_at]
        listed = _taken(left.get(_key(found["date"], found["page"]), []), title)
        body = list(lines[title_at + 1 : end])
        while body and (not body[-1] or _RIGHTS.fullmatch(body[-1])):
            body.pop()
        facts: dict[str, str | None] = {"title": title, "date": found["date"], "section": f"Pagina {found['page']}"}
        if listed is not None:
            facts |= {"outlet": listed[1].outlet, "length_words": listed[1].words}
        yield {**facts, "text": "\n".join(paragraphs(body, wrapped=wrapped))}
    for title, source in chain.from_iterable(left.values()):
        yield {"title": title, "outlet": source.outlet, "date": source.date, "text": None}


_Entry = tuple[str, SourceLine]


def _entries(lines: Sequence[str]) -> list[_Entry]:
    """Return title and source line of each entry of the list."""
    filled = [line for line in lines if line]
    found: list[_Entry] = []
    for line, below in pairwise(filled):
        listed = _LISTED.fullmatch(line)
        source = source_of(below) if listed else None
        if listed and source and source.page:
            found.append((listed[1], source))
    return found


def _taken(entries: list[_Entry], title: str) -> _Entry | None:
    """Take the entry of a text from those of its date and page: the one with its title where there are several."""
    place = next((place for place, entry in enumerate(entries) if entry[0] == title), 0 if len(entries) == 1 else None)
    return None if place is None else entries.pop(place)


def _key(date: str, page: str) -> tuple[str, str]:
    try:
        return iso_date(date), page.lstrip("0")
    except InputError:
        return date, page
