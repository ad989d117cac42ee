from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from stance.cli.showing import show
from stance.commands.audit import audit as audit_command
from stance.errors import CodingError
from stance.evaluation.audit import audit
from stance.evaluation.perturbations import MASK, PERTURBATIONS, get_perturbation
from stance.evaluation.proportions import clustered_share
from stance.training.baselines import TfidfClassifier

DRAWS = ["De {0} stemt dinsdag over begroting {1}.", "Debat {1} over de {0} duurt tot middernacht.", "Raadslid {1} verlaat de {0}."]


class Planted:
    """A classifier that answers one label, unless a word stands in the text (or the target)."""

    def __init__(self, word, *, where="text", labels=("negative", "neutral", "positive")):
        self.word, self.where, self.classes_ = word, where, np.asarray(labels)

    def predict_proba(self, units):
        hit = units[self.where].str.contains(self.word, regex=False).fillna(False).to_numpy(dtype=bool)
        return np.where(hit[:, None], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1])


@pytest.fixture
def units():
    """60 units on the VVD and 60 on other parties that take *de*."""
    parties = ["VVD"] * 60 + ["PvdA", "SP", "SGP"] * 20
    return pd.DataFrame({"text": [DRAWS[number % 3].format(party, number) for number, party in enumerate(parties)]})


def row(found, name):
    return found.table.set_index("perturbation").loc[name]


def test_a_classifier_that_reacts_to_one_party_is_caught(units):
    found = audit(Planted("VVD"), units, rng=np.random.default_rng(3))
    parties = row(found, "parties")
    after = get_perturbation("parties").apply(units, rng=np.random.default_rng(3))["text"]
    expected = (after.str.contains("VVD") != units["text"].str.contains("VVD")).sum()
    assert parties["units_changed"] == parties["units"] == 120
    assert parties["flips"] == expected
    assert 60 <= expected <= 60 + 20  # every VVD went, and one in seven of the others became it
    assert parties["flip_rate"] == expected / 120
    assert parties["low"] < expected / 120 < parties["high"]
    assert parties["mean_shift"] == pytest.approx(0.7 * (60 - (expected - 60)) / 120)
    assert any(warning.startswith("parties: the label flips in") for warning in found.warnings)


def test_an_indifferent_classifier_never_flips(units):
    found = audit(Planted("☃"), units, rng=np.random.default_rng(3))
    changed = found.table[found.table["units_changed"] > 0]
    assert {"parties", "typos", "lower case", "upper case", "punctuation removed"} <= set(changed["perturbation"])
    assert (changed["flips"] == 0).all()
    assert (changed["low"] == 0).all()
    assert (changed["high"] > 0).all()  # nothing seen in so many units is not nothing
    assert (changed["mean_shift"] == 0).all()
    assert found.warnings == ()


def test_only_units_that_change_count(units):
    weather = pd.DataFrame({"text": [f"Het regent al {number} dagen in de stad." for number in range(30)]})
    found = audit(Planted("VVD"), pd.concat([units, weather], ignore_index=True), rng=np.random.default_rng(3))
    assert row(found, "parties")["units_changed"] == 120
    assert row(found, "parties")["units"] == 150
    empty = row(found, "women to men")
    assert empty["units_changed"] == 0
    assert np.isnan(empty["flip_rate"])
    assert empty["note"] == "changes no unit of this table"


def test_few_changed_units_are_no_reason_to_warn(units):
    few = audit(Planted("VVD"), units[:10], rng=np.random.default_rng(3))
    assert row(few, "parties")["flip_rate"] == 1.0
    assert few.warnings == ()


def test_a_model_that_looks_at_the_target_only_is_told(rng):
    texts = [f"Raad bespreekt plan {number}, dat {'goed' if number % 2 else 'slecht'} is." for number in range(80)]
    stances = pd.DataFrame({"text": texts, "target": ["kernenergie", "windmolens"] * 40, "label": ["against", "favor"] * 40})
    labels = ("against", "neutral", "favor")
    found = audit(Planted("kernenergie", where="target", labels=labels), stances, rng=rng)
    scores = found.controls.pivot(index="control", columns="metric", values="score")
    assert scores.loc["text hidden", "accuracy"] == scores.loc["as given", "accuracy"] == 0.5
    assert scores.loc["target hidden", "accuracy"] == 0.0
    assert row(found, "target unrelated")["flip_rate"] == 1.0  # of the units labelled other than neutral
    assert row(found, "target unrelated")["units_changed"] == 40
    assert any("makes next to no use of the text" in warning for warning in found.warnings)
    assert any(warning.startswith("target masked: the label flips") for warning in found.warnings)


def test_a_model_that_looks_at_the_text_only_is_told(rng):
    texts = [f"Raad bespreekt plan {number}, dat {'goed' if number % 2 else 'slecht'} is." for number in range(80)]
    stances = pd.DataFrame({"text": texts, "target": "de haven", "label": ["against", "favor"] * 40})
    found = audit(Planted("slecht", labels=("against", "neutral", "favor")), stances, rng=rng)
    assert any(warning.startswith("target unrelated: the label changes in only 0.0%") for warning in found.warnings)
    assert any("makes next to no use of the target" in warning for warning in found.warnings)


def test_a_model_that_reads_no_negation_in_the_target_is_told(rng):
    texts = [f"Raad bespreekt plan {number}." for number in range(40)]
    stances = pd.DataFrame({"text": texts, "target": ["De raad moet dit plan steunen.", "kernenergie"] * 20})
    labels = ("against", "neutral", "favor")
    deaf = audit(Planted("plan", where="target", labels=labels), stances, rng=rng)
    assert row(deaf, "target negated")["units_changed"] == 20  # a topic has no opposite
    assert any(warning.startswith("target negated: the label changes in only 0.0%") for warning in deaf.warnings)
    reads = audit(Planted("niet", where="target", labels=labels), stances, rng=rng)
    assert row(reads, "target negated")["units_changed"] == 0  # these are neutral as they are given


def test_units_of_one_article_may_become_alike(rng):
    twice = pd.DataFrame({"id": ["a", "a"], "text": ["De raad wikt.", "De raad wikt."], "target": ["de fusie", "het park"]})
    found = audit(Planted(MASK, where="target"), twice, rng=rng)
    assert row(found, "target masked")["flips"] == 2
    assert row(found, "target masked")["high"] == 1.0
    assert row(found, "target masked")["low"] == pytest.approx(0.025)  # one article


def test_group_gaps_are_scored_and_told(units, rng):
    gold = units.assign(label="neutral", outlet=["Weekblad"] * 60 + ["Dagkrant"] * 60)
    found = audit(Planted("VVD"), gold, rng=rng, by=["outlet"])
    (groups,) = found.groups
    accuracy = groups.table[groups.table["metric"] == "accuracy"].set_index("outlet")["score"]
    assert accuracy.to_dict() == {"Dagkrant": 1.0, "Weekblad": 0.0}
    assert any(warning.startswith("outlet: accuracy is 0.000 for Weekblad (60 units) and 1.000 for Dagkrant") for warning in found.warnings)


def test_units_without_gold_are_audited_but_not_scored(units, rng):
    half = units.assign(label=[None, "neutral"] * 60, outlet="Weekblad")
    found = audit(Planted("VVD"), half, rng=rng, by=["outlet"])
    assert (found.controls["n"] == 60).all()
    assert len(found.table) == len(PERTURBATIONS)
    none = audit(Planted("VVD"), units, rng=rng, by=["outlet"])
    assert none.controls.empty
    assert none.groups == ()
    with pytest.raises(CodingError, match=r"label 'nuetral' is not in .* Did you mean 'neutral'"):
        audit(Planted("VVD"), units.assign(label="nuetral"), rng=rng)


def test_a_trained_baseline_can_be_audited(tone_units):
    model = TfidfClassifier(variable="tone").fit(tone_units, tone_units["label"])
    found = audit(model, tone_units, rng=np.random.default_rng(1))
    again = audit(model, tone_units[::-1], rng=np.random.default_rng(1))
    assert row(found, "upper case")["flips"] == 0  # it lowers all letters itself
    assert found.table["flips"].tolist() == again.table["flips"].tolist()
    scores = found.controls.pivot(index="control", columns="metric", values="score")
    assert scores.loc["as given", "accuracy"] > 0.9
    assert scores.loc["text hidden", "accuracy"] < 0.5


def test_the_command_prints_what_it_writes(units, tmp_path, capsys):
    gold = units.assign(label=["negative"] * 60 + ["neutral"] * 60, outlet=["Weekblad", "Dagkrant", "Weekblad"] * 40)
    TfidfClassifier(variable="tone").fit(gold, gold["label"]).save(tmp_path / "model")
    show(audit_command(tmp_path / "model", gold, by=["outlet"], seed=4), json=tmp_path / "audit.json")
    printed = capsys.readouterr()
    written = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert written["signature"]["seed"] == "4"
    parts = pd.DataFrame(written["rows"]).groupby("part")["note"].size()
    assert parts["perturbation"] == len(PERTURBATIONS)
    assert parts["control"] == 6
    assert {row["units_changed"] for row in written["rows"] if row["perturbation"] == "parties"} == {120}
    for expected in ("punctuation removed", "text hidden", "Weekblad", "signature model tfidf@"):
        assert expected in printed.out
    warnings = [row["note"] for row in written["rows"] if row["part"] == "warning"]
    assert warnings
    assert all(f"warning: {warning}" in printed.err for warning in warnings)


def test_the_interval_of_single_units_is_about_clopper_pearson():
    hits = np.arange(50) < 7
    exact = binomtest(7, 50).proportion_ci()
    found = clustered_share(hits, range(50))
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=0.005)
    none = clustered_share(np.zeros(50, dtype=bool), range(50))
    assert none.high == pytest.approx(binomtest(0, 50).proportion_ci().high)
    assert clustered_share(np.ones(50, dtype=bool), range(50)).high == 1.0
    with pytest.raises(CodingError, match="a share of no units has no interval"):
        clustered_share(np.zeros(0, dtype=bool), [])


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_the_clustered_interval_covers_the_truth_where_that_of_units_does_not(share, rng):
    covered, as_units = [], []
    for _ in range(1000):
        rates = rng.beta(share, 1 - share, size=60)  # the five units of a cluster nearly agree
        hits = rng.random((60, 5)) < rates[:, None]
        covered.append(share in clustered_share(hits.ravel(), np.repeat(np.arange(60), 5)))
        as_units.append(share in clustered_share(hits.ravel(), np.arange(300)))
    assert np.mean(covered) >= 0.93
    assert np.mean(as_units) < 0.88


def test_a_classifier_is_audited_in_the_order_of_the_codebook_as_its_folder_is(stance_units, tmp_path):
    classifier = TfidfClassifier("stance").fit(stance_units[["text", "target"]], stance_units["label"])
    assert classifier.coded.labels == ("against", "neutral", "favor") != tuple(classifier.classes_)
    classifier.save(tmp_path / "model")
    in_memory, saved = audit_command(classifier, stance_units).found, audit_command(tmp_path / "model", stance_units).found
    assert saved.table["mean_shift"].abs().max() > 0
    pd.testing.assert_frame_equal(in_memory.table, saved.table)
    pd.testing.assert_frame_equal(in_memory.controls, saved.controls)
