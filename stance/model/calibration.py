"""Probabilities that mean what they say: scaling fitted on dev units, kept in the model folder, applied to every unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stance.model.session import softmax

__all__ = ["UNCALIBRATED", "Calibration"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Vector scaling of log probabilities: ``softmax(scale * log p + shift)``; a single scale without shift is temperature scaling.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks (ICML), section 4.2.

    Attributes:
        scale: one factor a label (1 / temperature).
        shift: one term a label.
        units: number of dev units it was fitted on; 0 where it was not fitted.
    """

    scale: tuple[float, ...] = ()
    shift: tuple[float, ...] = ()
    units: int = 0

    def apply(self, probabilities: FloatArray) -> FloatArray:
        """Return the calibrated probabilities, in the same shape (units, labels).

        >>> Calibration(scale=(0.5, 0.5), shift=(0.0, 0.0)).apply(np.array([[0.9, 0.1]])).round(2)
        array([[0.75, 0.25]])
        """
        if not self.scale:
            return probabilities
        logs = np.log(np.clip(probabilities, 1e-12, 1.0))
        return softmax(logs * np.asarray(self.scale) + np.asarray(self.shift))


UNCALIBRATED = Calibration()
