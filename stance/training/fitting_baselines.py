"""How the baselines learn: the linear support vector machine and its temperature, the cuts of a lexicon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.svm import LinearSVC

from stance.corpus.ngrams import chunks
from stance.errors import TrainingError
from stance.model.fitting import fit_temperature
from stance.model.lexicon import LexiconScorer
from stance.model.linear import TfidfScorer, Vocabulary
from stance.model.session import softmax

__all__ = ["fit_lexicon", "fit_tfidf", "ordinal_thresholds"]

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

# A character n-gram of one unit only cannot help another one, and there are too many of them to keep.
MIN_UNITS_CHARACTERS = 2
CANDIDATE_THRESHOLDS = 300


def fit_tfidf(texts: Sequence[str], gold: Ints, *, labels: tuple[str, ...], cost: float, folds: int, seed: int) -> TfidfScorer:
    """Return the linear support vector machine that separates ``gold`` (label numbers, shape (texts,)), labels weighted equally.

    Source: the SVM of the ecosent benchmark; squared hinge loss, one label against the rest (LIBLINEAR, Fan et al. 2008).
    """
    words = Vocabulary.from_texts(texts, kind="word", min_units=1)
    characters = Vocabulary.from_texts(texts, kind="char", min_units=MIN_UNITS_CHARACTERS)
    if not len(words.keys) + len(characters.keys):
        raise TrainingError("No unit holds a word of two characters or more, so TF-IDF has nothing to learn from; give texts.")
    seen = np.unique(gold)
    if len(seen) < 2:
        raise TrainingError(
            f"All {len(gold)} units have label '{labels[gold[0]]}', so there is nothing to separate; give two labels or more."
        )
    table = sparse.hstack([_matrix(words, texts), _matrix(characters, texts)], format="csr")
    machine = LinearSVC(C=cost, class_weight="balanced", dual="auto", random_state=seed)
    scale = _scale(machine, table, gold, folds=folds)
    machine.fit(table, gold)
    weights = np.zeros((table.shape[1], len(labels)), dtype=np.float32)
    weights[:, seen] = _sides(machine.coef_.T)
    intercepts = np.full(len(labels), -np.inf)
    intercepts[seen] = _sides(machine.intercept_)
    return TfidfScorer(labels=labels, words=words, characters=characters, weights=weights, intercepts=intercepts, scale=scale)


def _matrix(vocabulary: Vocabulary, texts: Sequence[str]) -> sparse.csr_matrix:
    blocks = []
    for part in chunks(texts):
        cells = vocabulary.cells(texts[part])
        shape = (len(texts[part]), len(vocabulary.keys))
        blocks.append(sparse.csr_matrix((cells.values, (cells.rows, cells.columns)), shape=shape))
    table: sparse.csr_matrix = sparse.vstack(blocks, format="csr")
    return table


def _sides(decisions: Floats) -> Floats:
    """Return one column a label; two labels share one border, and each has a side of it."""
    columns = decisions.reshape(decisions.shape[0], -1) if decisions.ndim > 1 else decisions
    if columns.shape[-1] > 1:
        return columns
    return np.concatenate([-columns, columns], axis=-1)


def _scale(machine: LinearSVC, table: sparse.csr_matrix, gold: Ints, *, folds: int) -> float:
    """Return 1 / temperature from decisions on units left out of training; 1 where a label has one unit, so that none can be left out."""
    folds = min(folds, int(np.unique(gold, return_counts=True)[1].min()))
    if folds < 2:
        return 1.0
    cut = StratifiedKFold(folds, shuffle=True, random_state=machine.random_state)
    decisions = cross_val_predict(machine, table, gold, cv=cut, method="decision_function")
    numbers = np.unique(gold, return_inverse=True)[1]
    return fit_temperature(softmax(_sides(decisions.reshape(len(gold), -1))), numbers).scale[0]


def fit_lexicon(
    texts: Sequence[str],
    gold: Ints,
    *,
    scorer: LexiconScorer,
    thresholds: tuple[float, float] | None,
) -> LexiconScorer:
    """Return ``scorer`` with ``thresholds`` (those of the highest macro F1 on ``gold`` where None) and the slope of the lowest log loss."""
    scores = scorer.scores(texts)
    spread = float(scores.std())
    if spread == 0:
        raise TrainingError(
            f"The lexicon of {len(scorer.words)} words gives all {len(gold)} units the score {scores[0]:.3g};"
            " take a lexicon that fits the texts."
        )
    cut = thresholds or ordinal_thresholds(scores, gold)
    unscaled = scorer.with_cut(cut, slope=1 / spread)
    return scorer.with_cut(cut, slope=fit_temperature(unscaled.probabilities(scores), gold).scale[0] / spread)


def ordinal_thresholds(scores: Floats, gold: Ints) -> tuple[float, float]:
    """Return the two cuts of ``scores`` into labels 0, 1 and 2 with the highest macro F1.

    Tried are the middles between neighbouring scores, or 300 of them evenly spread where there are more.

    >>> ordinal_thresholds(np.array([-2.0, -1.0, 0.0, 0.0, 3.0]), np.array([0, 0, 1, 1, 2]))
    (-0.5, 1.5)
    """
    distinct = np.unique(scores)
    middles = (distinct[1:] + distinct[:-1]) / 2
    cuts = middles[np.unique(np.linspace(0, len(middles) - 1, CANDIDATE_THRESHOLDS).round().astype(np.int64))]
    # shape (3 labels, cuts): units of a label at or below a cut
    below = np.stack([np.searchsorted(np.sort(scores[gold == label]), cuts, side="right") for label in range(3)])
    units = np.bincount(gold, minlength=3)
    every = below.sum(axis=0)
    low, high = np.triu_indices(len(cuts))
    hits = np.stack([below[0, low], below[1, high] - below[1, low], units[2] - below[2, high]])
    predicted = np.stack([every[low], every[high] - every[low], len(gold) - every[high]])
    f1 = 2 * hits / np.maximum(predicted + units[:, None], 1)
    best = int(f1.mean(axis=0).argmax())
    return float(cuts[low[best]]), float(cuts[high[best]])
