"""The ONNX graph of a BERT-like classifier, written by hand: fused attention, int8 products, and no work that the label does not need.

Products are int8 by int8 (ONNX Runtime's MatMulIntegerToFloat): weights have a scale for each output, activations a scale for each token,
taken from that token alone. So a row's numbers never depend on its neighbours, as they would with ONNX Runtime's own dynamic quantisation,
whose scale spans the batch. The last layer is computed for the first token only, the one that the head reads.

The family that fits: BERT, RoBERTa, CamemBERT, XLM-R, that is absolute positions, post-layer norms, GELU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["build_graph", "fits", "int8_weights", "rounded_names"]

PRODUCTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)

FAMILIES = {"bert": "bert", "roberta": "roberta", "camembert": "roberta", "xlm-roberta": "roberta"}
# On processors without VNNI, the sum of two products is held in 16 bits: 2 * (80 + ZERO) * 100 = 32,200 does not overflow them.
LARGEST_WEIGHT = 100
LARGEST_ACTIVATION = 80
ZERO = 81  # activations are unsigned for the processor: 81 stands for 0
OPSETS = (helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1))

Array = npt.NDArray[Any]


def fits(config: Any) -> bool:
    """Return whether a model with this ``transformers`` configuration is of the family that ``build_graph`` knows."""
    absolute = getattr(config, "position_embedding_type", "absolute") in (None, "absolute")
    return config.model_type in FAMILIES and absolute and config.hidden_act == "gelu" and not config.is_decoder


def rounded_names(config: Any) -> list[str]:
    """Return the names of the weights that become int8: those of the products in the layers, and the token embeddings."""
    layers = [f"{FAMILIES[config.model_type]}.encoder.layer.{layer}" for layer in range(config.num_hidden_layers)]
    return [_words(config), *(f"{layer}.{product}.weight" for layer in layers for product in PRODUCTS)]


def _words(config: Any) -> str:
    return f"{FAMILIES[config.model_type]}.embeddings.word_embeddings.weight"


def int8_weights(weight: Array) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return ``weight``, shape (inputs, outputs), as 8-bit integers with a scale for each output; weights on that grid stay as they are."""
    scales = (np.abs(weight).max(axis=0) / LARGEST_WEIGHT).astype(np.float32)
    scales[scales == 0] = 1.0
    return np.rint(weight / scales).astype(np.int8), scales


@dataclass(slots=True)
class _Builder:
    """Collects nodes and constants; every method returns the name of what it made."""

    weights: Mapping[str, Array]
    epsilon: float
    int8: bool
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def op(self, kind: str, *inputs: str, out: str | None = None, domain: str = "", **attributes: Any) -> str:
        name = out or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name

    def fused(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.op(kind, *inputs, domain="com.microsoft", **attributes)

    def constant(self, name: str, values: Array) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name].astype(np.float32))

    def table(self, name: str, values: Array, rows: str) -> str:
        """Return the rows of an embedding table, which is kept as 16-bit floats."""
        looked_up = self.op("Gather", self.constant(name, values.astype(np.float16)), rows, axis=0)
        return self.op("Cast", looked_up, to=TensorProto.FLOAT)

    def rounded_table(self, name: str, rows: str) -> str:
        """Return the rows of a large embedding table, which is kept as 8-bit integers with a scale a row."""
        if not self.int8:
            return self.table(name, self.weights[name], rows)
        kept, scales = int8_weights(self.weights[name].T)
        looked_up = self.op("Cast", self.op("Gather", self.constant(f"{name}.int8", kept.T), rows, axis=0), to=TensorProto.FLOAT)
        scale = self.op("Gather", self.constant(f"{name}.scale", scales[:, None]), rows, axis=0)
        return self.op("Mul", looked_up, scale)

    def quantised(self, values: str) -> tuple[str, str]:
        """Return ``values`` as 8-bit integers, with the largest size in each token's row."""
        size = self.op("ReduceMax", self.op("Abs", values), axes=[-1], keepdims=1)
        size = self.op("Max", size, self.constant("smallest", np.array(1e-9, np.float32)))
        scaled = self.op("Mul", values, self.op("Div", self.constant("largest", np.array(LARGEST_ACTIVATION, np.float32)), size))
        one, zero = self.constant("one", np.array(1, np.float32)), self.constant("zero", np.array(ZERO, np.uint8))
        return self.op("QuantizeLinear", scaled, one, zero), size

    def products(self, values: str, *names: str) -> list[str]:
        """Return ``values`` times each weight named, without their biases."""
        if not self.int8:
            return [self.op("MatMul", values, self.constant(f"{name}.T", self.weights[f"{name}.weight"].T)) for name in names]
        integers, size = self.quantised(values)
        step = self.constant("step", np.array(1 / LARGEST_ACTIVATION, np.float32))
        zero = self.constant("zero", np.array(ZERO, np.uint8))
        made = []
        for name in names:
            kept, scales = int8_weights(self.weights[f"{name}.weight"].T)
            weight, scale = self.constant(f"{name}.int8", kept), self.constant(f"{name}.scale", scales)
            product = self.fused("MatMulIntegerToFloat", integers, weight, step, scale, zero)
            made.append(self.op("Mul", product, size))
        return made

    def added_norm(self, values: str, skip: str, norm: str, bias: str = "") -> str:
        """Return the layer norm of ``values`` (with a bias) plus ``skip``, in plain steps.

        ONNX Runtime's own LayerNormalization adds numbers one by one: three times the time of these steps, which use the whole register.
        """
        added = self.op("Add", self.op("Add", values, bias) if bias else values, skip)
        centred = self.op("Sub", added, self.op("ReduceMean", added, axes=[-1], keepdims=1))
        variance = self.op("ReduceMean", self.op("Mul", centred, centred), axes=[-1], keepdims=1)
        deviation = self.op("Sqrt", self.op("Add", variance, self.constant("epsilon", np.array(self.epsilon, np.float32))))
        scaled = self.op("Mul", self.op("Div", centred, deviation), self.weight(f"{norm}.weight"))
        return self.op("Add", scaled, self.weight(f"{norm}.bias"))

    def dense(self, values: str, name: str, out: str | None = None) -> str:
        """Return a small layer in full precision: the head runs once a window."""
        product = self.op("MatMul", values, self.constant(f"{name}.T", self.weights[f"{name}.weight"].T.astype(np.float32)))
        return self.op("Add", product, self.weight(f"{name}.bias"), out=out)


def build_graph(config: Any, weights: Mapping[str, Array], *, type_ids: bool, int8: bool = True) -> onnx.ModelProto:
    """Return the classifier with these ``weights`` (named as in ``transformers``) as ONNX; without ``int8`` its products are float32."""
    prefix = FAMILIES[config.model_type]
    build = _Builder(weights, float(config.layer_norm_eps), int8)
    hidden = _embeddings(build, config, prefix, type_ids=type_ids)
    mask = build.op("Cast", "attention_mask", to=TensorProto.INT32)
    for layer in range(config.num_hidden_layers):
        hidden = _layer(build, config, f"{prefix}.encoder.layer.{layer}", hidden, mask, first_only=layer == config.num_hidden_layers - 1)
    first = build.op("Squeeze", hidden, build.constant("axis_1", np.array([1])))
    if prefix == "roberta":
        build.dense(build.op("Tanh", build.dense(first, "classifier.dense")), "classifier.out_proj", out="logits")
    else:
        build.dense(build.op("Tanh", build.dense(first, f"{prefix}.pooler.dense")), "classifier", out="logits")
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if type_ids else [])]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["windows", "longest"]) for name in names]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["windows", config.num_labels])]
    graph = helper.make_graph(build.nodes, "classifier", inputs, outputs, list(build.constants.values()))
    return helper.make_model(graph, opset_imports=list(OPSETS), ir_version=9)


def _embeddings(build: _Builder, config: Any, prefix: str, *, type_ids: bool) -> str:
    names = {part: f"{prefix}.embeddings.{part}_embeddings.weight" for part in ("position", "token_type")}
    positions = build.weights[names["position"]]
    types = build.weights[names["token_type"]]
    axis = build.constant("axis", np.array(1))
    if prefix == "roberta":  # positions are counted from the padding id, which padding keeps
        real = build.op("Not", build.op("Equal", "input_ids", build.constant("padding", np.array(config.pad_token_id))))
        real = build.op("Cast", real, to=TensorProto.INT64)
        counted = build.op("Mul", build.op("CumSum", real, axis), real)
        rows = build.op("Add", counted, build.constant("padding", np.array(config.pad_token_id)))
    else:
        rows = build.op("Sub", build.op("CumSum", "attention_mask", axis), build.constant("index_1", np.array(1)))
    word = build.rounded_table(_words(config), "input_ids")
    if type_ids:
        word = build.op("Add", word, build.table(names["token_type"], types, "token_type_ids"))
    else:
        positions = positions + types[0]
    position = build.table(names["position"], positions, rows)
    return build.added_norm(word, position, f"{prefix}.embeddings.LayerNorm")


def _layer(build: _Builder, config: Any, name: str, hidden: str, mask: str, *, first_only: bool) -> str:
    """Return the output of one layer; with ``first_only`` only that of the first token of each window."""
    own = f"{name}.attention.self"
    if first_only:
        bounds = [build.constant(f"index_{number}", np.array([number])) for number in (0, 1)]
        first = build.op("Slice", hidden, *bounds, build.constant("axis_1", np.array([1])))
        (query,) = build.products(first, f"{own}.query")
        key, value = build.products(hidden, f"{own}.key", f"{own}.value")
    else:
        first = hidden
        query, key, value = build.products(hidden, f"{own}.query", f"{own}.key", f"{own}.value")
    biases = np.concatenate([build.weights[f"{own}.{part}.bias"] for part in ("query", "key", "value")]).astype(np.float32)
    bias = build.constant(f"{own}.bias", biases)
    seen = build.fused("MultiHeadAttention", query, key, value, bias, mask, num_heads=config.num_attention_heads)
    (mixed,) = build.products(seen, f"{name}.attention.output.dense")
    norm = f"{name}.attention.output"
    hidden = build.added_norm(mixed, first, f"{norm}.LayerNorm", build.weight(f"{norm}.dense.bias"))
    (wide,) = build.products(hidden, f"{name}.intermediate.dense")
    wide = build.fused("BiasGelu", wide, build.weight(f"{name}.intermediate.dense.bias"))
    (narrow,) = build.products(wide, f"{name}.output.dense")
    return build.added_norm(narrow, hidden, f"{name}.output.LayerNorm", build.weight(f"{name}.output.dense.bias"))
