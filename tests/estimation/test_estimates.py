"""From rows of predictions and of gold to the table of estimates, and what is refused on the way."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import Variable, builtin
from stance.errors import InputError
from stance.estimation.estimates import estimate
from stance.estimation.question import Question, parse_covariates

TONE = builtin("tone")
STANCE = builtin("stance")
COLUMNS = ["part", "outlet", "versus", "measure", "outcome", "n", "coded", "naive", "naive_low", "naive_high", "coded_only", "coded_low",
           "coded_high", "corrected", "low", "high", "se", "df", "p", "p_holm", "low_all", "high_all", "effective_n", "method", "note"]  # fmt: skip

STEPS = "The mean takes the steps between labels as equal: negative -1, neutral 0, positive 1."


@pytest.fixture
def predictions(rng):
    """2,400 units of three outlets; the model calls a fifth of what Het Kanaal writes negative too often."""
    truth = rng.choice(TONE.labels, size=2_400)
    outlet = np.repeat(["De Merenbode", "Het Kanaal", "Weekblad De Sluis"], [1_200, 1_000, 200])
    wrong = rng.random(2_400) < np.where(outlet == "Het Kanaal", 0.2, 0.0)
    rows = pd.DataFrame({"id": [f"a{number}" for number in range(2_400)], "variable": "tone", "target": None, "holder": None})
    rows["label"] = np.where(wrong, "negative", truth)
    rows["date"] = [f"2019-{month:02d}-{day:02d}" for month, day in zip(rng.integers(1, 5, 2_400), rng.integers(1, 29, 2_400), strict=True)]
    return rows.assign(outlet=outlet, story=rng.integers(900, size=2_400), words=rng.integers(80, 900, 2_400), truth=truth)


@pytest.fixture
def gold(predictions):
    drawn = predictions.sample(360, random_state=7)
    return drawn[["id"]].assign(label=drawn["truth"], sample_prob=0.15).reset_index(drop=True)


def row(table, **which):
    for name, value in which.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_the_table_has_the_columns_that_the_room_promises(predictions, gold):
    table = estimate(predictions, gold, Question(TONE, by=["outlet"])).table
    assert list(table.columns) == COLUMNS
    assert table["part"].value_counts().to_dict() == {"share": 9, "mean": 3, "difference": 8, "omnibus": 4}
    shares = table[table["part"] == "share"]
    for name in ("naive", "coded_only", "corrected"):
        assert shares.groupby("outlet")[name].sum().to_numpy() == pytest.approx(1)
    assert shares["p"].isna().all()
    assert (table["method"] == "ppi").all()
    estimates = table[table["part"] != "omnibus"]
    assert (estimates["low"] < estimates["corrected"]).all()
    assert (estimates["corrected"] < estimates["high"]).all()


def test_a_mean_is_positive_less_negative_and_a_difference_is_one(predictions, gold):
    table = estimate(predictions, gold, Question(TONE, by=["outlet"])).table
    for name in ("naive", "coded_only", "corrected"):
        of = {(entry.part, entry.outlet, entry.measure): getattr(entry, name) for entry in table.itertuples()}
        for outlet in predictions["outlet"].unique():
            mean = of["share", outlet, "positive"] - of["share", outlet, "negative"]
            assert of["mean", outlet, "mean"] == pytest.approx(mean)
        difference = of["share", "Het Kanaal", "negative"] - of["share", "De Merenbode", "negative"]
        assert of["difference", "Het Kanaal", "negative"] == pytest.approx(difference)


def test_the_bias_of_one_outlet_is_taken_off(predictions, gold):
    table = estimate(predictions, gold, Question(TONE, by=["outlet"])).table
    found = row(table, part="difference", outlet="Het Kanaal", measure="negative")
    share = predictions["truth"].eq("negative").groupby(predictions["outlet"]).mean()
    truth = share["Het Kanaal"] - share["De Merenbode"]
    assert found["naive_low"] > truth
    assert found["low"] < truth < found["high"]
    assert found["high"] - found["low"] < found["coded_high"] - found["coded_low"]
    assert found["effective_n"] > found["coded"]


@pytest.mark.parametrize("method", ["ppi", "dsl"])
def test_the_order_of_rows_changes_nothing(predictions, gold, method):
    question = Question(TONE, by=["outlet"], cluster="story" if method == "ppi" else None, method=method)
    first = estimate(predictions, gold, question).table
    second = estimate(predictions.sample(frac=1, random_state=1), gold.sample(frac=1, random_state=2), question).table
    pd.testing.assert_frame_equal(first, second)


def test_where_gold_equals_the_labels_all_three_agree(predictions):
    gold = predictions[["id", "label"]].iloc[::4].assign(sample_prob=0.25)
    for method in ("ppi", "dsl"):
        table = estimate(predictions, gold, Question(TONE, method=method)).table
        assert table["corrected"].to_numpy() == pytest.approx(table["naive"].to_numpy(), abs=0.01)


def test_months_come_from_dates_and_two_columns_make_cells(predictions, gold):
    table = estimate(predictions, gold, Question(TONE, by=["outlet", "month"], versus="De Merenbode")).table
    assert sorted(table["month"].unique()) == ["2019-01", "2019-02", "2019-03", "2019-04"]
    assert len(table[table["part"] == "share"]) == 3 * 4 * 3
    differences = table[table["part"] == "difference"]
    assert set(differences["outlet"]) == {"Het Kanaal", "Weekblad De Sluis"}
    assert set(differences["versus"]) == {"De Merenbode"}
    short = table[table["outlet"].eq("Weekblad De Sluis") & table["coded"].lt(10) & table["part"].eq("share")]
    assert len(short)
    assert short[["corrected", "low", "coded_only", "effective_n"]].isna().all(axis=None)
    assert short[["naive", "naive_low"]].notna().all(axis=None)
    assert short["note"].str.fullmatch(r"\d coded units?, under 10").all()


def test_every_pair_is_compared_once(predictions, gold):
    table = estimate(predictions, gold, Question(TONE, by=["outlet"], versus="all")).table
    pairs = table.loc[(table["part"] == "difference") & (table["measure"] == "mean"), ["outlet", "versus"]]
    assert {frozenset(pair) for pair in pairs.itertuples(index=False, name=None)} == {
        frozenset(pair)
        for pair in [("De Merenbode", "Het Kanaal"), ("De Merenbode", "Weekblad De Sluis"), ("Het Kanaal", "Weekblad De Sluis")]
    }
    assert len(pairs) == 3


def test_small_groups_are_told_and_never_silent(predictions, gold):
    gold = gold[~gold["id"].isin(predictions.loc[predictions["outlet"] == "Weekblad De Sluis", "id"])]
    found = estimate(predictions, gold, Question(TONE, by=["outlet"]))
    assert any("Group Weekblad De Sluis could not be corrected (0 coded units, under 10)" in note for note in found.notes)
    difference = row(found.table, part="difference", outlet="Weekblad De Sluis", measure="mean")
    assert np.isnan(difference["corrected"])
    assert np.isfinite(difference["naive"])


def test_units_without_a_group_are_a_group(predictions, gold):
    predictions.loc[:59, "outlet"] = None
    found = estimate(predictions, gold, Question(TONE, by=["outlet"]))
    assert row(found.table, part="share", outlet="(missing)", measure="neutral")["n"] == 60
    assert "60 units have no outlet; they are the group (missing)." in found.notes


def test_probabilities_are_used_where_they_say_more_than_the_label(predictions, gold, rng):
    sure = np.where(predictions["label"] == predictions["truth"], 0.9, 0.4)
    for label in TONE.labels:
        predictions[f"p_{label}"] = np.where(predictions["label"] == label, sure, (1 - sure) / 2)
    found = estimate(predictions, gold, Question(TONE))
    assert any(note.startswith("Corrected with the predicted probabilities") for note in found.notes)
    for label in TONE.labels:
        predictions[f"p_{label}"] = rng.dirichlet(np.ones(3), size=len(predictions))[:, 0]
    found = estimate(predictions, gold, Question(TONE))
    assert any(note.startswith("Corrected with the predicted labels, not the probabilities") for note in found.notes)


def test_unequal_probabilities_call_for_dsl(predictions):
    often = predictions["label"].eq("negative")
    drawn = pd.concat([predictions[often].sample(300, random_state=1), predictions[~often].sample(100, random_state=1)])
    probability = np.where(drawn["label"] == "negative", 300 / often.sum(), 100 / (~often).sum())
    gold = drawn[["id"]].assign(label=drawn["truth"], sample_prob=probability)
    found = estimate(predictions, gold, Question(TONE))
    assert (found.table["method"] == "dsl").all()
    truth = predictions["truth"].value_counts(normalize=True)
    for label in TONE.labels:
        entry = row(found.table, part="share", measure=label)
        assert entry["low"] < truth[label] < entry["high"]
    with pytest.raises(InputError, match="some were more probable to be drawn than others; pass --method dsl"):
        estimate(predictions, gold, Question(TONE, method="ppi"))


def test_stories_widen_intervals_and_the_column_cluster_is_one(predictions, gold):
    alike = predictions.assign(cluster=predictions["truth"] + (np.arange(2_400) % 20).astype(str))  # sixty stories of one tone each
    plain, clustered = (estimate(rows, gold, Question(TONE)).table for rows in (predictions, alike))
    named = estimate(alike.rename(columns={"cluster": "verhaal"}), gold, Question(TONE, cluster="verhaal")).table
    assert (clustered["naive_high"] - clustered["naive_low"] > 2 * (plain["naive_high"] - plain["naive_low"])).all()
    assert (clustered["high"] - clustered["low"] > 1.5 * (plain["high"] - plain["low"])).all()
    pd.testing.assert_frame_equal(clustered, named)


def test_regressions_stand_below_the_groups(predictions, gold):
    table = estimate(predictions, gold, Question(TONE, by=["outlet"], regress=["outlet", "words"], cluster="story")).table
    coefficients = table[table["part"] == "coefficient"].set_index("measure")
    assert list(coefficients.index) == ["intercept", "outlet=Het Kanaal", "outlet=Weekblad De Sluis", "words"]
    assert coefficients.loc["outlet=Het Kanaal", "versus"] == "De Merenbode"
    assert (coefficients["outcome"] == "mean").all()
    difference = row(table, part="difference", outlet="Het Kanaal", measure="mean")
    assert coefficients.loc["outlet=Het Kanaal", "naive"] == pytest.approx(difference["naive"], abs=0.01)
    assert coefficients.loc["outlet=Het Kanaal", "corrected"] == pytest.approx(difference["corrected"], abs=0.05)
    assert coefficients.loc["outlet=Het Kanaal", "naive_high"] < coefficients.loc["outlet=Het Kanaal", "corrected"]


@pytest.mark.parametrize("method", ["ppi", "dsl"])
def test_odds_of_a_label(predictions, gold, method):
    table = estimate(predictions, gold, Question(TONE, regress=["outlet"], odds=["negative"], method=method)).table
    assert set(table["outcome"]) == {"log odds negative"}
    found = table.set_index("measure").loc["outlet=Het Kanaal"]
    assert found["naive"] > 0.3
    assert found["low"] < 0.05


def test_where_zero_lies_on_the_scale_of_a_covariate_does_not_matter(predictions, gold):
    years = predictions["words"] % 10
    by_year = estimate(predictions.assign(year=2015 + years), gold, Question(TONE, regress=["year"], odds=["negative"])).table
    since = estimate(predictions.assign(year=years), gold, Question(TONE, regress=["year"], odds=["negative"])).table
    for name in ("naive", "naive_low", "coded_only", "coded_low"):
        assert by_year[name].iloc[-1] == pytest.approx(since[name].iloc[-1], abs=1e-6)
    assert by_year["corrected"].iloc[-1] == pytest.approx(since["corrected"].iloc[-1], abs=0.01)  # lambda weighs the intercepts too


def test_coded_units_that_do_not_tell_a_covariate_apart_are_told(predictions, gold):
    late = predictions.assign(year=np.where(predictions["id"].isin(gold["id"]), 2019, 2018))
    found = estimate(late, gold, Question(TONE, regress=["year"]))
    assert found.table[["corrected", "coded_only"]].isna().all(axis=None)
    assert any("among the coded units year cannot be told apart, or one has a single value" in note for note in found.notes)


def test_targets_coded_alike_in_every_article_may_still_differ_elsewhere(predictions, gold):
    kinds = {"kernenergie": predictions, "windmolens": predictions}
    both = pd.concat([rows.assign(target=name, variable="stance", label="favor", cluster=rows["id"]) for name, rows in kinds.items()])
    coded = pd.concat([gold.assign(target=name, label="favor") for name in kinds])
    table = estimate(both, coded, Question(STANCE, by=["target"])).table
    differences = table[table["part"] == "difference"]
    assert (differences["corrected"] == 0).all()
    assert (differences["p"] == 1).all()
    assert (differences["high"] - differences["low"] > 0).all()


def test_a_regression_on_too_few_coded_units_says_so(predictions, gold):
    gold = gold[~gold["id"].isin(predictions.loc[predictions["outlet"] == "Weekblad De Sluis", "id"])]
    found = estimate(predictions, gold, Question(TONE, regress=["outlet"]))
    assert found.table[["corrected", "coded_only"]].isna().all(axis=None)
    assert found.table["naive"].notna().all()
    assert any("outlet Weekblad De Sluis has 0 coded units, under 10" in note for note in found.notes)


def half_of(table, measure):
    return (table.loc[measure, "high"] - table.loc[measure, "low"]) / 2


def test_more_to_code_gets_there(predictions, gold):
    table = estimate(predictions, gold, Question(TONE, margin=0.023)).table.set_index("measure")
    more = int(table.loc["negative", "more_to_code"])
    larger = predictions.sample(360 + more, random_state=3)
    again = estimate(predictions, larger[["id"]].assign(label=larger["truth"]), Question(TONE, random_sample=True)).table.set_index(
        "measure"
    )
    assert more > 0
    assert half_of(again, "negative") == pytest.approx(0.023, rel=0.1)
    reached = estimate(predictions, gold, Question(TONE, margin=half_of(table, "negative") * 1.001)).table.set_index("measure")
    short = estimate(predictions, gold, Question(TONE, margin=half_of(table, "negative") * 0.999)).table.set_index("measure")
    assert reached.loc["negative", "more_to_code"] == 0 < short.loc["negative", "more_to_code"]
    never = estimate(predictions, gold, Question(TONE, margin=0.001)).table
    assert never["more_to_code"].isna().all()
    assert (never["note"] == "label more units: coding alone does not make the interval that narrow").all()


def test_several_coders_are_settled_and_uncoded_units_are_told(predictions, gold):
    codings = pd.concat([gold.assign(coder="An"), gold.assign(coder="Bo"), gold.assign(coder="Cas")])
    codings.loc[codings["id"].eq(gold["id"][0]), "label"] = None
    found = estimate(predictions, codings, Question(TONE))
    assert found.table["coded"].iloc[0] == 359
    assert "gold: 1080 codings of 360 units were settled by majority." in found.notes
    assert any(note.startswith("gold: 1 of 360 sampled units have no label") for note in found.notes)
    one = estimate(predictions, gold.iloc[1:].assign(sample_prob=0.15 * 359 / 360), Question(TONE)).table
    pd.testing.assert_frame_equal(found.table[one.columns], one)


def test_rows_that_failed_or_abstained_are_told(predictions, gold):
    clean = estimate(predictions, gold, Question(TONE))
    assert clean.notes == (STEPS,)
    flags = np.where(predictions.index < 5, "True", "False")  # as they come from a CSV
    failed = pd.DataFrame({"id": ["x1", "x2"], "failed": ["text is empty; fill it in.", "text is no string."]})
    rows = pd.concat([failed, predictions.assign(abstained=flags, failed=None)], ignore_index=True)
    found = estimate(rows, gold, Question(TONE))
    assert found.notes == (
        "predictions: 2 of 2402 rows could not be labelled (column 'failed' says why) and are not counted.",
        "predictions: 5 of 2400 units abstained; they keep their label, and count in all figures.",
        STEPS,
    )
    pd.testing.assert_frame_equal(found.table, clean.table)
    none = predictions.assign(abstained=predictions.index < 0, failed=None)
    assert estimate(none, gold, Question(TONE)).notes == (STEPS,)


def test_targets_are_never_summed_up(predictions, gold):
    stance = predictions.assign(variable="stance", label="favor", target=np.where(np.arange(2_400) % 2, "de Lelylijn", "kernenergie"))
    coded = gold[["id", "sample_prob"]].merge(stance[["id", "target"]], on="id").assign(label="neutral")
    with pytest.raises(InputError, match=r"the rows are about 2 targets .* pass --by target, or choose with --target NAME"):
        estimate(stance, coded, Question(STANCE))
    assert set(estimate(stance, coded, Question(STANCE, by=["target"])).table["target"]) == {"de Lelylijn", "kernenergie"}
    one = estimate(stance, coded, Question(STANCE, target=["kernenergie"]))
    assert one.table["n"].iloc[0] == 1_200
    assert any("are not among the predictions and were left out" in note for note in one.notes)
    with pytest.raises(InputError, match=r"no row has target 'kernfusie'.* Did you mean 'kernenergie'"):
        estimate(stance, coded, Question(STANCE, target=["kernfusie"]))


def test_a_corpus_of_94_thousand_units_takes_seconds(rng):
    units = 94_000
    truth = rng.choice(TONE.labels, size=units)
    outlet = rng.choice(["AD", "Trouw", "NOS", "NU.nl", "de Volkskrant", "De Telegraaf"], size=units)
    rows = pd.DataFrame({"id": np.arange(units).astype(str), "label": np.where(rng.random(units) < 0.7, truth, "neutral")})
    rows = rows.assign(outlet=outlet, story=rng.integers(60_000, size=units), date=rng.choice(["2019-01-02", "2019-02-03"], size=units))
    gold = rows.assign(label=truth).sample(1_000, random_state=1)[["id", "label"]]
    started = time.process_time()
    question = Question(TONE, by=["outlet", "month"], cluster="story", regress=["outlet", "month"], random_sample=True)
    table = estimate(rows, gold, question).table
    assert time.process_time() - started < 10
    assert table.loc[table["part"] != "omnibus", "corrected"].notna().all()


REFUSED = {
    "no sample_prob": (lambda p, g: (p, g.drop(columns="sample_prob")), "it is not known how its units were chosen; draw them with stance sample"),
    "a probability of 0": (lambda p, g: (p, g.assign(sample_prob=0)), "has sample_prob 0, which must be above 0"),
    "a strange label": (lambda p, g: (p, g.assign(label="slecht")), "gold row 1: label 'slecht' is not in variable 'tone'"),
    "no labels": (lambda p, g: (p, g.assign(label=None)), "no unit has a label"),
    "other ids": (lambda p, g: (p, g.assign(id="x" + g["id"])), "none of its 360 units is among the predictions"),
    "a unit twice": (lambda p, g: (p, pd.concat([g, g])), "stands twice .* no column 'coder' says who coded it"),
    "a prediction twice": (lambda p, g: (pd.concat([p, p]), g), "both have id 'a0'"),
    "no predictions": (lambda p, g: (p.iloc[:0], g), "the table has no rows"),
    "another variable": (lambda p, g: (p.assign(variable="stance"), g), "no row has variable 'tone'; column 'variable' holds stance"),
    "unlabelled rows": (lambda p, g: (p.assign(label=p["label"].where(p.index > 1)), g), "2 of 2400 rows have no label"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_estimated_from_is_refused(predictions, gold, spoil, message):
    with pytest.raises(ValueError, match=message):
        estimate(*spoil(predictions, gold), Question(TONE))


def test_questions_that_make_no_sense_are_refused(predictions, gold):
    with pytest.raises(InputError, match=r"column 'outlets' is missing .* Did you mean 'outlet'\? Label again with --keep outlets"):
        estimate(predictions, gold, Question(TONE, by=["outlets"]))
    with pytest.raises(InputError, match=r"no group 'Het Kanal' to compare with.* Did you mean 'Het Kanaal'"):
        estimate(predictions, gold, Question(TONE, by=["outlet"], versus="Het Kanal"))
    with pytest.raises(InputError, match="leave out --random-sample"):
        estimate(predictions, gold, Question(TONE, random_sample=True))
    with pytest.raises(InputError, match="say the same thing twice"):
        estimate(predictions.assign(twice=predictions["words"] * 2), gold, Question(TONE, regress=["words", "twice"]))
    with pytest.raises(InputError, match="covariate 'words' is missing in 10 of 2400 rows"):
        estimate(predictions.assign(words=predictions["words"].where(predictions.index > 9)), gold, Question(TONE, regress=["words"]))
    for wrong, message in (
        ({"method": "pip"}, "Did you mean 'ppi'"),
        ({"equivalent": -1}, "difference of -1 cannot count as none"),
        ({"margin": 5}, "margin of 5 is not between 0 and 1"),
        ({"by": "outlet"}, "write it as a list"),
        ({"odds": ["negatief"], "regress": ["outlet"]}, "Did you mean 'negative'"),
        ({"odds": ["negative"]}, "need covariates"),
        ({"versus": "NOS"}, "There are no groups"),
    ):
        with pytest.raises(InputError, match=message):
            Question(TONE, **wrong)
    with pytest.raises(InputError, match="no order, so there is no mean to regress"):
        Question(Variable("frame", ("geld", "zorg"), "nominal"), regress=["outlet"])
    with pytest.raises(InputError, match="name nothing, or a column twice"):
        parse_covariates("outlet + + month")


def test_a_sample_of_another_table_is_told(predictions, gold):
    found = estimate(predictions, gold.assign(sample_prob=0.01), Question(TONE))
    assert any("stand for 36,000 units, but there are 2,400 predictions" in note for note in found.notes)
