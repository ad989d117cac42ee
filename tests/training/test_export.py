"""The int8 file gives the labels of the torch model, or is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from stance.errors import TrainingError
from stance.model.session import softmax
from stance.training.export import likely_equal, parity


def test_parity_by_hand():
    torch_model = np.array([[0.9, 0.1], [0.4, 0.6]])
    found = parity(torch_model, np.array([[0.85, 0.15], [0.42, 0.58]]))
    assert (found.equal_labels, found.units) == (1.0, 2)
    assert found.largest_difference == pytest.approx(0.05)


def test_under_99_in_100_equal_labels_is_refused():
    torch_model = np.tile([0.9, 0.1], (200, 1))
    exported = torch_model.copy()
    exported[:2] = [0.4, 0.6]
    assert parity(torch_model, exported).equal_labels == 0.99
    exported[2] = [0.4, 0.6]
    with pytest.raises(TrainingError, match=r"same label as the trained model for only 98\.5% of 200 dev units \(at least 99% is needed\)"):
        parity(torch_model, exported)


def test_one_undecided_unit_of_a_few_is_no_reason_to_refuse():
    torch_model = np.tile([0.51, 0.49], (18, 1))
    exported = torch_model.copy()
    exported[0] = [0.49, 0.51]
    assert parity(torch_model, exported).equal_labels == pytest.approx(17 / 18)
    exported[1] = [0.49, 0.51]
    with pytest.raises(TrainingError, match=r"only 88\.9% of 18 dev units"):
        parity(torch_model, exported)


def test_products_are_int8_with_a_scale_a_token(tone_model: Path):
    graph = onnx.load(tone_model / "model.onnx").graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("MatMulIntegerToFloat") == 12  # six products a layer, two layers
    assert not {"DynamicQuantizeLinear", "DynamicQuantizeMatMul"} & set(kinds)  # their scale spans the batch
    assert {entry.name for entry in graph.input} == {"input_ids"}  # windows of one length: nothing is padded, so nothing is masked
    weights = [kept for kept in graph.initializer if kept.data_type == onnx.TensorProto.FLOAT and tuple(kept.dims) in ((32, 64), (64, 32))]
    assert not weights


def test_likely_equal_of_few_units_says_what_many_show():
    rng = np.random.default_rng(0)
    log_odds = rng.normal(scale=1.5, size=(200_000, 3))
    moved = log_odds + rng.normal(scale=0.02, size=log_odds.shape)
    torch_model, exported = softmax(log_odds), softmax(moved)
    truth = float((torch_model.argmax(axis=1) == exported.argmax(axis=1)).mean())
    few = [slice(first, first + 300) for first in range(0, 30_000, 300)]
    likely = [likely_equal(torch_model[part], exported[part]) for part in few]
    counted = [float((torch_model[part].argmax(axis=1) == exported[part].argmax(axis=1)).mean()) for part in few]
    assert 0.98 < truth < 0.999
    assert np.mean(likely) == pytest.approx(truth, abs=1e-3)
    assert np.std(likely) < np.std(counted) / 4


def test_the_same_probabilities_are_surely_equal():
    same = np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5]])
    assert likely_equal(same, same) == 1
