"""Checkpoints of a run: tensors as safetensors, everything else as JSON, each written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from stance.errors import TrainingError

__all__ = ["Checkpoint", "read_checkpoint", "write_checkpoint"]

STATE, TENSORS = "checkpoint.json", "checkpoint-{step}.safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a run stands: its progress as plain JSON values and its tensors by name."""

    progress: dict[str, Any]
    tensors: dict[str, torch.Tensor]

    def part(self, name: str) -> dict[str, torch.Tensor]:
        """Return the tensors whose names start with ``name``, without that start."""
        start = f"{name}/"
        return {key[len(start) :]: value for key, value in self.tensors.items() if key.startswith(start)}


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint`` into ``folder``; a run killed meanwhile finds the one before it."""
    tensors = folder / TENSORS.format(step=checkpoint.progress["step"])
    written = tensors.with_suffix(".part")
    save_file({name: value.contiguous() for name, value in checkpoint.tensors.items()}, written)
    os.replace(written, tensors)
    state = folder / STATE
    state.with_suffix(".part").write_text(json.dumps({"tensors": tensors.name, **checkpoint.progress}), encoding="utf-8")
    os.replace(state.with_suffix(".part"), state)
    for old in folder.glob(TENSORS.format(step="*")):
        if old != tensors:
            old.unlink()


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the checkpoint in ``folder``, or ``None`` where there is none yet."""
    state = folder / STATE
    if not state.is_file():
        return None
    try:
        progress = json.loads(state.read_text(encoding="utf-8"))
        return Checkpoint(progress, load_file(folder / progress["tensors"]))
    except (KeyError, ValueError, OSError, SafetensorError) as error:
        raise TrainingError(f"The unfinished run in {folder} is damaged ({error}); remove that folder to start again.") from error


def flatten_optimizer(state: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Return an optimiser's moments as tensors by ``parameter/moment``."""
    return {
        f"{parameter}/{name}": value if isinstance(value, torch.Tensor) else torch.tensor(float(value))
        for parameter, moments in state["state"].items()
        for name, value in moments.items()
    }


def unflatten_optimizer(tensors: Mapping[str, torch.Tensor]) -> dict[int, dict[str, torch.Tensor]]:
    """Return the moments by parameter number, as an optimiser's ``load_state_dict`` takes them."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        parameter, name = key.split("/")
        state.setdefault(int(parameter), {})[name] = value
    return state
