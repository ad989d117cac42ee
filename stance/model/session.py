"""An encoder on ONNX Runtime: token windows in, probabilities out, in batches that hold a bounded number of tokens."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from stance.errors import ModelError
from stance.model.windows import Windows

__all__ = ["TOKEN_BUDGET", "OnnxSession", "batches", "cores", "distinct", "pad", "softmax"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Tokens in a batch, padding included: one core works on a batch, so it should stay in that core's cache.
TOKEN_BUDGET = 1_024
WIDEST = 1.3  # the longest row of a batch against its shortest
ROBERTA_PAD = 1


class OnnxSession:
    """A model file opened for scoring; knows windows, not units.

    Each core works on a batch of its own: small products do not split well over cores, and so no number depends on how many there are.
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

    def probabilities(self, windows: Windows) -> FloatArray:
        """Return the probabilities of each window, shape (windows, labels), in the order given; equal windows are run once."""
        first, same = distinct(windows)
        chosen = [first[rows] for rows in batches(windows.lengths[first], self._token_budget)]
        feeds = (self._feed(windows, rows) for rows in chosen)
        with ThreadPoolExecutor(self._threads) as pool:
            results = list(map(self._run, feeds) if self._threads == 1 else pool.map(self._run, feeds))
        labels = results[0].shape[1] if results else 0
        probabilities = np.empty((len(windows.ids), labels))
        for rows, result in zip(chosen, results, strict=True):
            probabilities[rows] = result
        return probabilities[same]

    def _feed(self, windows: Windows, rows: IntArray) -> dict[str, IntArray]:
        feed = pad([windows.ids[row] for row in rows], self._pad_id)
        if "token_type_ids" in self._inputs:
            second = windows.second[rows, None]
            positions = np.arange(feed["input_ids"].shape[1])[None, :]
            feed["token_type_ids"] = ((second > 0) & (positions >= second)).astype(np.int64) * feed["attention_mask"]
        return feed

    def _run(self, feed: dict[str, IntArray]) -> FloatArray:
        (logits,) = self._session.run(["logits"], feed)
        return softmax(np.asarray(logits, dtype=np.float64))


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


def batches(lengths: IntArray, token_budget: int) -> Iterator[IntArray]:
    """Yield rows in batches of similar length whose padded size stays within ``token_budget`` (a longer row goes alone).

    >>> [batch.tolist() for batch in batches(np.array([5, 90, 6, 88]), 180)]
    [[0, 2], [3, 1]]
    """
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order]
    start = 0
    for index, longest in enumerate(ordered):
        # Much shorter rows would be mostly padding: a new batch is cheaper.
        if index > start and (longest * (index - start + 1) > token_budget or longest > WIDEST * ordered[start] + 8):
            yield order[start:index]
            start = index
    if len(order):
        yield order[start:]


def pad(ids: Sequence[Sequence[int]], pad_id: int) -> dict[str, IntArray]:
    """Return ``input_ids`` and ``attention_mask``, each of shape (windows, longest)."""
    longest = max(map(len, ids))
    input_ids = np.full((len(ids), longest), pad_id, dtype=np.int64)
    mask = np.zeros((len(ids), longest), dtype=np.int64)
    for row, window in enumerate(ids):
        input_ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return {"input_ids": input_ids, "attention_mask": mask}


def softmax(logits: FloatArray) -> FloatArray:
    """Return probabilities over the last axis.

    >>> softmax(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: FloatArray = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities
