"""The TF-IDF baseline, ready to score: which n-grams it knows, and one weight for each n-gram and label.

Scoring needs numpy and pandas alone. The n-grams and their numbers are those of scikit-learn's ``TfidfVectorizer`` (sublinear, L2, one for words
and one for characters), which the tests compare; they are kept as 64-bit keys, so that the saved form is small and opens at once.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.corpus.ngrams import Grams, char_ngrams, chunks, parts, word_ngrams
from stance.errors import ModelError
from stance.model.scoring import Scores
from stance.model.session import softmax
from stance.model.windows import first_texts
from stance.progress import Done, silent

__all__ = ["Cells", "TfidfScorer", "Vocabulary", "scored_texts", "whole_units"]

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Kind: TypeAlias = Literal["word", "char"]

SIZES: dict[Kind, tuple[int, ...]] = {"word": (1, 2), "char": (2, 3, 4, 5, 6)}
FILE = "tfidf.npz"
SCORED_AT_ONCE = 100_000  # characters: their n-grams stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Cells:
    """The filled cells of a table of units by n-grams: tf-idf ``values`` at ``rows`` and ``columns``, all of shape (cells,)."""

    rows: Ints
    columns: Ints
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The n-grams of the training units, in the order of their keys.

    Attributes:
        kind: n-grams of 1 to 2 words (of two characters or more), or of 2 to 6 characters inside words.
        keys: shape (n-grams,); ascending.
        frequencies: shape (n-grams,); number of training units that hold the n-gram.
        units: number of training units.
        rarity: shape (n-grams,); smoothed inverse frequency, ``ln((1 + units) / (1 + frequency)) + 1``.
    """

    kind: Kind
    keys: npt.NDArray[np.uint64]
    frequencies: npt.NDArray[np.int32]
    units: int
    rarity: Floats = field(init=False, repr=False)
    _places: pd.Index = field(init=False, repr=False)

    def __post_init__(self) -> None:
        places = pd.Index(self.keys)
        places.get_indexer(places[:1])  # makes its hash table: here and once, for threads share a vocabulary
        object.__setattr__(self, "_places", places)
        object.__setattr__(self, "rarity", np.log((1 + self.units) / (1.0 + self.frequencies)) + 1)

    @classmethod
    def from_texts(cls, texts: Sequence[str], *, kind: Kind, min_units: int) -> Vocabulary:
        """Return the n-grams that stand in at least ``min_units`` of ``texts``."""
        counted = [_units_per_key(grams) for part in chunks(texts) for grams in _ngrams(texts[part], kind)]
        keys, places = np.unique(np.concatenate([part.keys for part in counted]), return_inverse=True)
        units = np.bincount(places, weights=np.concatenate([part.rows for part in counted]), minlength=len(keys))
        kept = units >= min_units
        return cls(kind=kind, keys=keys[kept], frequencies=units[kept].astype(np.int32), units=len(texts))

    def cells(self, texts: Sequence[str]) -> Cells:
        """Return the tf-idf of the known n-grams in ``texts``: ``(1 + ln count) * rarity``, each text scaled to length 1."""
        # N-grams of characters are counted part by part, so that a text of 20 MB fits in memory.
        divided = parts(texts) if self.kind == "char" and len(texts) else [(texts, np.arange(len(texts)))]
        counted = [self._counted(part, rows) for part, rows in divided]
        cells, counts = counted[0] if len(counted) == 1 else _summed(*map(np.concatenate, zip(*counted, strict=True)))
        rows, columns = np.divmod(cells, max(len(self.keys), 1))
        values = (1 + np.log(counts)) * self.rarity[columns]
        lengths = np.sqrt(np.bincount(rows, weights=values**2, minlength=len(texts)))
        return Cells(rows=rows, columns=columns, values=values / lengths[rows])

    def _counted(self, texts: Sequence[str], rows: Ints) -> tuple[Ints, Ints]:
        """Return the cells of the known n-grams in ``texts``, numbered row by row, and how often each stands there."""
        cells = []
        for grams in _ngrams(texts, self.kind):
            places = self._places.get_indexer(pd.Index(grams.keys))
            known = places >= 0
            cells.append(rows[grams.rows[known]] * len(self.keys) + places[known])
        return _summed(np.concatenate(cells))


@dataclass(frozen=True, slots=True, eq=False)
class TfidfScorer:
    """A linear model over word and character n-grams.

    The highest decision is the label; probabilities are ``softmax(scale * decisions)``, with a scale that cross-validated decisions gave.

    Attributes:
        labels: the labels, in the order of the codebook.
        words: the word n-grams; their weights come first.
        characters: the character n-grams.
        weights: shape (n-grams, labels).
        intercepts: shape (labels,); minus infinity for a label that no training unit had.
        scale: 1 / temperature.
    """

    labels: tuple[str, ...]
    words: Vocabulary
    characters: Vocabulary
    weights: npt.NDArray[np.float32]
    intercepts: Floats
    scale: float

    def score(self, units: pd.DataFrame, on_done: Done = silent) -> Scores:
        """Return the scores of ``units``, one row each, in input order; the whole unit is seen at once."""
        return whole_units(softmax(self.scale * self.decisions(scored_texts(units), on_done)))

    def decisions(self, texts: Sequence[str], on_done: Done = silent) -> Floats:
        """Return the distances from each label's border, shape (texts, labels)."""
        found = []
        for part in chunks(texts, characters=SCORED_AT_ONCE):
            found.append(self._decisions(texts[part]))
            on_done(len(found[-1]))
        return np.concatenate([np.empty((0, len(self.labels))), *found])

    def _decisions(self, texts: Sequence[str]) -> Floats:
        sums = np.tile(self.intercepts, (len(texts), 1))
        known = len(self.words.keys)
        for vocabulary, weights in ((self.words, self.weights[:known]), (self.characters, self.weights[known:])):
            cells = vocabulary.cells(texts)
            products = cells.values * weights[cells.columns].T  # shape (labels, cells)
            sums += np.stack([np.bincount(cells.rows, weights=label, minlength=len(texts)) for label in products], axis=1)
        return sums

    def save(self, folder: Path) -> None:
        """Write ``tfidf.npz`` into ``folder``: numbers only, nothing pickled."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            folder / FILE,
            word_keys=self.words.keys,
            word_frequencies=self.words.frequencies,
            char_keys=self.characters.keys,
            char_frequencies=self.characters.frequencies,
            units=np.array(self.words.units),
            weights=self.weights,
            intercepts=self.intercepts,
            scale=np.array(self.scale),
        )

    @classmethod
    def load(cls, folder: Path, labels: Sequence[str]) -> TfidfScorer:
        """Return the scorer that ``save`` wrote into ``folder``, for ``labels`` in their order."""
        try:
            with np.load(folder / FILE, allow_pickle=False) as file:
                return cls(
                    labels=tuple(labels),
                    words=Vocabulary("word", file["word_keys"], file["word_frequencies"], int(file["units"])),
                    characters=Vocabulary("char", file["char_keys"], file["char_frequencies"], int(file["units"])),
                    weights=file["weights"],
                    intercepts=file["intercepts"],
                    scale=float(file["scale"]),
                )
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ModelError(f"{folder / FILE} is missing or is not a TF-IDF model ({error}); save the model again.") from error


def scored_texts(units: pd.DataFrame) -> list[str]:
    """Return what is scored of each unit: its text, with the first text of an encoder's pair (``holder # target``) in front.

    >>> scored_texts(pd.DataFrame({"text": ["Meer bomen."], "target": ["natuur"], "holder": [None]}))
    ['natuur # Meer bomen.']
    """
    return [text if first is None else f"{first} # {text}" for first, text in zip(first_texts(units), units["text"], strict=True)]


def whole_units(probabilities: Floats) -> Scores:
    """Return ``probabilities`` as the scores of a model that reads each unit whole, in one window."""
    units = len(probabilities)
    return Scores(
        probabilities=probabilities,
        windows=np.ones(units, dtype=np.int64),
        coverage=np.ones(units, dtype=np.float64),
        fallback=np.zeros(units, dtype=np.bool_),
    )


def _ngrams(texts: Sequence[str], kind: Kind) -> Iterator[Grams]:
    return word_ngrams(texts, SIZES[kind], shortest=2) if kind == "word" else char_ngrams(texts, SIZES[kind])


def _summed(cells: Ints, counts: Ints | None = None) -> tuple[Ints, Ints]:
    """Return each cell once, in no order, with its number or the sum of its ``counts``; hashing takes a quarter of the time of sorting."""
    places, once = pd.factorize(cells)
    return once, np.bincount(places, weights=counts, minlength=len(once))


def _units_per_key(grams: Grams) -> Grams:
    """Return each key once, with the number of texts that hold it in place of the row."""
    order = np.argsort(grams.keys, kind="stable")  # rows ascend, so they ascend within a key too
    rows, keys = grams.rows[order], grams.keys[order]
    once = np.ones(len(keys), dtype=bool)
    once[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    distinct, units = np.unique(keys[once], return_counts=True)
    return Grams(rows=units.astype(np.int64), keys=distinct)
