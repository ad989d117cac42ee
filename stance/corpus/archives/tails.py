"""The labelled lines behind a text, found from the end on upward."""

from __future__ import annotations

from collections.abc import Sequence

from stance.corpus.archives.labels import Label, label_of, shouted_label
from stance.corpus.archives.marks import BEHIND, gives_rights

__all__ = ["cut_tail", "tail_end"]

_BOTH_SIDES = ("length_words", "section", "byline")  # facts that some archives tell behind the text
_LONGEST = 20  # characters of a line that heads what stands behind a text


def cut_tail(lines: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the text of an article and the facts of the labelled lines behind it."""
    facts: dict[str, str] = {}
    shouted: bool | None = None
    end = len(lines)
    while end:
        line = lines[end - 1]
        behind = BEHIND.fullmatch(line)
        if behind and behind["whole"] and facts:  # what stands above it is text, whatever it looks like
            end -= 1
            break
        block = next((place + 1 for place in range(end - 1, -1, -1) if not lines[place]), 0)
        if label := _tail_label(line, shouted):
            facts[label.fact] = label.value
            shouted = label.shouted if shouted is None else shouted
        elif block < end - 1 and _tail_label(lines[block], shouted):  # the label's value runs on over several lines
            end = block + 1
            continue
        elif line and not gives_rights(line) and not behind:
            break
        end -= 1
    captions = _captions(lines[:end]) if facts else None
    return list(lines[: end if captions is None else captions]), facts


def tail_end(lines: Sequence[str], place: int) -> int:
    """Return the place behind the tail that the labelled line at ``place`` is part of."""
    end = place + 1
    while end < len(lines) and (not lines[end] or label_of(lines[end], "tail") or shouted_label(lines[end]) or gives_rights(lines[end])):
        end += 1
    return end


def _tail_label(line: str, shouted: bool | None) -> Label | None:
    """Return what a line of the tail says; all its labels are in capitals, or none is (``shouted``, known from the last one on)."""
    label = label_of(line, "tail")
    if label is None and shouted is not None:
        early = label_of(line, "head")
        label = early if early and early.fact in _BOTH_SIDES else Label("left", "", True) if shouted and shouted_label(line) else None
    return label if label and shouted in (None, label.shouted) else None


def _captions(lines: Sequence[str]) -> int | None:
    """Return the place of the last line that heads captions, if one stands there."""
    short = (place for place in range(len(lines) - 1, -1, -1) if len(lines[place]) <= _LONGEST)
    return next((place for place in short if BEHIND.fullmatch(lines[place])), None)
