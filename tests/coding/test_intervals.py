from __future__ import annotations

import numpy as np
import pytest

from stance.coding.intervals import Interval, draws_note, percentile_interval, resampled


@pytest.mark.parametrize("kinds", [2, 400])  # few patterns, and as many patterns as clusters: the two ways of drawing
def test_draws_have_the_mean_and_spread_of_resampling_clusters(kinds, rng):
    counts = rng.permutation(np.arange(400) % kinds)[:, None]
    sums = resampled(counts, draws=20_000, rng=rng)[:, 0]
    assert sums.mean() == pytest.approx(counts.sum(), rel=0.005)
    assert sums.std() == pytest.approx(np.sqrt(400 * counts.var()), rel=0.03)


def test_every_draw_takes_as_many_clusters_as_there_are(rng):
    cells = rng.integers(0, 3, size=(50, 2, 2))
    cells[:, 0, 0] = 1
    assert (resampled(cells, draws=200, rng=rng)[:, 0, 0] == 50).all()


def test_order_of_clusters_changes_nothing(rng):
    cells = rng.integers(0, 3, size=(60, 3, 3))
    first, second = (resampled(order, draws=100, rng=np.random.default_rng(4)) for order in (cells, cells[::-1]))
    np.testing.assert_array_equal(first, second)


def test_undefined_draws_are_left_out_and_told():
    scores = np.array([0.0, 1.0, np.nan, 2.0])
    assert percentile_interval(scores, confidence=1.0) == Interval(0.0, 2.0)
    assert draws_note(scores) == "undefined in 1 of 4 draws, left out of the interval"
    assert draws_note(scores[:2]) == ""


@pytest.mark.parametrize("scores", [[0.1 + 0.2, 0.3, 0.3], [1.0, np.nan, 1.0], [0.5]])
def test_draws_that_all_score_the_same_give_no_interval_and_say_so(scores):
    interval = percentile_interval(np.array(scores))
    assert np.isnan([interval.low, interval.high]).all()
    assert draws_note(np.array(scores)) == "every draw scores the same: no interval"
