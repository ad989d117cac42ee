"""Explanations: parts that cover the text, weights that are what leaving a word out does, and their faithfulness beside chance."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.close_reading.explaining import Unit, explain, score_texts, without_words
from stance.close_reading.faithfulness import faithfulness
from stance.model.labelling import Labeller, load

ARTICLE = (
    'Rekeningrijden is slecht en gevaarlijk, vindt de hele raad. "Stop rekeningrijden vandaag nog", zegt wethouder Els Bos. '
    "De raad bespreekt het plan in mei. Daarna juicht de raad rekeningrijden toe, want het is goed en nuttig."
)


@pytest.fixture(scope="module")
def stances(stance_model) -> Labeller:
    return load(stance_model)


@pytest.fixture(scope="module")
def found(stances):
    return explain(stances, Unit("a", ARTICLE, "rekeningrijden"))


def test_parts_cover_the_text_and_an_attribution_has_no_label(found):
    assert "".join(found.text[part.segment.start : part.segment.end] for part in found.parts) == ARTICLE
    assert [part.label is None for part in found.parts] == [False, False, True, False, False]
    assert [part.names_target for part in found.parts] == [True, True, False, False, True]
    assert all(found.text[word.start : word.end].isalnum() for part in found.parts for word in part.words)


def test_the_label_of_the_whole_is_that_of_the_labeller(found, stances):
    np.testing.assert_allclose(found.probabilities, stances.predict_proba([(ARTICLE, "rekeningrijden")])[0], atol=1e-4)


def test_a_weight_is_what_the_label_loses_without_the_word(found, stances):
    quote = found.parts[1]
    place = found.labels.index(quote.label)
    word = quote.words[0]
    assert found.text[word.start : word.end] == "Stop"
    texts = [('"Stop rekeningrijden vandaag nog"', "Els Bos"), ('" rekeningrijden vandaag nog"', "Els Bos")]
    full, left = score_texts(stances, texts, "rekeningrijden")[:, place]
    assert word.weight == pytest.approx(full - left, abs=1e-4)
    assert [word.weight for _, word in found.words] == sorted((word.weight for _, word in found.words), reverse=True)


def test_faithfulness_stands_beside_chance_and_is_the_same_for_the_same_seed(found, stances):
    measured = faithfulness(stances, found, rng=np.random.default_rng(1))
    assert measured["measure"].tolist() == ["comprehensiveness", "sufficiency"]
    assert measured["parts"].tolist() == [4, 4]
    heaviest, chance = measured.loc[0, ["heaviest", "chance"]]
    assert heaviest > chance  # by construction nearly: each word was chosen for what its absence does
    np.testing.assert_allclose(measured["difference"], [heaviest - chance, measured["chance"][1] - measured["heaviest"][1]])
    again = faithfulness(stances, found, rng=np.random.default_rng(1))
    np.testing.assert_allclose(again["heaviest"], measured["heaviest"], atol=1e-6)


def test_short_texts_explain_without_faithfulness(stances):
    short = explain(stances, Unit("a", "Nee!", "vuurwerkverbod"))
    assert len(short.parts[0].words) == 1
    assert faithfulness(stances, short, rng=np.random.default_rng(1)).empty
    assert explain(stances, Unit("a", "?! ...", "vuurwerkverbod")).parts[0].label is None


def test_words_are_left_out_with_one_space_and_never_leave_nothing():
    assert without_words("Nee, dank u.", [(5, 9)]) == "Nee, u."
    assert without_words("Nee", [(0, 3)]) == "."


@given(st.text(alphabet="ab .,\n", max_size=30))
def test_leaving_nothing_out_changes_only_white_space(text):
    assert "".join(without_words(text, []).split()) in ("".join(text.split()), ".")


@pytest.mark.data
def test_a_long_article_takes_under_fifteen_seconds_on_two_cores(shared):
    # Thirty seconds of processor time are fifteen on two cores; with the twelve layers that ship, 400 words.
    (path,) = (shared.parent / "seed").glob("*.txt")
    text = " ".join((path.read_text(encoding="utf-8") * 2).split()[:400])
    labeller = load("stance")
    begin = time.process_time()
    faithfulness(labeller, explain(labeller, Unit("a", text, "Poetin")), rng=np.random.default_rng(42))
    assert time.process_time() - begin < 30
