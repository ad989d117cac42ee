"""Ties between coders count in fractions: a label that nobody chose is never gold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import Variable, builtin
from stance.coding.gold import settle
from stance.estimation.estimates import estimate
from stance.estimation.question import Question

TONE = builtin("tone")
LABELS = np.array(TONE.labels, dtype=object)


def two_coders(rng, *, units, coded, harder):
    """Two outlets with the same shares; two coders err each on their own, more often in the second outlet, toward any label."""
    outlet = rng.choice(["De Merenbode", "Het Kanaal"], size=units)
    truth = rng.choice(3, size=units, p=[0.4, 0.2, 0.4])
    predicted = np.where(rng.random(units) < 0.7, truth, rng.integers(3, size=units))
    rows = pd.DataFrame({"id": np.arange(units).astype(str), "label": LABELS[predicted], "outlet": outlet})
    chosen = rng.choice(units, coded, replace=False)
    guesses = np.where(outlet == "Het Kanaal", harder, 0.1)[chosen]
    codings = []
    for coder in ("An", "Bo"):
        guess = rng.random(coded) < guesses
        said = np.where(guess, rng.choice(3, size=coded, p=[0.4, 0.2, 0.4]), truth[chosen])
        codings.append(pd.DataFrame({"id": rows["id"].to_numpy()[chosen], "coder": coder, "label": LABELS[said]}))
    return rows, pd.concat(codings, ignore_index=True)


def test_two_coders_who_tie_leave_neutral_as_they_found_it(rng):
    rows, codings = two_coders(rng, units=4_000, coded=2_000, harder=0.6)
    found = estimate(rows, codings, Question(TONE, random_sample=True))
    share = found.table.set_index("measure")
    assert share.loc["neutral", "coded_only"] == pytest.approx((codings["label"] == "neutral").mean())
    ties = int(settle(codings, TONE)["tie"].sum())
    assert ties > 200
    assert any(note.startswith(f"gold: {ties} of 2000 units are ties between coders") for note in found.notes)


def test_an_outlet_that_is_harder_to_code_is_not_more_neutral(rng):
    """Two coders, no true difference in any label: the median of two called Het Kanaal more neutral in nearly all studies."""
    drawn = [two_coders(rng, units=600, coded=300, harder=0.6) for _ in range(80)]
    rows, codings = (
        pd.concat([part.assign(id=f"{study}-" + part["id"], study=study) for study, part in enumerate(parts)], ignore_index=True)
        for parts in zip(*drawn, strict=True)
    )
    table = estimate(rows, codings, Question(TONE, by=["outlet", "study"], random_sample=True)).table
    p = table.loc[(table["part"] == "difference") & (table["measure"] == "neutral"), "p"]
    assert len(p) == 80
    assert (p < 0.05).mean() <= 0.11  # 5%, and what 80 studies may add by chance; benchmarks/coverage.py has 2,000


def test_gold_that_was_settled_before_counts_the_same(rng):
    rows, codings = two_coders(rng, units=800, coded=300, harder=0.6)
    question = Question(TONE, by=["outlet"], random_sample=True)
    at_once, before = estimate(rows, codings, question), estimate(rows, settle(codings, TONE), question)
    pd.testing.assert_frame_equal(at_once.table[before.table.columns], before.table)  # single codings are gone where gold was settled
    assert [note for note in before.notes if "ties between coders" in note] == [note for note in at_once.notes if "ties" in note]


def test_codings_without_a_tie_say_so(rng):
    rows, codings = two_coders(rng, units=300, coded=100, harder=0.1)
    same = pd.concat([codings[codings["coder"] == "An"].assign(coder=coder) for coder in ("An", "Bo", "Cas")])
    found = estimate(rows, same, Question(TONE, random_sample=True))
    assert "gold: no unit is a tie between coders." in found.notes


def test_two_labels_that_tie_count_half_each():
    rows = pd.DataFrame({"id": [str(unit) for unit in range(40)], "label": ["yes", "no"] * 20})
    codings = pd.DataFrame(
        {"id": [str(unit) for unit in range(20)] * 2, "coder": ["An"] * 20 + ["Bo"] * 20, "label": ["yes"] * 20 + ["no"] * 20}
    )
    table = estimate(rows, codings, Question(Variable("mentioned", ("no", "yes")), random_sample=True)).table
    assert table.set_index("measure").loc[["no", "yes"], "coded_only"].tolist() == pytest.approx([0.5, 0.5])
