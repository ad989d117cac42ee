"""The line that names an outlet and a date, as GoPress, Mediargus and press cuttings put it at an article."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stance.corpus.dates import WEEKDAY, iso_date
from stance.errors import InputError

__all__ = ["SourceLine", "source_of"]

_PAGE = r"(?:pagina|page|seite|pag\.?|p\.|blz\.?|s\.)\s*(?P<page>[\w/-]+)"
_DATE = rf"(?P<date>(?:{WEEKDAY}\.?,?\s+)?\d{{1,2}}[\s\-/]+[\w]+\.?[\s\-/]+\d{{4}})"
_BETWEEN = r"[\s\-–—|,/•·]*"
_SOURCE = re.compile(
    rf"(?P<outlet>[^*|•·]{{2,60}}?)\s*(?P<star>\*)?{_BETWEEN}\b{_DATE}{_BETWEEN}(?:{_PAGE}(?:[^\w*].{{0,60}})?|(?P<hour>\d{{1,2}}[:.hu]\d{{2}}))?",
    re.IGNORECASE,
)
_ANY_DATE = re.compile(r"\d[\s\-/]+\w+\.?[\s\-/]+(?:1[6-9]|20)\d\d\b")  # what most lines lack is looked for first
_WORDS = re.compile(r"\b(\d[\d.]*)\s*(?:w\.?|woorden|words|mots)\s*\.?$", re.IGNORECASE)
_LONGEST = 160  # characters


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What such a line says.

    Attributes:
        marked: whether an asterisk or a page shows that it is one; else it may be a dateline in a text.
    """

    outlet: str
    date: str
    page: str | None
    words: str | None
    marked: bool


def source_of(line: str) -> SourceLine | None:
    """Return what a line that names an outlet and a date says, or ``None`` for any other line.

    >>> source_of("De Veenbode* - 17 dec. 2022, Pagina 4")
    SourceLine(outlet='De Veenbode', date='17 dec. 2022', page='4', words=None, marked=True)
    """
    return _parsed(line) if len(line) <= _LONGEST and line[-1:] not in "?!" and _ANY_DATE.search(line) else None


@lru_cache(maxsize=2_000)
def _parsed(line: str) -> SourceLine | None:
    found = _SOURCE.fullmatch(line)
    if found is None:
        return None
    try:
        iso_date(found["date"])
    except InputError:
        return None
    words = _WORDS.search(line) if found["page"] else None
    marked = bool(found["star"] or found["page"])
    return SourceLine(found["outlet"].strip(), found["date"], found["page"], words[1] if words else None, marked)
