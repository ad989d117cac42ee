"""Lines by which archives part their articles, in Dutch, English, German and French."""

from __future__ import annotations

import re

__all__ = ["ACCESSION", "BEHIND", "BODY", "gives_rights", "parts_articles", "starts_article"]

_DOCUMENTS = r"(?:documenten|documents?|dokument(?:en?)?)"
_OF = r"(?:of|van|uit|von|aus|de|sur)"
_START = re.compile(rf"(?:{_DOCUMENTS}\s+)?\d+\s+{_OF}\s+\d+\s+{_DOCUMENTS}|{_DOCUMENTS}\s+\d+\s+{_OF}\s+\d+", re.IGNORECASE)
_END = re.compile(r"end of document|einde (?:van )?(?:het )?document|ende des dokuments|fin du document", re.IGNORECASE)
_BEGINS = frozenset("0123456789deDEfF")  # of both

BODY = re.compile(r"(?:body|hoofdtekst|artikeltekst|haupttext)\s*(?::\s*(?P<text>.*))?|(?P<weak>te(?:kst|xt|xte)\s*:?)", re.IGNORECASE)
"""Where the text begins. ``Text`` alone is a word of the language as well, so it is a mark only below labels (group ``weak``)."""

BEHIND = re.compile(r"(?P<whole>classification|classificatie|klassifizierung)|graphic|grafiek|grafik|graphique", re.IGNORECASE)
"""A line of its own before captions, or (group ``whole``) before all that stands behind the text."""

_RESERVED = r"(?:all rights reserved|alle rechten voorbehouden|alle rechte vorbehalten|tous droits réservés)"
_RIGHTS = re.compile(
    rf"(?:copyright|©|\(c\))(?:[\s©]|copyright|\(c\))*(?:\d{{4}}\b.{{0,150}}|.{{0,90}}{_RESERVED}.{{0,60}})|{_RESERVED}.{{0,60}}",
    re.IGNORECASE,
)
_RIGHTS_BEGIN = frozenset("cC©(aAtT")

ACCESSION = re.compile(r"(?:Document|Dokument)\s+([A-Z][A-Z0-9]{3,}[A-Za-z0-9]{8,})")
"""The id of an article in Factiva, the last line of each."""

_LONGEST = 60  # characters of a line that parts articles


def gives_rights(line: str) -> bool:
    """Return whether a line says whose the article is.

    >>> gives_rights("Copyright 2021 Rivierpers"), gives_rights("Alle rechten voorbehouden"), gives_rights("Alle sluizen zijn dicht.")
    (True, True, False)
    """
    return line[:1] in _RIGHTS_BEGIN and _RIGHTS.fullmatch(line) is not None


def parts_articles(line: str) -> bool:
    """Return whether an article begins or ends at a line.

    >>> parts_articles("3 van 20 documenten"), parts_articles("Ende des Dokuments"), parts_articles("3 van 20 mensen")
    (True, True, False)
    """
    return line[:1] in _BEGINS and len(line) <= _LONGEST and (_START.fullmatch(line) or _END.fullmatch(line)) is not None


def starts_article(line: str) -> bool:
    """Return whether an article begins at a line: ``3 of 200 DOCUMENTS``, ``Dokument 3 von 200``."""
    return line[:1] in _BEGINS and len(line) <= _LONGEST and _START.fullmatch(line) is not None
