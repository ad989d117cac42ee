"""Sentences of Dutch news, as offsets that partition the text.

A full stop ends a sentence when white space and a capital, a digit or a bullet follow it and the word before is no abbreviation or
initial. ``!``, ``?`` and an ellipsis do the same without that check. A line break ends one too (headings, lists), unless the next line
goes on in lower case, as in text wrapped by hand. The rules are one compiled pattern that visits every character once; only full stops
that may belong to an abbreviation reach Python.

Own rules, though good splitters exist: syntok and pySBD miss Dutch conventions (initials, ``'s Avonds``, ``,,quotes''``) and are ten to a
hundred times slower, too slow for a step every labelled article passes. ``benchmarks/sentences.md`` has the comparison.
"""

from __future__ import annotations

import re

from stance.dutch.data import read_list

__all__ = ["sentence_spans", "sentence_starts"]

_UPPER = "A-ZÀ-ÖØ-Þ"
_LOWER = "a-zß-öø-ÿ"
_CLOSERS = "\"'”’“»)\\]›"
_OPENERS = "\"'“„‘’‚«‹(\\["
_LOOK_BACK = 24  # characters: no listed abbreviation is longer

_NEXT = rf"(?: [{_OPENERS}]{{1,3}} | ,, )? (?: [{_UPPER}0-9€$£¥•*·–—@#] | -\s | [nst]\s[{_UPPER}] )"  # [nst]: ... 's Avonds

# The first class lets the engine skip to the next stop; the lookbehind tries a run of stops ("......") once, which keeps the scan linear.
_BOUNDARY = re.compile(
    rf"""[.!?…\n] (?:
        (?<! [.!?…]. ) (?<! \n ) [.!?…]* [{_CLOSERS}]* \s+ (?= {_NEXT} )
      | (?<= [{_LOWER}]{{3}}[.!?] ) [”’"]? (?= [“„‘"]? [{_UPPER}] [{_LOWER}\s] )  # a space got lost: ... voorbij.Daarna
      | (?<= \n ) (?: [^\S\n]* \n \s* | [^\S\n]* (?= [^\s{_LOWER}] ) )  # a blank line, or a line that does not go on in lower case
    )""",
    re.VERBOSE,
)
_WORD_BEFORE = re.compile(r"[^\s\"'“”„‘’‚«»()\[\],;:!?…–—]*\Z")
_FIRST_WORD = re.compile(rf"[^{_UPPER}]{{0,4}}([{_UPPER}][{_LOWER}]*)")
_INITIALS = re.compile(rf"(?:[{_UPPER}][{_LOWER}]?\.-?)*[{_UPPER}]\Z")
_QUOTE_GOES_ON = re.compile(r"[^.!?…\n\"'“”„‘’]{1,120}(?:,[\"'”’]|[\"'”’],)")  # 'I did not know... Really not,' he said
_LIST_MARK = re.compile(r"(?:\d{1,2}|[A-Za-z])\Z")

_LIST = read_list("abbreviations")
_BEFORE_NAME = frozenset([*_LIST["titles"], *_LIST["before_name"]])
_MAY_END = frozenset(_LIST["may_end"])
_STARTERS = frozenset(_LIST["starters"])
_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the sentences of ``text`` as half-open character spans without a gap, white space with the sentence before it.

    >>> text = "Dr. J.P. de Vries (o.a. VVD) won 3.5 punt. 'Mooi!' riep hij. Daarna ging hij weg."
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['Dr. J.P. de Vries (o.a. VVD) won 3.5 punt. ', "'Mooi!' riep hij. ", 'Daarna ging hij weg.']
    """
    starts = sentence_starts(text)
    return list(zip(starts, [*starts[1:], len(text)], strict=True)) if starts else []


def sentence_starts(text: str) -> list[int]:
    """Return the offset at which each sentence of ``text`` begins: 0 first, rising; empty for an empty text.

    >>> sentence_starts("Het regent. Morgen niet.")
    [0, 12]
    """
    if not text:
        return []
    starts = [0]
    for boundary in _BOUNDARY.finditer(text):
        end = boundary.end()
        if end < len(text) and not _goes_on(text, boundary.start(), end, starts[-1]):
            starts.append(end)
    if len(starts) > 1 and text[: starts[1]].isspace():
        del starts[1]  # white space before the first word is part of its sentence
    return starts


def _goes_on(text: str, stop: int, following: int, sentence: int) -> bool:
    """Return whether the full stop at ``stop`` belongs to an abbreviation, initial or list number, so that the sentence goes on."""
    if text.startswith(("..", "…"), stop):
        return bool(_QUOTE_GOES_ON.match(text, following))
    if text[stop] != "." or text[stop + 1] in "!?":
        return False
    found = _WORD_BEFORE.search(text, max(sentence, stop - _LOOK_BACK), stop)
    word = found[0] if found else ""
    listed = word[:1].lower() + word[1:]  # "Mr." is mr., "VS." is not vs.
    if listed in _BEFORE_NAME or ("." in word and _BEFORE_NAME.issuperset(listed.split("."))):  # prof.dr.
        return True
    if word not in _CAPITALS and (word.lower() if "." in word else listed) in _MAY_END:  # "P." is an initial, "p." a page
        return text[following].isdigit()
    if stop - sentence < _LOOK_BACK and _LIST_MARK.match(word) and not text[sentence : stop - len(word)].strip():
        return True
    return bool(_INITIALS.match(word)) and not _starts_sentence(text, following)


def _starts_sentence(text: str, offset: int) -> bool:
    first = _FIRST_WORD.match(text, offset)
    return first is not None and first[1] in _STARTERS
