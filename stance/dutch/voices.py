"""Who says what: an article cut into the narrator's words and the words of quoted sources.

Direct quotes are the stretches between quotation marks that are somebody's words: a whole sentence, a stretch tied to a speech verb, *volgens* or *aldus*, or a
longer part of a sentence. Titles, single words and scare quotes stay with the narrator. Indirect speech (*volgens X ...*, *..., zegt X*, *X vindt dat ...*) counts
as quoted too, with its own kind, so that a study may take it either way. ``tests/dutch/test_voices.py`` holds the figures against quotes read by hand.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from stance.dutch.attribution import is_title, source_after, source_before, subject
from stance.dutch.names import Names, opening_name
from stance.dutch.outlets import told_to
from stance.dutch.quotes import dialogue_lines, quoted_stretches
from stance.dutch.reported import by_clauses, by_indirect, denies, leading_in, speaker_beside
from stance.dutch.sentences import sentence_spans

__all__ = ["Kind", "Voice", "VoiceSpan", "voice_spans"]

Voice = Literal["narrator", "quoted"]
Kind = Literal["narration", "direct", "indirect", "headline"]

_MARKS = "\"'“”„‘’‚«», "
_DOUBLE = ('"', "“", "”", "„", "«", ",,", "''")
_HEADLINE = 150  # characters: a longer first line is no headline
_REACH = 600  # characters around a quote and into a sentence that are searched for who speaks; keeps a text without full stops linear
_QUOTING_HEADLINE = re.compile(r"(?P<source>[^:\n\"'“‘„]{2,60}): (?=[^\n]{4})")
_TURN = re.compile(r"[,?!.]\s+(?=[a-z]+\s)")


@dataclass(frozen=True, slots=True)
class VoiceSpan:
    """A stretch ``text[start:end]`` said by one voice; ``source`` is the quoted source as the article names it, None where it does not.

    ``kind`` is narration, direct (between quotation marks), indirect (reported without them) or headline (a headline that quotes). ``outlet`` is the medium
    the source spoke to (*tegen RTL Nieuws*), where the article says so beside one of its quotes. ``denied`` is whether the source denies, or does not say, what
    is reported (*ontkent dat ...*, *zegt niet dat ...*); the span then holds that verb too.
    """

    start: int
    end: int
    voice: Voice
    source: str | None
    kind: Kind
    outlet: str | None = None
    denied: bool = False


def voice_spans(text: str) -> list[VoiceSpan]:
    """Return the voices of ``text``: spans that cover it exactly once, in order, white space with the span before it.

    >>> text = '"Dit plan deugt niet", zegt wethouder Els Bos. Volgens haar is het te duur. De raad stemt morgen.'
    >>> [(text[span.start : span.end], span.source) for span in voice_spans(text)]
    [('"Dit plan deugt niet"', 'Els Bos'), (', zegt wethouder Els Bos. ', None), ('Volgens haar is het te duur. ', 'Els Bos'), ('De raad stemt morgen.', None)]
    """
    return list(_covering(text, _with_outlets(_Reader(text).quoted())))


def _with_outlets(quoted: list[VoiceSpan]) -> list[VoiceSpan]:
    """Return the spans with the first outlet of a source at all its quotes."""
    outlets = {span.source: span.outlet for span in reversed(quoted) if span.source and span.outlet}
    return [replace(span, outlet=outlets[span.source]) if span.source in outlets else span for span in quoted]


def _covering(text: str, quoted: list[VoiceSpan]) -> Iterator[VoiceSpan]:
    """Yield ``quoted`` with the narrator between, white space moved to the span before."""
    start = 0
    for span, following in zip([None, *quoted], [*(span.start for span in quoted), len(text)], strict=True):
        if span is not None:
            start = following if not text[span.end : following].strip() else span.end + _blank(text, span.end, following)
            yield replace(span, end=start)
        if start < following:
            yield VoiceSpan(start, following, "narrator", None, "narration")
            start = following


def _blank(text: str, start: int, end: int) -> int:
    gap = text[start:end]
    return len(gap) - len(gap.lstrip())


class _Reader:
    """One pass over an article that remembers who spoke or was named last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names = Names.of(text)
        self.sentences = sentence_spans(text)
        self.starts = [start for start, _ in self.sentences]
        self.last: str | None = None
        self.broken: tuple[int, str | None] = (-1, None)  # the sentence of the last quote with a speaker behind it, and that speaker
        self.headline = _headline_end(text)

    def quoted(self) -> list[VoiceSpan]:
        """Return the quoted spans in order; marks that enclose no speech are left out."""
        spans: list[VoiceSpan] = []
        stretches = _with_dialogue(self.text)
        place, done = 0, 0
        for start, end in self.sentences:
            inside = []
            while place < len(stretches) and stretches[place][0] < end:
                inside.append(stretches[place])
                place += 1
            direct = [span for stretch in inside if (span := self._direct(stretch)) is not None]
            for gap_start, gap_end in _gaps(max(start, done), end, direct):
                quote = next((span for span in direct if span.start == gap_end), None)
                spans.extend(self._indirect(gap_start, gap_end, start, bool(direct)) or self._leading_in(gap_start, quote))
            spans.extend(direct)
            done = max([done, *(span.end for span in direct)])
        return sorted(spans, key=lambda span: span.start)

    def _direct(self, stretch: tuple[int, int]) -> VoiceSpan | None:
        start, end = stretch
        sentence_start, _ = self._sentence(start)
        _, sentence_end = self._sentence(end - 1)
        lead = self.text[max(sentence_start, start - _REACH) : start].strip()
        after = source_after(self.text, end, sentence_end, any_verb=not lead.strip(_MARKS))
        if not self._is_speech(start, end, lead, after is not None):
            return None
        outside = lead + " " + self.text[end : min(sentence_end, end + _REACH)]
        broken = self.broken[0] == sentence_start and not after and speaker_beside(lead) is None
        goes_on = broken and self.text[start:end].strip(_MARKS)[:1].islower()
        source = self.broken[1] if goes_on else self.names.resolve(after or self._named_beside(lead, outside[len(lead) :]), self.last)
        self.last = source or self.last
        if after:
            self.broken = (sentence_start, source)
        return VoiceSpan(start, end, "quoted", source, "headline" if end <= self.headline else "direct", told_to(outside))

    def _named_beside(self, lead: str, after: str) -> str | None:
        """Return the speaker named in the sentence around a quote, or else None: then whoever spoke last goes on."""
        if lead.endswith(":"):
            return source_before(lead) or self.names.first_in(lead) or "hij"
        if not lead.strip(_MARKS):
            return "hij"  # no one named beside it: the speaker so far
        if beside := speaker_beside(lead, after):
            return beside
        reported = by_indirect(lead + after)
        return reported[1] if reported else source_before(lead) or self.names.first_in(lead) or "hij"

    def _is_speech(self, start: int, end: int, lead: str, attributed: bool) -> bool:
        inner = self.text[start:end].strip(_MARKS)
        words = len(inner.split())
        ended = inner.endswith((".", "!", "?", "…"))
        comma = "," in self.text[end - 2 : end + 1]
        if words < 2:
            said = (attributed and (ended or comma)) or (ended and lead.endswith(":") and source_before(lead) is not None)
            return words == 1 and inner[0].isupper() and said
        if attributed:
            return ended or comma or not is_title(self.text, start)
        if is_title(self.text, start) and not (ended and lead.endswith(":")):
            return False
        if lead.endswith(":") and inner[0].isupper():
            return True
        if not lead.strip(_MARKS) or ended:
            return ended or words > 4
        if by_indirect(lead + " " + self.text[end : end + 80]) or (source_before(lead) is not None and not inner[0].isupper()):
            return True
        return words > 2 and (inner[0].islower() or self.text.startswith(_DOUBLE, start))

    def _indirect(self, start: int, end: int, sentence: int, beside_quote: bool) -> list[VoiceSpan]:
        """Return the reported speech in a narrator's stretch, and remember whom it names."""
        stretch = self.text[start : min(end, start + _REACH)]
        if start < self.headline and start == sentence and (match := _QUOTING_HEADLINE.match(stretch)):
            return [VoiceSpan(start + match.end(), self.headline, "quoted", self.names.resolve(subject(match["source"]), None), "headline")]
        if beside_quote and "olgens" not in stretch:
            return []
        if found := by_clauses(stretch):
            return [span for one in found if (span := self._reported(stretch, start, end, one))]
        if not beside_quote:
            self.last = self.names.first_in(stretch) or self.last or opening_name(stretch)
        return []

    def _leading_in(self, start: int, quote: VoiceSpan | None) -> list[VoiceSpan]:
        """Return the reported words from ``start`` that lead into a part quote of the same source: (*zei*) *dat het plan* (“een ramp” *is*)."""
        found = leading_in(self.text[start : quote.start]) if quote and quote.start - start < _REACH else None
        if quote is None or found is None or self.names.resolve(found[1], quote.source) != quote.source:
            return []
        return [
            replace(
                quote, start=start + found[0], end=quote.start, kind="indirect", denied=denies(self.text[start + found[0] : quote.start])
            )
        ]

    def _reported(self, stretch: str, start: int, end: int, found: tuple[int, int, str]) -> VoiceSpan | None:
        """Return the span of one clause of reported speech in the narrator's ``stretch``; None where it is nobody's (*zegt men*)."""
        begin, stop, source = found
        if source.lower() == "men":
            return None
        opening = self.names.resolve(subject(stretch[:begin] or stretch), self.last)
        self.last = resolved = self.names.resolve(source, opening)
        stop = end if stop == len(stretch) else start + stop
        denied = denies(self.text[start + begin : stop])
        return VoiceSpan(start + begin, start + len(self.text[start:stop].rstrip()), "quoted", resolved, "indirect", denied=denied)

    def _sentence(self, offset: int) -> tuple[int, int]:
        return self.sentences[bisect_right(self.starts, offset) - 1]


def _gaps(start: int, end: int, spans: list[VoiceSpan]) -> Iterator[tuple[int, int]]:
    for span in spans:
        if start < span.start:
            yield start, span.start
        start = max(start, span.end)
    if start < end:
        yield start, end


def _headline_end(text: str) -> int:
    first = text.find("\n")
    return first if 0 < first <= _HEADLINE and not text[:first].rstrip().endswith(".") else 0


def _with_dialogue(text: str) -> list[tuple[int, int]]:
    """Return the stretches between marks and the turns after a dialogue dash, where such a line holds no marks."""
    stretches = quoted_stretches(text)
    starts = [start for start, _ in stretches]
    for start, end in dialogue_lines(text):
        place = bisect_right(starts, start)
        free = (place == len(starts) or starts[place] >= end) and (place == 0 or stretches[place - 1][1] <= start)
        turn = next((mark.start() + 1 for mark in _TURN.finditer(text, start, end) if source_after(text, mark.start() + 1, end)), None)
        if free and (turn or text[start:end].rstrip().endswith(("?", "!"))):
            stretches.append((start, turn or end))
    return sorted(stretches)
