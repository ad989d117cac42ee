"""The other gender in an article: its gendered words and first names changed from masculine to feminine or back.

Two Dutch words have two readings. *Zijn* (his, to be) is changed only after a preposition, *hij* or a verb in the singular, where it is
the possessive; *zij* and *ze* (she, they) only after such a verb, or where one or *haar* follows before a plural may. Where the reading is
open the word stays: the sentence is then still Dutch, about somebody else. The lists are in ``stance/dutch/data/swaps.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from stance.dutch.data import read_list
from stance.dutch.swaps import with_possessive

__all__ = ["to_feminine", "to_masculine"]

_LISTS = read_list("swaps")["genders"]
_SINGULAR = frozenset(_LISTS["singular_verbs"])
_PREPOSITIONS = frozenset(_LISTS["prepositions"])
_FUNCTION = frozenset(_LISTS["function_words"])
_ZIJN = re.compile(r"\b(?P<before>\w+) (?P<word>zijn) (?P<after>\w+)", re.IGNORECASE)
_ZIJ = re.compile(r"\b(?:(?P<before>\w+) )?(?P<word>zij|ze)\b(?P<after>(?: \w+)*)", re.IGNORECASE)
_HAAR = re.compile(r"\b(?:(?P<before>\w+) )?(?P<word>haar)\b(?: (?P<after>\w+))?", re.IGNORECASE)
_HAIR = frozenset(_LISTS["before_hair"])


def to_feminine(text: str, rng: np.random.Generator) -> str:
    """Return ``text`` with its masculine words and first names made feminine; feminine ones stay.

    >>> to_feminine("Hij zag zijn vader. Ze zijn boos op hem en op zijn vriend.", np.random.default_rng(1))
    'Zij zag haar moeder. Ze zijn boos op haar en op haar vriendin.'
    """
    text = _ZIJN.sub(lambda match: _at_word(match, "haar") if _is_possessive(match) else match[0], text)
    text = _words(True).sub(lambda match: _cased(_pairs(True)[match[0].lower()], match[0]), text)
    return _renamed(text, rng, feminine=True)


def to_masculine(text: str, rng: np.random.Generator) -> str:
    """Return ``text`` with its feminine words and first names made masculine; masculine ones stay.

    >>> to_masculine("Zij is boos, zegt ze. Haar moeder gaf haar niet de bal.", np.random.default_rng(1))
    'Hij is boos, zegt hij. Zijn vader gaf hem niet de bal.'
    """
    text = _ZIJ.sub(lambda match: _at_word(match, "hij") if _is_singular(match) else match[0], text)
    text = _HAAR.sub(_his, text)
    text = _words(False).sub(lambda match: _cased(_pairs(False)[match[0].lower()], match[0]), text)
    return _renamed(text, rng, feminine=False)


def _is_possessive(match: re.Match[str]) -> bool:
    before, after = match["before"].lower(), match["after"].lower()
    opens = before in _PREPOSITIONS or before in _SINGULAR or before == "hij"
    return opens and after not in _FUNCTION and not re.fullmatch(r"ge\w+[dtn]", after)


def _is_singular(match: re.Match[str]) -> bool:
    if (match["before"] or "").lower() in _SINGULAR:
        return True
    for word in match["after"].lower().split():
        if word in _SINGULAR or word == "haar":  # they would have theirs: hun
            return True
        if word.endswith("en") or word == "zijn":  # perhaps the plural verb
            return False
    return False


def _his(match: re.Match[str]) -> str:
    """Return *hem* or *zijn* for *haar*: the object stands before a function word or at the end, the possessive before its noun."""
    if (match["before"] or "").lower() in _HAIR:
        return match[0]
    after = (match["after"] or "").lower()
    return _at_word(match, "hem" if not after or after in _FUNCTION else "zijn")


def _at_word(match: re.Match[str], other: str) -> str:
    start, end = match.start("word") - match.start(), match.end("word") - match.start()
    return match[0][:start] + _cased(other, match["word"]) + match[0][end:]


def _cased(other: str, given: str) -> str:
    if given.isupper():
        return other.upper()
    return other[0].upper() + other[1:] if given[0].isupper() else other


def _renamed(text: str, rng: np.random.Generator, *, feminine: bool) -> str:
    """Return ``text`` with first names of one gender replaced by names of the other that it does not hold yet."""
    present = sorted({match["name"] for match in _first_names(feminine).finditer(text)})
    if not present:
        return text
    free = [name for name in _LISTS["women" if feminine else "men"] if name not in text]
    others = dict(zip(present, rng.permutation(free), strict=False))

    def replaced(match: re.Match[str]) -> str:
        other = str(others.get(match["name"], match["name"]))
        return with_possessive(other, apostrophe=match["tail"][0] if len(match["tail"]) > 1 else "'") if match["tail"] else other

    return _first_names(feminine).sub(replaced, text)


@lru_cache(maxsize=2)
def _first_names(feminine: bool) -> re.Pattern[str]:
    names = _LISTS["men" if feminine else "women"]
    return re.compile(rf"(?<![\w-])(?<!Sint )(?P<name>{'|'.join(names)})(?P<tail>['’]?s|)(?![\w-])")


@lru_cache(maxsize=2)
def _pairs(feminine: bool) -> Mapping[str, str]:
    """Return the other gender's word for each word; the first listed where several share one."""
    pairs = [tuple(pair) if feminine else tuple(reversed(pair)) for pair in _LISTS["words"]]
    kept = [pair for pair in pairs if feminine or pair[0] not in ("zij", "haar")]  # of two readings, told apart above
    return dict(reversed(kept))


@lru_cache(maxsize=2)
def _words(feminine: bool) -> re.Pattern[str]:
    longest = sorted(_pairs(feminine), key=len, reverse=True)
    return re.compile(rf"(?<![\w'’-])(?:{'|'.join(map(re.escape, longest))})(?![\w'’-]|(?: of |/)(?:zij|haar|ze)\b)", re.IGNORECASE)
