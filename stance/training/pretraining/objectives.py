"""What an encoder learns in pre-training: to restore hidden words, or to give the hidden states of a larger encoder, its teacher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from stance.training.pretraining.masking import Ids, LossBatch, WordTable, mask_words
from stance.training.teaching import matched_layers, unexplained

__all__ = ["HiddenStates", "HiddenWords", "Objective"]


class Objective(Protocol):
    """One way to learn from full windows."""

    def batch(self, windows: Ids, *, rate: float, rng: np.random.Generator) -> LossBatch:
        """Return what the encoder sees of these windows, and the positions that count."""

    def summed_loss(self, batch: LossBatch) -> torch.Tensor:
        """Return the loss summed over the positions that count."""


@dataclass(frozen=True, slots=True)
class HiddenWords:
    """Masked-language modelling: the cross-entropy of the hidden tokens (Devlin et al. 2019, section 3.1), whole words at once."""

    model: Any  # a RobertaForMaskedLM
    encoder: Callable[..., Any]  # its body, compiled if asked for
    table: WordTable
    bf16: bool

    def batch(self, windows: Ids, *, rate: float, rng: np.random.Generator) -> LossBatch:
        """Return the windows with about ``rate`` of their words hidden."""
        return mask_words(windows, self.table, rate, rng=rng)

    def summed_loss(self, batch: LossBatch) -> torch.Tensor:
        """Return the summed cross-entropy at the hidden positions; the layer over the vocabulary runs on those alone."""
        device = self.model.device
        inputs = torch.from_numpy(batch.inputs).to(device)  # (windows, tokens)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.bf16):
            places = _places(self.model, inputs)
            hidden = self.encoder(input_ids=inputs, position_ids=places).last_hidden_state.flatten(0, 1)  # (windows * tokens, width)
            scores = self.model.lm_head(hidden[torch.from_numpy(batch.positions).to(device)])  # (masked, vocabulary)
        return torch.nn.functional.cross_entropy(scores.float(), torch.from_numpy(batch.labels).to(device), reduction="sum")


@dataclass(frozen=True, slots=True)
class HiddenStates:
    """Distillation: the hidden states of the teacher, token by token, to be given by a shallower encoder of the same width and vocabulary.

    Each layer learns from the teacher's layer at the same share of its height, where that is a whole one, and the last from the last
    (Sun et al. 2019, "Patient knowledge distillation", section 3.2; Jiao et al. 2020, TinyBERT, equation 8). Squared differences are divided
    by the variance of the teacher's direction, so the loss is the share of that variance which is not reproduced: 1 for a constant guess.
    """

    model: Any
    encoder: Callable[..., Any]
    teacher: Any  # the body of the teacher, which does not learn
    bf16: bool

    def batch(self, windows: Ids, *, rate: float, rng: np.random.Generator) -> LossBatch:
        """Return the windows as they are: every position counts."""
        return LossBatch(windows, np.arange(windows.size), windows.ravel())

    def summed_loss(self, batch: LossBatch) -> torch.Tensor:
        """Return the unexplained share of the teacher's variance, the mean over layers, summed over tokens."""
        device = self.model.device
        inputs = torch.from_numpy(batch.inputs).to(device)
        ask = {"input_ids": inputs, "position_ids": _places(self.model, inputs), "output_hidden_states": True}
        with torch.autocast(device.type, torch.bfloat16, enabled=self.bf16):
            with torch.no_grad():
                wanted = self.teacher(**ask).hidden_states
            given = self.encoder(**ask).hidden_states
        losses = [
            unexplained(given[low].flatten(0, 1), wanted[high].flatten(0, 1))
            for low, high in matched_layers(len(given) - 1, len(wanted) - 1)
        ]
        return torch.stack(losses).mean(dim=0).sum()


def _places(model: Any, inputs: torch.Tensor) -> torch.Tensor:
    """Return the position ids of full windows."""
    first = int(model.config.pad_token_id) + 1
    return torch.arange(first, first + inputs.shape[1], device=inputs.device).expand_as(inputs)
