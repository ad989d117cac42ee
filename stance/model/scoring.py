"""What every model gives: probabilities for units, and how much of each unit was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.progress import Done, silent

__all__ = ["Scorer", "Scores"]


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities of a model for a table of units, in its order.

    Attributes:
        probabilities: shape (units, labels); each row sums to 1.
        windows: shape (units,); how many windows were scored for the unit.
        coverage: shape (units,); share of the unit's tokens that were seen, 0 to 1.
        fallback: shape (units,); true where the unit's target is not named in it, so that all windows counted.
    """

    probabilities: npt.NDArray[np.float64]
    windows: npt.NDArray[np.int64]
    coverage: npt.NDArray[np.float64]
    fallback: npt.NDArray[np.bool_]


class Scorer(Protocol):
    """Anything that gives probabilities over ``labels`` for a table of units (columns ``text``, ``target``, ``holder``)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the probability columns."""
        ...

    def score(self, units: pd.DataFrame, on_done: Done = silent) -> Scores:
        """Return the scores of ``units``, one row each, in input order.

        ``on_done`` is called with the units done since its last call, parts of units included; they add up to all units.
        """
        ...
