"""The graph written by hand gives torch's logits; its int8 form gives torch's labels, whatever stands beside a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from stance.model.session import OnnxSession, pad, softmax
from stance.model.windows import WindowCutter, WindowPolicy
from stance.training.export import export_onnx
from stance.training.graph import (
    GELU_DEPTH,
    LARGEST_ACTIVATION,
    LARGEST_WEIGHT,
    OPSETS,
    _Builder,
    build_graph,
    fits,
    grids,
    int8_weights,
)
from stance.training.network import Network, load_network
from stance.training.rounding import on_grid

TEXTS = ["Kabinet boos na ramp", "De raad juicht kernenergie toe. " * 6, "Ploeg van Zulte viert groot succes", "Haven"] * 5
FIRSTS = ["kernenergie", None, "D66 # de fusie", None] * 5


@pytest.fixture(scope="module", params=["tiny_encoder", "tiny_bert"])
def network(request: pytest.FixtureRequest) -> Network:
    torch.manual_seed(1)  # the head is drawn anew, and some draws hide what rounding does
    return load_network(request.getfixturevalue(request.param), ("against", "neutral", "favor"))


def windows_of(network: Network):
    cutter = WindowCutter(network.tokenizer.backend_tokenizer, WindowPolicy(length=60))
    return cutter.cut(TEXTS, FIRSTS)


def torch_probabilities(network: Network) -> np.ndarray:
    windows = windows_of(network)
    network.model.eval()
    rows = []
    with torch.inference_mode():
        for ids, second in zip(windows.ids, windows.second, strict=True):
            inputs = {name: torch.from_numpy(values) for name, values in pad([ids], network.pad_id).items()}
            if network.type_ids:
                inputs["token_type_ids"] = torch.tensor([[int(0 < second <= place) for place in range(len(ids))]])
            rows.append(network.model(**inputs).logits.double().numpy()[0])
    return softmax(np.array(rows))


def differences(network: Network, path: Path, forms: list[dict[str, Any]]) -> list[float]:
    """Return for each form of the int8 file, the last of which stands on its own in every row, how far it is from torch."""
    windows, wanted, found = windows_of(network), torch_probabilities(network), []
    for form in forms:
        export_onnx(network, path, **form)
        found.append(OnnxSession(path, pad_id=network.pad_id, threads=1).probabilities(windows))
    alone = OnnxSession(path, pad_id=network.pad_id, threads=1, token_budget=1).probabilities(windows)
    np.testing.assert_allclose(found[-1], alone, atol=1e-5)
    return [float(np.abs(each - wanted).mean()) for each in found]


@pytest.fixture
def rounded(network) -> Iterator[dict[str, torch.Tensor]]:
    """The weights of the network, on the grid of the file so that activations alone make the difference; given back afterwards."""
    before = {name: tensor.clone() for name, tensor in network.model.state_dict().items()}
    after = before | {name: on_grid(before[name], largest) for name, largest in grids(network.model.config).items()}
    network.model.load_state_dict(after)
    yield after
    network.model.load_state_dict(before)


def test_in_full_precision_it_is_the_torch_model(network, tmp_path):
    assert fits(network.model.config)
    weights = {name: tensor.detach().numpy() for name, tensor in network.model.state_dict().items()}
    onnx.save(build_graph(network.model.config, weights, type_ids=network.type_ids, int8=False), str(tmp_path / "m.onnx"))
    found = OnnxSession(tmp_path / "m.onnx", pad_id=network.pad_id, threads=1).probabilities(windows_of(network))
    np.testing.assert_allclose(found, torch_probabilities(network), atol=1e-3)  # embeddings are 16-bit floats


def test_int8_is_near_and_each_row_stands_alone(network, tmp_path):
    export_onnx(network, tmp_path / "m.onnx")
    windows = windows_of(network)
    found = OnnxSession(tmp_path / "m.onnx", pad_id=network.pad_id, threads=1).probabilities(windows)
    alone = OnnxSession(tmp_path / "m.onnx", pad_id=network.pad_id, threads=1, token_budget=1).probabilities(windows)
    np.testing.assert_allclose(found, alone, atol=1e-5)
    np.testing.assert_allclose(found, torch_probabilities(network), atol=0.05)


def test_the_fine_form_is_nearer_and_each_row_stands_alone(network, rounded, tmp_path):
    coarse, _, fine = differences(network, tmp_path / "m.onnx", [{"fine": share} for share in (0.0, 0.5, 1.0)])
    assert fine < 0.5 * coarse


def test_inputs_that_stand_out_stay_whole_and_the_others_keep_a_fine_grid(network, rounded, tmp_path):
    norms = [name for name in rounded if name.endswith("LayerNorm.bias")]
    network.model.load_state_dict(rounded | {name: rounded[name] + 8 * (torch.arange(len(rounded[name])) == 5) for name in norms})
    products = [name.removesuffix(".weight") for name in grids(network.model.config) if ".layer." in name]
    outliers = {name: np.array([0, 5]) for name in products if not name.endswith("output.dense")}
    plain, parted = differences(network, tmp_path / "m.onnx", [{}, {"outliers": outliers}])
    assert parted < 0.75 * plain


def test_other_families_go_through_the_exporter(network):
    network.model.config.hidden_act = "relu"
    try:
        assert not fits(network.model.config)
    finally:
        network.model.config.hidden_act = "gelu"


def test_sums_of_two_products_fit_in_sixteen_bits():
    assert 2 * LARGEST_ACTIVATION * LARGEST_WEIGHT < 2**15


@pytest.mark.parametrize("after_gelu", [False, True])
def test_activations_are_rounded_and_never_cut_off(after_gelu, rng):
    values = (rng.normal(size=(200, 64)) * rng.uniform(0.01, 5, size=(200, 1))).astype(np.float32)
    if after_gelu:
        values = torch.nn.functional.gelu(torch.from_numpy(values)).numpy()
        values[0] = -GELU_DEPTH  # the least that GELU gives, beside nothing larger
    build = _Builder({}, 1e-5, True, {})
    integers, zero, step = build.quantised("values", after_gelu=after_gelu)
    inputs = [onnx.helper.make_tensor_value_info("values", onnx.TensorProto.FLOAT, ["tokens", "width"])]
    outputs = [onnx.helper.make_empty_tensor_value_info(name) for name in (integers, step)]
    graph = onnx.helper.make_graph(build.nodes, "rounding", inputs, outputs, list(build.constants.values()))
    model = onnx.helper.make_model(graph, opset_imports=list(OPSETS), ir_version=9)
    found, steps = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"values": values})
    assert found.min() >= 1 and found.max() <= LARGEST_ACTIVATION
    stands = onnx.numpy_helper.to_array(build.constants[zero]).astype(np.float32)
    assert (np.abs((found - stands) * steps - values) <= steps * 0.5001).all()
    assert np.median(steps[:, 0] / np.abs(values).max(axis=1)) == pytest.approx(1 / (212 if after_gelu else 127), rel=0.01)


def test_weights_on_the_grid_stay_there(rng):
    weight = rng.normal(size=(64, 16)).astype(np.float32)
    weight[:, 3] = 0
    kept, scales = int8_weights(weight)
    again, same = int8_weights(kept * scales)
    assert (kept == again).all()
    assert np.abs(kept).max() == LARGEST_WEIGHT
    np.testing.assert_allclose(scales, same, rtol=1e-6)
    np.testing.assert_allclose(kept * scales, weight, atol=scales.max() / 2 + 1e-7)


def test_the_saved_checkpoint_holds_the_weights_of_the_file(tone_model: Path):
    network = load_network(tone_model, ("negative", "neutral", "positive"))
    state = network.model.state_dict()
    for name, largest in grids(network.model.config).items():
        weight = state[name].numpy().T
        kept, scales = int8_weights(weight, largest=largest)
        np.testing.assert_allclose(kept * scales, weight, atol=1e-6)
