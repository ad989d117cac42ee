"""The labels that archives put at the start of a line, in Dutch, English, German and French."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["HEAD", "TAIL", "Label", "is_length", "is_load_date", "label_of", "shouted_label"]

HEAD: dict[str, str] = {
    "title": "headline kop titel title schlagzeile überschrift titre",
    "outlet": "source bron publication publicatie quelle",
    "date": "date datum publicatiedatum publication-date",
    "section": "section sectie rubriek katern rubrik rubrique",
    "byline": "byline author auteur auteurs door by autor autoren",
    "length_words": "length lengte länge longueur",
    "lead": "highlight lead samenvatting",
    "left": "dateline edition editie series serie ausgabe édition",
}
"""Labels before the text, by the fact they give. The lead is part of the text; what is ``left`` is read and not kept."""

TAIL: dict[str, str] = {
    "load_date": "load-date laaddatum ladedatum date-de-chargement",
    "url": "url",
    "left": (
        "language taal sprache langue publication-type pub-type publicatietype publikationstyp type-de-publication document-type journal-code"
        " subject pub-subject onderwerp thema sujet industry bedrijfstak branche secteur company organization organisatie firma société person"
        " persoon personne ticker geographic geografisch geographie country state city graphic correction-date acc-no distribution"
    ),
}
"""Labels behind the text."""

_LOAD_BEGINS = frozenset(letter for word in TAIL["load_date"].split() for letter in (word[0], word[0].upper()))
_LONGEST = 40  # characters of a label with its colon
_WORDS = r"\d[\d.,]*\s*(?:words?|woord(?:en)?|wörter|mots?)"
_LENGTH = re.compile(rf"{_WORDS}\b.*|\d[\d.,]*", re.IGNORECASE)
_BARE_LENGTH = re.compile(_WORDS, re.IGNORECASE)
_SHOUTED = re.compile(r"([A-Z][A-Z-]{2,}(?: [A-Z][A-Z-]+){0,2}): +(\S.*)")


@dataclass(frozen=True, slots=True)
class Label:
    """What a labelled line says: which ``fact``, its ``value``, and whether the label is in capitals alone."""

    fact: str
    value: str
    shouted: bool


def _pattern(groups: dict[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    facts = {label: fact for fact, labels in groups.items() for label in labels.split()}
    words = "|".join(sorted((label.replace("-", r"[-\s]") for label in facts), key=len, reverse=True))
    return re.compile(rf"\s*({words})\s*(?::|\t)\s*(.*)", re.IGNORECASE | re.DOTALL), facts


_PATTERNS = {"head": _pattern(HEAD), "tail": _pattern(TAIL)}


def label_of(line: str, where: str) -> Label | None:
    r"""Return what a labelled line says, or ``None`` for a line without a label of that place (``head``, ``tail``).

    A length is one only where it counts words, so ``Lengte: 40 meter`` is text; ``512 woorden`` needs no label.

    >>> label_of("LENGTH: 512 woorden", "head"), label_of("Sectie\tBinnenland", "head"), label_of("Hij zei: nee.", "head")
    (Label(fact='length_words', value='512 woorden', shouted=True), Label(fact='section', value='Binnenland', shouted=False), None)
    """
    pattern, facts = _PATTERNS[where]
    begin = line[:_LONGEST]
    found = pattern.match(line) if ":" in begin or "\t" in begin else None
    if found is None:
        bare = where == "head" and line[:1].isdigit() and _BARE_LENGTH.fullmatch(line)
        return Label("length_words", line, shouted=False) if bare else None
    fact, value = facts[re.sub(r"\s", "-", found[1].lower())], found[2].strip()
    if fact == "length_words" and value and not _LENGTH.fullmatch(value):
        return None
    return Label(fact, value, found[1].isupper())


def shouted_label(line: str) -> bool:
    """Return whether a line begins with a label in capitals, known or not: ``PUB-SUBJECT: Housing (96%)``."""
    return _SHOUTED.fullmatch(line) is not None


def is_length(line: str) -> bool:
    """Return whether a line tells how many words an article has.

    >>> is_length("Länge: 41 Wörter"), is_length("1.024 mots"), is_length("Lengte: 40 meter")
    (True, True, False)
    """
    label = label_of(line, "head")
    return label is not None and label.fact == "length_words"


def is_load_date(line: str) -> bool:
    r"""Return whether a line says when the archive took the article in.

    >>> is_load_date("LOAD-DATE: 16 december 2022"), is_load_date("Ladedatum\t4. Mai 2021"), is_load_date("Laat: de trein")
    (True, True, False)
    """
    label = label_of(line, "tail") if line[:1] in _LOAD_BEGINS else None
    return label is not None and label.fact == "load_date"
