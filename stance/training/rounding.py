"""Weights rounded to 8 bits once, in the checkpoint itself, so that the checkpoint and the int8 file are one model.

Rounding weights moves a product in the same direction for every token, which moves labels when a finished model is made
int8; rounding activations does so at random, and on a finer grid. So the weights are rounded before the model is
scored, calibrated and saved, and torch, ONNX Runtime and the dev figures all speak of the same numbers.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from sklearn.metrics import log_loss

from stance.training.finetuning import FineTuned, score_examples
from stance.training.graph import fits, grids, int8_weights

__all__ = ["MOST_LOST", "rounded"]

MOST_LOST = 0.01  # nats a dev unit


def rounded(tuned: FineTuned) -> FineTuned:
    """Return ``tuned`` with its token embeddings and the weights of its products on a grid of 8 bits, and its dev probabilities anew.

    Where the dev log loss would rise by more than .01, or the encoder is of another family, it comes back as it was. (Not macro F1: of a few
    hundred dev units, two that were undecided move it by as much.)
    """
    model = tuned.network.model
    if not fits(model.config):
        return tuned
    largest = grids(model.config)
    before = {name: value.detach().clone() for name, value in model.state_dict().items() if name in largest}
    model.load_state_dict({name: _on_grid(value, largest[name]) for name, value in before.items()}, strict=False)
    probabilities = score_examples(tuned.network, tuned.dev, tuned.policy)
    labels = list(range(probabilities.shape[1]))
    losses = [log_loss(tuned.dev.gold, table, labels=labels) for table in (tuned.dev_probabilities, probabilities)]
    if losses[1] - losses[0] > MOST_LOST:
        model.load_state_dict(before, strict=False)
        return tuned
    return replace(tuned, dev_probabilities=probabilities)


def _on_grid(weight: torch.Tensor, largest: int) -> torch.Tensor:
    """Return a weight of shape (outputs, inputs) with the values that its int8 form stands for."""
    kept, scales = int8_weights(weight.detach().cpu().float().numpy().T, largest=largest)
    return torch.from_numpy((kept * scales).T.copy()).to(weight)
