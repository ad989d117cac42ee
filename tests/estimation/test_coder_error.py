"""The disagreement of coders widens the interval, and three coders show which way they err."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import Variable
from stance.estimation.estimates import estimate
from stance.estimation.question import Question

VARIABLE = Variable("mentioned", ("no", "yes"))
SHARE = 0.2


def coded(rng, coders, *, studies, units=600, sampled=300, right=0.75):
    """Coders who are right in three of four cases, whatever the truth, and so call yes what is rare too often."""
    rows, codings = [], []
    for study in range(studies):
        truth = rng.random(units) < SHARE
        predicted = np.where(rng.random(units) < 0.8, truth, ~truth)
        ids = np.array([f"{study}-{unit}" for unit in range(units)])
        rows.append(pd.DataFrame({"id": ids, "label": np.where(predicted, "yes", "no"), "study": str(study)}))
        chosen = rng.choice(units, sampled, replace=False)
        for coder in range(coders):
            said = np.where(rng.random(sampled) < right, truth[chosen], ~truth[chosen])
            codings.append(pd.DataFrame({"id": ids[chosen], "coder": f"coder {coder}", "label": np.where(said, "yes", "no")}))
    return pd.concat(rows, ignore_index=True), pd.concat(codings, ignore_index=True)


def shares(rng, coders, studies):
    found = estimate(*coded(rng, coders, studies=studies), Question(VARIABLE, by=["study"], random_sample=True))
    return found.table.query("part == 'share' and measure == 'yes'")


def test_three_coders_show_how_often_they_err(rng):
    table = shares(rng, 3, 30)
    plain = (table["low"] <= SHARE) & (table["high"] >= SHARE)
    counted = (table["coders_low"] <= SHARE) & (table["coders_high"] >= SHARE)
    assert plain.mean() < 0.7
    assert counted.mean() >= 0.85
    assert abs(table["with_coders"].mean() - SHARE) < abs(table["corrected"].mean() - SHARE) / 2


def test_two_coders_leave_more_open(rng):
    table = shares(rng, 2, 6)
    width, plain = table["coders_high"] - table["coders_low"], table["high"] - table["low"]
    assert (width > plain).all()


def test_coders_who_share_few_units_show_nothing_of_their_errors(rng):
    rows, codings = coded(rng, 1, studies=1)
    one = estimate(rows, codings, Question(VARIABLE, random_sample=True)).table
    twice = pd.concat([codings, codings.iloc[:19].assign(coder="other")])
    few = estimate(rows, twice, Question(VARIABLE, random_sample=True)).table
    assert "with_coders" not in one.columns
    assert "with_coders" not in few.columns


def test_coders_who_always_agree_change_next_to_nothing(rng):
    rows, codings = coded(rng, 1, studies=1, right=1.0)
    same = pd.concat([codings.assign(coder=name) for name in ("An", "Bo", "Cas")])
    table = estimate(rows, same, Question(VARIABLE, random_sample=True)).table.set_index("measure")
    assert table.loc["yes", "with_coders"] == pytest.approx(table.loc["yes", "corrected"], abs=0.01)
    assert table.loc["yes", "coders_high"] == pytest.approx(table.loc["yes", "high"], abs=0.015)
