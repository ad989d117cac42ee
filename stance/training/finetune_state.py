"""What a fine-tuning run consists of, how far it is, and how it is taken up again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import get_linear_schedule_with_warmup

from stance.errors import TrainingError
from stance.training.checkpoints import Checkpoint, flatten_optimizer, unflatten_optimizer, write_checkpoint
from stance.training.encoders import EncoderFolder
from stance.training.network import Network, parameter_groups
from stance.training.processes import ALONE, Processes, join
from stance.training.settings import TrainConfig

__all__ = ["CodedUnits", "Epoch", "Run", "fingerprint_of", "start_run", "weights_of"]


@dataclass(frozen=True, slots=True)
class CodedUnits:
    """Units with their label numbers, shape (units,)."""

    units: pd.DataFrame
    gold: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one pass over the training units gave."""

    number: int
    loss: float
    dev_macro_f1: float


@dataclass(slots=True)
class Run:
    """A run under way: everything a checkpoint must hold."""

    network: Network
    optimizer: torch.optim.Optimizer
    schedule: Any
    fingerprint: str
    processes: Processes = ALONE
    step: int = 0
    losses: list[float] = field(default_factory=list)
    history: list[Epoch] = field(default_factory=list)
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write a checkpoint of everything into ``folder``."""
        tensors = {f"model/{name}": value for name, value in weights_of(self.network).items()}
        tensors |= {f"best/{name}": value for name, value in self.best_weights.items()}
        tensors |= {f"optimizer/{name}": value for name, value in flatten_optimizer(self.optimizer.state_dict()).items()}
        tensors |= {f"random/{name}": value for name, value in _random_state().items()}
        progress = {
            "fingerprint": self.fingerprint,
            "step": self.step,
            "losses": self.losses,
            "history": [asdict(epoch) for epoch in self.history],
        }
        write_checkpoint(folder, Checkpoint(progress, tensors))

    def resume(self, checkpoint: Checkpoint, folder: Path) -> None:
        """Take everything from a checkpoint in ``folder``; one of other settings or units is an error."""
        if checkpoint.progress["fingerprint"] != self.fingerprint:
            raise TrainingError(f"The unfinished run in {folder} has other settings or units; remove that folder to start again.")
        self.network.model.load_state_dict(checkpoint.part("model"))
        state = self.optimizer.state_dict()
        self.optimizer.load_state_dict({**state, "state": unflatten_optimizer(checkpoint.part("optimizer"))})
        self.best_weights = checkpoint.part("best")
        self.step = checkpoint.progress["step"]
        self.losses = checkpoint.progress["losses"]
        self.history = [Epoch(**epoch) for epoch in checkpoint.progress["history"]]
        self.schedule = LambdaLR(self.optimizer, self.schedule.lr_lambdas, last_epoch=self.step - 1)
        _set_random_state(checkpoint.part("random"))


def start_run(network: Network, encoder: EncoderFolder, config: TrainConfig, *, steps: int, fingerprint: str) -> Run:
    """Return a run at its first step: AdamW, the learning rate rising and then falling to zero over ``steps``."""
    rate = config.learning_rate or encoder.settings.learning_rate
    groups = parameter_groups(network.model, learning_rate=rate, weight_decay=config.weight_decay, layer_decay=config.layer_decay)
    optimizer = torch.optim.AdamW(groups, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, int(config.warmup * steps), steps)
    return Run(network, optimizer, schedule, fingerprint, join())


def fingerprint_of(train: CodedUnits, dev: CodedUnits, encoder: EncoderFolder, recipe: Mapping[str, Any]) -> str:
    """Return a hash of all that a run's result depends on."""
    digest = hashlib.sha256(json.dumps([dict(recipe), encoder.name, encoder.revision], sort_keys=True).encode())
    for part in (train, dev):
        columns = part.units[["id", "text", "target", "holder"]]
        digest.update(pd.util.hash_pandas_object(columns, index=False).to_numpy().tobytes())
        digest.update(part.gold.tobytes())
    return digest.hexdigest()


def weights_of(network: Network) -> dict[str, torch.Tensor]:
    """Return copies of all weights in memory of the processor; tied ones too, for safetensors stores each by itself."""
    return {name: value.detach().cpu().clone() for name, value in network.model.state_dict().items()}


def _random_state() -> dict[str, torch.Tensor]:
    state = {"cpu": torch.get_rng_state()}
    return state | ({"cuda": torch.cuda.get_rng_state()} if torch.cuda.is_available() else {})


def _set_random_state(state: dict[str, torch.Tensor]) -> None:
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
