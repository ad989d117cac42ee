from __future__ import annotations

import time

import numpy as np
import pytest

from stance.errors import CodingError
from stance.evaluation.metrics import compare
from stance.evaluation.resampling import bootstrap, over_seeds, paired_difference

LABELS = ("against", "neutral", "favor")
NAMES = np.array(LABELS, dtype=object)
ROW_SETS = 300  # enough to see the row bootstrap fail
SHARES = np.array([0.3, 0.3, 0.4])


def clustered(rng, stories=100, ability=(2.0, 1.0)):
    """Units of stories: 1 to 8 a story, right with a chance that the story sets (Beta), so that they succeed and fail together."""
    sizes = rng.integers(1, 9, size=stories)
    story = np.repeat(np.arange(stories), sizes)
    chance = rng.beta(*ability, size=stories)[story]
    gold = rng.choice(3, p=SHARES, size=len(story))
    wrong = (gold + rng.integers(1, 3, size=len(story))) % 3
    return gold, np.where(rng.random(len(story)) < chance, gold, wrong), story


def population_scores(right=2 / 3):
    """The scores of `clustered` in the population: right with chance 2/3, else one of the two other labels."""
    table = SHARES[:, None] * np.where(np.eye(3) > 0, right, (1 - right) / 2)
    return compare(["favor"], ["favor"], labels=LABELS).scores(table * 1e9)


@pytest.fixture(scope="module")
def covered():
    """Share of 1,000 simulated sets (300 by row) whose interval holds the population's score, by cluster and by row."""
    rng = np.random.default_rng(11)
    truth = population_scores()
    hits = {"cluster": {"accuracy": 0, "macro_f1": 0, "alpha": 0}, "row": {"accuracy": 0, "macro_f1": 0, "alpha": 0}}
    for each in range(1000):
        gold, predicted, story = clustered(rng)
        for kind, clusters in (("cluster", story), ("row", None)) if each < ROW_SETS else (("cluster", story),):
            found = compare(NAMES[gold], NAMES[predicted], labels=LABELS, clusters=clusters)
            table = bootstrap(found, rng=rng, draws=400).set_index("metric")
            for metric in hits[kind]:
                hits[kind][metric] += table.loc[metric, "low"] <= truth[metric] <= table.loc[metric, "high"]
    sets = {"cluster": 1000, "row": ROW_SETS}
    return {kind: {metric: count / sets[kind] for metric, count in each.items()} for kind, each in hits.items()}


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "alpha"])
def test_intervals_by_cluster_cover_the_truth(covered, metric):
    assert 0.93 <= covered["cluster"][metric] <= 0.97


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "alpha"])
def test_intervals_by_row_do_not(covered, metric):
    assert covered["row"][metric] < 0.90


def test_ten_thousand_draws_take_seconds(rng):
    gold, predicted, story = clustered(rng, stories=3000)
    found = compare(NAMES[gold], NAMES[predicted], labels=LABELS, clusters=story)
    began = time.perf_counter()
    bootstrap(found, rng=rng)
    assert time.perf_counter() - began < 10


def test_score_lies_in_its_interval_and_labels_are_listed(rng):
    gold, predicted, story = clustered(rng)
    table = bootstrap(compare(NAMES[gold], NAMES[predicted], labels=LABELS, clusters=story), rng=rng, draws=500)
    assert list(table["metric"]) == ["accuracy", "macro_f1", "alpha", "mae", "f1_against", "f1_neutral", "f1_favor"]
    assert ((table["low"] <= table["score"]) & (table["score"] <= table["high"])).all()
    assert (table["note"] == "").all()


@pytest.mark.parametrize("clusters", [["one story"] * 20, [f"story {number % 9}" for number in range(20)]])
def test_few_clusters_give_accuracy_alone_an_interval_and_say_so(clusters, rng):
    gold, predicted = ["against", "favor"] * 10, ["against", "favor", "favor", "favor"] * 5
    found = compare(gold, predicted, labels=("against", "favor"), clusters=clusters)
    table = bootstrap(found, rng=rng, draws=200).set_index("metric")
    others, few = table.drop(index="accuracy"), f"{len(set(clusters))} clusters, under 10: no interval"
    assert others[["low", "high"]].isna().all(axis=None)
    assert (others["note"] == few).all()
    assert table.loc["accuracy", "low"] < 0.75 < table.loc["accuracy", "high"]
    worse = compare(gold, predicted[::-1], labels=("against", "favor"), clusters=clusters)
    assert (paired_difference(found, worse, rng=rng, draws=200)["note"] == few).all()
    assert (over_seeds([found, found], rng=rng, draws=200)["note"] == few).all()


def test_where_all_is_right_accuracy_has_the_exact_interval_and_the_rest_none(rng):
    found = compare(["against", "favor"] * 10, ["against", "favor"] * 10, labels=("against", "favor"))
    table = bootstrap(found, rng=rng, draws=200).set_index("metric")
    assert table.loc["accuracy", "low"] == pytest.approx(0.025 ** (1 / 20))  # Clopper-Pearson at 20 of 20
    assert table.loc["accuracy", "high"] == 1
    others = table.drop(index="accuracy")
    assert others[["low", "high"]].isna().all(axis=None)
    assert (others["note"] == "every draw scores the same: no interval").all()


@pytest.mark.parametrize(("units", "confidence"), [(10, 0.95), (12, 0.95), (40, 0.95), (40, 0.8)])
def test_the_interval_of_accuracy_covers_with_few_units(units, confidence, rng):
    """Of 1,000 sets that are right in .9 of units on average, at least this share has an interval that holds .9."""
    right = rng.binomial(units, 0.9, size=1000)
    sets = [compare(["favor"] * units, ["favor"] * hits + ["against"] * (units - hits), labels=LABELS) for hits in right]
    assert sum(0.9 in found.accuracy_interval(confidence=confidence) for found in sets) / 1000 >= confidence - 0.01


def test_undefined_alpha_is_told_and_not_silent(rng):
    table = bootstrap(compare(["favor"] * 12, ["favor"] * 12, labels=LABELS), rng=rng, draws=50).set_index("metric")
    assert table.loc["alpha", "note"] == "undefined: gold and predictions hold one label only"


def test_one_model_beside_itself_does_not_differ(rng):
    gold, predicted, story = clustered(rng)
    found = compare(NAMES[gold], NAMES[predicted], labels=LABELS, clusters=story)
    table = paired_difference(found, found, rng=rng, draws=200)
    assert (table["difference"] == 0).all()
    assert (table["note"] == "every draw scores the same: no interval").all()
    assert (table["p"] == 1).all()


def test_a_better_model_is_found_better(rng):
    gold, predicted, story = clustered(rng)
    better = np.where(rng.random(len(gold)) < 0.4, gold, predicted)
    first, second = (compare(NAMES[gold], NAMES[each], labels=LABELS, clusters=story) for each in (better, predicted))
    table = paired_difference(first, second, rng=rng, draws=2000).set_index("metric")
    assert table.loc["accuracy", "low"] > 0
    assert table.loc["accuracy", "p"] < 0.01


def test_equal_models_are_called_different_in_five_of_a_hundred(rng):
    calls = 0
    for _ in range(400):
        gold, first, story = clustered(rng, stories=60)
        chance = rng.beta(2.0, 1.0, size=60)[story]
        second = np.where(rng.random(len(gold)) < chance, gold, (gold + rng.integers(1, 3, size=len(gold))) % 3)
        pair = (compare(NAMES[gold], NAMES[each], labels=LABELS, clusters=story) for each in (first, second))
        calls += paired_difference(*pair, rng=rng, draws=200).set_index("metric").loc["accuracy", "p"] <= 0.05
    assert 0.02 <= calls / 400 <= 0.085


def test_models_scored_on_other_units_are_refused(rng):
    first = compare(["favor", "against"], ["favor", "favor"], labels=LABELS)
    second = compare(["favor", "favor"], ["favor", "favor"], labels=LABELS)
    with pytest.raises(CodingError, match="evaluation 2 was scored on other units than the first"):
        paired_difference(first, second, rng=rng)


def test_seeds_give_mean_and_spread(rng):
    gold, predicted, story = clustered(rng)
    seeds = [np.where(rng.random(len(gold)) < share, gold, predicted) for share in (0.1, 0.2, 0.3)]
    found = [compare(NAMES[gold], NAMES[each], labels=LABELS, clusters=story) for each in seeds]
    row = over_seeds(found, rng=rng, draws=1000).set_index("metric").loc["accuracy"]
    scores = [each.accuracy for each in found]
    assert (row["seeds"], row["mean"], row["sd"]) == (3, pytest.approx(np.mean(scores)), pytest.approx(np.std(scores, ddof=1)))
    one = bootstrap(found[1], rng=rng, draws=1000).set_index("metric").loc["accuracy"]
    assert row["high"] - row["low"] > one["high"] - one["low"]  # the spread of seeds comes on top
    with pytest.raises(CodingError, match="needs at least two"):
        over_seeds(found[:1], rng=rng)
