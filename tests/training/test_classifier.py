"""``RobbertClassifier`` keeps the interface of scikit-learn and saves what ``stance.load`` opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import stance
from stance.coding.codebook import Variable
from stance.errors import InputError, ModelError, StanceError, TrainingError
from stance.training.classifier import RobbertClassifier


@pytest.fixture(scope="module")
def classifier(tiny_encoder: Path, tone_units: pd.DataFrame) -> RobbertClassifier:
    texts, labels = tone_units["text"].tolist(), tone_units["label"].tolist()
    tiny = RobbertClassifier(encoder=str(tiny_encoder), epochs=20, batch_size=8, learning_rate=5e-3)
    return tiny.fit(texts, labels, dev=(texts[::2], labels[::2]))


def test_saved_and_loaded_it_predicts_the_same(classifier, tone_units, tmp_path):
    assert classifier.classes_.tolist() == ["negative", "neutral", "positive"]
    texts = tone_units["text"].tolist()
    probabilities = classifier.predict_proba(texts)
    assert probabilities.shape == (72, 3)
    assert classifier.predict(texts).tolist() == classifier.classes_[probabilities.argmax(axis=1)].tolist()
    assert (classifier.predict(texts) == tone_units["label"]).mean() > 0.9
    classifier.save(tmp_path / "toon")
    assert (tmp_path / "toon" / "README.md").read_text(encoding="utf-8").startswith("---\nlanguage: nl\n")
    np.testing.assert_array_equal(stance.load(tmp_path / "toon").predict_proba(texts), probabilities)
    with pytest.raises(TrainingError, match="toon exists already"):
        classifier.save(tmp_path / "toon")


@pytest.mark.usefixtures("no_hub")
def test_without_the_hub_the_default_encoder_names_the_one_inside_the_package(tone_units):
    with pytest.raises(ModelError, match=r'Encoder .robbert-2023-base. .* is not on this machine .*encoder="mini"'):
        RobbertClassifier().fit(tone_units, tone_units["label"])


def test_labels_in_other_words_of_the_codebook_are_learned_as_the_labels(tiny_encoder, tone_units):
    other = {"negative": "slecht", "neutral": "0", "positive": "goed"}
    tone = Variable("tone", ("negative", "neutral", "positive"), aliases={label: (word,) for label, word in other.items()})
    short = RobbertClassifier(encoder=str(tiny_encoder), epochs=1, batch_size=8)
    texts, labels = tone_units["text"].tolist(), tone_units["label"].map(other).where(tone_units.index % 2 == 0, tone_units["label"])
    learned = clone(short).set_params(variable=tone).fit(texts, labels.tolist())
    plain = short.fit(texts, tone_units["label"].tolist())
    np.testing.assert_array_equal(learned.predict_proba(texts), plain.predict_proba(texts))
    with pytest.raises(StanceError, match="'matig' is not in variable 'tone'"):
        clone(short).set_params(variable=tone).fit(["Een.", "Twee."], ["goed", "matig"])


def test_before_fit_it_has_learned_nothing():
    for act in ("predict", "predict_proba", "save"):
        with pytest.raises(TrainingError, match=r"has not learned yet; call fit\(units, labels\) first"):
            getattr(RobbertClassifier(), act)(["Kop"])


@pytest.mark.parametrize(
    ("units", "labels", "problem"),
    [
        (["Een", "Twee"], ["neutral"], "There are 2 units and 1 labels"),
        ([], [], "no rows"),
        (["Een", ""], ["neutral", "positive"], "text is empty"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(tiny_encoder, units, labels, problem):
    with pytest.raises(InputError, match=problem):
        RobbertClassifier(encoder=str(tiny_encoder)).fit(units, labels)


def test_an_unknown_label_is_refused(tiny_encoder):
    texts = ["Ramp treft stad", "Kabinet krijgt lof", "Raad vergadert"]
    with pytest.raises(StanceError, match=r"label 'postive' .* Did you mean 'positive'\?"):
        RobbertClassifier(encoder=str(tiny_encoder)).fit(
            texts, ["negative", "postive", "neutral"], dev=(texts, ["negative", "positive", "neutral"])
        )
