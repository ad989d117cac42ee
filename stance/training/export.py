"""From the trained network to the file that labels without torch: ONNX with int8 weights.

Encoders like BERT and RobBERT get the graph of `stance.training.graph`: int8 products with a scale a token, fused attention. Others go
through torch's exporter, and their weights become int8 in blocks of 32 with a scale and a zero each (ONNX Runtime's MatMulNBits). In both
activations are rounded within a row, so no row depends on its neighbours in a batch, as it would with dynamic quantisation. Token
embeddings are int8 with a scale a token in the first, 16-bit floats in the others.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from scipy.stats import norm

from stance.errors import TrainingError
from stance.training.graph import build_graph, fits
from stance.training.network import Network

__all__ = ["ENOUGH_LIKELY", "FORMS", "LEAST_EQUAL", "Parity", "export_onnx", "likely_equal", "parity"]

LEAST_EQUAL = 0.99  # fewer equal labels and no file is written, unless a single unit makes the difference
ENOUGH_LIKELY = 0.997  # if fewer are likely, a finer form is taken, so that 99.5% are equal elsewhere as well
# Whether outliers stay as they are, and the share of `fine` layers: tried in turn, the quickest first.
FORMS = ((False, 0.0), (True, 0.0), (True, 0.25), (True, 0.5), (False, 1.0))
LARGE_TABLE = 100_000
_ROUGHER = 10


@dataclass(frozen=True, slots=True)
class Parity:
    """How near the int8 file comes to the torch model: share of equal labels, largest difference of a probability, on so many units."""

    equal_labels: float
    largest_difference: float
    units: int


class _Logits(torch.nn.Module):
    """A classifier that takes tensors by position and returns logits only, as the exporter wants it."""

    def __init__(self, model: Any, names: tuple[str, ...]) -> None:
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.model(**dict(zip(self.names, tensors, strict=True))).logits
        return logits


def export_onnx(network: Network, path: Path, *, fine: float = 0.0, outliers: Mapping[str, npt.NDArray[np.int64]] | None = None) -> None:
    """Write ``network`` to ``path`` as ONNX with int8 weights; inputs and output are named as in ``transformers``.

    With ``fine`` above 0 it comes nearer to the torch model and takes longer: activations of 16 bits in that share of the layers, from the first;
    in encoders unlike BERT, weights in blocks of 16 and unrounded activations. With ``outliers`` (`stance.training.rounding.outlier_inputs`) the
    largest inputs of each product are not rounded, which takes a little longer.
    """
    network.model.cpu().eval()
    graph = _written(network, fine=fine, outliers=outliers) if fits(network.model.config) else _exported(network, fine=fine > 0)
    strip_traces(graph)
    onnx.save(graph, str(path))


def _written(network: Network, *, fine: float, outliers: Mapping[str, npt.NDArray[np.int64]] | None) -> onnx.ModelProto:
    """Return the graph written by hand."""
    weights = {name: tensor.detach().float().numpy() for name, tensor in network.model.state_dict().items()}
    return build_graph(network.model.config, weights, type_ids=network.type_ids, fine=fine, outliers=outliers)


def _exported(network: Network, *, fine: bool) -> onnx.ModelProto:
    """Return the graph that torch's exporter makes, with int8 weights."""
    names = ("input_ids", "attention_mask", *(("token_type_ids",) if network.type_ids else ()))
    model = network.model
    example = tuple(torch.ones((2, 16), dtype=torch.long) for _ in names)
    sizes = {0: torch.export.Dim("windows"), 1: torch.export.Dim("longest", max=network.longest)}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter warns of its own workings
        for name in ("torch.onnx", "onnx_ir", "onnxscript"):
            logging.getLogger(name).setLevel(logging.ERROR)
        program = torch.onnx.export(
            _Logits(model, names),
            example,
            dynamo=True,
            verbose=False,
            input_names=list(names),
            output_names=["logits"],
            dynamic_shapes=(tuple(sizes for _ in names),),
        )
    assert program is not None
    graph = _int8_products(program.model_proto, fine=fine)
    _half_embeddings(graph)
    return graph


def likely_equal(reference: npt.NDArray[np.float64], exported: npt.NDArray[np.float64]) -> float:
    """Return the share of labels that the int8 file is likely to give as torch does, from probabilities of shape (units, labels).

    The share counted on a few hundred units hangs on two or three of them. So it is computed from how far each unit's two best labels stand
    apart in log odds and how much rounding moves that distance (root mean square; taken to be normal, and alike for all units). A tenth of
    what ten times as rough a rounding would change is taken, which more units have a say in.
    """
    first, second = np.argsort(-reference, axis=1)[:, :2].T
    rows = np.arange(len(reference))
    tables = [np.log(np.maximum(table, np.finfo(float).tiny)) for table in (reference, exported)]
    apart, apart_exported = (table[rows, first] - table[rows, second] for table in tables)
    moved = np.sqrt(np.mean((apart_exported - apart) ** 2))
    changed = norm.sf(apart / max(_ROUGHER * moved, np.finfo(float).tiny)) / _ROUGHER
    return float(1 - changed.mean())


def parity(reference: npt.NDArray[np.float64], exported: npt.NDArray[np.float64]) -> Parity:
    """Return how the exported probabilities compare with torch's; refuses under 99% equal labels.

    Of fewer than a hundred units one may differ: it says that this unit was undecided, not that the file is wrong.
    """
    found = Parity(
        equal_labels=float((reference.argmax(axis=1) == exported.argmax(axis=1)).mean()),
        largest_difference=float(np.abs(reference - exported).max()),
        units=len(reference),
    )
    differing = round((1 - found.equal_labels) * found.units)
    if differing > 1 and found.equal_labels < LEAST_EQUAL:
        raise TrainingError(
            f"The int8 file gives the same label as the trained model for only {found.equal_labels:.1%} of {found.units} dev units "
            f"(at least {LEAST_EQUAL:.0%} is needed), so it was not written; train longer or on more units."
        )
    return found


def strip_traces(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of the machine it ran on (source files, line numbers), so that the same weights give the same file."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    del graph.value_info[:]


def _int8_products(graph: onnx.ModelProto, *, fine: bool) -> onnx.ModelProto:
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    quantizer = MatMulNBitsQuantizer(graph, bits=8, block_size=16 if fine else 32, is_symmetric=False, accuracy_level=1 if fine else 4)
    quantizer.process()
    quantized: onnx.ModelProto = quantizer.model.model
    return quantized


def _half_embeddings(model: onnx.ModelProto) -> None:
    """Store each large table that rows are looked up in as 16-bit floats."""
    graph = model.graph
    tables = {tensor.name: tensor for tensor in graph.initializer if len(tensor.dims) == 2 and np.prod(tensor.dims) >= LARGE_TABLE}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None:
            nodes.append(node)
            continue
        half = f"{table.name}.half"
        if all(tensor.name != half for tensor in graph.initializer):
            graph.initializer.append(numpy_helper.from_array(numpy_helper.to_array(table).astype(np.float16), half))
        looked_up = f"{node.output[0]}.half"
        nodes.append(helper.make_node("Gather", [half, node.input[1]], [looked_up], axis=0))
        nodes.append(helper.make_node("Cast", [looked_up], [node.output[0]], to=TensorProto.FLOAT))
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
