"""Labels as people type them: capitals and spaces around a word make no other label, nor does the sign or the decimal of a number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd

__all__ = ["as_spelled", "label_form", "tell_labels"]

_TOLD = 6  # labels that a message lists
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,15})?")
_NONE: Mapping[str, str] = MappingProxyType({})


def as_spelled(given: pd.Series, labels: Sequence[str], others: Mapping[str, str] = _NONE) -> pd.Series:
    """Return ``given`` with each label as ``labels`` spell it, where it differs from one of them by case and outer spaces alone.

    A word of ``others`` becomes the label it stands for. What may be two of the labels, or is none, stays as it is.

    >>> as_spelled(pd.Series(["Positive ", "neutral", "Goed", "slecht"]), ["neutral", "positive"], {"goed": "positive"}).tolist()
    ['positive', 'neutral', 'positive', 'slecht']
    """
    forms = Counter(map(label_form, labels))
    known = {label_form(word): label for word, label in others.items()}
    known |= {label_form(label): label for label in labels if forms[label_form(label)] == 1}
    unknown = given[given.notna() & ~given.isin(list(labels))].unique()
    meant = {value: known[label_form(value)] for value in unknown if label_form(value) in known}
    return given.map(lambda value: meant.get(value, value)) if meant else given


def label_form(label: object) -> str:
    """Return what two spellings of one label share: small letters without outer spaces, and one form for a number.

    >>> [label_form(label) for label in (" Positief", "+1", 1.0, "1,0")]
    ['positief', '1.0', '1.0', '1.0']
    """
    form = str(label).strip().casefold().replace("\u2212", "-")
    return str(float(form.replace(",", ".")) + 0.0) if _NUMBER.fullmatch(form) else form  # + 0.0: of -0 no other number


def tell_labels(unknown: pd.Series) -> str:
    """Return a sentence that lists labels with their numbers of rows, the commonest first; an empty string where it is one row.

    >>> tell_labels(pd.Series(["goed", "slecht", "goed"]))
    " Such labels stand in 3 rows: 'goed' (2), 'slecht' (1)."
    """
    counts = unknown.astype(str).value_counts(sort=False).sort_values(ascending=False, kind="stable")
    listed = ", ".join(f"'{label}' ({count})" for label, count in counts.head(_TOLD).items())
    more = f" and {len(counts) - _TOLD} more" if len(counts) > _TOLD else ""
    return f" Such labels stand in {len(unknown)} rows: {listed}{more}." if len(unknown) > 1 else ""
