"""What the classifiers share as scikit-learn estimators: tags, the order of labels, one error before ``fit``.

They derive from scikit-learn's own bases, so its tools take them: ``clone``, ``cross_val_score``, ``GridSearchCV``, pipelines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.exceptions import NotFittedError

from stance.corpus.frames import as_list
from stance.corpus.records import Units, as_units
from stance.errors import InputError, TrainingError

__all__ = ["Labels", "NotTrainedError", "classes_of", "in_class_order", "text_tags", "with_labels"]

Labels: TypeAlias = "Sequence[str] | npt.NDArray[Any] | pd.Series[Any]"


class NotTrainedError(TrainingError, NotFittedError):
    """A classifier was asked for labels before ``fit``."""

    def __init__(self, classifier: object) -> None:
        super().__init__(f"This {type(classifier).__name__} has not learned yet; call fit(units, labels) first.")


def classes_of(labels: Sequence[str]) -> npt.NDArray[np.str_]:
    """Return ``labels`` in alphabetical order, the one that scikit-learn's scorers expect of the probability columns.

    >>> classes_of(("against", "neutral", "favor")).tolist()
    ['against', 'favor', 'neutral']
    """
    return np.sort(np.array(labels, dtype=np.str_))


def in_class_order(probabilities: npt.NDArray[np.float64], labels: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return ``probabilities``, whose columns are ``labels``, with its columns in the order of ``classes_of(labels)``.

    >>> in_class_order(np.array([[0.7, 0.2, 0.1]]), ("against", "neutral", "favor")).tolist()
    [[0.7, 0.1, 0.2]]
    """
    return probabilities[:, np.argsort(np.array(labels, dtype=np.str_))]


def text_tags(self: Any) -> Any:
    """Return scikit-learn's tags of a classifier whose input is texts, not numbers."""
    tags = ClassifierMixin.__sklearn_tags__(self)
    tags.input_tags.string, tags.input_tags.one_d_array, tags.input_tags.two_d_array = True, True, False
    return tags


def with_labels(units: Units, labels: Labels) -> pd.DataFrame:
    """Return the checked units with their labels in the column ``label``; refuses more or fewer labels than units."""
    table, given = as_units(units), as_list(labels)
    if len(given) != len(table):
        raise InputError(f"There are {len(table)} units and {len(given)} labels; give one label a unit.")
    return table.assign(label=pd.Series(given, dtype=object))
