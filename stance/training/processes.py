"""Several processes that fine-tune one model together, one a GPU, as ``accelerate launch`` (or ``torchrun``) starts them.

    accelerate launch --multi_gpu --num_processes 4 -m stance train TABLE --variable tone --encoder robbert-2023-base --out DIR

Each process takes its share of every batch, and gradients are added up before each step: the run takes the steps that one process takes
with the same settings, to the rounding of sums; only dropout is drawn otherwise. The first process alone writes files and speaks. All of
them must see the same disk. Without GPUs the processes share the work on processors.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import distributed

from stance.errors import TrainingError
from stance.model.checkpoint import device

__all__ = ["ALONE", "Processes", "join"]

LONGEST_WAIT = timedelta(hours=2)  # while the first process cuts the windows of all units, or exports

Sliced = TypeVar("Sliced", bound="Sequence[Any] | npt.NDArray[Any]")


@dataclass(frozen=True, slots=True)
class Processes:
    """The place of this process, ``rank``, among ``size`` that train together."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and speaks."""
        return self.rank == 0

    def share(self, rows: Sliced) -> Sliced:
        """Return every so manieth of ``rows``: this process's share, of like size and length as the others'.

        >>> Processes(rank=1, size=2).share([5, 6, 7, 8, 9])
        [6, 8]
        """
        return rows[self.rank :: self.size]  # type: ignore[return-value]

    def add(self, value: torch.Tensor) -> torch.Tensor:
        """Return the sum of ``value`` over all processes."""
        if self.size == 1:
            return value
        total = value.detach().to(device(), copy=True)
        distributed.all_reduce(total)
        return total.to(value.device)

    def add_gradients(self, model: Any) -> None:
        """Make each gradient of ``model`` the sum of those of all processes."""
        if self.size > 1:
            gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
            for under_way in [distributed.all_reduce(gradient, async_op=True) for gradient in gradients]:
                under_way.wait()

    def wait(self) -> None:
        """Return when all processes have come here."""
        self.add(torch.zeros(())).item()

    def draw_apart(self, *seeds: int) -> None:
        """Start chance anew for a step, so that each process has a dropout of its own, and the same one when the run is taken up again."""
        if self.size > 1:
            state = np.random.SeedSequence([*seeds, self.rank]).generate_state(1, np.uint64)
            torch.manual_seed(int(state[0]))


ALONE = Processes()


def join() -> Processes:
    """Return the place of this process among those a launcher started, once all have come; ``ALONE`` where none did."""
    size = int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1
    if size == 1:
        return ALONE
    if not distributed.is_initialized():
        on_gpu = torch.cuda.is_available()
        if on_gpu:
            _take_gpu(int(os.environ.get("LOCAL_RANK", "0")))
        distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=LONGEST_WAIT)
        atexit.register(distributed.destroy_process_group)
    return Processes(distributed.get_rank(), size)


def _take_gpu(number: int) -> None:
    there = torch.cuda.device_count()
    if number >= there:
        raise TrainingError(f"More processes were started than this machine has GPUs ({there}); pass --num_processes {there}.")
    torch.cuda.set_device(number)
