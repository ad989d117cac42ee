"""Gold that is not the random sample it is said to be is refused or reported."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import builtin
from stance.errors import InputError
from stance.estimation.coded_units import units_hash
from stance.estimation.estimates import estimate
from stance.estimation.question import Question

TONE = builtin("tone")
LABELS = np.array(TONE.labels, dtype=object)


@pytest.fixture
def corpus(rng):
    truth = rng.choice(3, size=3_000, p=[0.4, 0.3, 0.3])
    predicted = np.where(rng.random(3_000) < 0.7, truth, 1)
    rows = pd.DataFrame(
        {"id": [f"a{unit}" for unit in range(3_000)], "label": LABELS[predicted], "confidence": rng.uniform(0.4, 0.9, 3_000)}
    )
    return rows.assign(truth=LABELS[truth])


def gold_of(chosen, **columns):
    return chosen[["id"]].assign(label=chosen["truth"], **columns)


def odd(notes):
    return [note for note in notes if "of all units are" in note]


def test_only_predicted_negatives_are_refused(corpus):
    picked = corpus[corpus["label"] == "negative"].sample(90, random_state=1)
    with pytest.raises(InputError, match=r"100% of its units .* are predicted 'negative', and 2\d% of all units are"):
        estimate(corpus, gold_of(picked, sample_prob=0.03), Question(TONE))
    with pytest.raises(InputError, match="not the random sample they are said to be"):
        estimate(corpus, gold_of(picked), Question(TONE, random_sample=True))


def test_a_sample_that_leans_is_reported(corpus):
    leaning = pd.concat(
        [corpus[corpus["label"] == "negative"].sample(30, random_state=1), corpus.sample(270, random_state=2)]
    ).drop_duplicates("id")
    assert len(odd(estimate(corpus, gold_of(leaning), Question(TONE, random_sample=True)).notes)) == 1


def test_true_samples_are_hardly_ever_reported(corpus):
    reported = 0
    for seed in range(60):
        drawn = corpus.sample(200, random_state=seed)
        reported += len(odd(estimate(corpus, gold_of(drawn), Question(TONE, random_sample=True)).notes))
    assert reported <= 3  # 1%
    unequal = corpus.assign(sample_prob=np.where(corpus["label"] == "negative", 0.2, 0.05))
    chosen = unequal[np.random.default_rng(1).random(len(unequal)) < unequal["sample_prob"]]
    assert odd(estimate(corpus, gold_of(chosen, sample_prob=chosen["sample_prob"]), Question(TONE)).notes) == []


def test_gold_the_model_was_trained_on_is_reported(corpus):
    chosen = corpus.sample(300, random_state=3).index
    learnt = corpus.assign(label=corpus["label"].where(~corpus.index.isin(chosen), corpus["truth"]))
    learnt["confidence"] = np.where(corpus.index.isin(chosen), 0.95, corpus["confidence"])
    notes = estimate(learnt, gold_of(learnt.loc[chosen]), Question(TONE, random_sample=True)).notes
    assert any("right on all 300 coded units" in note for note in notes)
    assert any("more confident of its units (0.95 on average)" in note for note in notes)


def test_deleted_gold_is_counted_and_lowers_the_probabilities(corpus):
    drawn = corpus.sample(300, random_state=4)
    whole = gold_of(drawn, sample_prob=0.1, drawn=300, corpus=units_hash(corpus))
    kept = whole.iloc[:200]
    found = estimate(corpus, kept, Question(TONE))
    assert any(note.startswith("gold: 100 of the 300 units that were drawn are not in the table") for note in found.notes)
    assert not any("rescaled" in note for note in found.notes)
    plain = estimate(corpus, gold_of(drawn.iloc[:200]), Question(TONE, random_sample=True)).table
    pd.testing.assert_frame_equal(found.table, plain)


def test_a_draw_from_another_table_is_reported(corpus):
    gold = gold_of(corpus.iloc[:2_000].sample(200, random_state=5), sample_prob=0.1, corpus=units_hash(corpus.iloc[:2_000]))
    assert any("drawn from another table than these 3,000 predictions" in note for note in estimate(corpus, gold, Question(TONE)).notes)
    same = estimate(corpus.sample(frac=1, random_state=1), gold.assign(corpus=units_hash(corpus)), Question(TONE)).notes
    assert not any("another table than" in note for note in same)
