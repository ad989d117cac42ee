"""The n-grams are those of scikit-learn, and equal strings have equal keys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from stance.corpus.ngrams import Grams, char_ngrams, chunks, parts, word_ngrams, words

TEXTS = [
    "Kabinet: 'Geen cent méér naar Brussel!'",
    "",
    "   ",
    "a",
    "Één  ïs\n\tx. 🙂 y\u00a0z",
    "D66-leider wint het debat, wint het debat",
]


def assert_same(grams: Grams, expected: list[tuple[int, str]]) -> None:
    assert grams.rows.tolist() == [row for row, _ in expected]
    keys = {}
    for (_, gram), key in zip(expected, grams.keys.tolist(), strict=True):
        assert keys.setdefault(gram, key) == key
    assert len(set(keys.values())) == len(keys)


@pytest.mark.parametrize("size", [1, 2])
def test_word_ngrams_are_those_of_scikit_learn(size):
    analyse = CountVectorizer(ngram_range=(size, size)).build_analyzer()
    (found,) = word_ngrams(TEXTS, [size], shortest=2)
    assert_same(found, [(row, gram) for row, text in enumerate(TEXTS) for gram in analyse(text)])


@pytest.mark.parametrize("size", [2, 3, 6])
def test_char_ngrams_are_those_of_scikit_learn(size):
    analyse = CountVectorizer(analyzer="char_wb", ngram_range=(2, 6)).build_analyzer()
    expected = [(row, gram) for row, text in enumerate(TEXTS) for gram in analyse(text) if len(gram) == size]
    for sizes in ([size], [2, 3, 4, 5, 6]):
        assert_same(list(char_ngrams(TEXTS, sizes))[sizes.index(size)], expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_text_gives_the_ngrams_of_scikit_learn(texts):
    analyse = CountVectorizer(analyzer="char_wb", ngram_range=(3, 3)).build_analyzer()
    texts = [*texts, "de"]
    expected = [(row, gram) for row, text in enumerate(texts) for gram in analyse(text) if len(gram) == 3]
    (found,) = char_ngrams(texts, [3])
    assert_same(found, expected)


def test_a_key_does_not_depend_on_the_texts_before_it():
    (alone,), (later,) = word_ngrams(["lof voor plan"], [2]), word_ngrams(["Iets anders.", "lof voor plan"], [2])
    assert alone.keys.tolist() == later.keys[later.rows == 1].tolist()


def test_words_know_their_clause():
    found = words(["Niet duur, goed", "Goed"])
    assert np.diff(found.clauses).tolist() == [0, 1, 1]
    assert found.keys[2] == found.keys[3]


def test_no_texts_give_no_ngrams():
    assert [len(found.keys) for found in (*word_ngrams([], [1]), *char_ngrams([], [3]), words([]))] == [0, 0, 0]


def test_chunks_cover_every_text_once():
    texts = ["x" * length for length in (3, 0, 9, 2, 2, 5)]
    parts = list(chunks(texts, characters=5))
    assert [text for part in parts for text in texts[part]] == texts
    assert max(sum(map(len, texts[part])) for part in parts if part.stop - part.start > 1) <= 5


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab \n\t", max_size=40), max_size=6), st.integers(1, 20))
def test_a_long_text_is_divided_between_its_words(texts, characters):
    found = list(parts(texts, characters=characters))
    assert max((sum(map(len, some)) for some, _ in found), default=0) <= characters
    longest = max((len(word) for text in texts for word in text.split()), default=0)
    if longest <= characters:
        kept: dict[int, list[str]] = {row: [] for row in range(len(texts))}
        for text, row in ((text, row) for some, rows in found for text, row in zip(some, rows.tolist(), strict=True)):
            kept[row] += text.split()
        assert list(kept.values()) == [text.split() for text in texts]


def test_words_on_either_side_of_a_cut_are_neighbours():
    text = "lof voor het plan " * 60_000
    assert len(list(parts([text]))) > 1
    found = list(word_ngrams([text], [1, 2]))
    assert [len(grams.keys) for grams in found] == [240_000, 239_999]
    assert len(np.unique(found[1].keys)) == 4
