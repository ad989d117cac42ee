"""The checkpoint of a model folder in torch: the same windows in and the same labels out as `stance.model.session`, for a GPU.

Imports torch (extra ``train``), so it is loaded when a GPU labels and never else. Products are in half
precision and the rest, as norms and softmax, in 32-bit floats (autocast); attention is torch's fused kernel where the family has it. So
probabilities are those of the checkpoint but for the rounding of half precision, and move within that rounding with the shape of a batch.

``torch.compile`` is left off: batches come in all lengths, each of which it would compile anew or widen to a slower kernel, for a network
whose time goes into large products that are as fast without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import torch

from stance.errors import ModelError
from stance.model.checkpoint import open_checkpoint
from stance.model.folder import check_checkpoint
from stance.model.session import ROBERTA_PAD, batches, distinct, feed, softmax
from stance.model.windows import Windows
from stance.progress import Done, silent

__all__ = ["GPU_TOKEN_BUDGET", "TorchSession", "half_precision"]

FloatArray = npt.NDArray[np.float64]
# Tokens in a batch, padding included: enough that a GPU computes for longer than it takes to be told what, and little memory.
GPU_TOKEN_BUDGET = 16_384
AMPERE = (8, 0)  # the first NVIDIA GPUs that multiply bf16 in hardware


class TorchSession:
    """A checkpoint opened for scoring; knows windows, not units.

    Several threads may ask at once: one's batches run while the others cut their windows.
    """

    def __init__(
        self,
        folder: Path,
        *,
        pad_id: int = ROBERTA_PAD,
        device: str = "cuda",
        dtype: torch.dtype | None = None,
        token_budget: int = GPU_TOKEN_BUDGET,
    ) -> None:
        check_checkpoint(folder)
        self._device = torch.device(device)
        self._dtype = dtype or half_precision(self._device)
        with _enough_memory():
            self._model = open_checkpoint(folder).to(self._device).eval()
        self._type_ids = getattr(self._model.config, "type_vocab_size", 0) > 1
        self._pad_id = pad_id
        self._token_budget = token_budget
        self._lock = Lock()

    def probabilities(self, windows: Windows, on_done: Done = silent) -> FloatArray:
        """Return the probabilities of each window, shape (windows, labels), in the order given; equal windows are run once."""
        first, same = distinct(windows)
        chosen = [first[rows] for rows in batches(windows.lengths[first], self._token_budget)]
        probabilities = np.empty((len(windows.ids), self._model.config.num_labels))
        with self._lock, _enough_memory():
            # Nothing waits for the GPU inside this list: it computes one batch while the next is padded.
            logits = [self._logits(feed(windows, rows, pad_id=self._pad_id, type_ids=self._type_ids)) for rows in chosen]
            results = [softmax(found.double().cpu().numpy()) for found in logits]
        for rows, result in zip(chosen, results, strict=True):
            probabilities[rows] = result
        on_done(len(windows.ids))
        return probabilities[same]

    @torch.inference_mode()
    def _logits(self, batch: dict[str, npt.NDArray[np.int64]]) -> torch.Tensor:
        if batch["attention_mask"].all():  # without padding the fastest attention kernel can be taken
            batch = {name: values for name, values in batch.items() if name != "attention_mask"}
        inputs = {name: self._moved(torch.from_numpy(values)) for name, values in batch.items()}
        with torch.autocast(self._device.type, dtype=self._dtype, enabled=self._dtype != torch.float32):
            logits: torch.Tensor = self._model(**inputs).logits
        return logits

    def _moved(self, values: torch.Tensor) -> torch.Tensor:
        return values.pin_memory().to(self._device, non_blocking=True) if self._device.type == "cuda" else values.to(self._device)


def half_precision(device: torch.device) -> torch.dtype:
    """Return the half precision that ``device`` multiplies fast: bf16, and on GPUs before Ampere fp16."""
    older = device.type == "cuda" and torch.cuda.get_device_capability(device) < AMPERE
    return torch.float16 if older else torch.bfloat16


@contextmanager
def _enough_memory() -> Iterator[None]:
    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        raise ModelError("The GPU has too little free memory to label; end what else runs on it, or pass the device cpu.") from error
