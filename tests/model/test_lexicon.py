"""Word lists: reading them, negation and intensifiers in a window, cuts and probabilities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.errors import InputError, ModelError
from stance.model.lexicon import LexiconScorer, MajorityScorer, dutch_shifters, read_lexicon, read_shifters

LABELS = ("negative", "neutral", "positive")
SCORER = LexiconScorer(
    LABELS, {"goed": 1.0, "slecht": -1.0, "top notch": 4.0, "top": 1.0}, dutch_shifters(), thresholds=(-0.1, 0.1), slope=9.0
)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("Goed nieuws", 1),
        ("GOED nieuws", 1),
        ("Niet goed", -1),
        ("Niet zo heel goed", -1.2 * 1.5),  # three words back
        ("Niet om te zien goed", 1),  # four words back: too far
        ("Niet duur, goed", 1),  # another clause
        ("Zeer slecht", -1.5),
        ("Nooit slecht", 1),
        ("Top notch goed", 5),  # the phrase, and not its first word
        ("Top goed", 2),
        ("Regen", 0),
        ("?", 0),
    ],
)
def test_the_score_is_the_mean_of_shifted_words(text, total):
    words = max(len(text.replace("?", "").split()), 1)
    assert SCORER.scores([text])[0] == pytest.approx(total / words)


def test_shifters_do_not_reach_over_the_end_of_a_text():
    np.testing.assert_allclose(SCORER.scores(["Zij komen niet", "Goed nieuws"]), [0, 0.5])


@given(st.floats(-3, 3), st.floats(-1, 1), st.floats(0, 1), st.floats(0.1, 50))
def test_the_most_probable_label_is_the_side_of_the_cuts(score, low, width, slope):
    high = low + width
    probabilities = SCORER.with_cut((low, high), slope=slope).probabilities(np.array([score]))[0]
    assert probabilities.sum() == pytest.approx(1)
    distance = min(abs(score - low), abs(score - high))
    if distance > 1e-9:
        assert probabilities.argmax() == int(score > low) + int(score > high)


def test_saved_scorers_give_the_same_probabilities(tmp_path):
    units = pd.DataFrame({"text": ["Niet goed", "Goed", "Regen"]})
    SCORER.save(tmp_path)
    np.testing.assert_array_equal(LexiconScorer.load(tmp_path, LABELS).score(units).probabilities, SCORER.score(units).probabilities)
    MajorityScorer(LABELS, (0.2, 0.5, 0.3)).save(tmp_path)
    assert MajorityScorer.load(tmp_path, LABELS).score(units).probabilities.tolist() == [[0.2, 0.5, 0.3]] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lexicon.json", "majority.json"]


@pytest.mark.parametrize("content", [None, "{", '{"other": 1}'])
def test_a_missing_or_broken_file_is_refused(content, tmp_path):
    if content is not None:
        (tmp_path / "lexicon.json").write_text(content)
    with pytest.raises(ModelError, match=r"lexicon\.json"):
        LexiconScorer.load(tmp_path, LABELS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("w.csv", "word,score\nGoed,1\ngoed,0.5\nnull,-1\n"),
        ("w.tsv", "word\tscore\ngoed\t0.75\nnull\t-1\n"),
        ("w.jsonl", '{"word": "goed", "pos": null, "score": 0.75}\n{"word": "null", "score": -1}\n'),
    ],
)
def test_a_word_list_is_read(name, content, tmp_path):
    (tmp_path / name).write_text(content)
    assert read_lexicon(tmp_path / name) == {"goed": 0.75, "null": -1.0}


def test_adversatives_shift_no_word(tmp_path):
    (tmp_path / "s.csv").write_text("word,weight,type\nniet,-1,negator\nmaar,-1,adversative\n")
    assert read_shifters(tmp_path / "s.csv") == {"niet": -1.0}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.csv", "woord,score\ngoed,1\n", "column 'word' is missing .*Did you mean 'woord'"),
        ("w.csv", "word,score\ngoed,1\nslecht,min\n", "row 2: word 'slecht' has score 'min'"),
        ("w.csv", "word,score\n", "the word list is empty"),
        ("w.csv", "", "cannot be read"),
        ("w.jsonl", "{broken", "cannot be read"),
        ("w.xml", "<a/>", "a word list is a .jsonl, .csv or .tsv file"),
        (None, "", "cannot be read"),
    ],
)
def test_a_bad_word_list_is_refused(name, content, message, tmp_path):
    path = tmp_path / (name or "absent.csv")
    if name:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_lexicon(path)


@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["pattern_nl", "duoman_lt3", "nrc_nl_lt3", "vu_opener_general_nl", "muddiman_econ_nl", "damstra_boukes_nl"]
)
def test_the_shared_lexicons_are_read(name, shared):
    lexicon = read_lexicon(shared / "lexicons" / f"{name}.jsonl")
    assert len(lexicon) > 50
    assert min(lexicon.values()) < 0 < max(lexicon.values())
