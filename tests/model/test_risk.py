from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from stance.errors import ModelError
from stance.evaluation.reliability import expected_calibration_error
from stance.model.calibration import Calibration
from stance.model.fitting import fit_temperature
from stance.model.labelling import load
from stance.model.risk import _binomial_tail, confidence_for_risk, read_dev, read_dev_columns, threshold_of, write_dev


def drawn(units, rng):
    """Confidence of a three-label model that is somewhat too sure, and whether each label is right: 83% are."""
    confidence = 1 / 3 + 2 / 3 * rng.beta(3.0, 0.8, units)
    return confidence, rng.random(units) < 0.97 * confidence


@pytest.fixture(scope="module")
def true_error():
    """A function that gives the error of all units at or above a threshold, over a population without chance in what is right."""
    confidence = np.sort(1 / 3 + 2 / 3 * np.random.default_rng(0).beta(3.0, 0.8, 400_000))[::-1]
    mean_error = np.cumsum(1 - 0.97 * confidence) / np.arange(1, len(confidence) + 1)
    return lambda threshold: mean_error[max(int((confidence >= threshold).sum()) - 1, 0)]


def naive(confidence, correct, alpha):
    """The smallest threshold whose error on the dev units themselves is at most alpha."""
    order = np.argsort(-confidence)
    error = np.cumsum(~correct[order]) / np.arange(1, len(order) + 1)
    return confidence[order][np.flatnonzero(error <= alpha)[-1]]


def threshold_or_one(dev, alpha, **settings):
    """The threshold, or 1 (label nothing) where none can be promised."""
    try:
        return confidence_for_risk(*dev, alpha, **settings)
    except ModelError:
        return 1.0


def test_the_error_stays_under_alpha_as_often_as_promised_and_a_naive_threshold_fails(rng, true_error):
    exceeded, naive_exceeded, labelled = [], [], []
    for _ in range(500):
        dev = drawn(500, rng)
        threshold = threshold_or_one(dev, 0.13)
        exceeded.append(true_error(threshold) > 0.13)
        naive_exceeded.append(true_error(naive(*dev, 0.13)) > 0.13)
        labelled.append((dev[0] >= threshold).mean())
    assert np.mean(exceeded) <= 0.1
    assert np.mean(naive_exceeded) > 0.3
    assert np.mean(labelled) > 0.4
    assert np.mean(np.array(labelled) == 0) < 0.2


def test_a_firmer_promise_is_broken_less_often(rng, true_error):
    exceeded = {0.5: 0, 0.9: 0}
    for _ in range(300):
        dev = drawn(500, rng)
        for promise in exceeded:
            exceeded[promise] += true_error(threshold_or_one(dev, 0.15, promise=promise)) > 0.15
    assert exceeded[0.9] < exceeded[0.5] / 2
    assert exceeded[0.5] <= 150


def test_a_larger_risk_labels_more(rng):
    dev = drawn(2000, rng)
    thresholds = [confidence_for_risk(*dev, alpha) for alpha in (0.12, 0.14, 0.16, 0.3)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert len(set(thresholds)) == 4
    assert thresholds[-1] == 0.0


def test_order_of_the_dev_units_does_not_matter(rng):
    confidence, correct = drawn(500, rng)
    shuffled = rng.permutation(500)
    assert confidence_for_risk(confidence, correct, 0.12) == confidence_for_risk(confidence[shuffled], correct[shuffled], 0.12)


def test_units_of_equal_confidence_come_in_together():
    confidence = np.repeat([0.9, 0.5], [100, 100])
    correct = np.concatenate([np.ones(100, dtype=bool), np.zeros(100, dtype=bool)])
    threshold = confidence_for_risk(confidence, correct, 0.1)
    assert ((confidence >= threshold) == (confidence == 0.9)).all()


def test_units_of_one_cluster_are_worth_fewer_and_the_promise_then_holds(rng, true_error):
    """Ten units a proposition, right or wrong all together: taken one by one, they promise what they do not keep."""
    exceeded = {"units": [], "clusters": []}
    clusters = np.repeat(np.arange(80), 10)
    for _ in range(200):
        confidence, correct = (np.repeat(one, 10) for one in drawn(80, rng))
        confidence = confidence - rng.uniform(0, 1e-6, 800)  # no ties
        for kind, given in (("units", None), ("clusters", clusters)):
            exceeded[kind].append(true_error(threshold_or_one((confidence, correct), 0.16, clusters=given)) > 0.16)
    assert np.mean(exceeded["units"]) > 0.2
    assert np.mean(exceeded["clusters"]) <= 0.1


def test_clusters_of_one_unit_change_nothing(rng):
    dev = drawn(1000, rng)
    assert confidence_for_risk(*dev, 0.14, clusters=np.arange(1000)) == confidence_for_risk(*dev, 0.14)


def test_the_binomial_tail_is_that_of_scipy():
    for wrong, units, share in [(0, 22, 0.1), (3, 59, 0.1), (40, 600, 0.05), (5, 5, 0.9)]:
        assert _binomial_tail(wrong, units, share) == pytest.approx(binom.cdf(wrong, units, share))


def test_what_cannot_be_promised_is_refused(rng):
    wrong_half = rng.random(200) < 0.5
    with pytest.raises(
        ModelError,
        match=r"No confidence keeps the error at most 0.1 on these 200 dev units .* the smallest risk that can be promised is 0\.\d+,",
    ) as refused:
        confidence_for_risk(rng.random(200), wrong_half, 0.1)
    assert "more dev units may promise less" in str(refused.value)
    with pytest.raises(ModelError, match=r"of the 5 surest, 0 are wrong, and not even none may be"):
        confidence_for_risk(np.full(5, 0.9), np.ones(5, dtype=bool), 0.1)
    with pytest.raises(ModelError, match="no risk can be promised"):
        confidence_for_risk(np.full(5, 0.9), np.zeros(5, dtype=bool), 0.1)
    for alpha in (0.0, 1.0, 10.0):
        with pytest.raises(ModelError, match="A risk lies between 0 and 1"):
            confidence_for_risk(np.full(5, 0.9), np.ones(5, dtype=bool), alpha)
    with pytest.raises(ModelError, match="A promise lies between 0 and 1"):
        confidence_for_risk(np.full(5, 0.9), np.ones(5, dtype=bool), 0.1, promise=1.0)
    with pytest.raises(ModelError, match="There are 0 confidences for 0 dev units"):
        confidence_for_risk(np.empty(0), np.empty(0, dtype=bool), 0.1)


def test_dev_units_come_back_from_the_folder_without_text(tmp_path, rng):
    confidence, correct = drawn(300, rng)
    correct[confidence > 0.95] = True
    write_dev(tmp_path, confidence, correct)
    header, first, *rest = (tmp_path / "dev.csv").read_text(encoding="utf-8").splitlines()
    assert header == "confidence,correct"
    assert float(first.split(",")[0]) == pytest.approx(confidence.max(), abs=1e-6)
    assert len(rest) == 299
    read, right = read_dev(tmp_path)
    assert np.allclose(np.sort(read), np.sort(confidence), atol=1e-6)
    assert right.sum() == correct.sum()
    assert threshold_of(tmp_path, 0.15) == pytest.approx(confidence_for_risk(confidence, correct, 0.15), abs=2e-6)


def test_the_risk_that_a_refusal_names_is_the_smallest_that_holds(tmp_path, rng):
    folder = tmp_path / "toon"
    folder.mkdir()
    confidence, correct = drawn(600, rng)
    clusters = np.repeat(np.arange(300), 2)
    write_dev(folder, confidence, correct, more={"cluster": clusters})
    with pytest.raises(ModelError, match=r"^Model 'toon': No confidence keeps") as refused:
        threshold_of(folder, 0.005)
    least = float(str(refused.value).partition("can be promised is ")[2].partition(",")[0])
    assert 0 < threshold_of(folder, least) < 1
    with pytest.raises(ModelError):
        threshold_of(folder, least - 0.01)


def test_further_columns_come_back_and_clusters_count(tmp_path, rng):
    confidence, correct = drawn(400, rng)
    clusters = np.repeat(np.arange(40), 10)
    write_dev(tmp_path, confidence, correct, more={"cluster": clusters, "member-1 negative": confidence / 2})
    columns = read_dev_columns(tmp_path)
    assert list(columns) == ["confidence", "correct", "cluster", "member-1 negative"]
    np.testing.assert_allclose(columns["member-1 negative"] * 2, columns["confidence"], atol=2e-6)
    expected = confidence_for_risk(confidence, correct, 0.25, clusters=clusters)
    assert threshold_of(tmp_path, 0.25) == pytest.approx(expected, abs=2e-6)
    np.testing.assert_array_equal(read_dev(tmp_path)[0], columns["confidence"])


def test_a_folder_without_dev_units_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"has no dev\.csv, so no risk can be promised"):
        threshold_of(tmp_path, 0.1)
    (tmp_path / "dev.csv").write_text("confidence,correct\nhoog,1\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"dev\.csv is not a table of confidence and correct"):
        threshold_of(tmp_path, 0.1)


def test_a_labeller_abstains_where_the_dev_units_say_so(tone_model, tone_units, monkeypatch, tmp_path, rng):
    confidence, correct = read_dev(tone_model)
    assert len(confidence) == len(tone_units[::2])
    labeller = load(tone_model, risk=0.4)
    rows = labeller.label(tone_units)
    assert labeller.min_confidence == confidence_for_risk(confidence, correct, 0.4)
    assert (rows["abstained"] == (rows["confidence"] < labeller.min_confidence)).all()
    with pytest.raises(ModelError, match="both say when to abstain"):
        load(tone_model, risk=0.1, min_confidence=0.5)


def miscalibrated(units, rng, *, shift):
    """Probabilities that are too sure by a factor of 2.5, and off by a term a label; gold is drawn from the right ones."""
    logits = rng.normal(size=(units, 3)) * 1.2
    right = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    gold = (rng.random((units, 1)) > right.cumsum(axis=1)).sum(axis=1)
    return Calibration((2.5,) * 3, shift).apply(right), gold


def test_calibration_error_falls_on_held_out_units(rng):
    dev, dev_gold = miscalibrated(600, rng, shift=(0.0, 0.0, 0.0))
    test, gold = miscalibrated(4000, rng, shift=(0.0, 0.0, 0.0))
    found = fit_temperature(dev, dev_gold)
    assert expected_calibration_error(test, gold) > 0.15
    assert expected_calibration_error(found.apply(test), gold) < 0.05
    assert found.scale == pytest.approx((0.4,) * 3, abs=0.06)


def test_baselines_know_no_risk(tmp_path):
    from stance.training.baselines import MajorityClassifier

    units = pd.DataFrame({"text": ["Een.", "Twee.", "Drie."]})
    MajorityClassifier(variable="tone").fit(units, ["neutral", "neutral", "positive"]).save(tmp_path / "m")
    with pytest.raises(ModelError, match=r"has no dev\.csv"):
        load(tmp_path / "m", risk=0.1)
