"""The simplest models there are: a word list with negation and intensifiers, and the label frequencies of the training units."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.corpus.ngrams import Words, chunks, words
from stance.errors import InputError, ModelError, did_you_mean
from stance.model.linear import whole_units
from stance.model.scoring import Scores
from stance.model.session import softmax
from stance.progress import Done, silent

__all__ = ["WINDOW", "LexiconScorer", "MajorityScorer", "dutch_shifters", "read_lexicon", "read_shifters"]

Floats: TypeAlias = npt.NDArray[np.float64]

WINDOW = 3
"""How many words before a word may shift its score."""

LEXICON_FILE = "lexicon.json"
MAJORITY_FILE = "majority.json"


def read_lexicon(path: Path) -> dict[str, float]:
    """Return the score of each word in a word list (``.jsonl .csv .tsv``; columns ``word`` and ``score``), lower-cased.

    A word that stands there more than once, as another part of speech or in another sense, gets the mean of its scores.
    """
    return _read_numbers(path, "score")


def read_shifters(path: Path) -> dict[str, float]:
    """Return the factor of each word that shifts the score of words after it (columns ``word`` and ``weight``), lower-cased.

    Below 0 a word negates, between 0 and 1 it weakens, above 1 it strengthens. Rows whose ``type`` is ``adversative`` (maar, echter)
    are passed over: they contrast two clauses, and shift no word.
    """
    return _read_numbers(path, "weight")


def dutch_shifters() -> dict[str, float]:
    """Return the Dutch negators and intensifiers that come with the package.

    >>> [dutch_shifters()[word] for word in ("niet", "nauwelijks", "zeer")]
    [-1.0, 0.2, 1.5]
    """
    return read_shifters(Path(str(files("stance.model").joinpath("data", "shifters_nl.csv"))))


@dataclass(frozen=True, slots=True, eq=False)
class LexiconScorer:
    """A word list that scores texts: the mean score a word, cut into three ordered labels.

    A word's score is multiplied by the shifters among the ``window`` words before it in its clause: *niet goed* counts as minus *goed*.
    Of phrases in the list (*made in Holland*) the longest counts. With score ``s`` and cuts ``t1 <= t2`` the log odds of neighbouring
    labels are ``slope * (s - t1)`` and ``slope * (s - t2)`` (adjacent-category logits; Agresti 2010, Analysis of Ordinal Categorical
    Data, section 4.1), so that the most probable label is the one on whose side of the cuts ``s`` lies.

    Attributes:
        labels: three labels in order, from low to high.
        words: score of each word or phrase, lower-cased.
        shifters: factor of each shifting word, lower-cased.
        window: how many words before a word may shift it.
        thresholds: the cuts ``t1`` and ``t2``; a score on a cut gets the lower label.
        slope: how fast the probabilities move with the score.
    """

    labels: tuple[str, ...]
    words: Mapping[str, float]
    shifters: Mapping[str, float]
    window: int = WINDOW
    thresholds: tuple[float, float] = (0.0, 0.0)
    slope: float = 1.0

    def with_cut(self, thresholds: tuple[float, float], *, slope: float) -> LexiconScorer:
        """Return the same word list with other cuts and slope."""
        return replace(self, thresholds=thresholds, slope=slope)

    def score(self, units: pd.DataFrame, on_done: Done = silent) -> Scores:
        """Return the scores of ``units``, one row each, in input order; target and holder play no part."""
        scores = self.scores(units["text"].tolist())
        on_done(len(units))
        return whole_units(self.probabilities(scores))

    def scores(self, texts: Sequence[str]) -> Floats:
        """Return the mean score a word of each text, shape (texts,); 0 for a text without words.

        >>> scorer = LexiconScorer(("negative", "neutral", "positive"), {"goed": 1.0}, {"niet": -1.0})
        >>> scorer.scores(["Goed nieuws", "Niet erg goed", "Niet duur, goed"]).round(2)
        array([ 0.5 , -0.33,  0.33])
        """
        parts = [self._scores(texts[part]) for part in chunks(texts)]
        return np.concatenate([np.empty(0), *parts])

    def _scores(self, texts: Sequence[str]) -> Floats:
        found = words(texts)
        shifted = _word_scores(found, self.words) * _factors(found, self.shifters, self.window)
        counts = np.bincount(found.rows, minlength=len(texts))
        sums = np.bincount(found.rows, weights=shifted, minlength=len(texts)).astype(np.float64)
        return sums / np.maximum(counts, 1)

    def probabilities(self, scores: Floats) -> Floats:
        """Return the probabilities of the labels at each score, shape (scores, 3)."""
        low, high = (self.slope * (scores - threshold) for threshold in self.thresholds)
        return softmax(np.stack([np.zeros_like(scores), low, low + high], axis=1))

    def save(self, folder: Path) -> None:
        """Write ``lexicon.json`` into ``folder``: words, factors, cuts."""
        _write_json(folder / LEXICON_FILE, {key: value for key, value in asdict(self).items() if key != "labels"})

    @classmethod
    def load(cls, folder: Path, labels: Sequence[str]) -> LexiconScorer:
        """Return the scorer that ``save`` wrote into ``folder``, for ``labels`` in their order."""
        saved = _read_json(folder / LEXICON_FILE, {"words", "shifters", "window", "thresholds", "slope"})
        low, high = saved.pop("thresholds")
        return cls(labels=tuple(labels), thresholds=(low, high), **saved)


@dataclass(frozen=True, slots=True, eq=False)
class MajorityScorer:
    """Gives every unit the label frequencies of the training units, whatever it says: what any model has to beat."""

    labels: tuple[str, ...]
    shares: tuple[float, ...]

    def score(self, units: pd.DataFrame, on_done: Done = silent) -> Scores:
        """Return the same probabilities for each of ``units``."""
        on_done(len(units))
        return whole_units(np.tile(np.asarray(self.shares, dtype=np.float64), (len(units), 1)))

    def save(self, folder: Path) -> None:
        """Write ``majority.json`` into ``folder``."""
        _write_json(folder / MAJORITY_FILE, {"shares": self.shares})

    @classmethod
    def load(cls, folder: Path, labels: Sequence[str]) -> MajorityScorer:
        """Return the scorer that ``save`` wrote into ``folder``, for ``labels`` in their order."""
        return cls(labels=tuple(labels), shares=tuple(_read_json(folder / MAJORITY_FILE, {"shares"})["shares"]))


def _word_scores(found: Words, lexicon: Mapping[str, float]) -> Floats:
    """Return the score of each word; a phrase's score stands at its first word, and its other words count no more."""
    scores = np.zeros(len(found.keys))
    taken = np.zeros(len(found.keys), dtype=bool)
    for size, keys, values in _by_size(lexicon):
        grams = found.joined(size)
        places = np.minimum(np.searchsorted(keys, grams.keys), len(keys) - 1)
        starts = np.flatnonzero((keys[places] == grams.keys) & (grams.rows >= 0))
        starts = starts[~np.any([taken[starts + word] for word in range(size)], axis=0)]
        scores[starts] = values[places[starts]]
        for word in range(size):
            taken[starts + word] = True
    return scores


def _factors(found: Words, shifters: Mapping[str, float], window: int) -> Floats:
    """Return the product of the shifters among the ``window`` words before each word, within its clause."""
    factors = np.ones(len(found.keys))
    for size, keys, values in _by_size(shifters):
        if size > 1:
            raise InputError("A shifter is one word; take phrases of two words or more out of the list.")
        places = np.minimum(np.searchsorted(keys, found.joined(1).keys), len(keys) - 1)
        own = np.where(keys[places] == found.joined(1).keys, values[places], 1.0)
        for back in range(1, window + 1):
            same_clause = found.clauses[back:] == found.clauses[:-back]
            factors[back:] *= np.where(same_clause, own[:-back], 1.0)
    return factors


def _by_size(lexicon: Mapping[str, float]) -> list[tuple[int, npt.NDArray[np.uint64], Floats]]:
    """Return the entries as ascending keys with their values, for each number of words, the longest first."""
    entries = list(lexicon)
    found = words(entries)
    sizes = np.bincount(found.rows, minlength=len(entries))
    values = np.fromiter(lexicon.values(), dtype=np.float64, count=len(entries))
    tables = []
    for size in sorted(set(sizes.tolist()) - {0}, reverse=True):
        grams = found.joined(size)
        whole = (grams.rows >= 0) & (sizes[grams.rows] == size)
        order = np.argsort(grams.keys[whole])
        tables.append((size, grams.keys[whole][order], values[grams.rows[whole]][order]))
    return tables


def _read_numbers(path: Path, column: str) -> dict[str, float]:
    frame = _read_list(path)
    for name in ("word", column):
        if name not in frame.columns:
            listed = ", ".join(map(str, frame.columns))
            raise InputError(f"{path}: column '{name}' is missing (columns: {listed}).{did_you_mean(name, map(str, frame.columns))}")
    if "type" in frame.columns:
        frame = frame[frame["type"] != "adversative"]
    numbers = pd.to_numeric(frame[column], errors="coerce")
    bad = np.flatnonzero(numbers.isna() | frame["word"].isna())
    if bad.size:
        row, at = frame.iloc[bad[0]], int(frame.index[bad[0]]) + 1
        raise InputError(f"{path} row {at}: word {row['word']!r} has {column} {row[column]!r}; give a word and a number in each row.")
    means = numbers.groupby(frame["word"].astype(str).str.lower()).mean()
    return {str(word): float(number) for word, number in means.items()}


def _read_list(path: Path) -> pd.DataFrame:
    if path.suffix not in {".jsonl", ".csv", ".tsv"}:
        raise InputError(f"{path}: a word list is a .jsonl, .csv or .tsv file, and not '{path.suffix}'; save it as one of these.")
    try:
        frame = _parse(path)
    except OSError as error:
        raise InputError(f"{path}: this word list cannot be read ({error.strerror or error}); give the path of a file.") from error
    except ValueError as error:  # of pandas: no UTF-8, no JSON, rows of unequal length, no content
        raise InputError(f"{path}: this word list cannot be read ({error}); save it as UTF-8 with columns word and score.") from error
    if frame.empty:
        raise InputError(f"{path}: the word list is empty; give at least one word with its score.")
    return frame


def _parse(path: Path) -> pd.DataFrame:
    # Strings stay as they are written: "null" is a Dutch word too, and no missing value.
    if path.suffix == ".jsonl":
        return pd.read_json(path, lines=True, dtype=False)
    return pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",", keep_default_na=False, encoding="utf-8-sig")


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _read_json(path: Path, keys: set[str]) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"{path} is missing or is no JSON ({error}); copy or save the model again.") from error
    if not isinstance(content, dict) or set(content) != keys:
        raise ModelError(f"{path} does not hold exactly {', '.join(sorted(keys))}; copy or save the model again.")
    return content
