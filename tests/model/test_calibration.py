"""Scaling moves confidence, never the label, and finds the temperature that made the probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from stance.errors import TrainingError
from stance.model.calibration import UNCALIBRATED, Calibration
from stance.model.fitting import fit_temperature
from stance.model.session import softmax


def test_an_unfitted_calibration_changes_nothing():
    probabilities = np.array([[0.7, 0.3]])
    assert UNCALIBRATED.apply(probabilities) is probabilities


def test_the_temperature_that_made_the_labels_is_found(rng):
    true = softmax(rng.normal(size=(20_000, 3)))
    gold = (rng.random((len(true), 1)) > true.cumsum(axis=1)).sum(axis=1)
    overconfident = Calibration((2.5,) * 3, (0.0,) * 3).apply(true)
    found = fit_temperature(overconfident, gold)
    assert found.scale[0] == pytest.approx(1 / 2.5, rel=0.05)
    assert (found.units, len(set(found.scale)), found.shift) == (20_000, 1, (0.0, 0.0, 0.0))
    calibrated = found.apply(overconfident)
    assert (calibrated.argmax(axis=1) == overconfident.argmax(axis=1)).all()
    np.testing.assert_allclose(calibrated.sum(axis=1), 1)


def test_a_shift_moves_one_label():
    moved = Calibration((1.0, 1.0), (0.0, np.log(3))).apply(np.array([[0.5, 0.5], [0.0, 1.0]]))
    np.testing.assert_allclose(moved, [[0.25, 0.75], [0.0, 1.0]], atol=1e-11)


def test_without_dev_units_there_is_no_calibration():
    with pytest.raises(TrainingError, match="at least one dev unit"):
        fit_temperature(np.empty((0, 3)), np.empty(0, dtype=np.int64))
