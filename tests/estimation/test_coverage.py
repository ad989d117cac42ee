"""Do 95% intervals hold the truth in 95% of studies? A classifier that errs more in one outlet, 20 thousand units, 400 of them coded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import Variable
from stance.estimation.comparisons import Asked, Measures, Setting, bounded
from stance.estimation.counting import counted_units
from stance.estimation.dsl import adjusted, cross_fitted
from stance.estimation.estimates import estimate
from stance.estimation.inference import bound, cell_units, folds_of
from stance.estimation.question import Question
from stance.estimation.shares import coded_shares, dsl_shares, naive_shares, ppi_shares
from stance.estimation.tuning import tuned_weights

STUDIES, UNITS, CODED = 1_000, 20_000, 400
AT_ONCE = 50  # studies in one call: each study has two groups of its own, its outlets
SHARES = np.array([0.30, 0.40])  # of negative units in each outlet
HIT = np.array([0.85, 0.60])  # how often a negative unit is predicted negative
FALSE = np.array([0.15, 0.05])  # and another one
TRUTH = SHARES[1] - SHARES[0]


def studies(rng, count, units=UNITS, coded=CODED, *, stories):
    """Return outlet, story, truth, prediction and whether coded of the units of several studies, shape (count, units).

    Stories hold four units on average, from both outlets, and make truth and errors alike.
    """
    shape = (count, units)
    outlet = rng.integers(2, size=shape)
    story = rng.integers(units // 4, size=shape) if stories else np.broadcast_to(np.arange(units), shape)
    draws = [rng.random(shape) for _ in range(2)]
    if stories:
        for number, draw in enumerate(draws):
            common = np.take_along_axis(rng.random((count, units // 4)), story, axis=1)
            draws[number] = np.where(rng.random(shape) < 0.5, common, draw)
    truth = draws[0] < SHARES[outlet]
    predicted = draws[1] < np.where(truth, HIT[outlet], FALSE[outlet])
    chosen = np.zeros(shape, dtype=bool)
    for row in chosen:
        row[rng.choice(units, coded, replace=False)] = True
    return outlet, story, truth, predicted, chosen


def counted_setting(outlet, story, chosen, weight, *, outlets=2):
    count, units = outlet.shape
    study = np.repeat(np.arange(count), units)
    group, coded = study * outlets + outlet.ravel(), chosen.ravel()
    cells = cell_units(study * (int(story.max()) + 1) + story.ravel(), group)
    counted = counted_units(group, coded, np.where(coded, weight.ravel(), 0.0), cells)
    pairs = np.arange(count)
    group, reference = (pairs, np.full(count, -1)) if outlets == 1 else (2 * pairs + 1, 2 * pairs)
    asked = Asked(group, reference, np.zeros(count, dtype=np.int64))
    return Setting(asked, Measures(("negative",), np.ones((1, 1)), np.ones(1)), counted, cells)


def powered(gold, prediction, setting):
    """Return prediction-powered shares with the weight of the prediction fitted by cross-fitting."""
    cluster = setting.cells.cluster[setting.cells.cell]
    fold = folds_of(np.arange(len(cluster)).astype(str), cluster, folds=10, seed=1)
    return ppi_shares(gold, prediction, setting.counted, tuned_weights(gold, prediction, setting.counted, setting.cells, fold=fold))


def intervals(rng, *, stories):
    """Return the intervals of the difference between outlets in each study, by way of estimating."""
    found = {"naive": [], "coded": [], "corrected": []}
    for _ in range(STUDIES // AT_ONCE):
        outlet, story, truth, predicted, chosen = studies(rng, AT_ONCE, stories=stories)
        setting = counted_setting(outlet, story, chosen, np.full(chosen.shape, UNITS / CODED))
        prediction = predicted.reshape(-1, 1).astype(float)
        gold = np.where(setting.counted.coded, truth.ravel(), False).reshape(-1, 1).astype(float)
        found["naive"].append(bounded(naive_shares(prediction, setting.counted), setting, shown=None))
        found["coded"].append(bounded(coded_shares(gold, setting.counted), setting, shown=gold))
        found["corrected"].append(bounded(powered(gold, prediction, setting), setting, shown=gold - prediction))
    return {
        name: pd.DataFrame({"low": np.concatenate([b.low for b in parts]), "high": np.concatenate([b.high for b in parts])})
        for name, parts in found.items()
    }


@pytest.mark.parametrize("stories", [False, True])
def test_corrected_intervals_hold_the_true_difference_and_naive_ones_do_not(stories):
    found = intervals(np.random.default_rng(2019), stories=stories)
    held = {name: float(((table["low"] <= TRUTH) & (table["high"] >= TRUTH)).mean()) for name, table in found.items()}
    width = {name: float((table["high"] - table["low"]).mean()) for name, table in found.items()}
    assert held["naive"] < 0.05
    assert 0.93 <= held["corrected"] <= 0.97
    assert 0.93 <= held["coded"] <= 0.97
    assert width["corrected"] < 0.85 * width["coded"]


def test_dsl_intervals_hold_the_truth_where_some_units_were_drawn_more_often(rng):
    held, count, units = [], 25, 4_000
    for _ in range(16):
        outlet, story, truth, predicted, _ = studies(rng, count, units, 1, stories=True)
        probability = np.where(predicted, 0.10, 0.04) * np.where(outlet == 1, 1.2, 0.8)
        chosen = rng.random(probability.shape) < probability
        setting = counted_setting(outlet, story, chosen, 1 / probability)
        counted, prediction = setting.counted, predicted.reshape(-1, 1).astype(float)
        gold = np.where(counted.coded, truth.ravel(), False).reshape(-1, 1).astype(float)
        cluster = setting.cells.cluster[setting.cells.cell]
        fold = folds_of(np.arange(len(cluster)).astype(str), cluster, folds=10, seed=1)
        expected = cross_fitted(prediction, gold, counted.weight, group=counted.group, fold=fold)
        outcome = adjusted(expected, gold, np.where(counted.coded, probability.ravel(), np.nan))
        found = bounded(dsl_shares(outcome, counted), setting, shown=gold - prediction)
        held += ((found.low <= TRUTH) & (found.high >= TRUTH)).tolist()
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.parametrize(("coded", "hit", "false"), [(40, HIT, FALSE), (60, np.array([0.97, 0.96]), np.array([0.02, 0.01]))])
def test_few_coded_units_do_not_make_intervals_too_narrow(rng, coded, hit, false, monkeypatch):
    """Twenty coded units an outlet, and a model so good that often none of thirty is wrong."""
    monkeypatch.setattr(f"{__name__}.HIT", hit)
    monkeypatch.setattr(f"{__name__}.FALSE", false)
    outlet, story, truth, predicted, chosen = studies(rng, 400, 1_000, coded, stories=False)
    setting = counted_setting(outlet, story, chosen, np.full(chosen.shape, 1_000 / coded))
    gold = np.where(setting.counted.coded, truth.ravel(), False).reshape(-1, 1).astype(float)
    prediction = predicted.reshape(-1, 1).astype(float)
    found = bounded(powered(gold, prediction, setting), setting, shown=gold - prediction)
    assert np.mean((found.low <= TRUTH) & (found.high >= TRUTH)) >= 0.925


def test_a_rare_label_is_not_estimated_too_low(rng):
    """A label of 2% and 200 coded units, four of them with it on average; a weight fitted to these very units leans with them."""
    shape = (400, 2_000)
    truth = rng.random(shape) < 0.02
    predicted = np.where(truth, rng.random(shape) < 0.5, rng.random(shape) < 0.02)
    chosen = np.broadcast_to(np.arange(2_000) < 200, shape)
    units = np.broadcast_to(np.arange(2_000), shape)
    setting = counted_setting(np.zeros(shape, dtype=np.int64), units, chosen, np.full(shape, 10.0), outlets=1)
    setting = replace(setting, measures=Measures(("yes", "no"), np.eye(2), np.ones(2)))
    gold = np.stack([truth.ravel(), ~truth.ravel()], axis=1) * setting.counted.coded[:, None].astype(float)
    prediction = np.stack([predicted.ravel(), ~predicted.ravel()], axis=1).astype(float)
    found = bounded(powered(gold, prediction, setting), setting, shown=gold - prediction)
    assert found.estimate.mean() == pytest.approx(0.02, rel=0.06)  # fitted to all coded units, it is low by 5 to 8%
    assert 0.91 <= np.mean((found.low <= 0.02) & (found.high >= 0.02)) <= 0.99


def test_clusters_ignored_make_intervals_too_narrow(rng):
    """The reason for --cluster: whole stories are coded here, as when a sample takes all articles of a day."""
    outlet, story, truth, predicted, _ = studies(rng, 200, 4_000, 1, stories=True)
    chosen = story < 100
    held = {}
    for name, cluster in (("stories", story), ("units", np.broadcast_to(np.arange(4_000), story.shape))):
        setting = counted_setting(np.zeros_like(outlet), cluster, chosen, np.full(chosen.shape, 10.0), outlets=1)
        gold = np.where(setting.counted.coded, truth.ravel(), False).reshape(-1, 1).astype(float)
        shares = powered(gold, predicted.reshape(-1, 1).astype(float), setting)
        found = bound(
            shares.estimate[:, 0], setting.cells.covariance(shares.influence[:, 0]).diagonal(), setting.counted.coded_clusters - 1.0
        )
        share = SHARES.mean()
        held[name] = float(np.mean((found.low <= share) & (share <= found.high)))
    assert held["stories"] >= 0.91
    assert held["units"] < held["stories"] - 0.03


@pytest.mark.parametrize("clusters", [10, 20, 30])
def test_clusters_that_are_right_or_wrong_as_a_whole(rng, clusters):
    """Stories of ten, wholly coded: often all are predicted right, which says no more than as many units as there are stories."""
    held = []
    for _ in range(120):
        story = np.repeat(np.arange(400), 10)
        truth = np.repeat(rng.random(400) < 0.5, 10)
        predicted = truth & ~np.repeat(rng.random(400) < 0.1, 10)
        chosen = np.isin(story, rng.choice(400, clusters, replace=False))
        rows = pd.DataFrame({"id": np.arange(4_000), "label": np.where(predicted, "yes", "no"), "cluster": story})
        coded = pd.DataFrame({"id": np.flatnonzero(chosen), "label": np.where(truth[chosen], "yes", "no"), "sample_prob": clusters / 400})
        share = estimate(rows, coded, Question(Variable("mentioned", ("no", "yes")))).table.set_index("measure").loc["yes"]
        held.append(share["low"] <= truth.mean() <= share["high"])
    assert np.mean(held) >= 0.92


@pytest.mark.parametrize("odds", [[], ["yes"]])
def test_a_regression_is_as_careful_as_a_difference(rng, odds):
    """Thirty coded, all errors in one outlet: often none is among them, and the coefficient must not be certain of what nothing shows."""
    held, certain = [], []
    for _ in range(100):
        outlet, truth = rng.choice(["De Merenbode", "Het Kanaal"], size=4_000), rng.random(4_000) < 0.5
        predicted = truth & ~((rng.random(4_000) < 0.1) & (outlet == "Het Kanaal"))
        rows = pd.DataFrame({"id": np.arange(4_000), "label": np.where(predicted, "yes", "no"), "outlet": outlet})
        chosen = rng.choice(4_000, 30, replace=False)
        coded = pd.DataFrame({"id": chosen, "label": np.where(truth[chosen], "yes", "no")})
        question = Question(Variable("mentioned", ("no", "yes")), regress=["outlet"], random_sample=True, minimum=5, odds=odds)
        found = estimate(rows, coded, question).table
        slope = found[found["measure"].str.startswith("outlet")].iloc[0]
        held.append(slope["low"] <= 0 <= slope["high"])
        certain.append(slope["p"] < 0.05)
    assert np.mean(held) >= 0.93
    assert np.mean(certain) <= 0.07
