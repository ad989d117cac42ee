"""Time a token, equal labels and neighbours of the engines that could label on a processor: ``python benchmarks/engines.py``.

Each engine runs the same windows of real articles and teasers in the same batches, on one thread; all take turns, and processor time is
what counts, so that other work on the machine troubles all alike. `mini` is trained for one epoch on coded headlines, so that its labels
are real ones; the checkpoint of RobBERT's size is untrained, so that its labels say little. OpenVINO is no dependency (``pip install
openvino``); it reads the graph as ONNX, for its own converter reports its use to the maker unless told not to. `engines_avx2.md` is an
earlier page, of a processor without VNNI (few articles for the large checkpoint): which engine is fastest hangs on the processor.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic
from research_data import ecosent
from speed import HERE, LABELS, articles, base_checkpoint, model_folder
from transformers import AutoModelForSequenceClassification

from stance.coding.codebook import builtin
from stance.model.labelling import load
from stance.model.session import TOKEN_BUDGET, batches, pad, softmax
from stance.model.windows import Windows
from stance.training.building import train_model
from stance.training.graph import build_graph, int8_weights
from stance.training.settings import TrainConfig

Engine = Callable[[npt.NDArray[np.int64]], npt.NDArray[Any]]  # token ids, shape (windows, length), to logits
REFERENCE = "torch float32"
MULTIPLIES = ("avx2", "avx512_f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")  # what the ranking of engines hangs on


def onnx_engine(path: Path) -> Engine:
    """Return ONNX Runtime on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda ids: session.run(["logits"], {"input_ids": ids})[0]


def torch_engine(folder: Path, *, half: bool) -> Engine:
    """Return the checkpoint in torch, whose attention is fused (SDPA); with ``half`` its products are bf16."""
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()

    def run(ids: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            logits: npt.NDArray[Any] = model(input_ids=torch.from_numpy(ids)).logits.float().numpy()
        return logits

    return run


def openvino_engine(path: Path, precision: str) -> Engine:
    """Return OpenVINO on one thread; weights that are int8 are multiplied with activations rounded in groups of 64 within a token."""
    import openvino  # no dependency

    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": precision, "DYNAMIC_QUANTIZATION_GROUP_SIZE": 64}
    compiled = core.compile_model(core.read_model(path), "CPU", settings)
    return lambda ids: compiled([ids])[0]


def with_int8_weights(graph: onnx.ModelProto) -> onnx.ModelProto:
    """Return a float32 graph whose large weights are kept as int8 with a scale an output, to be multiplied as the engine sees fit."""
    kept, nodes = [], []
    for tensor in graph.graph.initializer:
        if ".encoder.layer." not in tensor.name or len(tensor.dims) != 2:
            kept.append(tensor)
            continue
        rounded, scales = int8_weights(numpy_helper.to_array(tensor))
        kept += [numpy_helper.from_array(rounded, f"{tensor.name}.int8"), numpy_helper.from_array(scales, f"{tensor.name}.scale")]
        nodes.append(helper.make_node("DequantizeLinear", [f"{tensor.name}.int8", f"{tensor.name}.scale"], [tensor.name], axis=1))
    made = helper.make_graph([*nodes, *graph.graph.node], "classifier", graph.graph.input, graph.graph.output, kept)
    return helper.make_model(made, opset_imports=graph.opset_import, ir_version=graph.ir_version)


def engines(folder: Path, place: Path) -> dict[str, Engine]:
    """Return the engines that are installed, each with the model in ``folder``; ``place`` is for the graphs they read."""
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    single = build_graph(model.config, weights, type_ids=False, int8=False)
    onnx.save(build_graph(model.config, weights, type_ids=False), str(place / "int8.onnx"))
    onnx.save(single, str(place / "float32.onnx"))
    onnx.save(with_int8_weights(single), str(place / "int8_weights.onnx"))
    floats = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(
        place / "float32.onnx", place / "dynamic.onnx", op_types_to_quantize=["MatMul"], per_channel=True, extra_options=floats
    )
    found = {
        "stance (ONNX Runtime, int8, a scale a token)": onnx_engine(place / "int8.onnx"),
        REFERENCE: torch_engine(folder, half=False),
        "torch bf16": torch_engine(folder, half=True),
        "ONNX Runtime float32": onnx_engine(place / "float32.onnx"),
        "ONNX Runtime int8, a scale a batch": onnx_engine(place / "dynamic.onnx"),
    }
    if find_spec("openvino") is not None:
        for name, file, precision in (
            ("float32", "float32", "f32"),
            ("bf16", "float32", "bf16"),
            ("int8 and bf16", "int8_weights", "bf16"),
        ):
            found[f"OpenVINO {name}"] = openvino_engine(place / f"{file}.onnx", precision)
    return found


def run_all(engine: Engine, windows: Windows, token_budget: int) -> npt.NDArray[np.float64]:
    """Return the probabilities of ``windows``, run in batches of one length."""
    probabilities = np.empty((len(windows.ids), len(LABELS)))
    for rows in batches(windows.lengths, token_budget, padded=False):
        logits = engine(pad([windows.ids[row] for row in rows], 1)["input_ids"])
        probabilities[rows] = softmax(logits.astype(np.float64))
    return probabilities


def compared(folder: Path, place: Path, *, count: int, rounds: int) -> list[str]:
    """Return the lines of the table of one model."""
    labeller = load(folder)
    units = articles(count)
    windows = labeller.scorer.cutter.cut(units["text"].tolist(), [None] * len(units))  # type: ignore[attr-defined]
    found = engines(folder, place)
    times: dict[str, list[float]] = {name: [] for name in found}
    results = {}
    for _ in range(rounds):
        for name, engine in found.items():
            start = time.process_time()
            results[name] = run_all(engine, windows, TOKEN_BUDGET)
            times[name].append(time.process_time() - start)
    ours, reference = median(next(iter(times.values()))), results[REFERENCE]
    lines = [f"{len(windows.ids)} windows of {windows.lengths.mean():.0f} tokens", ""]
    lines += ["| engine | times the time of stance | labels of torch float32 | a row moves by its neighbours |", "|---|---|---|---|"]
    few = windows.keep(np.arange(len(windows.ids)) < 200)
    for name, engine in found.items():
        equal = (results[name].argmax(axis=1) == reference.argmax(axis=1)).mean()
        moved = np.abs(run_all(engine, few, 1) - results[name][: len(few.ids)]).max()
        lines.append(f"| {name} | {median(times[name]) / ours:.2f} | {equal:.1%} | {moved:.0e} |")
    return lines


def main() -> None:
    """Measure, print, and write ``engines.md``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mini", type=int, default=200, help="articles that mini labels")
    parser.add_argument("--base", type=int, default=32, help="articles that the large checkpoint labels")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    able = torch.cpu.get_capabilities()
    lines = ["# Engines", "", "`python benchmarks/engines.py` reprints this page. " + " ".join((__doc__ or "").split("\n\n")[1].split())]
    lines += ["", f"Of {', '.join(MULTIPLIES)} this processor has {', '.join(name for name in MULTIPLIES if able.get(name)) or 'none'}."]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        train = ecosent("train")
        config = TrainConfig(encoder="mini", epochs=1)
        mini = train_model(train.iloc[:1_200], train.iloc[1_200:1_500], variable=builtin("tone"), config=config, out=place / "mini").folder
        base = model_folder(place / "base", base_checkpoint(place / "untrained"))
        for size, folder in (("mini", mini), ("base", base)):
            lines += ["", f"## {size}", "", *compared(folder, place, count=getattr(asked, size), rounds=asked.rounds)]
    if find_spec("openvino") is None:
        lines += ["", "OpenVINO is not installed, so not measured."]
    (HERE / "engines.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
