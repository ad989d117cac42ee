"""What a plan says is enough is enough, by simulation, and no more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import Variable
from stance.errors import InputError
from stance.estimation.estimates import estimate
from stance.estimation.planning import Plan, plan
from stance.estimation.question import Question


def test_a_planned_study_finds_the_difference_in_about_80_of_100(rng):
    given = Plan(units=500, share=0.35, accuracy=0.8, alpha=1.0, difference=0.1)
    coded = int(plan(given)["per_group"].iloc[0])
    rows, gold = [], []
    for study in range(120):
        outlet = np.repeat(["a", "b"], 500)
        truth = rng.random(1_000) < np.where(outlet == "a", 0.30, 0.40)
        label = np.where(rng.random(1_000) < 0.8, truth, ~truth)
        frame = pd.DataFrame(
            {
                "id": [f"{study}-{unit}" for unit in range(1_000)],
                "label": np.where(label, "yes", "no"),
                "outlet": outlet,
                "study": str(study),
            }
        )
        chosen = np.concatenate([start + rng.choice(500, coded, replace=False) for start in (0, 500)])
        rows.append(frame)
        gold.append(frame.iloc[chosen][["id"]].assign(label=np.where(truth[chosen], "yes", "no")))
    question = Question(Variable("mentioned", ("no", "yes")), by=["outlet", "study"], versus="a", random_sample=True)
    table = estimate(pd.concat(rows, ignore_index=True), pd.concat(gold, ignore_index=True), question).table
    power = (table.query("part == 'difference' and measure == 'yes'")["p"] < 0.05).mean()
    assert 0.68 <= power <= 0.92


def test_a_better_model_and_better_coders_need_fewer_units():
    def per_group(**changed):
        return int(plan(Plan(**{"units": 5_000, "difference": 0.1} | changed))["per_group"].iloc[0])

    assert per_group(accuracy=0.9) < per_group() < per_group(accuracy=0.6)
    assert per_group(alpha=0.95) < per_group() < per_group(alpha=0.6)
    assert per_group(cluster_size=5, within=0.3) == pytest.approx(2.2 * per_group(), rel=0.1)
    assert per_group(groups=8) > per_group()


def test_without_a_model_it_is_the_number_of_the_textbook():
    """n = 1.96^2 x .25 / .05^2 = 385 for a margin of 5 points."""
    assert plan(Plan(units=10_000, groups=1, share=0.5, margin=0.05))["without_model"].tolist() == [385]


def test_what_cannot_be_reached_is_said():
    found = plan(Plan(units=100, difference=0.02, accuracy=0.9))
    assert found["per_group"].isna().all()
    assert found["note"].tolist() == ["label more units: coding alone does not get there"]
    for wrong, message in (
        ({"share": 1.5}, "share must be between 0 and 1"),
        ({"difference": None}, "something to reach"),
        ({"units": 3}, "10 units or more"),
    ):
        with pytest.raises(InputError, match=message):
            Plan(**{"units": 100} | wrong)
