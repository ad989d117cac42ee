"""Labels as people type them: capitals and spaces around a word make no other label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

__all__ = ["as_spelled", "tell_labels"]

_TOLD = 6  # labels that a message lists


def as_spelled(given: pd.Series, labels: Sequence[str]) -> pd.Series:
    """Return ``given`` with each label as ``labels`` spell it, where it differs from one of them by case and outer spaces alone.

    What may be two of the labels, or is none, stays as it is.

    >>> as_spelled(pd.Series(["Positive ", "neutral", "goed"]), ["neutral", "positive"]).tolist()
    ['positive', 'neutral', 'goed']
    """
    forms = Counter(map(_form, labels))
    known = {_form(label): label for label in labels if forms[_form(label)] == 1}
    others = given[given.notna() & ~given.isin(list(labels))].unique()
    meant = {value: known[_form(value)] for value in others if isinstance(value, str) and _form(value) in known}
    return given.map(lambda value: meant.get(value, value)) if meant else given


def tell_labels(unknown: pd.Series) -> str:
    """Return a sentence that lists labels with their numbers of rows, the commonest first; an empty string where it is one row.

    >>> tell_labels(pd.Series(["goed", "slecht", "goed"]))
    " Such labels stand in 3 rows: 'goed' (2), 'slecht' (1)."
    """
    counts = unknown.astype(str).value_counts(sort=False).sort_values(ascending=False, kind="stable")
    listed = ", ".join(f"'{label}' ({count})" for label, count in counts.head(_TOLD).items())
    more = f" and {len(counts) - _TOLD} more" if len(counts) > _TOLD else ""
    return f" Such labels stand in {len(unknown)} rows: {listed}{more}." if len(unknown) > 1 else ""


def _form(label: str) -> str:
    return label.strip().casefold()
