"""Exports of GoPress, the archive of the Belgian press: one or several articles a file, in txt, rtf or html.

    Kabinet valt over stikstof
    De Veenbode* - 17 dec. 2022, Pagina 4
    Roos Terpstra

    (text)

    Copyright © 2022 Veenbode Media. Alle rechten voorbehouden

The line of the outlet, marked by its asterisk or a page, tells where an article begins: its title stands above it. Articles from the web have
neither; between the others they are known by the rights or the rule above their title. The layout is the one that the sentometrics vignette
*Analyzing Gopress data* (Delmarcelle) reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stance.corpus.archives.lines import paragraphs
from stance.corpus.archives.records import Facts
from stance.corpus.archives.sources import source_of

__all__ = ["gopress_articles", "is_gopress"]

_BYLINE = re.compile(r"(?:auteurs?|door|by|author|par)\s*:\s*(.+)|©\s*(.+)", re.IGNORECASE)
_NAME = re.compile(
    r"(?:[A-Z][\w.'’-]*|(?:van|de|den|der|ten|ter|en|le|la|von|&|,)\s?)(?:\s+(?:[A-Z][\w.'’-]*|van|de|den|der|ten|ter|en|le|la|von|&))*"
)
_LENGTH = re.compile(r"(\d[\d.]*) (?:woorden|words|mots)", re.IGNORECASE)
_RIGHTS = re.compile(
    r"(?:copyright|©).{0,150}|alle rechten voorbehouden.{0,100}|all rights reserved.{0,100}|tous droits réservés.{0,100}", re.IGNORECASE
)
_RULE = re.compile(r"[-=_*~]{3,}")
_PREFACE = 100  # words above the first article that may be no article: a title page, a list of titles


def is_gopress(lines: Sequence[str]) -> bool:
    """Return whether one of the first lines names an outlet and a date as GoPress does, or several do further on, below a title each."""
    filled = [line for line in lines if line and not _RULE.fullmatch(line)]
    if any(_is_marked(line) for line in filled[1:3]):
        return True
    return sum(_is_marked(line) for line in filled[1:]) > 1


def gopress_articles(lines: Sequence[str], *, wrapped: bool) -> Iterator[Facts]:
    """Yield the facts of each article, in the order of the file."""
    kept = ["" if _RULE.fullmatch(line) else line for line in lines]
    sources = [place for place, line in enumerate(kept) if _is_marked(line) or _follows_an_end(lines, place)]
    starts = [_title_place(kept, place) for place in sources]
    above = kept[: starts[0]] if starts else []
    if any(map(_RIGHTS.fullmatch, above)) or sum(len(line.split()) for line in above) > _PREFACE:  # an article whose outlet is not told
        yield {"text": "\n".join(paragraphs(above, wrapped=wrapped))}
    for start, source, end in zip(starts, sources, [*starts[1:], len(kept)], strict=True):
        yield _facts(kept, (start, source, end), wrapped=wrapped)


def _title_place(lines: Sequence[str], source: int) -> int:
    """Return the place of the title above the line of the outlet, or that line's own where none stands there."""
    above = next((place for place in range(source - 1, -1, -1) if lines[place]), source)
    return source if _RIGHTS.fullmatch(lines[above]) else above


def _is_marked(line: str) -> bool:
    found = source_of(line)
    return found is not None and found.marked


def _follows_an_end(lines: Sequence[str], place: int) -> bool:
    """Return whether the line at ``place`` names an outlet and a date and is the second below rights or a rule: that of a web article."""
    if not lines[place] or source_of(lines[place]) is None:
        return False
    above = [line for line in reversed(lines[max(0, place - 8) : place]) if line][:2]
    return len(above) == 2 and bool(_RIGHTS.fullmatch(above[1]) or _RULE.fullmatch(above[1]))


def _facts(lines: Sequence[str], places: tuple[int, int, int], *, wrapped: bool) -> Facts:
    start, source, end = places
    found = source_of(lines[source])
    body = list(lines[source + 1 : end])
    facts: dict[str, str | None] = {"title": lines[start] if start < source else None}
    if found:
        section = f"Pagina {found.page}" if found.page else None
        facts |= {"outlet": found.outlet, "date": found.date, "section": section, "length_words": found.words}
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
