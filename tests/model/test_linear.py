"""The TF-IDF scorer gives scikit-learn's numbers without scikit-learn, and survives saving."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from stance.corpus.ngrams import CHARACTERS_AT_ONCE
from stance.errors import ModelError
from stance.model.linear import TfidfScorer, Vocabulary, scored_texts

TEXTS = [
    "Kabinet krijgt lof voor klimaatplan, lof en nog eens lof",
    "Woede in Luik na sluiting van de fabriek",
    "Kamer stemt vandaag over het klimaatplan",
    "Woede over klimaatplan groeit",
]
LABELS = ("negative", "neutral", "positive")


@pytest.fixture
def scorer(rng: np.random.Generator) -> TfidfScorer:
    words, characters = (Vocabulary.from_texts(TEXTS, kind=kind, min_units=1) for kind in ("word", "char"))
    weights = rng.normal(size=(len(words.keys) + len(characters.keys), 3)).astype(np.float32)
    return TfidfScorer(LABELS, words, characters, weights, np.array([0.1, -np.inf, 0.0]), scale=1.5)


def units_of(texts: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"text": texts, "target": None, "holder": None})


@pytest.mark.parametrize(("kind", "options"), [("word", {"ngram_range": (1, 2)}), ("char", {"analyzer": "char_wb", "ngram_range": (2, 6)})])
@pytest.mark.parametrize("min_units", [1, 2])
def test_cells_are_the_tfidf_of_scikit_learn(kind, options, min_units):
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=min_units, **options).fit(TEXTS)
    new = ["Lof, lof en woede", *TEXTS]
    expected = vectorizer.transform(new).tocsr()
    vocabulary = Vocabulary.from_texts(TEXTS, kind=kind, min_units=min_units)
    cells = vocabulary.cells(new)
    assert len(vocabulary.keys) == len(vectorizer.vocabulary_)
    for row in range(len(new)):
        # columns are in another order, so the numbers of a row are compared sorted
        np.testing.assert_allclose(np.sort(cells.values[cells.rows == row]), np.sort(expected[row].data), rtol=1e-12)


@pytest.mark.parametrize("kind", ["word", "char"])
def test_a_text_that_is_counted_in_parts_has_the_counts_of_the_whole(kind):
    vocabulary = Vocabulary.from_texts(TEXTS, kind=kind, min_units=1)
    text, times = "Kamer stemt vandaag over het klimaatplan ", 30_000
    once, often = vocabulary.cells([text]), vocabulary.cells([text * times])
    assert len(text) * times > CHARACTERS_AT_ONCE
    np.testing.assert_array_equal(often.columns, once.columns)
    # Every n-gram of the sentence stands in it once, but for those of characters that the words share.
    weights = once.values / vocabulary.rarity[once.columns]
    counts = np.exp(weights / weights.min() - 1).round() * times
    expected = (1 + np.log(counts)) * vocabulary.rarity[once.columns]
    np.testing.assert_allclose(often.values, expected / np.linalg.norm(expected), rtol=1e-9)


def test_saved_scorer_gives_the_same_probabilities(scorer, tmp_path):
    scorer.save(tmp_path / "m")
    assert [path.name for path in (tmp_path / "m").iterdir()] == ["tfidf.npz"]
    loaded = TfidfScorer.load(tmp_path / "m", LABELS)
    units = units_of([*TEXTS, "Geheel andere woorden", "?!"])
    np.testing.assert_array_equal(loaded.score(units).probabilities, scorer.score(units).probabilities)


def test_scores_are_whole_units_with_probabilities(scorer):
    scores = scorer.score(units_of(TEXTS))
    np.testing.assert_allclose(scores.probabilities.sum(axis=1), 1)
    assert (scores.probabilities[:, 1] == 0).all()  # no training unit had this label
    assert scores.windows.tolist() == [1] * 4
    assert scores.coverage.tolist() == [1.0] * 4
    assert not scores.fallback.any()


def test_a_score_does_not_depend_on_its_neighbours(scorer):
    together = scorer.score(units_of(TEXTS)).probabilities
    backwards = scorer.score(units_of(TEXTS[::-1])).probabilities[::-1]
    alone = np.concatenate([scorer.score(units_of([text])).probabilities for text in TEXTS])
    np.testing.assert_allclose(backwards, together, atol=1e-12)
    np.testing.assert_allclose(alone, together, atol=1e-12)


def test_no_units_give_no_scores(scorer):
    assert scorer.score(units_of([])).probabilities.shape == (0, 3)


def test_scored_text_leaves_out_what_is_missing():
    units = pd.DataFrame({"text": ["a b", "c", "d"], "target": ["Poetin", None, "x"], "holder": ["Rutte", None, np.nan]})
    assert scored_texts(units) == ["Rutte # Poetin # a b", "c", "x # d"]


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_a_missing_or_broken_file_is_refused(content, tmp_path):
    if content is not None:
        (tmp_path / "tfidf.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"tfidf\.npz is missing or is not a TF-IDF model"):
        TfidfScorer.load(tmp_path, LABELS)


def test_scoring_does_not_import_scikit_learn():
    code = "import sys, stance.labelling.jobs, stance.model.lexicon, stance.model.linear; sys.exit('sklearn' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
