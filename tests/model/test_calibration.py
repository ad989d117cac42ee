"""Temperature scaling moves confidence, never the label; frequencies make labels as frequent as they are."""

from __future__ import annotations

import numpy as np
import pytest

from stance.errors import TrainingError
from stance.model.calibration import UNCALIBRATED, Calibration
from stance.model.fitting import fit_frequencies, fit_temperature
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


@pytest.mark.parametrize("seed", range(3))
def test_labels_become_as_frequent_as_they_are(seed: int):
    """A model that leans to the frequent label predicts each as often as it occurs, on the units it was fitted on and on others like them."""
    rng = np.random.default_rng(seed)
    gold = rng.choice(3, size=4_000, p=[0.07, 0.86, 0.07])
    logits = rng.normal(size=(4_000, 3)) + np.log([0.07, 0.86, 0.07])
    logits[np.arange(4_000), gold] += 1.5
    probabilities = softmax(logits)
    fitted = fit_frequencies(probabilities[:2_000], gold[:2_000])

    predicted = fitted.apply(probabilities).argmax(axis=1)
    assert np.array_equal(np.bincount(predicted[:2_000], minlength=3), np.bincount(gold[:2_000], minlength=3))
    assert np.abs(np.bincount(predicted[2_000:], minlength=3) / 2_000 - np.bincount(gold[2_000:], minlength=3) / 2_000).max() < 0.03
    assert np.mean(probabilities.argmax(axis=1) == 1) > 0.93


def test_a_label_that_never_occurs_is_not_predicted():
    """Of three labels one is absent from the dev units."""
    probabilities = np.random.default_rng(0).dirichlet([1, 1, 1], size=60)
    gold = np.array([0, 1] * 30)
    assert np.bincount(fit_frequencies(probabilities, gold).apply(probabilities).argmax(axis=1), minlength=3).tolist() == [30, 30, 0]
