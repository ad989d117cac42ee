"""A checkpoint to train on from, made of the int8 file that ships: the weights that were rounded to its grid stand in it as they were.

Only graphs of `stance.training.graph` are understood. Where the encoder knows one type of token only, its embedding has been added to those of the
positions in that file, and comes back as zeros.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForSequenceClassification

from stance.errors import ModelError
from stance.model.folder import CHECKPOINT

__all__ = ["keep_outputs", "restore_checkpoint"]

HEAD = ("classifier.out_proj.weight", "classifier.out_proj.bias")
ATTENTION = ("query", "key", "value")
TYPES = "token_type_embeddings.weight"
Array = npt.NDArray[np.float32]


def restore_checkpoint(model: Path, out: Path) -> None:
    """Write the checkpoint behind ``model.onnx`` in the folder ``model`` into ``out``, with its configuration and tokenizer.

    Raises ``ModelError`` where the file is of another kind of encoder than `stance.training.graph` writes.
    """
    config = AutoConfig.from_pretrained(model, local_files_only=True)
    held = {part.name: numpy_helper.to_array(part) for part in onnx.load(model / "model.onnx").graph.initializer}
    weights = {}
    for name, shape in _shapes(config).items():
        found = np.zeros(shape, np.float32) if name.endswith(TYPES) and name not in held else _weight(name, held)
        if found is None or found.shape != shape:
            raise ModelError(f"{model / 'model.onnx'} does not hold {name}, so it cannot be trained on; train from another encoder.")
        weights[name] = torch.from_numpy(np.ascontiguousarray(found))
    out.mkdir(parents=True, exist_ok=True)
    save_file(weights, out / CHECKPOINT, metadata={"format": "pt"})
    for path in model.glob("*.json"):
        shutil.copyfile(path, out / path.name)


def keep_outputs(folder: Path, outputs: Sequence[int], labels: Sequence[str]) -> None:
    """Leave in the checkpoint in ``folder`` the head of one of the models that share it: its ``outputs``, which are these ``labels``."""
    weights = load_file(folder / CHECKPOINT)
    for name in HEAD:
        weights[name] = weights[name][list(outputs)].contiguous()
    save_file(weights, folder / CHECKPOINT, metadata={"format": "pt"})
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    named = {str(place): label for place, label in enumerate(labels)}
    config |= {"id2label": named, "label2id": {label: place for place, label in enumerate(labels)}}
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")


def _shapes(config: object) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of the weights that a classifier of this configuration has, without making any."""
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(config)
    return {name: tuple(weight.shape) for name, weight in model.state_dict().items() if weight.is_floating_point()}


def _weight(name: str, held: Mapping[str, npt.NDArray[np.generic]]) -> Array | None:
    """Return the weight that ``transformers`` calls ``name``, from the constants ``held`` in a graph."""
    module, _, kind = name.rpartition(".")
    if name in held:
        return held[name].astype(np.float32)
    if f"{name}.int8" in held:  # embeddings: a row a token
        return held[f"{name}.int8"].astype(np.float32) * held[f"{name}.scale"].astype(np.float32)
    if f"{module}.int8" in held and kind == "weight":  # products: inputs in rows, a scale for each output
        return (held[f"{module}.int8"].astype(np.float32) * held[f"{module}.scale"].astype(np.float32)).T
    if f"{module}.T" in held and kind == "weight":
        return held[f"{module}.T"].astype(np.float32).T
    own, _, part = module.rpartition(".")
    if part in ATTENTION and f"{own}.bias" in held:
        return np.split(held[f"{own}.bias"].astype(np.float32), len(ATTENTION))[ATTENTION.index(part)]
    return None
