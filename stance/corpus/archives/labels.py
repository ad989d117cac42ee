"""The words at the head of a line by which an archive says what stands there, in Dutch and English."""

from __future__ import annotations

import re

__all__ = ["HEAD", "TAIL", "label_of"]

HEAD: dict[str, str] = {
    "title": "headline kop titel title",
    "outlet": "source bron publication publicatie",
    "date": "date datum publicatiedatum publication-date",
    "section": "section sectie rubriek katern",
    "byline": "byline author auteur auteurs door by",
    "length_words": "length lengte",
    "lead": "highlight lead samenvatting",
    "left": "dateline edition editie series",
}
"""Labels before the text, by the fact they give. The lead is part of the text; what is ``left`` is read and not kept."""

TAIL: dict[str, str] = {
    "load_date": "load-date laaddatum",
    "url": "url",
    "left": (
        "language taal publication-type pub-type publicatietype document-type journal-code subject onderwerp industry bedrijfstak company"
        " organization organisatie person ticker geographic geografisch country state city graphic correction-date acc-no distribution"
    ),
}
"""Labels behind the text."""


def _pattern(groups: dict[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    facts = {label: fact for fact, labels in groups.items() for label in labels.split()}
    words = "|".join(sorted((label.replace("-", r"[-\s]") for label in facts), key=len, reverse=True))
    return re.compile(rf"\s*({words})\s*(?::|\t)\s*(.*)", re.IGNORECASE | re.DOTALL), facts


_PATTERNS = {"head": _pattern(HEAD), "tail": _pattern(TAIL)}


def label_of(line: str, where: str) -> tuple[str, str] | None:
    r"""Return the fact that a labelled line gives and its value, or ``None`` for a line without a label of that place (``head``, ``tail``).

    >>> label_of("LENGTH: 512 woorden", "head"), label_of("Sectie\tBinnenland", "head"), label_of("Hij zei: nee.", "head")
    (('length_words', '512 woorden'), ('section', 'Binnenland'), None)
    """
    pattern, facts = _PATTERNS[where]
    found = pattern.match(line)
    return (facts[re.sub(r"\s", "-", found[1].lower())], found[2].strip()) if found else None
