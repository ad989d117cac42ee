"""Exports of GoPress, the archive of the Belgian press: one or several articles a file, in txt or rtf.

    Kabinet valt over stikstof
    De Veenbode* - 17 dec. 2022, Pagina 4
    Roos Terpstra

    (text)

    Copyright © 2022 Veenbode Media. Alle rechten voorbehouden

The line of the outlet, marked by its asterisk or a page, tells where an article begins: its title stands above it. The layout is the one
that the sentometrics vignette *Analyzing Gopress data* (Delmarcelle) reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stance.corpus.archives.lines import paragraphs
from stance.corpus.archives.records import Facts
from stance.corpus.dates import iso_date
from stance.errors import InputError

__all__ = ["gopress_articles", "is_gopress"]

_PAGE = r"(?:pagina|page|pag\.?|p\.|blz\.?)\s*(?P<page>[\w/-]+)"
_DATE = r"(?P<date>(?:[^\W\d]+\.?,?\s+)?\d{1,2}[\s\-/]+[\w]+\.?[\s\-/]+\d{4})"
_BETWEEN = r"[\s\-–—|,/•·]*"
_SOURCE = re.compile(rf"(?P<outlet>[^*|•·]{{2,60}}?)\s*(?P<star>\*)?{_BETWEEN}\b{_DATE}{_BETWEEN}(?:{_PAGE}.{{0,60}})?", re.IGNORECASE)
_BYLINE = re.compile(r"(?:auteur|door|by|author)\s*:\s*(.+)|©\s*(.+)", re.IGNORECASE)
_NAME = re.compile(
    r"(?:[A-Z][\w.'’-]*|(?:van|de|den|der|ten|ter|en|le|la|von|&|,)\s?)(?:\s+(?:[A-Z][\w.'’-]*|van|de|den|der|ten|ter|en|le|la|von|&))*"
)
_LENGTH = re.compile(r"(\d[\d.]*) (?:woorden|words|mots)", re.IGNORECASE)
_RIGHTS = re.compile(r"(?:copyright|©).{0,150}|alle rechten voorbehouden.{0,100}|all rights reserved.{0,100}", re.IGNORECASE)
_RULE = re.compile(r"[-=_*~]{3,}")


def is_gopress(lines: Sequence[str]) -> bool:
    """Return whether one of the first lines names an outlet and a date as GoPress does."""
    filled = [line for line in lines if line and not _RULE.fullmatch(line)]
    return any(_source(line) for line in filled[1:3])


def gopress_articles(lines: Sequence[str], *, wrapped: bool) -> Iterator[Facts]:
    """Yield the facts of each article, in the order of the file."""
    kept = ["" if _RULE.fullmatch(line) else line for line in lines]
    sources = [place for place, line in enumerate(kept) if _source(line)]
    starts = [next((above for above in range(place - 1, -1, -1) if kept[above]), place) for place in sources]
    for start, source, end in zip(starts, sources, [*starts[1:], len(kept)], strict=True):
        yield _facts(kept, (start, source, end), wrapped=wrapped)


def _source(line: str) -> re.Match[str] | None:
    """Return the outlet, date and page of a line that gives them, or ``None``; an asterisk or a page must mark it."""
    found = _SOURCE.fullmatch(line) if len(line) <= 160 else None
    if found is None or not (found["star"] or found["page"]):
        return None
    try:
        iso_date(found["date"])
    except InputError:
        return None
    return found


def _facts(lines: Sequence[str], places: tuple[int, int, int], *, wrapped: bool) -> Facts:
    start, source, end = places
    found = _SOURCE.fullmatch(lines[source])
    body = list(lines[source + 1 : end])
    facts: dict[str, str | None] = {"title": lines[start] if start < source else None}
    if found:
        facts |= {"outlet": found["outlet"].strip(), "date": found["date"], "section": f"Pagina {found['page']}" if found["page"] else None}
    while body and (not body[-1] or _RIGHTS.fullmatch(body[-1])):
        body.pop()
    for place in [place for place, line in enumerate(body) if line][:3]:
        if byline := _byline(body, place):
            facts["byline"], body[place] = byline, ""
        elif length := _LENGTH.fullmatch(body[place]):
            facts["length_words"], body[place] = length[1], ""
        else:
            break
    return {**facts, "text": "\n".join(paragraphs(body, wrapped=wrapped))}


def _byline(body: Sequence[str], place: int) -> str | None:
    """Return who wrote the article, where the line says so or is nothing but a name above the text."""
    if found := _BYLINE.fullmatch(body[place]):
        return found[1] or found[2]
    alone = any(body[place + 1 :]) and len(body[place]) <= 60 and len(body[place].split()) > 1
    return body[place] if alone and _NAME.fullmatch(body[place]) else None
