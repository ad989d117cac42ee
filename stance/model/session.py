"""An encoder on ONNX Runtime: token windows in, probabilities out, in batches that hold a bounded number of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from stance.errors import ModelError
from stance.model.windows import Windows

__all__ = ["TOKEN_BUDGET", "OnnxSession", "batches", "pad", "softmax"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Tokens in a batch, padding included: large enough to keep two cores busy, small enough to stay in cache (benchmarks/speed.md).
TOKEN_BUDGET = 4_096
ROBERTA_PAD = 1


class OnnxSession:
    """A model file opened for scoring; knows windows, not units."""

    def __init__(self, path: Path, *, pad_id: int = ROBERTA_PAD, threads: int = 0, token_budget: int = TOKEN_BUDGET) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own, undocumented classes
            raise ModelError(f"{path} cannot be opened as an ONNX model; copy or train the model folder again.") from error
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self._pad_id = pad_id
        self._token_budget = token_budget

    def probabilities(self, windows: Windows) -> FloatArray:
        """Return the probabilities of each window, shape (windows, labels), in the order given."""
        lengths = windows.lengths
        rows: list[tuple[IntArray, FloatArray]] = []
        for chosen in batches(lengths, self._token_budget):
            feed = pad([windows.ids[row] for row in chosen], self._pad_id)
            if "token_type_ids" in self._inputs:
                second = windows.second[chosen, None]
                positions = np.arange(feed["input_ids"].shape[1])[None, :]
                feed["token_type_ids"] = ((second > 0) & (positions >= second)).astype(np.int64) * feed["attention_mask"]
            (logits,) = self._session.run(["logits"], feed)
            rows.append((chosen, softmax(np.asarray(logits, dtype=np.float64))))
        labels = rows[0][1].shape[1] if rows else 0
        result = np.empty((len(lengths), labels))
        for chosen, probabilities in rows:
            result[chosen] = probabilities
        return result


def batches(lengths: IntArray, token_budget: int) -> Iterator[IntArray]:
    """Yield rows in batches of similar length whose padded size stays within ``token_budget`` (a longer row goes alone).

    >>> [batch.tolist() for batch in batches(np.array([5, 90, 6, 88]), 180)]
    [[0, 2], [3, 1]]
    """
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order]
    start = 0
    for index, longest in enumerate(ordered):
        # Rows of less than half the length would be mostly padding: a new batch is cheaper.
        if index > start and (longest * (index - start + 1) > token_budget or longest > 2 * ordered[start] + 16):
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
