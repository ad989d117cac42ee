"""An encoder on ONNX Runtime: token windows in, probabilities out, in batches that hold a bounded number of tokens."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from stance.errors import ModelError
from stance.model.windows import Windows
from stance.progress import Done, silent

__all__ = ["TOKEN_BUDGET", "OnnxSession", "Session", "batches", "cores", "distinct", "feed", "pad", "softmax"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Tokens in a batch: one core works on a batch, so it should stay in that core's cache.
TOKEN_BUDGET = 512
WIDEST = 1.3  # the longest row of a padded batch against its shortest
ROBERTA_PAD = 1


class Session(Protocol):
    """Anything that gives probabilities for windows: on the processor, or on a GPU (`stance.model.torch_session`)."""

    def probabilities(self, windows: Windows, on_done: Done = silent) -> FloatArray:
        """Return the probabilities of each window, shape (windows, labels), in the order given; ``on_done`` counts windows."""
        ...


class OnnxSession:
    """A model file opened for scoring; knows windows, not units.

    Each core works on a batch of its own: small products do not split well over cores, and so no number depends on how many there are.
    The windows of a batch are of one length: nothing is padded, which would cost time, and attention without a mask is faster.
    """

    def __init__(self, path: Path, *, pad_id: int = ROBERTA_PAD, threads: int = 0, token_budget: int = TOKEN_BUDGET) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own, undocumented classes
            raise ModelError(f"{path} cannot be opened as an ONNX model; copy or train the model folder again.") from error
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self._pad_id = pad_id
        self._threads = threads or cores()
        self._token_budget = token_budget

    def probabilities(self, windows: Windows, on_done: Done = silent) -> FloatArray:
        """Return the probabilities of each window, shape (windows, labels), in the order given; equal windows are run once."""
        return softmax(self.logits(windows, on_done)) if windows.ids else np.empty((0, 0))

    def logits(self, windows: Windows, on_done: Done = silent) -> FloatArray:
        """Return the logits of each window, shape (windows, outputs of the network), in the order given; equal windows are run once."""
        first, same = distinct(windows)
        chosen = [first[rows] for rows in batches(windows.lengths[first], self._token_budget, padded=False)]
        chosen.reverse()  # the longest first, so that at the end no core waits long for the others
        run = partial(self._run, windows)
        results, share = [], len(windows.ids) / max(len(first), 1)
        with ThreadPoolExecutor(self._threads) as pool:
            for rows, result in zip(chosen, map(run, chosen) if self._threads == 1 else pool.map(run, chosen), strict=True):
                results.append(result)
                on_done(len(rows) * share)
        logits = np.empty((len(windows.ids), results[0].shape[1] if results else 0))
        for rows, result in zip(chosen, results, strict=True):
            logits[rows] = result
        return logits[same]

    def _run(self, windows: Windows, rows: IntArray) -> FloatArray:
        # A batch is made where it is run, so that those of a long article are never in memory together.
        inputs = feed(windows, rows, pad_id=self._pad_id, type_ids="token_type_ids" in self._inputs)
        (logits,) = self._session.run(["logits"], {name: values for name, values in inputs.items() if name in self._inputs})
        return np.asarray(logits, dtype=np.float64)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def distinct(windows: Windows) -> tuple[IntArray, IntArray]:
    """Return the first window of each kind, and for every window which one it equals; shapes (kinds,) and (windows,)."""
    rows: dict[tuple[int, bytes], int] = {}
    same = np.empty(len(windows.ids), dtype=np.int64)
    for row, (second, ids) in enumerate(zip(windows.second.tolist(), windows.ids, strict=True)):
        same[row] = rows.setdefault((second, np.asarray(ids, dtype=np.int32).tobytes()), row)
    return np.fromiter(rows.values(), dtype=np.int64, count=len(rows)), same


def batches(lengths: IntArray, token_budget: int, *, padded: bool = True) -> Iterator[IntArray]:
    """Yield rows in batches of similar length, shortest first, whose size with padding stays within ``token_budget``.

    A longer row goes alone. Where a batch may not be ``padded``, its rows are of one length.

    >>> [batch.tolist() for batch in batches(np.array([5, 90, 6, 88]), 180)]
    [[0, 2], [3, 1]]
    >>> [batch.tolist() for batch in batches(np.array([5, 90, 5, 88]), 180, padded=False)]
    [[0, 2], [3], [1]]
    """
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order]
    start = 0
    for index, longest in enumerate(ordered):
        # Much shorter rows would be mostly padding: a new batch is cheaper.
        widest = WIDEST * ordered[start] + 8 if padded else ordered[start]
        if index > start and (longest * (index - start + 1) > token_budget or longest > widest):
            yield order[start:index]
            start = index
    if len(order):
        yield order[start:]


def pad(ids: Sequence[Sequence[int]], pad_id: int, width: int = 0) -> dict[str, IntArray]:
    """Return ``input_ids`` and ``attention_mask``, each as wide as the longest window, or as ``width`` if that is more: shape (windows, width)."""
    width = max(width, *map(len, ids))
    input_ids = np.full((len(ids), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(ids), width), dtype=np.int64)
    for row, window in enumerate(ids):
        input_ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return {"input_ids": input_ids, "attention_mask": mask}


def feed(windows: Windows, rows: IntArray, *, pad_id: int, type_ids: bool) -> dict[str, IntArray]:
    """Return the windows at ``rows`` as one padded batch; with ``token_type_ids``, which tell the texts of a pair apart, if wanted."""
    inputs = pad([windows.ids[row] for row in rows], pad_id)
    if type_ids:
        second = windows.second[rows, None]
        positions = np.arange(inputs["input_ids"].shape[1])[None, :]
        inputs["token_type_ids"] = ((second > 0) & (positions >= second)).astype(np.int64) * inputs["attention_mask"]
    return inputs


def softmax(logits: FloatArray) -> FloatArray:
    """Return probabilities over the last axis.

    >>> softmax(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: FloatArray = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities
