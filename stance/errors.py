"""The errors of this package: one base class, one sentence each.

    StanceError(ValueError)
    ├── InputError       a file, a table, a row, a target
    │   └── RowError     a row that cannot be used, where others of its table can
    ├── CodebookError    a variable, a label, a codebook file
    ├── CodingError      codings that cannot be compared, split or settled
    ├── LeakError        a unit that stands in two splits
    ├── ModelError       a model folder, an encoder
    └── TrainingError    settings or data a model cannot be trained with

Every message says what is wrong, where, which value, what is allowed and how to mend it, so the command line prints it as it stands.

>>> try:
...     raise InputError("codings.csv: column 'text' is missing; did you mean 'tekst'? Pass --text-column tekst.")
... except StanceError as error:
...     print(error)
codings.csv: column 'text' is missing; did you mean 'tekst'? Pass --text-column tekst.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = [
    "CodebookError",
    "CodingError",
    "InputError",
    "LeakError",
    "ModelError",
    "RowError",
    "StanceError",
    "TrainingError",
    "did_you_mean",
]


class StanceError(ValueError):
    """Anything this package refuses; catch this one to catch all."""


class InputError(StanceError):
    """A file, table, row or target that cannot be used as it is."""


class RowError(InputError):
    """A row that cannot be used, where others of its table can."""


class CodebookError(StanceError):
    """A variable, label or codebook file that does not fit."""


class CodingError(StanceError):
    """Codings that cannot be compared, split or settled."""


class LeakError(StanceError):
    """A unit, or a near-duplicate of it, is in two splits; ``result`` lists the pairs, where they were looked for."""

    def __init__(self, message: str, result: Any = None) -> None:
        super().__init__(message)
        self.result = result  # a stance.results.Result


class ModelError(StanceError):
    """A model folder or an encoder that cannot be used."""


class TrainingError(StanceError):
    """Settings or data that a model cannot be trained with."""


def did_you_mean(value: str, allowed: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest allowed word, or an empty string.

    >>> did_you_mean("nuetral", ["negative", "neutral", "positive"])
    " Did you mean 'neutral'?"
    >>> did_you_mean("zzz", ["negative"])
    ''
    """
    by_folded = {word.casefold(): word for word in allowed}
    nearest = difflib.get_close_matches(value.casefold(), by_folded, n=1, cutoff=0.6)
    return f" Did you mean '{by_folded[nearest[0]]}'?" if nearest else ""
