from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from stance.errors import CodingError
from stance.evaluation.reliability import brier, expected_calibration_error, reliability_curve, risk_coverage


@pytest.fixture
def calibrated(rng):
    """Probabilities over three labels, and gold drawn from them: calibrated by construction."""
    probabilities = rng.dirichlet([1.0, 1.0, 1.0], size=20_000)
    gold = (probabilities.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    return probabilities, np.minimum(gold, 2)


def test_calibrated_probabilities_have_little_error_and_sharpened_ones_much(calibrated):
    probabilities, gold = calibrated
    sharp = probabilities**3 / (probabilities**3).sum(axis=1, keepdims=True)
    assert expected_calibration_error(probabilities, gold) < 0.015
    assert expected_calibration_error(sharp, gold) > 0.1


def test_four_units_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.7, 0.3], [0.7, 0.3]])
    gold = np.array([0, 1, 0, 0])
    # bin of .9: accuracy .5, gap .4; bin of .7: accuracy 1, gap .3; half of the units each
    assert expected_calibration_error(probabilities, gold, bins=10) == pytest.approx(0.35)
    assert reliability_curve(probabilities, gold, bins=10)["accuracy"].tolist() == [1.0, 0.5]


def test_brier_of_two_labels_is_twice_scikit_learns(calibrated, rng):
    chance = rng.random(500)
    gold = (rng.random(500) < chance).astype(int)
    ours = brier(np.stack([1 - chance, chance], axis=1), gold)
    assert ours == pytest.approx(2 * brier_score_loss(gold, chance))


def test_curve_counts_every_unit_once(calibrated):
    probabilities, gold = calibrated
    curve = reliability_curve(probabilities, gold, bins=12)
    assert curve["n"].sum() == len(gold)
    assert ((curve["low"] < curve["confidence"]) & (curve["confidence"] <= curve["high"])).all()


def test_surest_units_err_least_and_all_units_err_as_the_model_does(calibrated):
    probabilities, gold = calibrated
    curve = risk_coverage(probabilities, gold)
    assert curve["risk"].iloc[-1] == pytest.approx((probabilities.argmax(axis=1) != gold).mean())
    assert curve["labelled"].iloc[-1] == 1
    assert curve.loc[(curve["labelled"] - 0.1).abs().idxmin(), "risk"] < curve["risk"].iloc[-1] / 2


def test_equal_confidence_comes_in_together():
    curve = risk_coverage(np.array([[0.8, 0.2]] * 3), np.array([0, 1, 0]))
    assert curve["n"].tolist() == [3]


def test_what_is_no_probability_is_refused():
    with pytest.raises(CodingError, match=r"row 2: .* are not shares that add up to 1"):
        brier(np.array([[0.5, 0.5], [0.9, 0.9]]), np.array([0, 1]))
    with pytest.raises(CodingError, match="gold row 1: code -1 is not a column of 2 labels"):
        brier(np.array([[0.5, 0.5]]), np.array([-1]))
    with pytest.raises(CodingError, match="do not fit 2 gold codes"):
        risk_coverage(np.array([[0.5, 0.5]]), np.array([0, 1]))
