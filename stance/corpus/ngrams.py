"""The words and n-grams of many texts at once, as 64-bit keys.

Counting n-grams is what the baselines and the search for near-duplicates spend their time on. A Python loop over strings takes minutes
for a corpus; here the texts are one array of code points, and an n-gram is the hash of its characters, read from prefix sums. Two
different n-grams share a key with a chance of about 2^-59, so a vocabulary of two million is exact for all practical purposes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["CHARACTERS_AT_ONCE", "Grams", "Words", "char_ngrams", "chunks", "word_ngrams", "words"]

Keys: TypeAlias = npt.NDArray[np.uint64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

CHARACTERS_AT_ONCE = 1_000_000
"""Characters a chunk of texts holds, so that memory stays near 100 MB however large the corpus is."""

CLAUSE_MARKS = ".,;:!?\n"
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64
_INVERSE = pow(_BASE, -1, 2**64)


@dataclass(frozen=True, slots=True)
class Grams:
    """N-grams of a table of texts.

    Attributes:
        rows: shape (n-grams,); the text in which the n-gram stands, by position.
        keys: shape (n-grams,); its hash. Equal n-grams have equal keys, in every text, run and machine.
    """

    rows: Ints
    keys: Keys


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a table of texts, in reading order.

    Attributes:
        rows: shape (words,); the text in which the word stands, by position.
        clauses: shape (words,); number of the stretch between two punctuation marks, counted through all texts.
        keys: shape (words,); hash of the lower-cased word.
    """

    rows: Ints
    clauses: Ints
    keys: Keys

    def joined(self, size: int) -> Grams:
        """Return, for the words that have ``size - 1`` words after them in all, the n-gram they open; its row is -1 past a text's end."""
        rows, keys = _joined(self.rows, self.keys, size)
        return Grams(rows=rows, keys=keys)


@dataclass(frozen=True, slots=True)
class _Characters:
    """Lower-cased texts, each closed by a line feed, as one row of characters."""

    codes: npt.NDArray[np.uint32]
    rows: Ints
    prefixes: Keys  # shape (characters + 1,); hash of all that stands before
    inverses: Keys  # shape (characters + 1,); what moves the hash of a stretch to position 0

    def belongs(self, test: str) -> Bools:
        """Return which characters pass the string method ``test``, or stand in ``test``."""
        counts = np.bincount(self.codes)
        present = np.flatnonzero(counts)
        method = getattr(str, test, None)
        table = np.zeros(len(counts), dtype=bool)
        table[present] = [bool(method(chr(code))) if method else chr(code) in test for code in present]
        return table[self.codes]

    def hashes(self, starts: Ints, ends: Ints) -> Keys:
        """Return the hash of each stretch from ``starts`` to before ``ends``."""
        return _mixed((self.prefixes[ends] - self.prefixes[starts]) * self.inverses[starts])


def chunks(texts: Sequence[str], *, characters: int = CHARACTERS_AT_ONCE) -> Iterator[slice]:
    """Yield slices of ``texts`` that hold about ``characters`` characters each (a longer text stands alone).

    >>> [texts.stop for texts in chunks(["Ja", "Nee", "Misschien wel"], characters=5)]
    [2, 3]
    """
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    start = 0
    while start < len(texts):
        seen = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, seen + characters, side="right")))
        yield slice(start, stop)
        start = stop


def words(texts: Sequence[str]) -> Words:
    """Return the words of ``texts``: runs of letters, digits and underscores, lower-cased.

    >>> found = words(["De trein, de bus", "Trein"])
    >>> found.rows.tolist(), found.clauses.tolist()
    ([0, 0, 0, 0, 1], [0, 0, 1, 1, 2])
    >>> bool(found.keys[1] == found.keys[4])
    True
    """
    characters = _characters(texts)
    starts, ends = _runs(_in_word(characters))
    clauses = np.cumsum(characters.belongs(CLAUSE_MARKS), dtype=np.int64)
    return Words(rows=characters.rows[starts], clauses=clauses[starts], keys=characters.hashes(starts, ends))


def word_ngrams(texts: Sequence[str], size: int, *, shortest: int = 1) -> Grams:
    """Return the n-grams of ``size`` words in a row, over words of at least ``shortest`` characters.

    With ``shortest=2`` they are those of scikit-learn's ``TfidfVectorizer``.

    >>> word_ngrams(["Rutte wint", "Wint Rutte weer"], 2).rows.tolist()
    [0, 1, 1]
    """
    characters = _characters(texts)
    starts, ends = _runs(_in_word(characters))
    long_enough = ends - starts >= shortest
    starts, ends = starts[long_enough], ends[long_enough]
    rows, keys = _joined(characters.rows[starts], characters.hashes(starts, ends), size)
    return Grams(rows=rows[rows >= 0], keys=keys[rows >= 0])


def char_ngrams(texts: Sequence[str], size: int) -> Grams:
    """Return the n-grams of ``size`` characters inside words, each word with a blank on either side.

    A word is what stands between white space, punctuation included: the ``char_wb`` analyzer of scikit-learn.

    >>> len(char_ngrams(["De bus!"], 4).keys)  # ' De ', ' bus', 'bus!', 'us! '
    4
    """
    padded = [f" {' '.join(text.split())} " if text.strip() else "" for text in texts]
    characters = _characters(padded)
    blank = characters.codes == ord(" ")
    starts = np.arange(max(len(blank) - size + 1, 0), dtype=np.int64)
    blanks = np.concatenate(([0], np.cumsum(blank)))
    # No blank inside the n-gram: it may only open or close it. The line feed between two texts may not stand in it at all.
    inside = blanks[starts + size - 1] - blanks[starts + 1] == 0
    inside &= characters.rows[starts] == characters.rows[np.minimum(starts + size, len(blank) - 1)]
    starts = starts[inside & (characters.codes[starts + size - 1] != ord("\n"))]
    return Grams(rows=characters.rows[starts], keys=characters.hashes(starts, starts + size) + np.uint64(size))


def _characters(texts: Sequence[str]) -> _Characters:
    lowered = [text.lower() for text in texts]
    codes = np.frombuffer("".join(f"{text}\n" for text in lowered).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    lengths = np.fromiter(map(len, lowered), dtype=np.int64, count=len(lowered)) + 1
    terms = _mixed(codes.astype(np.uint64)) * _powers(_BASE, len(codes))
    prefixes = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)))
    rows = np.repeat(np.arange(len(lowered), dtype=np.int64), lengths)
    return _Characters(codes=codes, rows=rows, prefixes=prefixes, inverses=_powers(_INVERSE, len(codes) + 1))


def _joined(rows: Ints, keys: Keys, size: int) -> tuple[Ints, Keys]:
    firsts = max(len(keys) - size + 1, 0)
    joined = np.full(firsts, size, dtype=np.uint64)
    for word in range(size):
        joined = _mixed(joined * np.uint64(_BASE) + keys[word : word + firsts])
    return np.where(rows[:firsts] == rows[size - 1 :][:firsts], rows[:firsts], -1), joined


def _in_word(characters: _Characters) -> Bools:
    letters: Bools = characters.belongs("isalnum")
    letters |= characters.codes == ord("_")
    return letters


def _runs(inside: Bools) -> tuple[Ints, Ints]:
    steps = np.diff(inside.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)


def _powers(base: int, count: int) -> Keys:
    factors = np.full(count, base, dtype=np.uint64)
    factors[:1] = 1
    return np.multiply.accumulate(factors, dtype=np.uint64)


def _mixed(keys: Keys) -> Keys:
    """Return keys with their bits spread (the finaliser of splitmix64: Steele, Lea & Flood 2014)."""
    keys = keys + np.uint64(_BASE)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
