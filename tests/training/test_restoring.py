"""What an int8 file holds becomes the checkpoint again that it was made of."""

from __future__ import annotations

import shutil

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from stance.coding.codebook import builtin
from stance.errors import ModelError
from stance.model.folder import SHIPPED
from stance.model.labelling import load
from stance.model.session import pad, softmax
from stance.training.building import train_model
from stance.training.encoders import find_encoder
from stance.training.export import export_onnx
from stance.training.network import load_network
from stance.training.restoring import restore_checkpoint
from stance.training.settings import TrainConfig

LABELS = ("against", "neutral", "favor")


@pytest.fixture(scope="module", params=["tiny_encoder", "tiny_bert"])
def trained(request, tmp_path_factory, stance_units):
    """A model folder with the checkpoint that its int8 file was made of."""
    out = tmp_path_factory.mktemp("restoring") / "model"
    config = TrainConfig(encoder=str(request.getfixturevalue(request.param)), epochs=1, window=60)
    train_model(stance_units, stance_units, variable=builtin("stance"), config=config, out=out)
    return out


def test_the_weights_come_back(trained, tmp_path):
    restore_checkpoint(trained, tmp_path / "restored")
    before, after = (load_network(folder, LABELS).model.state_dict() for folder in (trained, tmp_path / "restored"))
    assert before.keys() == after.keys()
    tables = [name for name in before if "position_embeddings" in name or "token_type" in name]  # 16-bit floats, types folded in
    for name in before.keys() - set(tables):
        torch.testing.assert_close(after[name], before[name], atol=1e-6, rtol=1e-5)
    places = [sum(state[name][:1] if "token_type" in name else state[name] for name in tables) for state in (before, after)]
    torch.testing.assert_close(places[1], places[0], atol=2e-3, rtol=1e-3)


def test_what_was_restored_gives_the_same_file_again(trained, tmp_path):
    restore_checkpoint(trained, tmp_path)
    export_onnx(load_network(tmp_path, LABELS), tmp_path / "again.onnx")
    held, again = (
        {part.name: numpy_helper.to_array(part) for part in onnx.load(path).graph.initializer}
        for path in (trained / "model.onnx", tmp_path / "again.onnx")
    )
    for name in (name for name in held if name.endswith((".int8", ".scale", ".bias", ".weight", ".T"))):
        np.testing.assert_allclose(again[name], held[name], rtol=1e-6, err_msg=name)


def test_training_goes_on_from_a_shipped_model():
    """The encoder starts with the weights and the head of the shipped model: before anything is learned it labels as that does."""
    scorer = load(SHIPPED / "stance" / "journalist").scorer
    windows = scorer.cutter.cut(["Wij steunen dit plan van harte.", "Dit onzalige plan moet van tafel."], ["dit plan"] * 2)
    network = load_network(find_encoder("stance").path, LABELS)
    network.model.eval()
    with torch.inference_mode():
        inputs = {name: torch.from_numpy(values) for name, values in pad(windows.ids, network.pad_id).items()}
        found = softmax(network.logits(inputs).double().numpy())
    np.testing.assert_allclose(found, scorer.session.probabilities(windows), atol=0.03)


def test_a_file_of_another_kind_is_refused(trained, tmp_path):
    other = shutil.copytree(trained, tmp_path / "other")
    config = (other / "config.json").read_text(encoding="utf-8")
    (other / "config.json").write_text(config.replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'), encoding="utf-8")
    with pytest.raises(ModelError, match=r"does not hold .*layer\.2.*, so it cannot be trained on; train from another encoder\."):
        restore_checkpoint(other, tmp_path / "out")
