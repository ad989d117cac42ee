"""``RobbertClassifier`` keeps the interface of scikit-learn and saves what ``stance.load`` opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stance
from stance.coding.codebook import Variable
from stance.errors import InputError, StanceError, TrainingError
from stance.training.classifier import RobbertClassifier
from stance.training.settings import TrainConfig


@pytest.fixture(scope="module")
def classifier(tiny_encoder: Path, tone_units: pd.DataFrame) -> RobbertClassifier:
    config = TrainConfig(epochs=20, batch_size=8, learning_rate=5e-3)
    texts, labels = tone_units["text"].tolist(), tone_units["label"].tolist()
    return RobbertClassifier(variable="tone", encoder=str(tiny_encoder), config=config).fit(texts, labels, dev=(texts[::2], labels[::2]))


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


def test_its_settings_are_its_parameters(classifier):
    params = classifier.get_params()
    assert params["variable"] == "tone"
    assert set(params) == {"variable", "encoder", "config", "aliases"}
    assert RobbertClassifier(**params).get_params() == params


def test_labels_in_other_words_of_the_codebook_are_learned_as_the_labels(tiny_encoder, tone_units):
    other = {"negative": "slecht", "neutral": "0", "positive": "goed"}
    tone = Variable("tone", ("negative", "neutral", "positive"), aliases={label: (word,) for label, word in other.items()})
    config = TrainConfig(epochs=1, batch_size=8)
    texts, labels = tone_units["text"].tolist(), tone_units["label"].map(other).where(tone_units.index % 2 == 0, tone_units["label"])
    learned = RobbertClassifier(variable=tone, encoder=str(tiny_encoder), config=config).fit(texts, labels.tolist())
    plain = RobbertClassifier(variable="tone", encoder=str(tiny_encoder), config=config).fit(texts, tone_units["label"].tolist())
    np.testing.assert_array_equal(learned.predict_proba(texts), plain.predict_proba(texts))
    with pytest.raises(StanceError, match="'matig' is not in variable 'tone'"):
        RobbertClassifier(variable=tone, encoder=str(tiny_encoder), config=config).fit(["Een.", "Twee."], ["goed", "matig"])


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
