from __future__ import annotations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from stance.errors import CodingError
from stance.evaluation.metrics import compare, confusion, human_ceiling

LABELS = ("against", "neutral", "favor")
pairs = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=60)


@settings(deadline=None)  # the clock of a busy machine is no failure
@given(pairs)
def test_scores_equal_scikit_learn_also_where_a_label_is_absent(units):
    gold, predicted = zip(*units, strict=True)
    found = compare(gold, predicted, labels=LABELS)
    settings = {"labels": list(LABELS), "zero_division": 0}
    np.testing.assert_array_equal(found.confusion, sk.confusion_matrix(gold, predicted, labels=list(LABELS)))
    assert found.accuracy == pytest.approx(sk.accuracy_score(gold, predicted))
    assert found.macro_f1 == pytest.approx(sk.f1_score(gold, predicted, average="macro", **settings))
    precision, recall, f1, n = sk.precision_recall_fscore_support(gold, predicted, **settings)
    np.testing.assert_allclose(found.per_label[["precision", "recall", "f1"]].to_numpy(), np.stack([precision, recall, f1], axis=1))
    assert found.per_label["n"].tolist() == n.tolist()
    codes = [[LABELS.index(label) for label in side] for side in (gold, predicted)]
    assert found.mae == pytest.approx(sk.mean_absolute_error(*codes))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_two_coders(level, rng):
    labels = ("1", "2", "3", "4")
    codes = rng.integers(4, size=(2, 50))
    codes[1, :30] = codes[0, :30]
    named = np.array(labels, dtype=object)[codes]
    found = compare(named[0], named[1], labels=labels, level=level)
    assert found.alpha == pytest.approx(krippendorff.alpha(codes.astype(float), level_of_measurement=level), abs=1e-9)


def test_clusters_add_up_to_the_whole():
    gold, predicted = ["against", "favor", "favor", "neutral"], ["against", "favor", "against", "favor"]
    found = compare(gold, predicted, labels=LABELS, clusters=["a", "b", "a", "b"])
    assert found.clusters.shape == (2, 3, 3)
    np.testing.assert_array_equal(found.confusion, confusion(gold, predicted, labels=LABELS))


def test_only_favor_and_against_leaves_out_gold_neutral():
    gold = ["against", "favor", "neutral", "favor", "against"]
    predicted = ["against", "neutral", "favor", "favor", "favor"]
    found = compare(gold, predicted, labels=LABELS).only(["against", "favor"])
    kept = [place for place, label in enumerate(gold) if label != "neutral"]
    theirs = sk.f1_score([gold[i] for i in kept], [predicted[i] for i in kept], labels=["against", "favor"], average="macro")
    assert found.n == 4
    assert found.macro_f1 == pytest.approx(theirs)


def test_human_ceiling_scores_every_coding():
    codings = pd.DataFrame({"id": ["a", "a", "b", "b"], "label": ["favor", "against", "neutral", None]})
    gold = pd.DataFrame({"id": ["a", "b"], "label": ["favor", "neutral"]})
    ceiling = human_ceiling(codings, gold, labels=LABELS)
    assert (ceiling.n, ceiling.accuracy) == (3, pytest.approx(2 / 3))


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(CodingError, match="gold has 2 units and the predictions 1"):
        compare(["favor", "favor"], ["favor"], labels=LABELS)
    with pytest.raises(CodingError, match="there are no units"):
        compare([], [], labels=LABELS)
    with pytest.raises(CodingError, match=r"predictions row 2: label 'favour' is not one of .* Did you mean 'favor'"):
        compare(["favor", "favor"], ["favor", "favour"], labels=LABELS)
    with pytest.raises(CodingError, match="gold and predictions hold one label only, so alpha is undefined"):
        _ = compare(["favor"], ["favor"], labels=LABELS).alpha
    with pytest.raises(CodingError, match="is nominal: its labels have no order"):
        _ = compare(["favor"], ["favor"], labels=LABELS, level="nominal").mae
    with pytest.raises(CodingError, match="clusters row 2 is empty"):
        compare(["favor"] * 2, ["favor"] * 2, labels=LABELS, clusters=["a", None])


@pytest.mark.data
def test_one_crowd_coder_of_ecosent_scores_as_published(shared):
    folder = shared / "tone" / "ecosent"
    codings = pd.read_json(folder / "coders.jsonl", lines=True, dtype={"id": str})
    gold = pd.read_json(folder / "gold.jsonl", lines=True, dtype={"id": str})
    found = human_ceiling(codings[codings["coder_type"] == "crowd"], gold[["id", "label"]], labels=("negative", "neutral", "positive"))
    assert [round(score, 3) for score in (found.accuracy, found.alpha, found.macro_f1)] == [0.719, 0.752, 0.723]


def test_single_coders_of_units_with_targets_meet_gold_by_target():
    gold = pd.DataFrame({"id": "a", "target": ["de fusie", "het windpark"], "holder": None, "label": ["favor", "against"]})
    codings = pd.DataFrame({"id": "a", "target": ["het windpark", "de fusie", "de fusie"], "label": ["against", "favor", "neutral"]})
    found = human_ceiling(codings, gold, labels=LABELS)
    assert (found.n, found.accuracy) == (3, pytest.approx(2 / 3))
