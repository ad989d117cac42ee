"""Prediction-powered and design-based estimates against ppi-python, statsmodels and hand computations."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from stance.estimation.counting import counted_units
from stance.estimation.dsl import adjusted, cross_fitted
from stance.estimation.inference import cell_units
from stance.estimation.regression import coded_weights, fit, fit_ppi, plain_weights
from stance.estimation.shares import coded_shares, dsl_shares, naive_shares, ppi_shares
from stance.estimation.small_samples import clustered
from stance.estimation.tuning import tuned_weights

with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():  # it turns warnings off for everyone when it is imported
    patch.setenv("NUMBA_DISABLE_JIT", "1")  # compiling takes longer than all that is compared
    import ppi_py

Z = 1.959963984540054


def cells_of(coded, group=None):
    """Return units that are each their own cluster."""
    return cell_units(np.arange(len(coded)), np.zeros(len(coded), dtype=np.int64) if group is None else group)


def counted(coded, group=None, weight=None):
    """Return units counted where each is its own cluster."""
    group = np.zeros(len(coded), dtype=np.int64) if group is None else group
    weight = np.ones(len(coded)) if weight is None else weight
    return counted_units(group, coded, np.where(coded, weight, 0.0), cells_of(coded, group))


def ppi(gold, predictor, coded, group=None):
    """Return prediction-powered shares, the weight of the predictor fitted to all coded units."""
    units = counted(coded, group)
    return ppi_shares(gold, predictor, units, tuned_weights(gold, predictor, units, cells_of(coded, group)))


@pytest.fixture
def labelled(rng):
    """3,000 units with gold, predicted probabilities that follow it, and the first 200 coded."""
    truth = rng.integers(3, size=3_000)
    said = np.where(rng.random(3_000) < 0.7, truth, rng.integers(3, size=3_000))
    coded = np.arange(3_000) < 200
    return np.eye(3)[truth], np.eye(3)[said] * 0.8 + 0.2 / 3, coded


def test_shares_equal_those_of_ppi_python(labelled):
    gold, predictor, coded = labelled
    low, high = ppi_py.ppi_mean_ci(gold[coded], predictor[coded], predictor[~coded], alpha=0.05)
    found = ppi(gold * coded[:, None], predictor, coded)
    assert found.estimate[0] == pytest.approx((low + high) / 2, abs=1e-5)  # lambda's variances are of the uncoded units alone here
    error = np.where(coded[:, None], found.influence * np.sqrt((200 - 1) / 200), found.influence)  # without our charge for fitting
    assert np.sqrt((error**2).sum(axis=0)) == pytest.approx((high - low) / 2 / Z, rel=1e-4)


def test_each_group_is_estimated_as_on_its_own(labelled, rng):
    gold, predictor, coded = labelled
    group = rng.integers(2, size=len(coded))
    both = ppi(gold * coded[:, None], predictor, coded, group)
    for number in range(2):
        here = group == number
        alone = ppi((gold * coded[:, None])[here], predictor[here], coded[here])
        assert both.estimate[number] == pytest.approx(alone.estimate[0])
        assert both.influence[here] == pytest.approx(alone.influence)


def test_shares_add_up_to_one(labelled):
    gold, predictor, coded = labelled
    gold = gold * coded[:, None]
    for found in (naive_shares(predictor, counted(coded)), coded_shares(gold, counted(coded)), ppi(gold, predictor, coded)):
        assert found.estimate.sum() == pytest.approx(1)
        assert found.influence.sum(axis=1) == pytest.approx(0)


def test_a_useless_predictor_leaves_the_coded_units_alone(labelled):
    gold, predictor, coded = labelled
    gold = gold * coded[:, None]
    flat = np.full_like(predictor, 1 / 3)
    assert ppi(gold, flat, coded).estimate == pytest.approx(coded_shares(gold, counted(coded)).estimate)


def test_where_all_units_are_coded_the_shares_are_those_of_gold(labelled):
    gold, predictor, _ = labelled
    everyone = np.ones(len(gold), dtype=bool)
    assert ppi(gold, predictor, everyone).estimate[0] == pytest.approx(gold.mean(axis=0))


def test_dsl_by_hand():
    """Four units, two coded; one with probability .5 and one with .25."""
    expected = np.array([[0.8], [0.6], [0.2], [0.4]])
    gold, probability = np.array([[1.0], [0.0], [0.0], [0.0]]), np.array([0.5, 0.25, np.nan, np.nan])
    outcome = adjusted(expected, gold, probability)
    assert outcome.ravel() == pytest.approx([0.8 + 0.2 / 0.5, 0.6 - 0.6 / 0.25, 0.2, 0.4])
    found = dsl_shares(outcome, counted(np.array([True, True, False, False]), weight=np.array([2.0, 4.0, 0.0, 0.0])))
    assert found.estimate.item() == pytest.approx((1.2 - 1.8 + 0.2 + 0.4) / 4)


def test_dsl_with_one_covariate_equals_a_hand_computation(rng):
    """The slope is the covariance of the adjusted outcome with the covariate over its variance, its variance White's (1980)."""
    covariate, outcome = rng.normal(size=50), rng.normal(size=50)
    found = fit(np.column_stack([np.ones(50), covariate]), plain_weights(outcome), logistic=False)
    centred = covariate - covariate.mean()
    slope = (centred * outcome).sum() / (centred**2).sum()
    residual = outcome - outcome.mean() - slope * centred
    assert found.coefficients == pytest.approx([outcome.mean() - slope * covariate.mean(), slope])
    assert (found.influence[:, 1] ** 2).sum() == pytest.approx((centred**2 * residual**2).sum() / (centred**2).sum() ** 2)


def test_the_model_that_expects_a_unit_did_not_see_its_fold(rng):
    gold, predictor = rng.random((40, 2)), rng.random((40, 3))
    group, fold, weight = np.zeros(40, dtype=np.int64), np.arange(40) % 4, np.ones(40)
    before = cross_fitted(predictor, gold, weight, group=group, fold=fold)
    changed = gold.copy()
    changed[fold == 2] += 5
    after = cross_fitted(predictor, changed, weight, group=group, fold=fold)
    assert after[fold == 2] == pytest.approx(before[fold == 2])
    assert not np.allclose(after[fold == 1], before[fold == 1])


def test_cross_fitting_manages_groups_without_coded_units(rng):
    group, coded = np.repeat([0, 1, 2], 20), np.tile([True, False], 30)
    coded[group == 1] = False
    gold, predictor = rng.random((60, 1)), rng.random((60, 1))
    expected = cross_fitted(predictor, gold, coded.astype(float), group=group, fold=np.arange(60) % 3)
    assert np.isfinite(expected).all()


@pytest.fixture
def regressed(rng):
    """2,000 units with two covariates, a yes or no, a probability of it, and 300 coded."""
    covariates = np.column_stack([np.ones(2_000), rng.integers(2, size=2_000), rng.normal(size=2_000)])
    truth = (rng.random(2_000) < 1 / (1 + np.exp(-covariates @ [0.3, -0.8, 0.5]))).astype(float)
    predictor = np.clip(truth * 0.6 + rng.random(2_000) * 0.4, 0.01, 0.99)
    coded = np.zeros(2_000, dtype=bool)
    coded[rng.choice(2_000, 300, replace=False)] = True
    return covariates, truth, predictor, coded


def error_of(found):
    return np.sqrt((found.influence**2).sum(axis=0))


def interval_of(function, covariates, truth, predictor, coded):
    """Return the middle and the standard error of an interval of ppi-python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # it starts from a deprecated option of scikit-learn
        low, high = function(covariates[coded], truth[coded], predictor[coded], covariates[~coded], predictor[~coded], alpha=0.05)
    return (low + high) / 2, (high - low) / 2 / Z


def test_logistic_regression_equals_that_of_ppi_python(regressed):
    theirs, error = interval_of(ppi_py.ppi_logistic_ci, *regressed)
    found = fit_ppi(*regressed[:3], coded=regressed[3], logistic=True)
    assert found.coefficients == pytest.approx(theirs, abs=1e-4)  # they stop descending about there
    assert error_of(found) == pytest.approx(error, rel=3e-3)  # variances over n there, over n - 1 here


def test_linear_regression_equals_that_of_ppi_python(regressed):
    theirs, error = interval_of(ppi_py.ppi_ols_ci, *regressed)
    found = fit_ppi(*regressed[:3], coded=regressed[3], logistic=False)
    assert found.coefficients == pytest.approx(theirs, rel=1e-9)
    assert (error_of(found) < error).all()  # theirs are of another estimator, with one matrix of moments for both samples, and larger


def test_errors_of_a_linear_regression_are_as_large_as_its_estimates_vary(rng):
    found = []
    for _ in range(400):
        x = np.column_stack([np.ones(1_000), rng.normal(size=1_000)])
        truth = x @ [0.3, 0.1] + rng.normal(size=1_000) / 2
        predictor = 0.6 * truth + 0.3 * x[:, 1] ** 2 + rng.normal(size=1_000) * 0.3
        coded = np.arange(1_000) < 200
        fitted = fit_ppi(x, truth * coded, predictor, coded=coded, logistic=False)
        found.append((fitted.coefficients, clustered(fitted.parts, x, np.arange(1_000))[0]))
    estimates, variances = (np.array(each) for each in zip(*found, strict=True))
    assert np.sqrt(variances.mean(axis=0)) == pytest.approx(estimates.std(axis=0, ddof=1), rel=0.12)


def test_corrected_coefficients_hold_the_truth(rng):
    """A model that shrinks the slope to a third of what it is."""
    held, naive = [], []
    for _ in range(300):
        covariate = rng.integers(2, size=1_000)
        matrix = np.column_stack([np.ones(1_000), covariate])
        truth = (rng.random(1_000) < 0.3 + 0.3 * covariate).astype(float)
        predictor = np.where(rng.random(1_000) < 0.35, truth, 0.3)
        coded = np.arange(1_000) < 120
        found = fit_ppi(matrix, truth * coded, predictor, coded=coded, logistic=False)
        held.append(abs(found.coefficients[1] - 0.3) < 2 * error_of(found)[1])
        plain = fit(matrix, plain_weights(predictor), logistic=False)
        naive.append(abs(plain.coefficients[1] - 0.3) < 2 * error_of(plain)[1])
    assert 0.92 <= np.mean(held) <= 0.985
    assert np.mean(naive) < 0.05


def test_coded_units_alone_equal_statsmodels(regressed):
    import statsmodels.api as sm

    covariates, truth, _, coded = regressed
    covariates, truth, weight = covariates[coded], truth[coded], np.ones(coded.sum())
    theirs = sm.Logit(truth, covariates).fit(disp=0, cov_type="HC0")
    ours = fit(covariates, coded_weights(truth, weight), logistic=True)
    assert ours.coefficients == pytest.approx(theirs.params)
    assert np.sqrt((ours.influence**2).sum(axis=0)) == pytest.approx(theirs.bse)
    linear = sm.OLS(truth, covariates).fit(cov_type="HC0")
    straight = fit(covariates, coded_weights(truth, weight), logistic=False)
    assert straight.coefficients == pytest.approx(linear.params)
    assert np.sqrt((straight.influence**2).sum(axis=0)) == pytest.approx(linear.bse)


def test_odds_that_run_off_to_infinity_are_missing():
    covariates = np.column_stack([np.ones(40), np.repeat([0, 1], 20)])
    found = fit(covariates, plain_weights(np.repeat([0.0, 1.0], 20)), logistic=True)
    assert np.isnan(found.coefficients).all()
