"""Weights rounded to 8 bits once, in the checkpoint itself, so that the checkpoint and the int8 file are one model.

Rounding weights moves a product in the same direction for every token, which moves labels when a finished model is made
int8; rounding activations does so at random, and on a finer grid. So the weights are rounded before the model is
scored, calibrated and saved, and torch, ONNX Runtime and the dev figures all speak of the same numbers. Each is not
rounded to the nearest value but such that what one input loses the next ones make good (`compensated`). Which inputs are so
large that rounding activations by them would cost the others, `outlier_inputs` tells.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from stance.model.session import batches
from stance.training.examples import Examples
from stance.training.graph import fits, grids
from stance.training.network import Network

__all__ = ["compensated", "on_grid", "outlier_inputs", "round_weights"]

WINDOWS = 512  # that show which inputs of a product go together
TOKENS = 4_096  # at once
BLOCK = 128  # inputs whose losses reach the rest in one product
OUTLIERS = 4  # inputs of each product, which the int8 file may leave unrounded
DAMPING = 0.01  # of the mean squared input, added to each, so that rare inputs are not asked to make good too much


def round_weights(network: Network, examples: Examples) -> None:
    """Give the network's token embeddings and products the values that its int8 file holds; a family unknown to that file keeps its own.

    Windows of ``examples``, without their labels, show what products get to see.
    """
    model = network.model
    if not fits(model.config):
        return
    squares = _squared_inputs(network, examples)
    state = model.state_dict()
    for name, largest in grids(model.config).items():
        module = name.removesuffix(".weight")
        state[name] = compensated(state[name], squares[module], largest) if module in squares else on_grid(state[name], largest)
    model.load_state_dict(state)


def on_grid(weight: torch.Tensor, largest: int) -> torch.Tensor:
    """Return a weight of shape (outputs, inputs), each value at the nearest of ``largest`` steps on either side of 0 for its output."""
    scales = _scales(weight, largest)
    return (weight / scales).round() * scales


def compensated(weight: torch.Tensor, squares: torch.Tensor, largest: int) -> torch.Tensor:
    """Return a weight of shape (outputs, inputs) on the grid of ``on_grid``, chosen so that its products change little.

    ``squares``, shape (inputs, inputs), is the sum of the outer products of the inputs with themselves. Inputs are rounded one after the other, and
    what a rounding changes in the output is made good by those still to come, as far as they go together (GPTQ: Frantar et al. 2023, arXiv 2210.17323,
    algorithm 1).
    """
    inputs = weight.shape[1]
    damped = squares.double() + DAMPING * squares.diagonal().mean().clamp_min(1e-12).double() * torch.eye(inputs, dtype=torch.double)
    factor = torch.linalg.cholesky(torch.linalg.inv(damped), upper=True).float()
    steps = (weight / _scales(weight, largest)).cpu().float()
    # The largest of each output stay where they are: the file reads the scales off them.
    ends = torch.where(steps.abs() == steps.abs().amax(dim=1, keepdim=True), steps.round(), torch.nan)
    for first in range(0, inputs, BLOCK):
        block = slice(first, min(first + BLOCK, inputs))
        lost = _round_block(steps[:, block], ends[:, block], factor[block, block], largest)
        steps[:, block.stop :] -= lost @ factor[block, block.stop :]
    return steps.to(weight) * _scales(weight, largest)


def _round_block(steps: torch.Tensor, ends: torch.Tensor, factor: torch.Tensor, largest: int) -> torch.Tensor:
    """Round a block of inputs in place, one after the other; return what each lost, in units of its own weight in ``factor``.

    Where ``ends`` is a number it is taken.
    """
    lost = torch.empty_like(steps)
    for place in range(steps.shape[1]):
        kept = torch.where(ends[:, place].isnan(), steps[:, place].round().clamp(-largest, largest), ends[:, place])
        lost[:, place] = (steps[:, place] - kept) / factor[place, place]
        steps[:, place:] -= lost[:, place, None] * factor[place, place:]
        steps[:, place] = kept
    return lost


def _scales(weight: torch.Tensor, largest: int) -> torch.Tensor:
    scales = weight.detach().abs().amax(dim=1, keepdim=True) / largest
    return torch.where(scales == 0, 1.0, scales)


def outlier_inputs(network: Network, examples: Examples) -> dict[str, npt.NDArray[np.int64]]:
    """Return for each product of the layers the few inputs whose values grow largest, in order; none for a family unknown to the int8 file.

    A few features of a transformer are many times as large as the rest, in every text, and set the scale by which all are rounded
    (Dettmers et al. 2022, arXiv 2208.07339, section 4). Windows of ``examples`` show which.
    """
    if not fits(network.model.config):
        return {}
    largest: dict[str, torch.Tensor] = {}

    def compare(name: str, seen: torch.Tensor) -> None:
        now = seen.abs().amax(dim=0).cpu()
        largest[name] = torch.maximum(largest.get(name, now), now)

    _look_at_inputs(network, examples, compare)
    return {name: sizes.topk(min(OUTLIERS, len(sizes))).indices.sort().values.numpy() for name, sizes in largest.items()}


def _squared_inputs(network: Network, examples: Examples) -> dict[str, torch.Tensor]:
    """Return for each product of the layers the sum of the outer products of its inputs with themselves, shape (inputs, inputs)."""
    squares: dict[str, torch.Tensor] = {}

    def add(name: str, seen: torch.Tensor) -> None:
        squares[name] = squares.get(name, 0) + (seen.T @ seen).cpu()

    _look_at_inputs(network, examples, add)
    return squares


def _look_at_inputs(network: Network, examples: Examples, look: Callable[[str, torch.Tensor], None]) -> None:
    """Call ``look`` with the name of each product and what it is given, shape (tokens, inputs), for batches of windows of ``examples``."""
    names = {name.removesuffix(".weight") for name in grids(network.model.config)}
    kept = torch.ones(0, dtype=torch.bool)  # of the batch under way: which places are no padding

    def hook(name: str) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...]], None]:
        return lambda module, given: look(name, given[0][kept].float())

    linear = [(name, module) for name, module in network.model.named_modules() if name in names and isinstance(module, torch.nn.Linear)]
    handles = [module.register_forward_pre_hook(hook(name)) for name, module in linear]
    rows = np.linspace(0, len(examples.lengths) - 1, min(WINDOWS, len(examples.lengths))).astype(np.int64)
    network.model.eval()
    try:
        with torch.inference_mode():
            for chosen in batches(examples.lengths[rows], TOKENS):
                inputs = examples.batch(rows[chosen], pad_id=network.pad_id, type_ids=network.type_ids).inputs
                kept = inputs["attention_mask"].bool().to(network.model.device)
                network.logits(inputs)
    finally:
        for handle in handles:
            handle.remove()
