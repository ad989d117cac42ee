"""A smaller model that learns from a larger one beside the labels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stance.coding.codebook import builtin
from stance.errors import ModelError, TrainingError
from stance.model.labelling import load
from stance.training.building import train_model
from stance.training.encoders import find_encoder
from stance.training.network import load_network
from stance.training.settings import TrainConfig
from stance.training.teaching import Teacher, load_teacher

TONE = ("negative", "neutral", "positive")


def inputs_of(network, texts, length=None):
    filled = {"padding": "max_length", "max_length": length} if length else {"padding": True}
    return dict(network.tokenizer(texts, return_tensors="pt", **filled))


@pytest.fixture
def pupil(tone_model):
    network = load_network(tone_model, TONE)
    network.model.eval()
    return network


def test_who_is_the_teacher_has_only_the_labels_to_learn(pupil):
    inputs, labels = inputs_of(pupil, ["Ramp in de haven", "Succes voor Gent"]), torch.tensor([0, 2])
    logits, losses = Teacher(pupil, 0.25).logits_and_losses(pupil, inputs, labels, label_smoothing=0.0)
    coded = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    torch.testing.assert_close(losses, 0.75 * coded, atol=1e-5, rtol=1e-5)


def test_padding_is_nothing_to_learn(pupil, tiny_encoder):
    torch.manual_seed(1)
    teacher, labels = Teacher(load_network(tiny_encoder, TONE), 0.5), torch.tensor([0])
    teacher.network.model.eval()
    found = [
        teacher.logits_and_losses(pupil, inputs_of(pupil, ["Ramp in de haven van Gent"], length), labels, label_smoothing=0.0)[1]
        for length in (None, 40)
    ]
    torch.testing.assert_close(found[0], found[1], atol=0.02, rtol=0.02)  # bf16
    assert found[0] > 0.5


def test_a_pupil_follows_its_teacher_where_labels_are_noise(tone_model, tone_units, tiny_encoder, tmp_path, rng):
    noise = tone_units.assign(label=rng.permutation(tone_units["label"]))
    told = load(tone_model).predict(tone_units)
    assert (told == tone_units["label"]).mean() > 0.9
    settings = {"encoder": str(tiny_encoder), "epochs": 20, "patience": 20, "batch_size": 8, "learning_rate": 5e-3, "class_weights": False}
    agreed = {}
    for name, teacher in (("alone", {}), ("taught", {"teacher": str(tone_model), "teacher_share": 0.95})):
        out = tmp_path / name
        found = train_model(noise, tone_units, variable=builtin("tone"), config=TrainConfig(**settings, **teacher), out=out)
        agreed[name] = float(np.mean(load(out).predict(tone_units) == told))
    assert agreed["taught"] > 0.9 > agreed["alone"]
    assert found.settings.signature["teacher"].startswith("tone ")
    assert found.settings.signature["teacher"].endswith(", share 0.95")


def test_a_teacher_of_other_tokens_or_labels_is_refused(tone_model, stance_model, tiny_bert, tiny_encoder):
    pupil = load_network(tiny_bert, TONE)
    with pytest.raises(TrainingError, match="cuts texts into other tokens than the encoder; both must have one tokenizer"):
        load_teacher(find_encoder(tone_model), pupil, TONE, 0.5)
    for untrained in (tiny_encoder, stance_model):
        with pytest.raises(ModelError, match="is no model trained for the labels negative, neutral, positive"):
            load_teacher(find_encoder(untrained), pupil, TONE, 0.5)
