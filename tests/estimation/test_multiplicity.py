"""Many comparisons: Holm, simultaneous intervals, one test for all groups, and tests of no difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stance.coding.codebook import Variable
from stance.estimation.estimates import estimate
from stance.estimation.inference import bound
from stance.estimation.multiplicity import equivalent, holm, together, welch
from stance.estimation.question import Question

VARIABLE = Variable("mentioned", ("no", "yes"))
OUTLETS = 8


def test_holm_equals_statsmodels(rng):
    from statsmodels.stats.multitest import multipletests

    p = rng.random(12) ** 2
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_welch_equals_statsmodels(rng):
    from statsmodels.stats.oneway import anova_oneway

    groups = [rng.normal(scale=scale, size=size) for scale, size in ((1, 8), (2, 12), (3, 30))]
    theirs = anova_oneway(groups, use_var="unequal", welch_correction=True)
    means, variances = np.array([each.mean() for each in groups]), [each.var(ddof=1) / len(each) for each in groups]
    ours = welch(means, np.diag(variances), np.array([len(each) - 1.0 for each in groups]))
    assert (ours.statistic, ours.denominator, ours.p) == pytest.approx((theirs.statistic, theirs.df_denom, theirs.pvalue))


def test_two_one_sided_tests_equal_statsmodels(rng):
    from statsmodels.stats.weightstats import ttost_ind

    first, second = rng.normal(size=40), rng.normal(size=40) + 0.1
    error, freedom = np.sqrt(first.var(ddof=1) / 40 + second.var(ddof=1) / 40), 78.0
    found = bound(np.array([first.mean() - second.mean()]), np.array([error**2]), np.array([freedom]))
    assert equivalent(found, 0.5)[0] == pytest.approx(ttost_ind(first, second, -0.5, 0.5)[0])


def test_bounds_for_all_are_those_of_bonferroni():
    found = bound(np.zeros(4), np.ones(4), np.full(4, 10.0))
    low, high = together(found, np.array([True, True, True, False]))
    assert high[:3] == pytest.approx(stats.t.ppf(1 - 0.025 / 3, 10))
    assert low[0] == -high[0]
    assert np.isnan(high[3])


@pytest.fixture(scope="module")
def equal_outlets():
    """Eight equal outlets in 100 studies at once, with 20 coded units each, and a model that errs alike in all."""
    rng, studies = np.random.default_rng(3), 100
    units = studies * OUTLETS * 60
    truth = rng.random(units) < 0.4
    predicted = np.where(rng.random(units) < 0.7, truth, rng.random(units) < 0.5)
    rows = pd.DataFrame(
        {
            "id": np.arange(units).astype(str),
            "label": np.where(predicted, "yes", "no"),
            "study": np.repeat(np.arange(studies), units // studies),
        }
    )
    rows["outlet"] = np.tile(np.repeat([f"Courant {number}" for number in range(OUTLETS)], 60), studies)
    coded = np.tile(np.arange(60) < 20, studies * OUTLETS)
    gold = rows[coded].assign(label=np.where(truth, "yes", "no")[coded])[["id", "label"]]
    question = Question(VARIABLE, by=["outlet", "study"], random_sample=True, equivalent=0.5)
    return estimate(rows, gold, question).table.query("measure == 'yes'")


def test_equal_outlets_are_found_equal_by_the_test_of_all(equal_outlets):
    p = equal_outlets.loc[equal_outlets["part"] == "omnibus", "p"]
    assert len(p) == 100
    assert (p < 0.05).mean() <= 0.11  # 5%, and what 100 studies may add by chance


def test_equal_outlets_differ_somewhere_in_half_of_the_studies_without_holm(equal_outlets):
    differences = equal_outlets[equal_outlets["part"] == "difference"]
    adjusted = differences.groupby("study")["p"].transform(lambda p: holm(p.to_numpy()))
    some = {"p": differences["p"] < 0.05, "holm": adjusted < 0.05}
    rate = {name: found.groupby(differences["study"]).any().mean() for name, found in some.items()}
    assert rate["p"] > 0.2
    assert rate["holm"] <= 0.11
    assert (differences["p_holm"] >= adjusted - 1e-12).all()  # there the family is of all studies
    assert (differences["low_all"] < differences["low"]).all()
    assert (differences["p_equivalent"] < 0.05).mean() > 0.8
