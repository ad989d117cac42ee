"""What of an article a model reads for a target: its title, the sentences about the target, and their neighbours while there is room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stance.dutch.about import sentences_about
from stance.dutch.sentences import sentence_spans

__all__ = ["passage_spans", "titled"]

Span = tuple[int, int]


def passage_spans(text: str, target: str, aliases: Sequence[str] = (), *, limit: int) -> list[Span]:
    """Return the sentences of ``text`` to read for ``target``, as character spans in reading order; none where nothing is about it.

    Sentences about the target come first, from the top, then the sentence after each (which goes on about it by a pronoun), then the one before,
    as long as all together hold at most ``limit`` characters; the first sentence about the target is taken however long it is.

    >>> text = "Het regent. De Kuip is dicht. Dat is jammer. Morgen niet. Feyenoord speelt elders."
    >>> [text[start:end] for start, end in passage_spans(text, "De Kuip", limit=40)]
    ['De Kuip is dicht. ', 'Dat is jammer. ']
    """
    spans = sentence_spans(text)
    about = np.flatnonzero(sentences_about([text[start:end] for start, end in spans], target, aliases))
    chosen: set[int] = set()
    room = limit
    for place in _by_need(about, len(spans)):
        start, end = spans[place]
        if place not in chosen and (end - start <= room or not chosen):
            chosen.add(place)
            room -= end - start
    return [spans[place] for place in sorted(chosen)]


def titled(text: str, title: str | None) -> str:
    r"""Return ``text`` with its title as a first line, unless it begins with it.

    >>> titled("De raad stemt.", "Raad verdeeld")
    'Raad verdeeld\nDe raad stemt.'
    """
    return text if not title or text.lstrip().startswith(title.strip()) else f"{title.strip()}\n{text}"


def _by_need(about: npt.NDArray[np.int64], sentences: int) -> list[int]:
    """Return the places of sentences in the order in which they are wanted, some twice."""
    after, before = about + 1, about - 1
    return [*about.tolist(), *after[after < sentences].tolist(), *before[before >= 0].tolist()]
