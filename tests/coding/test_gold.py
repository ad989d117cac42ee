from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import Variable, builtin
from stance.coding.gold import settle
from stance.errors import CodingError
from stance.evaluation.metrics import compare

TONE = builtin("tone")


def table(rows):
    long = [{"id": unit, "coder": coder, "label": label} for unit, row in rows.items() for coder, label in row.items()]
    return pd.DataFrame(long)


def test_majority_and_what_it_tells():
    rows = {
        "a": {"An": "positive", "Bo": "positive", "Cas": "neutral"},
        "b": {"An": "negative", "Bo": "positive"},
        "c": {"An": "negative", "Bo": "neutral"},
        "d": {"An": None},
    }
    gold = settle(table(rows), TONE).set_index("id")
    assert gold["label"].notna().tolist() == [True, False, False, False]
    assert gold["label"]["a"] == "positive"
    assert gold.loc["b", ["share_negative", "share_neutral", "share_positive"]].tolist() == [0.5, 0, 0.5]  # nobody said neutral
    assert gold["tie"].tolist() == [False, True, True, False]
    assert gold["note"].tolist() == [
        "",
        "tie of negative, positive: no label; the coders have to settle it",
        "tie of negative, neutral: no label; the coders have to settle it",
        "no coding",
    ]
    assert gold["share"].tolist()[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_a_tie_that_nothing_settles_has_no_label(level):
    rows = {"a": {"An": "nee", "Bo": "ja"}, "b": {"An": "ja", "Bo": "ja"}}
    gold = settle(table(rows), Variable("vraag", ("nee", "ja"), level))
    assert pd.isna(gold["label"][0])
    assert gold["note"][0] == "tie of nee, ja: no label; the coders have to settle it"


def noisy_codings(rng, units=300):
    """Five coders: two careful, two middling, and one who calls almost everything positive."""
    truth = rng.integers(3, size=units)
    right = rng.random((5, units)) < np.array([0.9, 0.85, 0.6, 0.6, 0.0])[:, None]
    codes = np.where(right, truth, rng.integers(3, size=(5, units)))
    codes[4] = np.where(rng.random(units) < 0.9, 2, codes[4])
    labels = np.array(TONE.labels, dtype=object)
    frame = pd.DataFrame({"id": np.tile(np.arange(units), 5), "coder": np.repeat(list("abcde"), units), "label": labels[codes.ravel()]})
    return frame, labels[truth]


def test_units_of_one_coder_do_not_vouch_for_that_coder():
    """Dirk codes 180 units alone, and goes against two others on all 20 he shares: the tie of the last unit goes to the other."""
    shared = {f"s{unit}": {"An": "positive", "Bo": "positive", "Dirk": "negative"} for unit in range(20)}
    alone = {f"a{unit}": {"Dirk": "negative"} for unit in range(180)}
    gold = settle(table(shared | alone | {"x": {"An": "positive", "Dirk": "negative"}}), TONE, method="weighted").set_index("id")
    assert (gold.loc["x", "label"], gold.loc["x", "share"]) == ("positive", 1.0)
    assert (gold.loc["a0", "label"], gold.loc["a0", "share"]) == ("negative", 1.0)  # his vote is the only one there is
    assert not gold["tie"].any()


@pytest.mark.parametrize("method", ["weighted", "dawid-skene"])
def test_weighing_coders_beats_counting_heads_where_one_is_careless(method, rng):
    codings, truth = noisy_codings(rng)
    gold = {name: settle(codings, TONE, method=name)["label"].fillna("neutral") for name in ("majority", method)}
    scores = {name: compare(truth, labels, labels=TONE.labels).accuracy for name, labels in gold.items()}
    assert scores[method] > scores["majority"] + 0.02


def crowd_kit(method, codings):
    """The probabilities of each label by crowd-kit, the outside program; its Wawa is a vote weighted by agreement with the majority."""
    with warnings.catch_warnings():  # crowd-kit 1.4 uses what pandas 3.1 gives up: the reason why only the tests depend on it
        warnings.simplefilter("ignore")
        from crowdkit.aggregation import DawidSkene, MajorityVote, Wawa

        tasks = codings.rename(columns={"id": "task", "coder": "worker"})
        if method == "dawid-skene":
            return DawidSkene(n_iter=500, tol=1e-12).fit(tasks).probas_
        skills = Wawa().fit(tasks).skills_ if method == "weighted" else None
        return MajorityVote().fit(tasks, skills).probas_.fillna(0)


def test_dawid_skene_equals_crowd_kit(rng):
    codings, _ = noisy_codings(rng, units=60)
    theirs = crowd_kit("dawid-skene", codings)
    ours = settle(codings, TONE, method="dawid-skene")
    best = theirs.loc[ours["id"]].max(axis=1).to_numpy()
    assert theirs.loc[ours["id"]].idxmax(axis=1).tolist() == ours["label"].tolist()
    np.testing.assert_allclose(ours["share"], best, atol=1e-4)


@pytest.mark.parametrize("method", ["majority", "weighted"])
def test_votes_equal_crowd_kits_where_no_unit_ties(method, rng):
    """Crowd-kit breaks ties, in the vote and in the weights; we tell them. Without ties the two must be the same."""
    codings, _ = noisy_codings(rng, units=120)
    plain = settle(codings, TONE)
    codings = codings[codings["id"].isin(plain.loc[~plain["tie"], "id"])]
    theirs = crowd_kit(method, codings)
    ours = settle(codings, TONE, method=method)
    assert theirs.loc[ours["id"]].idxmax(axis=1).tolist() == ours["label"].tolist()
    np.testing.assert_allclose(ours["share"], theirs.loc[ours["id"]].max(axis=1), atol=1e-12)


def test_unknown_method_and_empty_codings_are_refused():
    codings = table({"a": {"An": None, "Bo": None}})
    with pytest.raises(CodingError, match=r"method 'majorty' is unknown; .* Did you mean 'majority'"):
        settle(codings, TONE, method="majorty")
    with pytest.raises(CodingError, match="no row has a label"):
        settle(codings, TONE)


@pytest.mark.data
def test_the_vote_of_five_of_ecosent_is_about_as_good_as_published(shared):
    folder = shared / "tone" / "ecosent"
    codings = pd.read_json(folder / "coders.jsonl", lines=True, dtype={"id": str})
    gold = pd.read_json(folder / "gold.jsonl", lines=True, dtype={"id": str})
    crowd = codings[(codings["coder_type"] == "crowd") & codings["id"].isin(gold["id"])]
    both = settle(crowd, TONE).merge(gold[["id", "label"]], on="id", suffixes=("", "_gold"))
    assert both["tie"].sum() == 12
    sure = both[~both["tie"]]
    found = compare(sure["label_gold"], sure["label"], labels=TONE.labels)
    assert [round(score, 3) for score in (found.accuracy, found.alpha, found.macro_f1)] == [
        0.772,
        0.823,
        0.774,
    ]  # .768, .814, .772 with ties
