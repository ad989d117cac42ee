"""From a unit to the token windows an encoder can see: cut at sentence borders, overlapping, the target beside the text.

A unit's first text is its holder and target (``holder # target``); the article is the second text of the pair, so that any plain checkpoint
trained on text pairs can be used. A unit without a target is a single text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from tokenizers import Tokenizer

from stance.dutch.sentences import sentence_spans
from stance.errors import ModelError

__all__ = ["WindowCutter", "WindowPolicy", "Windows", "first_texts"]

IntArray = npt.NDArray[np.int64]

# A piece is what is tokenised at once; a "sentence" without an end (a table, a dump) is cut, so that memory and time stay linear.
PIECE_CHARACTERS = 4_000
# Tokens of running text stand for fewer characters than this on average (Dutch: four to five), so a longer text will not fit in one window
# and is cut at once, which saves tokenising it twice; should it fit after all, its pieces make one window.
CHARACTERS_PER_TOKEN = 6
# What a tokenizer says of a text takes many times the memory of its ids, so the pieces of a long text go through it in groups.
PIECES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class WindowPolicy:
    """How a unit is cut and put together again.

    Attributes:
        length: tokens a window may hold, special tokens and target included.
        overlap: sentences a window repeats of the one before it.
        pooling: how the probabilities of windows become those of the unit: by their number of tokens, or each window alike.
        scope: what is read of a unit with a target: windows that name it (all, where none does), all windows, or the sentences about it and
            their neighbours (`stance.dutch.passages`), as one passage.
        passage: characters that a passage holds at most.
        title: whether a unit's title stands in front of its text.
    """

    length: int = 512
    overlap: int = 1
    pooling: Literal["tokens", "mean"] = "tokens"
    scope: Literal["target", "all", "passage"] = "target"
    passage: int = 1_000
    title: bool = False

    def __post_init__(self) -> None:
        if self.length < 16:
            raise ModelError(f"A window of {self.length} tokens is too short: at least 16 are needed.")
        if self.overlap not in (0, 1):
            raise ModelError(f"Windows may overlap by 0 or 1 sentences, not by {self.overlap}.")


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of a table of units, unit by unit in input order.

    Attributes:
        ids: token ids of each window, special tokens included.
        second: shape (windows,); position at which the second text of a pair starts, 0 for a single text.
        unit: shape (windows,); row of the unit a window belongs to.
        tokens: shape (windows,); tokens of the unit's own text in the window: its weight in pooling.
        repeated: shape (windows,); how many of these stand in the window before it too.
        spans: shape (windows, 2); where the window's text starts and ends in the unit's text, in characters.
        unit_tokens: shape (units,); tokens of each unit's own text, each counted once.
    """

    ids: list[list[int]]
    second: IntArray
    unit: IntArray
    tokens: IntArray
    repeated: IntArray
    spans: IntArray
    unit_tokens: IntArray

    @property
    def lengths(self) -> IntArray:
        """Tokens of each window, special tokens included."""
        return np.fromiter(map(len, self.ids), dtype=np.int64, count=len(self.ids))

    def keep(self, chosen: npt.NDArray[np.bool_]) -> Windows:
        """Return only the chosen windows, of shape (windows,); the units stay the same."""
        ids = [window for window, wanted in zip(self.ids, chosen, strict=True) if wanted]
        repeated = self.repeated * np.append(False, chosen)[:-1]  # of a window that is left out nothing is repeated
        return Windows(
            ids, self.second[chosen], self.unit[chosen], self.tokens[chosen], repeated[chosen], self.spans[chosen], self.unit_tokens
        )


@dataclass(frozen=True, slots=True)
class _Layout:
    """The special tokens around one text, or around the two of a pair."""

    before: list[int]
    between: list[int]
    after: list[int]

    @property
    def size(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)

    @classmethod
    def of(cls, tokenizer: Tokenizer, *, pair: bool) -> _Layout:
        """Read the layout off a probe, so that no tokenizer's special ids are written here."""
        probe = tokenizer.encode("a", "a") if pair else tokenizer.encode("a")
        before: list[int] = []
        between: list[int] = []
        after: list[int] = []
        seen: set[int] = set()
        texts = 2 if pair else 1
        for token, text in zip(probe.ids, probe.sequence_ids, strict=True):
            if text is not None:
                seen.add(text)
            elif not seen:
                before.append(token)
            elif len(seen) < texts:
                between.append(token)
            else:
                after.append(token)
        return cls(before, between, after)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around a unit's text in each of its windows."""

    before: list[int]
    after: list[int]
    second: int

    @property
    def size(self) -> int:
        return len(self.before) + len(self.after)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of text that is never divided over windows (unless it alone exceeds one): a sentence, or a slice of a long one."""

    ids: list[int]
    start: int
    end: int


@dataclass(slots=True)
class _Collector:
    """Gathers windows while units are walked through."""

    ids: list[list[int]] = field(default_factory=list)
    second: list[int] = field(default_factory=list)
    unit: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    unit_tokens: list[int] = field(default_factory=list)

    def add(self, body: list[int], span: tuple[int, int], frame: _Frame, *, repeated: int = 0) -> None:
        """Add one window of the unit that is being walked through; it begins with ``repeated`` tokens of the one before it."""
        self.ids.append(frame.before + body + frame.after)
        self.second.append(frame.second)
        self.unit.append(len(self.unit_tokens))
        self.tokens.append(max(len(body), 1))
        self.repeated.append(repeated)
        self.spans.append(span)

    def close_unit(self, tokens: int) -> None:
        """End the unit that is being walked through; it has ``tokens`` tokens of its own."""
        self.unit_tokens.append(max(tokens, 1))

    def finish(self) -> Windows:
        """Return what was gathered."""
        second, unit, tokens, repeated, unit_tokens = (
            np.asarray(values, dtype=np.int64) for values in (self.second, self.unit, self.tokens, self.repeated, self.unit_tokens)
        )
        spans = np.asarray(self.spans, dtype=np.int64).reshape(-1, 2)
        return Windows(self.ids, second, unit, tokens, repeated, spans, unit_tokens)


class WindowCutter:
    """Cuts units into windows with one tokenizer and one policy."""

    def __init__(self, tokenizer: Tokenizer, policy: WindowPolicy) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.tokenizer = tokenizer
        self.policy = policy
        self._single = _Layout.of(tokenizer, pair=False)
        self._pair = _Layout.of(tokenizer, pair=True)

    def cut(self, texts: Sequence[str], firsts: Sequence[str | None]) -> Windows:
        """Return the windows of ``texts``, each beside its first text (``None`` for a single text)."""
        collector = _Collector()
        whole = self._encode_short(texts)
        for row, (text, frame) in enumerate(zip(texts, self._frames(firsts), strict=True)):
            budget = self.policy.length - frame.size
            ids = whole.get(row)
            if ids is not None and len(ids) <= budget:
                collector.add(ids, (0, len(text)), frame)
                collector.close_unit(len(ids))
            else:
                pieces = list(self._pieces(text, budget))
                sizes = [len(piece.ids) for piece in pieces]
                seen = 0
                for run in _pack(sizes, budget, overlap=self.policy.overlap):
                    body = [token for piece in pieces[run] for token in piece.ids]
                    span = (pieces[run][0].start, pieces[run][-1].end)
                    collector.add(body, span, frame, repeated=sum(sizes[run.start : seen]))
                    seen = run.stop
                collector.close_unit(sum(sizes))
        return collector.finish()

    def _encode_short(self, texts: Sequence[str]) -> dict[int, list[int]]:
        """Return the token ids of every text that may fit in one window, by its row."""
        rows = [row for row, text in enumerate(texts) if len(text) <= CHARACTERS_PER_TOKEN * self.policy.length]
        encodings = self.tokenizer.encode_batch_fast([texts[row] for row in rows], add_special_tokens=False)
        return {row: encoding.ids for row, encoding in zip(rows, encodings, strict=True)}

    def _frames(self, firsts: Sequence[str | None]) -> list[_Frame]:
        """Return what stands around the text in each unit's windows; a first text takes at most half a window."""
        single = _Frame(self._single.before, self._single.after, 0)
        named = [first for first in dict.fromkeys(firsts) if first is not None]
        longest = max(self.policy.length // 2 - self._pair.size, 1)
        by_first: dict[str, _Frame] = {}
        for first, encoding in zip(named, self.tokenizer.encode_batch_fast(named, add_special_tokens=False), strict=True):
            before = self._pair.before + encoding.ids[:longest] + self._pair.between
            by_first[first] = _Frame(before, self._pair.after, len(before))
        return [single if first is None else by_first[first] for first in firsts]

    def _pieces(self, text: str, budget: int) -> Iterator[_Piece]:
        """Yield the sentences of ``text`` as tokens, none longer than ``budget``.

        Every piece but the first starts with the space before it, as it would inside the running text.
        """
        spans = [part for span in sentence_spans(text) for part in _slices(text, *span)]
        for first in range(0, len(spans), PIECES_AT_ONCE):
            group = spans[first : first + PIECES_AT_ONCE]
            encodings = self.tokenizer.encode_batch_fast([text[start:end] for start, end in group], add_special_tokens=False)
            for encoding, (start, end) in zip(encodings, group, strict=True):
                ids = encoding.ids
                for cut in range(0, max(len(ids), 1), budget):  # a slice may hold nothing the tokenizer knows: a piece all the same
                    yield _Piece(ids[cut : cut + budget], start, end)


def first_texts(units: pd.DataFrame) -> list[str | None]:
    """Return the first text of each unit's pair: ``holder # target``, the target alone, or ``None`` where it has none.

    >>> first_texts(pd.DataFrame({"target": ["het klimaat", None], "holder": ["D66", None]}))
    ['D66 # het klimaat', None]
    """
    targets = units["target"] if "target" in units else pd.Series([None] * len(units), dtype=object)
    holders = units["holder"] if "holder" in units else pd.Series([None] * len(units), dtype=object)
    firsts: list[str | None] = []
    for target, holder in zip(targets.astype(object), holders.astype(object), strict=True):
        parts = [part for part in (holder, target) if isinstance(part, str)]
        firsts.append(" # ".join(parts) if isinstance(target, str) else None)
    return firsts


def _slices(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield ``(start, end)`` in slices of at most ``PIECE_CHARACTERS``, cut at a space where there is one, the space leading."""
    while start > 0 and text[start - 1] == " ":
        start -= 1
    while end > start + 1 and text[end - 1] == " ":
        end -= 1
    while end - start > PIECE_CHARACTERS:
        space = text.rfind(" ", start + 1, start + PIECE_CHARACTERS)
        cut = space if space > start else start + PIECE_CHARACTERS
        yield start, cut
        start = cut
    yield start, end


def _pack(sizes: Sequence[int], budget: int, *, overlap: int) -> Iterator[slice]:
    """Yield runs of neighbouring pieces that fit in ``budget`` together, each repeating the last piece of the one before if that fits.

    >>> list(_pack([40, 40, 40, 40], 100, overlap=1))
    [slice(0, 2, None), slice(1, 3, None), slice(2, 4, None)]
    >>> list(_pack([40, 90, 40], 100, overlap=1))
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)]
    """
    start, total = 0, 0
    for index, size in enumerate(sizes):
        if total + size > budget and index > start:
            yield slice(start, index)
            repeats = overlap == 1 and sizes[index - 1] + size <= budget and index - 1 > start
            start = index - 1 if repeats else index
            total = sizes[start] if repeats else 0
        total += size
    if sizes:
        yield slice(start, len(sizes))
