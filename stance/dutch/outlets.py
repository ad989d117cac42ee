"""The outlet that a source spoke to: *zegt Eva Jansen tegen RTL Nieuws*. By the list of outlets in ``data/speech.toml``."""

from __future__ import annotations

import re

from stance.dutch.data import read_list

__all__ = ["told_to"]

_OUTLETS = "|".join(re.escape(" ".join(name.split())) for name in sorted(read_list("speech")["outlets"].split(","), key=len, reverse=True))
_TOLD_TO = re.compile(rf"\b(?:tegen|tegenover|aan|in|bij|op|via|met)\s+(?:(?:[Dd]e|[Hh]et)\s+)?(?P<outlet>{_OUTLETS})(?![\w-])")


def told_to(sentence: str) -> str | None:
    """Return the outlet that ``sentence`` says a source spoke to; None where it names none of the list.

    >>> told_to(", zegt correspondent Eva Jansen tegen RTL Nieuws.")
    'RTL Nieuws'
    """
    found = _TOLD_TO.search(sentence)
    return found["outlet"] if found else None
