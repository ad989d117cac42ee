"""Sentences and voices joined: which part of which sentence is said by whom, and where each target is mentioned in it.

A sentence may hold two voices (*"Dit deugt niet", zegt Els Bos*). Each part of it is a segment; segments cover the text exactly once. Not every segment states
something: the narrator's part of a sentence that is mostly a quote is its attribution (*zegt Els Bos*), so it does not count as the narrator's word.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice

import pandas as pd

from stance.dutch.sentences import sentence_spans
from stance.dutch.targets import Mention, find_mentions
from stance.dutch.voices import Kind, Voice, VoiceSpan, voice_spans

__all__ = ["Segment", "locate_mentions", "segments", "segments_that_name"]

_WORD = re.compile(r"\w+")
_FRAGMENT = 3  # words: less than that states nothing beside the rest of its sentence


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch ``text[start:end]`` of one sentence, said by one voice.

    ``sentence`` counts from 0; ``source`` is the quoted source as the article names it, None where it does not; ``states`` is whether the segment counts as a
    statement of its voice: a quote does, unless it is a fragment of under three words or what its source denies; the narrator's part does where it holds more
    than half of the sentence's words. ``outlet`` is the medium the source spoke to.
    """

    start: int
    end: int
    sentence: int
    voice: Voice
    source: str | None
    kind: Kind
    states: bool = True
    outlet: str | None = None


def segments(text: str) -> list[Segment]:
    """Return the segments of ``text``, in order, without a gap.

    >>> text = '"Dit plan deugt niet", zegt wethouder Els Bos. De raad stemt morgen.'
    >>> [(text[part.start : part.end], part.source, part.states) for part in segments(text)]
    [('"Dit plan deugt niet"', 'Els Bos', True), (', zegt wethouder Els Bos. ', None, False), ('De raad stemt morgen.', None, True)]
    """
    parts = _parts(text, sentence_spans(text), voice_spans(text))
    return [part for _, sentence in groupby(parts, lambda part: part.sentence) for part in _stated(text, list(sentence))]


def segments_that_name(text: str, parts: Sequence[Segment], forms: Sequence[str]) -> list[Segment]:
    """Return those of ``parts``, the segments of ``text``, in which a mention of the target with these ``forms`` begins.

    >>> text = '"De raad deugt niet", zegt Els Bos. De raad stemt morgen.'
    >>> [part.source for part in segments_that_name(text, segments(text), ["de raad"])]
    ['Els Bos', None]
    """
    places = {place for place, _ in _placed(text, parts, forms[0], forms[1:])}
    return [parts[place] for place in sorted(places)]


def locate_mentions(text: str, targets: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return every mention of the ``targets`` (name: its other forms) in ``text``, in reading order.

    Columns: target, start, end (character offsets), form, kind (name, compound), sentence (from 0), voice (narrator, quoted), source.

    >>> text = '"Rusland dreigt", zegt Els Bos. Het Rusland-beleid faalt.'
    >>> locate_mentions(text, {"Rusland": []})[["start", "kind", "sentence", "voice", "source"]].values.tolist()
    [[1, 'name', 0, 'quoted', 'Els Bos'], [36, 'compound', 1, 'narrator', None]]
    """
    parts = segments(text)
    rows = [
        (target, mention.start, mention.end, mention.form, mention.kind, parts[place].sentence, parts[place].voice, parts[place].source)
        for target, others in targets.items()
        for place, mention in _placed(text, parts, target, others)
    ]
    columns = ["target", "start", "end", "form", "kind", "sentence", "voice", "source"]
    table = pd.DataFrame(rows, columns=columns).sort_values(["start", "end"], kind="stable", ignore_index=True)
    return table.astype({"source": object}).where(table.notna(), None)


def _placed(text: str, parts: Sequence[Segment], target: str, others: Sequence[str]) -> Iterator[tuple[int, Mention]]:
    """Yield each mention with the place of its segment."""
    starts = [part.start for part in parts]
    for mention in find_mentions(text, target, others):
        yield bisect_right(starts, mention.start) - 1, mention


def _parts(text: str, sentences: Sequence[tuple[int, int]], voices: Sequence[VoiceSpan]) -> Iterator[Segment]:
    """Yield the stretches between any two borders, of sentences or voices."""
    place = 0
    for number, (first, end) in enumerate(sentences):
        start = first
        while start < end:
            span = voices[place]
            stop = min(end, span.end)
            states = span.voice == "narrator" or not (span.denied or _is_fragment(text, span, first, end))
            yield Segment(start, stop, number, span.voice, span.source, span.kind, states, span.outlet)
            start = stop
            place += stop == span.end


def _is_fragment(text: str, span: VoiceSpan, start: int, end: int) -> bool:
    """Return whether a quote is a part of the sentence from ``start`` to ``end``, and too short to state anything beside the rest of it."""
    part = span.start > start or span.end < end
    return part and sum(1 for _ in islice(_WORD.finditer(text, span.start, span.end), _FRAGMENT)) < _FRAGMENT


def _stated(text: str, parts: list[Segment]) -> list[Segment]:
    """Return the segments of one sentence, the narrator's marked where they are no statement of his."""
    if all(part.voice == "narrator" for part in parts):
        return parts
    words = [len(_WORD.findall(text, part.start, part.end)) for part in parts]
    told = sum(number for number, part in zip(words, parts, strict=True) if part.voice == "narrator")
    narrated = told >= _FRAGMENT and 2 * told > sum(words)
    return [replace(part, states=part.states if part.voice == "quoted" else narrated) for part in parts]
