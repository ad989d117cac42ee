"""Several models of one variable as one: their log probabilities added with weights that were fitted on dev units.

A small encoder and a TF-IDF classifier err on different units, so together they are better than either. The weights are those with the
lowest log loss (stacked generalisation, Wolpert 1992; log-linear pooling, Genest & Zidek 1986, section 4.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.model.calibration import Calibration
from stance.model.scoring import Scorer, Scores
from stance.model.session import softmax
from stance.progress import Done, silent

__all__ = ["BlendScorer", "blend"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BlendScorer:
    """Probabilities of several models together; windows and coverage are those of the first.

    Attributes:
        members: the models, which share their labels.
        calibrations: how each one's probabilities are scaled first.
        weights: how much each one counts.
        at_once: how many members may score at the same time.
    """

    members: tuple[Scorer, ...]
    calibrations: tuple[Calibration, ...]
    weights: tuple[float, ...]
    at_once: int = 1

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the probability columns."""
        return self.members[0].labels

    def score(self, units: pd.DataFrame, on_done: Done = silent) -> Scores:
        """Return the scores of ``units``, one row each, in input order; ``on_done`` may be called from several threads."""
        with ThreadPoolExecutor(self.at_once) as pool:
            share = 1 / len(self.members)
            running = [pool.submit(member.score, units, lambda done: on_done(done * share)) for member in self.members]
        scores = [one.result() for one in running]
        calibrated = [calibration.apply(one.probabilities) for calibration, one in zip(self.calibrations, scores, strict=True)]
        return replace(scores[0], probabilities=blend(calibrated, self.weights))


def blend(probabilities: Sequence[FloatArray], weights: Sequence[float]) -> FloatArray:
    """Return the weighted log-linear pool of several tables of probabilities, each of shape (units, labels).

    >>> sure, unsure = np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]])
    >>> blend([sure, unsure], [1.0, 1.0]).round(2)
    array([[0.9, 0.1]])
    """
    logs = [weight * np.log(np.clip(table, 1e-12, 1.0)) for weight, table in zip(weights, probabilities, strict=True)]
    return softmax(np.sum(logs, axis=0))
