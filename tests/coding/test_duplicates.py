"""The search finds every near-duplicate and nothing else; leaks are named."""

from __future__ import annotations

import gzip
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from stance.coding.duplicates import check_leaks, leaks, near_duplicates
from stance.errors import CodingError, LeakError

WORDS = ["de", "minister", "valt", "trein", "regen", "in"]


def pairs_of(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return set(itertools.pairwise(words)) if len(words) > 1 else {tuple(words)}


def jaccard(left: str, right: str) -> float:
    a, b = pairs_of(left), pairs_of(right)
    return len(a & b) / len(a | b)


def by_hand(texts: list[str], threshold: float) -> list[int]:
    """Clusters by comparing every text with every other."""
    linked = np.array([[bool(a and b) and jaccard(a, b) >= threshold for b in texts] for a in texts]) | np.eye(len(texts), dtype=bool)
    return pd.factorize(connected_components(linked)[1])[0].tolist()


TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join), min_size=1, max_size=25)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from([0.2, 0.5, 0.6, 0.8, 0.9, 1.0]))
def test_clusters_are_those_of_comparing_every_pair(texts, threshold):
    assert near_duplicates(texts, threshold=threshold).tolist() == by_hand(texts, threshold)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from([0.3, 0.5, 0.9]))
def test_leaks_are_those_of_comparing_every_pair(train, test, threshold):
    train, test = ([text or "leeg?" for text in part] for part in (train, test))
    found = leaks(pd.DataFrame({"text": train}), pd.DataFrame({"text": test}), threshold=threshold)
    expected = {
        (str(i + 1), str(j + 1)): jaccard(a.replace("?", ""), b.replace("?", ""))
        for (i, a), (j, b) in itertools.product(enumerate(train), enumerate(test))
    }
    expected = {pair: value for pair, value in expected.items() if value >= threshold}
    assert dict(zip(zip(found["train_id"], found["test_id"], strict=True), found["similarity"], strict=True)) == pytest.approx(expected)
    assert found["similarity"].is_monotonic_decreasing


def test_case_and_punctuation_make_no_difference():
    assert near_duplicates(["Trein rijdt niet!", "trein: rijdt NIET", "Trein rijdt wel"]).tolist() == [0, 0, 1]


def test_texts_without_words_repeat_nothing():
    assert near_duplicates(["?", "?", "", "Regen", "regen"]).tolist() == [0, 1, 2, 3, 3]
    assert near_duplicates([]).tolist() == []


@pytest.mark.parametrize("threshold", [0, -0.1, 1.5])
def test_a_threshold_outside_0_to_1_is_refused(threshold):
    with pytest.raises(CodingError, match="not between 0 and 1"):
        near_duplicates(["Regen"], threshold=threshold)


def test_a_shared_cluster_is_a_leak():
    train = pd.DataFrame({"id": ["a", "b"], "text": ["Brand in haven", "Regen"], "cluster": ["brand", None]})
    test = pd.DataFrame({"id": ["c", "d"], "text": ["Haven staat in lichterlaaie", "Zon"], "cluster": ["brand", None]})
    found = leaks(train, test)
    assert found[["train_id", "test_id", "shared"]].to_numpy().tolist() == [["a", "c", "cluster"]]
    with pytest.raises(
        LeakError, match="1 of 2 test units leak from train, first test unit 'c', which shares a cluster with train unit 'a'"
    ):
        check_leaks(train, test)


def test_a_blank_cluster_links_nothing():
    train = pd.DataFrame({"id": ["a"], "text": ["Brand in haven"], "cluster": [""]})
    assert leaks(train, pd.DataFrame({"id": ["b"], "text": ["Zon"], "cluster": [""]})).empty


def test_a_repeat_is_refused_by_name_and_a_clean_test_passes():
    train = pd.DataFrame({"id": ["a"], "text": ["Minister stapt op na kritiek"]})
    with pytest.raises(LeakError, match="test unit 'z', which shares 100% of their word pairs with train unit 'a'"):
        check_leaks(train, pd.DataFrame({"id": ["z"], "text": ["Minister stapt op na kritiek."]}))
    check_leaks(train, pd.DataFrame({"id": ["z"], "text": ["Trein staat stil bij Luik"]}))


@pytest.mark.data
def test_the_seven_ecosent_repeats_are_found(shared):
    train, gold = (pd.read_json(shared / "tone" / "ecosent" / f"{part}.jsonl", lines=True) for part in ("train", "gold"))
    repeated = train.loc[train["same_text_as_gold"].map(len) > 0, "id"].astype(str)
    assert len(repeated) == 7
    assert set(leaks(train, gold)["train_id"]) == set(repeated)


@pytest.mark.data
def test_clusters_are_the_duplicate_groups_of_dpgmedia2019(shared):
    articles = pd.read_json(shared / "partisan" / "dpgmedia2019" / "articles.jsonl", lines=True)
    assert near_duplicates(articles["text"].tolist()).tolist() == pd.factorize(articles["dup_group"])[0].tolist()


@pytest.mark.data
def test_the_stemwijzer_splits_do_not_leak_but_a_planted_repeat_is_found(shared):
    with gzip.open(shared / "stance" / "stemwijzer.jsonl.gz") as file:
        units = pd.read_json(file, lines=True, dtype={"id": str})[["id", "text", "target", "split"]]
    train, test = units[units["split"] == "train"], units[units["split"] == "test_new_target"]
    assert leaks(train, test).empty
    text = str(train["text"][train["text"].str.len() > 200].iloc[0])
    planted = test.assign(text=[text.upper() + " Punt.", *test["text"].iloc[1:]])
    assert leaks(train, planted)["test_id"].unique().tolist() == [test["id"].iloc[0]]
