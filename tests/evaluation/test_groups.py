from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from stance.coding.codebook import Variable, builtin
from stance.errors import CodingError
from stance.evaluation.groups import score_groups

TONE = builtin("tone")


@pytest.fixture
def units(rng):
    gold = rng.choice(np.array(TONE.labels, dtype=object), 203)
    predicted = np.where(rng.random(203) < 0.8, gold, "neutral")
    outlet = np.repeat(["De Dagkrant", "Het Nieuws", "Weekblad"], [100, 100, 3])
    predicted[100:140] = "neutral"
    return pd.DataFrame({"outlet": outlet, "year": np.arange(203) % 2 + 2021, "gold": gold, "predicted": predicted})


def test_each_group_scores_as_on_its_own(units, rng):
    table = score_groups(units, ["outlet"], variable=TONE, rng=rng, draws=300).table.query("metric == 'macro_f1'").set_index("outlet")
    for outlet in ("De Dagkrant", "Het Nieuws"):
        own = units[units["outlet"] == outlet]
        theirs = f1_score(own["gold"], own["predicted"], labels=list(TONE.labels), average="macro", zero_division=0)
        assert table.loc[outlet, "score"] == pytest.approx(theirs)
        assert table.loc[outlet, "low"] < theirs < table.loc[outlet, "high"]


def test_an_outlet_with_three_articles_has_a_reason_and_is_not_compared(units, rng):
    units.loc[200:, "predicted"] = "negative"
    units.loc[200:, "gold"] = ["positive", "neutral", "positive"]
    groups = score_groups(units, ["outlet"], variable=TONE, rng=rng, draws=300)
    small = groups.table[groups.table["outlet"] == "Weekblad"]
    assert (small["n"] == 3).all()
    assert small["low"].isna().all()
    assert (small["note"] == "3 units, under 10: no interval").all()
    assert groups.worst()["outlet"] == "Het Nieuws"


def test_gap_is_best_minus_worst(units, rng):
    groups = score_groups(units, ["outlet"], variable=TONE, rng=rng, draws=100)
    scores = groups.table.query("metric == 'accuracy' and n >= 10")["score"]
    assert groups.gap("accuracy") == pytest.approx(scores.max() - scores.min())
    assert groups.worst("mae")["score"] == groups.table.query("metric == 'mae' and n >= 10")["score"].max()


def test_equally_good_groups_are_called_apart_in_five_of_a_hundred(rng):
    """200 tables of eight groups of 12 units, each right in .85 of units on average; no interval is drawn."""
    outlet, gold, called = np.repeat(list("abcdefgh"), 12), np.array(["negative", "positive"] * 48, dtype=object), 0
    for _ in range(200):
        predicted = np.where(rng.random(96) < 0.85, gold, gold[::-1])
        table = pd.DataFrame({"outlet": outlet, "gold": gold, "predicted": predicted})
        called += len(score_groups(table, ["outlet"], variable=TONE, rng=rng, draws=0).apart()) > 0
    assert called / 200 <= 0.05


def test_groups_far_apart_are_called_so(units, rng):
    units.loc[units["outlet"] == "De Dagkrant", "predicted"] = units["gold"]
    worst, best = score_groups(units, ["outlet"], variable=TONE, rng=rng, draws=0).apart().to_dict("records")
    assert (worst["outlet"], best["outlet"], best["score"]) == ("Het Nieuws", "De Dagkrant", 1.0)
    assert worst["high"] < best["low"]


def test_two_columns_make_the_groups(units, rng):
    table = score_groups(units, ["outlet", "year"], variable=TONE, rng=rng, draws=50).table
    assert list(table.columns[:4]) == ["outlet", "year", "n", "metric"]
    assert len(table[["outlet", "year"]].drop_duplicates()) == 6
    assert table.drop_duplicates(["outlet", "year"])["n"].sum() == 203


def test_units_without_a_group_are_a_group(units, rng):
    units["outlet"] = units["outlet"].astype(object)
    units.loc[:19, "outlet"] = None
    table = score_groups(units, ["outlet"], variable=TONE, rng=rng, draws=50).table
    assert table.loc[table["outlet"].isna(), "n"].unique().tolist() == [20]


def test_a_label_the_group_lacks_is_told(units, rng):
    units = units[(units["outlet"] == "Het Nieuws") & (units["gold"] != "positive")]
    table = score_groups(units, ["outlet"], variable=TONE, rng=rng, draws=50).table.set_index("metric")
    assert table.loc["macro_f1", "note"] == "no unit has gold positive"
    table = score_groups(units.assign(cluster="one story"), ["outlet"], variable=TONE, rng=rng, draws=50).table.set_index("metric")
    assert table.loc["macro_f1", "note"] == "1 clusters, under 10: no interval; no unit has gold positive"
    assert table.loc["accuracy", ["low", "high"]].notna().all()


def test_what_cannot_be_compared_is_refused(units, rng):
    groups = score_groups(units[200:], ["outlet"], variable=TONE, rng=rng, draws=50)
    with pytest.raises(CodingError, match="groups by outlet cannot be compared: each has fewer than 10 units"):
        groups.gap()
    with pytest.raises(CodingError, match=r"metric 'macrof1' is unknown; .* Did you mean 'macro_f1'"):
        groups.gap("macrof1")
    with pytest.raises(CodingError, match=r"column 'outlets' is missing.* Did you mean 'outlet'"):
        score_groups(units, ["outlets"], variable=TONE, rng=rng)


def test_a_gap_of_15_points_is_found_about_as_often_as_a_chi_square_finds_it(rng):
    """Two groups of 100 coded units: intervals that do not meet found it in one of six studies."""
    found, expected = [], []
    for _ in range(150):
        group = np.repeat(["a", "b"], 100)
        right = rng.random(200) < np.where(group == "a", 0.825, 0.675)
        units = pd.DataFrame({"group": group, "gold": "favor", "predicted": np.where(right, "favor", "against")})
        scores = score_groups(units, ["group"], variable=Variable("stance", ("against", "favor")), rng=rng, draws=0)
        table = [[right[:100].sum(), 100 - right[:100].sum()], [right[100:].sum(), 100 - right[100:].sum()]]
        expected.append(stats.chi2_contingency(table, correction=False).pvalue)
        assert scores.p == pytest.approx(expected[-1])
        found.append(len(scores.apart()))
    assert np.mean(found) / 2 == np.mean(np.array(expected) < 0.05)
    assert np.mean(found) / 2 > 0.5


def test_stories_that_are_right_or_wrong_as_a_whole_are_no_gap(rng):
    """Two groups of 12 stories of ten units each: by units, chance makes a gap in half of the studies."""
    found = []
    for _ in range(150):
        story = np.repeat(np.arange(24), 10)
        right = (rng.random(24) < 0.6)[story]
        units = pd.DataFrame(
            {"group": np.where(story < 12, "a", "b"), "gold": "favor", "predicted": np.where(right, "favor", "against"), "cluster": story}
        )
        found.append(len(score_groups(units, ["group"], variable=Variable("stance", ("against", "favor")), rng=rng, draws=0).apart()) > 0)
    assert np.mean(found) <= 0.1
