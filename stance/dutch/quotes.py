"""Quotation marks of Dutch news, paired: “ ”, „ ”, ,, '', ‘ ’, ' ', " ", « » and dialogue dashes.

Which mark opens and which closes is read from what stands around it, as newspapers use the same sign for both (``'``, ``"``, ``’``, ``”``). A single mark inside a
word (foto's) or before a clipped word or year ('s avonds, 't, '90) is an apostrophe. Marks pair innermost first, within one kind (single or double); only
the outermost pairs come back. One pass, linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from stance.dutch.sentences import sentence_starts

__all__ = ["dialogue_lines", "quoted_stretches"]

_LONGEST_SINGLE = 2500  # characters: a longer stretch between two single marks is an apostrophe gone astray
_OPENING, _CLOSING = "„‚«", "»"
_DOUBLE = frozenset([",,", "''", '"', "“", "”", "„", "«", "»"])

_MARK = re.compile(
    r"""
      (?P<double> ,,(?=[\w'"‘“(\[]) | ''(?!') | ["“”„«»] )
    | (?<!\w)['’] (?: (?:s|t|n|m|k|r|ns|ie|er|tis|twas)\b(?=[\s-]) | \d\d\b(?!['’]) )  # an apostrophe: passed over
    | (?P<single> (?<!\w)['’‘‚] | ['’](?!\w) | ‘ )
    """,
    re.VERBOSE,
)
_DASH_LINE = re.compile(r"^[ \t]*[–—][ \t]+(?=[A-ZÀ-Þ'\"“‘])[^\n]*", re.MULTILINE)


class _Open(NamedTuple):
    start: int
    double: bool
    sign: str


def quoted_stretches(text: str) -> list[tuple[int, int]]:
    """Return the outermost stretches of ``text`` between quotation marks, marks included, in order and without overlap.

    >>> text = "'s Avonds zei ze: „Die foto's zijn 'mooi', hoor.” Daarna ‘niks’."
    >>> [text[start:end] for start, end in quoted_stretches(text)]
    ["„Die foto's zijn 'mooi', hoor.”", '‘niks’']
    """
    return _outermost(_pairs(text))


def dialogue_lines(text: str) -> list[tuple[int, int]]:
    """Return the lines of ``text`` that begin with a dialogue dash (– or —), without the line break."""
    return [match.span() for match in _DASH_LINE.finditer(text)]


def _pairs(text: str) -> list[tuple[int, int]]:
    """Return all pairs of marks, and for an opening double mark that is never closed the rest of its sentence or paragraph."""
    pairs: list[tuple[int, int]] = []
    opened: list[_Open] = []
    waiting = {True: 0, False: 0}  # open marks of each kind, so that a lone closing mark costs nothing
    lost: list[_Open] = []
    for match in _MARK.finditer(text):
        if match.lastgroup is None:
            continue
        double = match.lastgroup == "double"
        if _opens(text, match, waiting[double] > 0):
            opened.append(_Open(match.start(), double, match[0]))
            waiting[double] += 1
        elif waiting[double] and _closes(text, match):
            while (last := opened.pop()).double != double:
                waiting[last.double] -= 1
                lost.append(last)
            waiting[double] -= 1
            if double or match.end() - last.start <= _LONGEST_SINGLE:
                pairs.append((last.start, match.end()))
    return pairs + _unclosed(text, sorted(lost + opened), sorted(pairs))


def _opens(text: str, match: re.Match[str], inside: bool) -> bool:
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if match[0] == ",," or match[0] in _OPENING:
        return True
    if match[0] in _CLOSING or not after or after.isspace():
        return False
    if not before or before.isspace() or before in "([{-–—/" + "„“‘‚«":
        return after not in ".,;:!?)" or after == "."
    if before in "\"'’”" or before in ".:;,!?":
        return after.isalnum() and not inside  # a space got lost: ... voorbij."Daarna
    return match[0] in "“‘" and after.isalnum() and not inside


def _closes(text: str, match: re.Match[str]) -> bool:
    before = text[match.start() - 1 : match.start()]
    return bool(before) and (not before.isspace() or match[0] in ("”", "»"))


def _unclosed(text: str, openers: list[_Open], pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where double marks that are never closed end: with the paragraph if the next opens with a mark too, else with the sentence."""
    doubles = [opener for opener in openers if opener.double]
    if not doubles:
        return []
    sentences = [*sentence_starts(text), len(text)]
    marks = sorted([*(opener.start for opener in doubles), *(start for start, _ in pairs), len(text)])
    ends = []
    for opener in doubles:
        following = marks[bisect_right(marks, opener.start)]
        sentence = sentences[bisect_right(sentences, opener.start)]
        ends.append((opener.start, _end_of_unclosed(text, opener, sentence, following)))
    return ends


def _end_of_unclosed(text: str, opener: _Open, sentence: int, following: int) -> int:
    paragraph = text.find("\n", opener.start, following)
    repeated = paragraph > 0 and text[paragraph:following].isspace() and text.startswith(opener.sign, following)
    end = paragraph if repeated else min(sentence, following)
    return opener.start + len(text[opener.start : end].rstrip())


def _outermost(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    outer: list[tuple[int, int]] = []
    for start, end in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        if not outer or start >= outer[-1][1]:
            outer.append((start, end))
    return outer
