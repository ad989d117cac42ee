"""Lines of a file as parsers read them: blocks between blank lines, and paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

__all__ = ["blocks", "is_wrapped", "paragraphs", "to_lines"]

_NARROW, _WIDE = 50, 100  # characters; a page of plain text is some 80 wide


def to_lines(text: str) -> list[str]:
    """Return the lines of ``text`` without spaces at their ends."""
    return [line.strip(" \r\v\f") for line in text.split("\n")]


def blocks(lines: Sequence[str]) -> list[list[str]]:
    """Return the runs of lines that are not blank.

    >>> blocks(["De Veenbode", "", "", "Kabinet valt", "over stikstof"])
    [['De Veenbode'], ['Kabinet valt', 'over stikstof']]
    """
    return [list(group) for filled, group in groupby(lines, key=bool) if filled]


def is_wrapped(lines: Sequence[str]) -> bool:
    """Return whether lines break where a page of plain text ended: none is wider than one, and some that others follow at once are as wide."""
    broken = sum(len(line) >= _NARROW for line, after in pairwise(lines) if line and after)
    wide = sum(len(line) > _WIDE for line in lines)
    return broken >= 2 and wide <= 0.02 * len(lines)  # an address may be wider


def paragraphs(lines: Sequence[str], *, wrapped: bool) -> list[str]:
    """Return the paragraphs of ``lines``: blocks where lines are wrapped, else each line; cells of a row are paragraphs of their own.

    >>> paragraphs(["Het kabinet valt", "vandaag.", "", "Dat is laat."], wrapped=True)
    ['Het kabinet valt vandaag.', 'Dat is laat.']
    """
    texts = [" ".join(block) for block in blocks(lines)] if wrapped else [cell for line in lines for cell in line.split("\t")]
    return [" ".join(text.split()) for text in texts if text.strip()]
