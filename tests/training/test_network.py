"""The network starts from a checkpoint: its encoder kept, its head new unless it is for the very same labels."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from stance.errors import ModelError
from stance.training.network import load_network, parameter_groups

TONE = ("negative", "neutral", "positive")


def head(folder: Path, labels: tuple[str, ...]) -> torch.Tensor:
    torch.manual_seed(1)
    weight: torch.Tensor = load_network(folder, labels).model.classifier.dense.weight
    return weight.detach()


def test_robbert_sees_its_positions_less_the_two_before_the_first(tiny_encoder):
    network = load_network(tiny_encoder, TONE)
    assert (network.pad_id, network.longest, network.type_ids) == (1, 64, False)
    assert network.model.config.id2label == dict(enumerate(TONE))
    assert network.model.config.label2id == {label: number for number, label in enumerate(TONE)}


def test_bert_has_token_types_and_all_its_positions(tiny_bert):
    network = load_network(tiny_bert, TONE)
    assert (network.pad_id, network.longest, network.type_ids) == (0, 64, True)


def test_padding_changes_nothing(tiny_encoder):
    model = load_network(tiny_encoder, TONE)
    model.model.eval()
    ids = torch.tensor([[0, 40, 41, 42, 2]])
    padded = torch.cat([ids, torch.ones((1, 20), dtype=torch.long)], dim=1)
    with torch.inference_mode():
        short = model.logits({"input_ids": ids, "attention_mask": torch.ones_like(ids)})
        long = model.logits({"input_ids": padded, "attention_mask": (torch.arange(25) < 5).long()[None]})
    assert short.dtype == torch.float32
    torch.testing.assert_close(short, long)


def test_the_head_is_kept_for_the_same_labels_only(tone_model):
    trained = head(tone_model, TONE)
    assert not torch.equal(trained, head(tone_model, ("against", "neutral", "favor")))
    torch.manual_seed(2)
    assert torch.equal(trained, load_network(tone_model, TONE).model.classifier.dense.weight)
    assert load_network(tone_model, ("wel", "niet")).model.classifier.out_proj.weight.shape == (2, 32)


def test_a_new_head_hangs_on_the_seed(tone_model):
    other = ("against", "neutral", "favor")
    assert torch.equal(head(tone_model, other), head(tone_model, other))
    torch.manual_seed(2)
    assert not torch.equal(head(tone_model, other), load_network(tone_model, other).model.classifier.dense.weight)


def test_layers_learn_slower_the_deeper_they_lie(tiny_encoder):
    model = load_network(tiny_encoder, TONE).model
    groups = parameter_groups(model, learning_rate=1.0, weight_decay=0.1, layer_decay=0.5)
    settings = {id(parameter): (group["lr"], group["weight_decay"]) for group in groups for parameter in group["params"]}
    named = dict(model.named_parameters())
    assert len(settings) == len(named) == sum(len(group["params"]) for group in groups)
    layer = "roberta.encoder.layer.{}.output"
    assert settings[id(named["classifier.dense.weight"])] == (1.0, 0.1)
    assert settings[id(named[layer.format(1) + ".dense.weight"])] == (0.5, 0.1)
    assert settings[id(named[layer.format(0) + ".dense.weight"])] == (0.25, 0.1)
    assert settings[id(named["roberta.embeddings.word_embeddings.weight"])] == (0.125, 0.1)
    assert settings[id(named["classifier.dense.bias"])] == (1.0, 0.0)
    assert settings[id(named[layer.format(0) + ".LayerNorm.weight"])] == (0.25, 0.0)


@pytest.mark.parametrize(
    ("name", "content"),
    [("tokenizer.json", None), ("config.json", "{"), ("config.json", '{"model_type": "onzin"}'), ("model.safetensors", "half")],
)
def test_a_folder_that_does_not_open_is_refused(tiny_encoder, tmp_path, name, content):
    folder = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(ModelError, match="cannot be opened as an encoder with its tokenizer") as refusal:
        load_network(folder, TONE)
    assert "\n" not in str(refusal.value)
