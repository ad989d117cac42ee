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

__all__ = ["CHARACTERS_AT_ONCE", "Grams", "Words", "char_ngrams", "chunks", "parts", "word_ngrams", "words"]

Keys: TypeAlias = npt.NDArray[np.uint64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

CHARACTERS_AT_ONCE = 1_000_000
"""Characters a chunk of texts holds, so that memory stays near 100 MB however large the corpus is."""

CLAUSE_MARKS = ".,;:!?\n"
WHITE_SPACE = " \n\t"
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


def parts(texts: Sequence[str], *, characters: int = CHARACTERS_AT_ONCE) -> Iterator[tuple[list[str], Ints]]:
    """Yield ``texts`` in parts that hold about ``characters`` characters, each with the row of every text in it.

    A longer text is divided over parts, at white space where there is some, so that memory is bounded however long one text is.

    >>> [(part, rows.tolist()) for part, rows in parts(["Ja", "Nee", "Misschien wel"], characters=10)]
    [(['Ja', 'Nee'], [0, 1]), (['Misschien'], [2]), (['wel'], [2])]
    """
    for chunk in chunks(texts, characters=characters):
        rows = np.arange(chunk.start, chunk.stop)
        for part in [texts[chunk]] if len(rows) > 1 else [[piece] for piece in _divided(texts[chunk.start], characters)]:
            yield list(part), rows


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


def word_ngrams(texts: Sequence[str], sizes: Sequence[int], *, shortest: int = 1) -> Iterator[Grams]:
    """Yield, for each of ``sizes``, the n-grams of that many words in a row, over words of at least ``shortest`` characters.

    With ``shortest=2`` they are those of scikit-learn's ``TfidfVectorizer``.

    >>> [found.rows.tolist() for found in word_ngrams(["Rutte wint", "Wint Rutte weer"], (1, 2))]
    [[0, 0, 1, 1, 1], [0, 1, 1]]
    """
    found = [_long_words(part, rows, shortest) for part, rows in parts(texts)]
    word_rows = np.concatenate([np.empty(0, np.int64), *(part.rows for part in found)])
    word_keys = np.concatenate([np.empty(0, np.uint64), *(part.keys for part in found)])
    for size in sizes:
        rows, keys = _joined(word_rows, word_keys, size)
        yield Grams(rows=rows[rows >= 0], keys=keys[rows >= 0])


def char_ngrams(texts: Sequence[str], sizes: Sequence[int]) -> Iterator[Grams]:
    """Yield, for each of ``sizes`` (ascending, from 2), the n-grams of that many characters inside words, a blank on either side of a word.

    A word is what stands between white space, punctuation included: the ``char_wb`` analyzer of scikit-learn.

    >>> [len(found.keys) for found in char_ngrams(["De bus!"], (2, 4))]  # ' D', 'De', 'e ', ...; ' De ', ' bus', 'bus!', 'us! '
    [8, 4]
    """
    codes, rows = _lowered([f" {' '.join(text.split())} " if text.strip() else "" for text in texts])
    terms = _mixed(codes.astype(np.uint64))
    # No blank inside the n-gram: it may only open or close it. The line feed between two texts may not stand in it at all.
    closing = codes != ord("\n")
    middle = closing & (codes != ord(" "))
    hashes, opening = terms, closing
    for size in range(2, max(sizes) + 1):
        # From the n-gram that is one shorter: its last character now stands inside, and the next one closes the n-gram.
        count = max(len(codes) - size + 1, 0)
        hashes = hashes[:count] + terms[size - 1 :] * np.uint64(pow(_BASE, size - 1, 2**64))
        opening = opening[:count] & middle[size - 2 :][:count] if size > 2 else opening[:count]
        if size in sizes:
            inside = opening & closing[size - 1 :]
            yield Grams(rows=rows[:count][inside], keys=_mixed(hashes[inside]) + np.uint64(size))


def _long_words(texts: Sequence[str], rows: Ints, shortest: int) -> Grams:
    """Return the words of at least ``shortest`` characters in ``texts``, which stand in these rows."""
    characters = _characters(texts)
    starts, ends = _runs(_in_word(characters))
    long_enough = ends - starts >= shortest
    starts, ends = starts[long_enough], ends[long_enough]
    return Grams(rows=rows[characters.rows[starts]], keys=characters.hashes(starts, ends))


def _divided(text: str, characters: int) -> Iterator[str]:
    """Yield ``text`` in stretches of at most ``characters``, without the white space between them."""
    start = 0
    while len(text) - start > characters:
        space = max(text.rfind(mark, start, start + characters + 1) for mark in WHITE_SPACE)
        found = space >= start
        end = space if found else start + characters
        yield text[start:end]
        start = end + found
    yield text[start:]


def _lowered(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], Ints]:
    """Return the characters of the lower-cased texts, each text closed by a line feed, and the text each one stands in."""
    lowered = [text.lower() for text in texts]
    codes = np.frombuffer("".join(f"{text}\n" for text in lowered).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    lengths = np.fromiter(map(len, lowered), dtype=np.int64, count=len(lowered)) + 1
    return codes, np.repeat(np.arange(len(lowered), dtype=np.int64), lengths)


def _characters(texts: Sequence[str]) -> _Characters:
    codes, rows = _lowered(texts)
    terms = _mixed(codes.astype(np.uint64)) * _powers(_BASE, len(codes))
    prefixes = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)))
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
