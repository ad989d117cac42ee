"""Baselines with the interface of ``RobbertClassifier``: the most frequent label, a word list, and TF-IDF with a linear classifier.

>>> texts = ["Kabinet krijgt lof.", "Winst stijgt.", "Ramp treft stad.", "Verlies loopt op.", "Raad komt bijeen.", "Zitting begint."]
>>> labels = ["positive", "positive", "negative", "negative", "neutral", "neutral"]
>>> classifier = TfidfClassifier(variable="tone").fit(texts, labels)
>>> classifier.predict(["Weer een ramp."]).tolist()
['negative']
>>> classifier.predict_proba(["Weer een ramp."]).shape
(1, 3)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from stance.coding.codebook import Variable, builtin
from stance.corpus.records import Units, as_units, check_labels
from stance.errors import TrainingError
from stance.model.card import write_card
from stance.model.folder import ModelSettings, write_settings
from stance.model.lexicon import WINDOW, LexiconScorer, MajorityScorer, dutch_shifters, read_lexicon, read_shifters
from stance.model.linear import TfidfScorer, scored_texts
from stance.training.estimators import Labels, NotTrainedError, classes_of, in_class_order, text_tags, with_labels
from stance.training.fitting_baselines import fit_lexicon, fit_tfidf

__all__ = ["LexiconClassifier", "MajorityClassifier", "TfidfClassifier"]

Ints: TypeAlias = npt.NDArray[np.int64]


class _Baseline(Protocol):
    """What the shared functions below need of a baseline: its settings, and what ``fit`` learned."""

    kind: ClassVar[str]
    variable: str
    labels: Sequence[str] | None
    with_target_: bool

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings by name."""
        ...


def _classes(self: _Baseline) -> npt.NDArray[np.str_]:
    """Return the labels in the order of the probability columns, which is alphabetical (`stance.training.estimators.classes_of`)."""
    return classes_of(_fitted(self).labels)


def _coded(self: _Baseline) -> Variable:
    """Return the variable that it learned to code; its labels are in the order of the codebook."""
    return _settings(self).coded


def _settings(self: _Baseline) -> ModelSettings:
    signature = {name: str(value) for name, value in self.get_params().items()}
    return ModelSettings(self.kind, self.kind, self.variable, _fitted(self).labels, self.with_target_, signature=signature)


def predict_proba(self: _Baseline, units: Units) -> npt.NDArray[np.float64]:
    """Return the probabilities of the labels ``classes_`` for each unit, shape (units, labels)."""
    scorer = _fitted(self)
    return in_class_order(scorer.score(as_units(units)).probabilities, scorer.labels)


def predict(self: _Baseline, units: Units) -> npt.NDArray[np.str_]:
    """Return the most probable label of each unit, shape (units,)."""
    scorer = _fitted(self)
    best = scorer.score(as_units(units)).probabilities.argmax(axis=1)
    return np.array([scorer.labels[number] for number in best], dtype=np.str_)


def save(self: _Baseline, folder: str | Path) -> None:
    """Write a model folder that ``stance label --model`` and ``stance.load`` open; nothing in it is pickled."""
    _fitted(self).save(Path(folder))
    write_settings(Path(folder), _settings(self))
    write_card(Path(folder))


@dataclass(eq=False, repr=False)
class MajorityClassifier(ClassifierMixin, BaseEstimator):
    """Gives every unit the most frequent label of training, with the frequencies as probabilities.

    >>> classifier = MajorityClassifier(variable="tone").fit(["Een.", "Twee.", "Drie."], ["neutral", "neutral", "positive"])
    >>> classifier.predict(["Vier."]).tolist(), classifier.predict_proba(["Vier."]).round(2).tolist()
    (['neutral'], [[0.0, 0.67, 0.33]])
    """

    variable: str = "tone"
    labels: Sequence[str] | None = None  # in order; None: those of the built-in variable
    scorer_: MajorityScorer = field(init=False, repr=False)
    with_target_: bool = field(init=False, repr=False)

    kind: ClassVar[str] = "majority"
    classes_ = property(_classes)
    coded = property(_coded)
    __sklearn_tags__ = text_tags
    predict = predict
    predict_proba = predict_proba
    save = save

    def fit(self, units: Units, labels: Labels) -> MajorityClassifier:
        """Return this classifier, with the label frequencies of ``labels``."""
        table, gold, order = _training(units, labels, self)
        shares = np.bincount(gold, minlength=len(order)) / len(gold)
        self.scorer_ = MajorityScorer(labels=order, shares=tuple(shares.tolist()))
        self.with_target_ = _has_targets(table)
        return self


@dataclass(eq=False, repr=False)
class LexiconClassifier(ClassifierMixin, BaseEstimator):
    """Scores texts by a word list with negation and intensifiers, and cuts the score into three labels at the best places in training.

    >>> texts, labels = ["Goed nieuws", "Niet goed", "De zitting begint"], ["positive", "negative", "neutral"]
    >>> LexiconClassifier(lexicon={"goed": 1.0}).fit(texts, labels).predict(["Zeer goed", "Nooit goed"]).tolist()
    ['positive', 'negative']
    """

    lexicon: str | Path | Mapping[str, float]
    variable: str = "tone"
    shifters: str | Path | Mapping[str, float] | None = None  # None: the Dutch list of the package
    window: int = WINDOW
    thresholds: tuple[float, float] | None = None  # None: learned
    labels: Sequence[str] | None = None
    scorer_: LexiconScorer = field(init=False, repr=False)
    with_target_: bool = field(init=False, repr=False)

    kind: ClassVar[str] = "lexicon"
    classes_ = property(_classes)
    coded = property(_coded)
    __sklearn_tags__ = text_tags
    predict = predict
    predict_proba = predict_proba
    save = save

    def fit(self, units: Units, labels: Labels) -> LexiconClassifier:
        """Return this classifier, with cuts and slope learned from ``labels``."""
        table, gold, order = _training(units, labels, self)
        if len(order) != 3:
            raise TrainingError(f"A lexicon cuts its score into three ordered labels, and variable '{self.variable}' has {len(order)}.")
        words = self.lexicon if isinstance(self.lexicon, Mapping) else read_lexicon(Path(self.lexicon))
        unfitted = LexiconScorer(labels=order, words=_lowered(words), shifters=_lowered(self._shifters()), window=self.window)
        self.scorer_ = fit_lexicon(table["text"].tolist(), gold, scorer=unfitted, thresholds=self.thresholds)
        self.with_target_ = _has_targets(table)
        return self

    def _shifters(self) -> Mapping[str, float]:
        if self.shifters is None:
            return dutch_shifters()
        return self.shifters if isinstance(self.shifters, Mapping) else read_shifters(Path(self.shifters))


@dataclass(eq=False, repr=False)
class TfidfClassifier(ClassifierMixin, BaseEstimator):
    """TF-IDF over words (1-2) and characters inside words (2-6), a linear support vector machine, and probabilities by temperature.

    What is scored is ``holder # target # text``, or ``target # text``; a holder counts only beside a target. On the ecosent gold: accuracy .648, alpha .536.
    """

    variable: str = "tone"
    cost: float = 0.3  # the C of the support vector machine
    folds: int = 3  # for the temperature, inside the training units
    seed: int = 0
    labels: Sequence[str] | None = None
    scorer_: TfidfScorer = field(init=False, repr=False)
    with_target_: bool = field(init=False, repr=False)

    kind: ClassVar[str] = "tfidf"
    classes_ = property(_classes)
    coded = property(_coded)
    __sklearn_tags__ = text_tags
    predict = predict
    predict_proba = predict_proba
    save = save

    def fit(self, units: Units, labels: Labels) -> TfidfClassifier:
        """Return this classifier, with vocabulary, weights and temperature learned from ``units`` and their ``labels``."""
        table, gold, order = _training(units, labels, self)
        self.scorer_ = fit_tfidf(scored_texts(table), gold, labels=order, cost=self.cost, folds=self.folds, seed=self.seed)
        self.with_target_ = _has_targets(table)
        return self


def _training(units: Units, labels: Labels, classifier: _Baseline) -> tuple[pd.DataFrame, Ints, tuple[str, ...]]:
    """Return the checked units, the number of each one's label, and the labels in order."""
    table = with_labels(units, labels)
    order = tuple(classifier.labels or builtin(classifier.variable).labels)
    checked = check_labels(table, order, where="labels")
    return table, pd.Categorical(checked["label"], categories=list(order)).codes.astype(np.int64), order


def _has_targets(table: pd.DataFrame) -> bool:
    return bool(table["target"].notna().any())


def _lowered(words: Mapping[str, float]) -> dict[str, float]:
    return {word.lower(): float(number) for word, number in words.items()}


def _fitted(classifier: object) -> MajorityScorer | LexiconScorer | TfidfScorer:
    scorer: MajorityScorer | LexiconScorer | TfidfScorer | None = getattr(classifier, "scorer_", None)
    if scorer is None:
        raise NotTrainedError(classifier)
    return scorer
