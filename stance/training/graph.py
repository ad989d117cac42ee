"""The ONNX graph of a BERT-like classifier, written by hand: fused attention, int8 products, and no work that the label does not need.

Products are int8 by int8 (ONNX Runtime's MatMulIntegerToFloat): weights have a scale for each output, activations a scale for each token,
taken from that token alone. So a row's numbers never depend on its neighbours, as they would with ONNX Runtime's own dynamic quantisation,
whose scale spans the batch. A few inputs that are always many times as large as the others (``outliers``) can be left out of that scale and
multiplied as they are. What rounding activations changes in the first layers, the later ones amplify: in ``fine`` layers what was rounded off is
multiplied as well, by the same weights. The last layer is computed for the first token only, the one that the head reads.

The windows of a batch are of one length: nothing is padded, so there is no mask, and without one ONNX Runtime's attention takes its faster
blockwise form. Between attentions all tokens of a batch stand in one table of two dimensions; with three, ONNX Runtime would fuse each sum
and LayerNormalization into its SkipLayerNormalization, which takes five times as long.

The family that fits: BERT, RoBERTa, CamemBERT, XLM-R, that is absolute positions, post-layer norms, GELU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["build_graph", "fits", "grids", "int8_weights"]

PRODUCTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)

FAMILIES = {"bert": "bert", "roberta": "roberta", "camembert": "roberta", "xlm-roberta": "roberta"}
# On processors without VNNI, the sum of two products is held in 16 bits: 2 * 255 * 64 = 32,640 does not overflow them. Activations get the finer
# grid, since they are rounded for each text anew; weights are rounded once, in the checkpoint too, before it is scored.
LARGEST_WEIGHT = 64
LARGEST_ACTIVATION = 255  # activations are unsigned for the processor
LARGEST_EMBEDDING = 127  # embeddings are looked up, not multiplied
ZERO = 128  # the activation that stands for 0: 127 steps on either side of it
GELU_ZERO = 43  # after GELU, which is nowhere under -0.17: 42 steps below 0 and 212 above
GELU_DEPTH = 0.17
OPSETS = (helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1))

Array = npt.NDArray[Any]


def fits(config: Any) -> bool:
    """Return whether a model with this ``transformers`` configuration is of the family that ``build_graph`` knows."""
    absolute = getattr(config, "position_embedding_type", "absolute") in (None, "absolute")
    return config.model_type in FAMILIES and absolute and config.hidden_act == "gelu" and not config.is_decoder


def grids(config: Any) -> dict[str, int]:
    """Return the names of the weights that become int8, each with its largest integer: token embeddings, and the products in the layers."""
    layers = [f"{FAMILIES[config.model_type]}.encoder.layer.{layer}" for layer in range(config.num_hidden_layers)]
    products = [f"{layer}.{product}.weight" for layer in layers for product in PRODUCTS]
    return {_words(config): LARGEST_EMBEDDING} | dict.fromkeys(products, LARGEST_WEIGHT)


def _words(config: Any) -> str:
    return f"{FAMILIES[config.model_type]}.embeddings.word_embeddings.weight"


def int8_weights(weight: Array, *, largest: int = LARGEST_WEIGHT) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return ``weight``, shape (inputs, outputs), as integers up to ``largest`` with a scale for each output; those on that grid stay as they are."""
    scales = (np.abs(weight).max(axis=0) / largest).astype(np.float32)
    scales[scales == 0] = 1.0
    return np.rint(weight / scales).astype(np.int8), scales


@dataclass(slots=True)
class _Builder:
    """Collects nodes and constants; every method returns the name of what it made."""

    weights: Mapping[str, Array]
    epsilon: float
    int8: bool
    outliers: Mapping[str, Array]  # by the product: inputs that stay as they are
    fine: bool = False  # whether products add what rounding leaves of their activations
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)
    count: str | None = None

    def op(self, kind: str, *inputs: str, out: str | None = None, domain: str = "", **attributes: Any) -> str:
        name = out or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name

    def fused(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.op(kind, *inputs, domain="com.microsoft", **attributes)

    def constant(self, name: str, values: Array) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(np.asarray(values, order="C"), name))
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
        kept, scales = int8_weights(self.weights[name].T, largest=LARGEST_EMBEDDING)
        looked_up = self.op("Cast", self.op("Gather", self.constant(f"{name}.int8", kept.T), rows, axis=0), to=TensorProto.FLOAT)
        scale = self.op("Gather", self.constant(f"{name}.scale", scales[:, None]), rows, axis=0)
        return self.op("Mul", looked_up, scale)

    def quantised(self, values: str, *, after_gelu: bool) -> tuple[str, str, str]:
        """Return ``values`` as 8-bit integers, the one that stands for 0, and the step between two of them in each token's row."""
        largest, zero = self.op("ReduceMax", values, axes=[-1], keepdims=1), GELU_ZERO if after_gelu else ZERO
        above = LARGEST_ACTIVATION - zero
        if after_gelu:
            least = GELU_DEPTH * above / (zero - 1)
        else:
            largest, least = self.op("Max", largest, self.op("Neg", self.op("ReduceMin", values, axes=[-1], keepdims=1))), 1e-9
        size = self.op("Max", largest, self.constant(f"least_{zero}", np.array(least, np.float32)))
        step = self.op("Mul", size, self.constant(f"share_{zero}", np.array(1 / above, np.float32)))
        steps = self.op("Reshape", step, self.constant("flat", np.array([-1])))
        stands = self.constant(f"zero_{zero}", np.array(zero, np.uint8))
        return self.op("QuantizeLinear", values, steps, self.op("Expand", stands, self.op("Shape", steps)), axis=0), stands, step

    def products(self, values: str, *names: str, after_gelu: bool = False) -> list[str]:
        """Return ``values``, shape (tokens, inputs), times each weight named, without their biases."""
        if not self.int8:
            return [self.op("MatMul", values, self.constant(f"{name}.T", self.weights[f"{name}.weight"].T)) for name in names]
        whole, values = self.parted(values, names)
        terms = [self.quantised(values, after_gelu=after_gelu)]
        if self.fine:
            terms.append(self.quantised(self.left_off(values, terms[0]), after_gelu=False))
        return [self.total([*(self.product(term, name) for term in terms), *parts]) for name, parts in zip(names, whole, strict=True)]

    def parted(self, values: str, names: tuple[str, ...]) -> tuple[list[list[str]], str]:
        """Return the outliers of ``values``, where there are any, times each weight named, in float32; and ``values`` with 0 in their places."""
        large = self.outliers.get(names[0])
        if large is None:
            return [[] for _ in names], values
        places = self.constant(f"{names[0]}.outliers", large)
        alone = self.op("Gather", values, places, axis=1)
        kept = np.ones(self.weights[f"{names[0]}.weight"].shape[1], np.float32)
        kept[large] = 0
        rest = self.op("Mul", values, self.constant(f"{names[0]}.kept", kept))
        return [[self.op("MatMul", alone, self.weight_rows(name, places))] for name in names], rest

    def weight_rows(self, name: str, places: str) -> str:
        """Return the rows of a weight at these inputs, shape (places, outputs), in float32; made once, when the file is loaded."""
        weight, scale = self.rounded_weight(name)
        rows = self.op("Cast", self.op("Gather", weight, places, axis=0), to=TensorProto.FLOAT)
        return self.op("Mul", rows, scale)

    def rounded_weight(self, name: str) -> tuple[str, str]:
        """Return the weight named as 8-bit integers, shape (inputs, outputs), and the scale of each output."""
        kept, scales = int8_weights(self.weights[f"{name}.weight"].T)
        return self.constant(f"{name}.int8", kept), self.constant(f"{name}.scale", scales)

    def left_off(self, values: str, activations: tuple[str, str, str]) -> str:
        """Return what was lost when ``values`` became these quantised activations."""
        integers, zero = (self.op("Cast", name, to=TensorProto.FLOAT) for name in activations[:2])
        return self.op("Sub", values, self.op("Mul", self.op("Sub", integers, zero), activations[2]))

    def product(self, activations: tuple[str, str, str], name: str) -> str:
        """Return quantised activations times the weight named."""
        integers, zero, step = activations
        weight, scale = self.rounded_weight(name)
        one = self.constant("one", np.array(1, np.float32))
        return self.op("Mul", self.fused("MatMulIntegerToFloat", integers, weight, one, scale, zero), step)

    def total(self, terms: list[str]) -> str:
        """Return one term or more as their sum."""
        return reduce(partial(self.op, "Add"), terms)

    def norm(self, values: str, name: str) -> str:
        """Return the layer norm of ``values``, shape (tokens, width)."""
        return self.op("LayerNormalization", values, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), epsilon=self.epsilon)

    def added_norm(self, values: str, skip: str, dense: str, norm: str) -> str:
        """Return the layer norm of ``values``, with the bias of the layer ``dense`` that they come from, plus ``skip``."""
        return self.norm(self.op("Add", self.op("Add", values, self.weight(f"{dense}.bias")), skip), norm)

    def tokens(self, values: str, width: int) -> str:
        """Return ``values`` of shape (windows, length, width) as (tokens, width)."""
        return self.op("Reshape", values, self.constant("tokens", np.array([-1, width])))

    def windows(self, values: str, width: int) -> str:
        """Return ``values`` of shape (tokens, width), with as many tokens in each window, as (windows, length, width)."""
        if self.count is None:
            number = self.op("Shape", "input_ids", start=0, end=1)
            self.count = self.op("Concat", number, self.constant("any_length", np.array([-1, width])), axis=0)
        return self.op("Reshape", values, self.count)

    def dense(self, values: str, name: str, out: str | None = None) -> str:
        """Return a small layer in full precision: the head runs once a window."""
        product = self.op("MatMul", values, self.constant(f"{name}.T", self.weights[f"{name}.weight"].T.astype(np.float32)))
        return self.op("Add", product, self.weight(f"{name}.bias"), out=out)


def build_graph(
    config: Any,
    weights: Mapping[str, Array],
    *,
    type_ids: bool,
    int8: bool = True,
    fine: float = 0.0,
    outliers: Mapping[str, Array] | None = None,
) -> onnx.ModelProto:
    """Return the classifier with these ``weights`` (named as in ``transformers``) as ONNX; without ``int8`` its products are float32.

    ``fine`` is the share of the layers, from the first, whose products use activations of 16 bits, as two products of 8. ``outliers`` are the
    inputs that stay float32, by the name of the product; what attention has mixed has none that stand out.
    """
    prefix = FAMILIES[config.model_type]
    standing = {name: large for name, large in (outliers or {}).items() if not name.endswith("attention.output.dense")}
    build = _Builder(weights, float(config.layer_norm_eps), int8, standing)
    first = _embeddings(build, config, prefix, type_ids=type_ids)
    for layer in range(config.num_hidden_layers):
        build.fine = layer < fine * config.num_hidden_layers
        first = _layer(build, config, f"{prefix}.encoder.layer.{layer}", first, first_only=layer == config.num_hidden_layers - 1)
    if prefix == "roberta":
        build.dense(build.op("Tanh", build.dense(first, "classifier.dense")), "classifier.out_proj", out="logits")
    else:
        build.dense(build.op("Tanh", build.dense(first, f"{prefix}.pooler.dense")), "classifier", out="logits")
    names = ["input_ids", *(["token_type_ids"] if type_ids else [])]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["windows", "length"]) for name in names]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["windows", config.num_labels])]
    graph = helper.make_graph(build.nodes, "classifier", inputs, outputs, list(build.constants.values()))
    return helper.make_model(graph, opset_imports=list(OPSETS), ir_version=9)


def _embeddings(build: _Builder, config: Any, prefix: str, *, type_ids: bool) -> str:
    names = {part: f"{prefix}.embeddings.{part}_embeddings.weight" for part in ("position", "token_type")}
    positions = build.weights[names["position"]]
    types = build.weights[names["token_type"]]
    if prefix == "roberta":  # positions are counted from the padding id; a text may hold the padding token, which has no position
        padding = build.constant("padding", np.array(config.pad_token_id))
        real = build.op("Cast", build.op("Not", build.op("Equal", "input_ids", padding)), to=TensorProto.INT64)
        counted = build.op("CumSum", real, build.constant("axis", np.array(1)))
        rows = build.op("Add", build.op("Mul", counted, real), padding)
    else:
        length = build.op("Squeeze", build.op("Shape", "input_ids", start=1))
        rows = build.op("Range", build.constant("index_0", np.array(0)), length, build.constant("index_1", np.array(1)))
    word = build.rounded_table(_words(config), "input_ids")
    if type_ids:
        word = build.op("Add", word, build.table(names["token_type"], types, "token_type_ids"))
    else:
        positions = positions + types[0]
    position = build.table(names["position"], positions, rows)
    return build.norm(build.tokens(build.op("Add", word, position), config.hidden_size), f"{prefix}.embeddings.LayerNorm")


def _layer(build: _Builder, config: Any, name: str, hidden: str, *, first_only: bool) -> str:
    """Return the output of one layer, shape (tokens, width); with ``first_only`` only that of the first token of each window."""
    own, width = f"{name}.attention.self", config.hidden_size
    if first_only:
        first = build.op("Gather", build.windows(hidden, width), build.constant("first", np.array(0)), axis=1)
        (query,) = build.products(first, f"{own}.query")
        key, value = build.products(hidden, f"{own}.key", f"{own}.value")
    else:
        first = hidden
        query, key, value = build.products(hidden, f"{own}.query", f"{own}.key", f"{own}.value")
    biases = np.concatenate([build.weights[f"{own}.{part}.bias"] for part in ("query", "key", "value")]).astype(np.float32)
    parts = [build.windows(part, width) for part in (query, key, value)]
    seen = build.fused("MultiHeadAttention", *parts, build.constant(f"{own}.bias", biases), num_heads=config.num_attention_heads)
    (mixed,) = build.products(build.tokens(seen, width), f"{name}.attention.output.dense")
    hidden = build.added_norm(mixed, first, f"{name}.attention.output.dense", f"{name}.attention.output.LayerNorm")
    (wide,) = build.products(hidden, f"{name}.intermediate.dense")
    wide = build.fused("BiasGelu", wide, build.weight(f"{name}.intermediate.dense.bias"))
    (narrow,) = build.products(wide, f"{name}.output.dense", after_gelu=True)
    return build.added_norm(narrow, hidden, f"{name}.output.dense", f"{name}.output.LayerNorm")
