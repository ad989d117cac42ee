"""What a pre-training run consists of, and how far it is."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from stance.training.pretraining.config import PretrainConfig
from stance.training.pretraining.objectives import Objective
from stance.training.pretraining.tokens import TokenFile

__all__ = ["Place", "Run"]


@dataclass(slots=True)
class Place:
    """How far a run is; stands in every checkpoint."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    window: int = 0
    window_count: int = 0  # windows of this length seen


@dataclass(slots=True)
class Run:
    """The parts that every step needs."""

    config: PretrainConfig
    model: Any  # a RobertaForMaskedLM; transformers has no types
    objective: Objective
    tokenizer: Tokenizer
    data: TokenFile
    optimizers: list[torch.optim.Optimizer]
    workers: ThreadPoolExecutor
    place: Place = field(default_factory=Place)
    losses: list[float] = field(default_factory=list)

    def fraction(self) -> float:
        """Return the part of the run that is over, by tokens or by the clock, whichever is further."""
        by_tokens = self.place.tokens / sum(phase.tokens for phase in self.config.phases)
        by_clock = self.place.seconds / (60 * self.config.minutes) if self.config.minutes else 0.0
        return max(by_tokens, by_clock)

    def recent_loss(self, steps: int = 100) -> float:
        """Return the mean training loss of the last steps."""
        return float(np.mean(self.losses[-steps:])) if self.losses else math.nan
