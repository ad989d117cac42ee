from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import InputError
from stance.estimation.groups import column_of, group_units, pairs_of
from stance.estimation.sampling import draw_sample, uncertainty


@pytest.fixture
def units(rng):
    confidence = rng.uniform(0.34, 1, size=200)
    return pd.DataFrame({"id": range(200), "outlet": np.repeat(["Merenbode", "Kanaal", "Sluis"], [150, 45, 5]), "confidence": confidence})


def test_a_simple_random_sample_has_one_probability(units, rng):
    drawn = draw_sample(units, n=40, rng=rng)
    assert len(drawn) == drawn["id"].nunique() == 40
    assert drawn["sample_prob"].tolist() == pytest.approx([0.2] * 40)
    assert not drawn["id"].is_monotonic_increasing


def test_a_stratified_sample_takes_as_many_from_each_and_all_of_a_small_one(units, rng):
    drawn = draw_sample(units, n=45, rng=rng, by=["outlet"])
    assert drawn["outlet"].value_counts().to_dict() == {"Merenbode": 20, "Kanaal": 20, "Sluis": 5}
    assert drawn.groupby("outlet")["sample_prob"].first().to_dict() == pytest.approx({"Merenbode": 20 / 150, "Kanaal": 20 / 45, "Sluis": 1})


@pytest.mark.parametrize("by", [(), ("outlet",)])
def test_units_are_drawn_as_often_as_their_probability_says(units, rng, by):
    times, stated = np.zeros(200), np.full(200, np.nan)
    for _ in range(300):
        drawn = draw_sample(units, n=30, rng=rng, by=by, by_uncertainty=True)
        times[drawn["id"]] += 1
        stated[drawn["id"]] = drawn["sample_prob"]
    assert np.isfinite(stated).all()
    error = np.sqrt(stated * (1 - stated) / 300)
    assert (np.abs(times / 300 - stated) <= 4.5 * error + 1e-9).all()


@pytest.mark.parametrize("by_uncertainty", [False, True])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_with_fewer_units_than_groups_every_unit_has_its_chance(rng, n, by_uncertainty):
    outlet = np.repeat(["Merenbode", "Kanaal", "Sluis", "Kade", "Dijk"], [6, 5, 3, 2, 1])
    units = pd.DataFrame({"id": range(17), "outlet": outlet, "confidence": rng.uniform(0.4, 1, size=17)})
    times, stated, draws = np.zeros(17), np.full(17, np.nan), 2_000
    for _ in range(draws):
        drawn = draw_sample(units, n=n, rng=rng, by=["outlet"], by_uncertainty=by_uncertainty)
        assert drawn["id"].nunique() == len(drawn) == n
        times[drawn["id"]] += 1
        stated[drawn["id"]] = drawn["sample_prob"]
    assert (stated > 0).all()
    assert stated.sum() == pytest.approx(n)
    assert pd.Series(stated).groupby(outlet).sum().to_numpy() == pytest.approx([n / 5] * 5)
    assert (np.abs(times / draws - stated) <= 4.5 * np.sqrt(stated * (1 - stated) / draws)).all()


def test_with_fewer_units_than_groups_any_two_groups_may_come_together(rng):
    units = pd.DataFrame({"outlet": ["A", "B", "C", "D"] * 5})
    pairs = {tuple(sorted(draw_sample(units, n=2, rng=rng, by=["outlet"])["outlet"])) for _ in range(200)}
    assert {"".join(pair) for pair in pairs if pair[0] != pair[1]} == {"AB", "AC", "AD", "BC", "BD", "CD"}


def test_unsure_units_are_drawn_more_often_and_sure_ones_still(units, rng):
    sure = units.assign(confidence=np.where(units.index < 100, 1.0, 0.4))
    drawn = pd.concat([draw_sample(sure, n=40, rng=rng, by_uncertainty=True) for _ in range(20)])
    probability = drawn.groupby(drawn["confidence"] < 1)["sample_prob"].first()
    assert probability[False] == pytest.approx(0.1)
    assert probability[True] == pytest.approx(0.3)


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=5), share=st.floats(0.01, 1), seed=st.integers(0, 9))
def test_every_sample_has_its_size_and_its_weights_add_up(sizes, share, seed):
    units = pd.DataFrame({"outlet": np.repeat([f"krant {number}" for number in range(len(sizes))], sizes)})
    n = max(1, int(share * len(units)))
    drawn = draw_sample(units, n=n, rng=np.random.default_rng(seed), by=["outlet"])
    assert len(drawn) == n
    assert drawn["sample_prob"].between(0, 1, inclusive="right").all()
    if n < len(sizes):
        return  # some groups give no unit, and only over many draws do weights add up
    stands_for = (1 / drawn["sample_prob"]).groupby(drawn["outlet"]).sum()
    assert stands_for.to_numpy() == pytest.approx(units["outlet"].value_counts().reindex(stands_for.index).to_numpy())


def test_uncertainty_is_the_spread_of_the_label():
    rows = pd.DataFrame({"p_negative": [1.0, 1 / 3], "p_neutral": [0.0, 1 / 3], "p_positive": [0.0, 1 / 3], "confidence": [1.0, 1 / 3]})
    assert uncertainty(rows) == pytest.approx([0, np.sqrt(2 / 3)])
    assert uncertainty(rows[["confidence"]]) == pytest.approx([0, np.sqrt(8 / 9)])


def test_what_cannot_be_drawn_is_refused(units, rng):
    with pytest.raises(InputError, match="A sample of 201 cannot be drawn from 200 units"):
        draw_sample(units, n=201, rng=rng)
    with pytest.raises(InputError, match="needs the rows of stance label"):
        draw_sample(units.drop(columns="confidence"), n=2, rng=rng, by_uncertainty=True)
    with pytest.raises(InputError, match="Column 'confidence' is missing in 1 rows"):
        draw_sample(units.assign(confidence=units["confidence"].where(units.index > 0)), n=2, rng=rng, by_uncertainty=True)
    with pytest.raises(InputError, match="draw from the table of all units"):
        draw_sample(units.assign(sample_prob=0.1), n=2, rng=rng)
    with pytest.raises(InputError, match="the table: column 'krant' is missing"):
        draw_sample(units, n=2, rng=rng, by=["krant"])
    with pytest.raises(InputError, match="the table: there is no column 'date' to take the month from; give units that have one"):
        draw_sample(units, n=2, rng=rng, by=["month"])
    with pytest.raises(InputError, match=r"the table: no date tells its month \(first date: 17-05-2019\)"):
        draw_sample(units.assign(date="17-05-2019"), n=2, rng=rng, by=["month"])


def test_periods_of_dates():
    rows = pd.DataFrame({"date": ["2019-05-17", "2019-12", "2019", None, "gisteren"]})
    assert column_of(rows, "month").tolist() == ["2019-05", "2019-12", "(missing)", "(missing)", "(missing)"]
    assert column_of(rows, "quarter").tolist() == ["2019-Q2", "2019-Q4", "(missing)", "(missing)", "(missing)"]
    assert column_of(rows, "year").tolist() == ["2019", "2019", "2019", "(missing)", "(missing)"]
    with pytest.raises(InputError, match=r"no date tells its month \(first date: gisteren\)"):
        column_of(rows.iloc[[4]], "month")
    with pytest.raises(InputError, match="no column 'date' to take the year from"):
        column_of(pd.DataFrame({"id": [1]}), "year")


def test_a_column_of_one_s_own_goes_before_a_period():
    assert column_of(pd.DataFrame({"month": ["mei"], "date": ["2019-05-17"]}), "month").tolist() == ["mei"]


def test_differences_hold_the_other_columns_fixed():
    rows = pd.DataFrame({"outlet": list("AABBC"), "year": list("12121")})
    groups = group_units(rows, ["outlet", "year"])
    named = [(tuple(groups.table.iloc[one]), tuple(groups.table.iloc[other])) for one, other in pairs_of(groups, ["outlet", "year"], "B")]
    assert named == [(("A", "1"), ("B", "1")), (("A", "2"), ("B", "2")), (("C", "1"), ("B", "1"))]
    assert pairs_of(group_units(rows, []), [], None) == []
