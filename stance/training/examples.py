"""Training examples: units as token windows in a memory-mapped file, and batches of like length drawn from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import torch
from datasets import Dataset

from stance.model.pooling import Aliases, windows_that_count
from stance.model.reading import read_units
from stance.model.session import pad
from stance.model.windows import WindowCutter, Windows, first_texts

__all__ = ["Batch", "Examples", "batch_order", "read_examples", "write_examples"]

IntArray = npt.NDArray[np.int64]
UNITS_AT_ONCE = 5_000
SORTED_BATCHES = 50
WIDTHS = 16

_SCHEMA = pa.schema(
    [("input_ids", pa.list_(pa.int32())), ("second", pa.int32()), ("unit", pa.int64()), ("tokens", pa.int32()), ("weight", pa.float32())]
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded windows as tensors: ids and mask of shape (windows, width), labels and weights of shape (windows,)."""

    inputs: dict[str, torch.Tensor]
    labels: torch.Tensor
    weights: torch.Tensor


@dataclass(frozen=True, slots=True)
class Examples:
    """The windows of a table of units, on disk, with the units' label numbers in memory.

    A unit weighs the same however long it is: each of its windows carries its share.
    """

    data: Dataset
    lengths: IntArray
    gold: IntArray

    def batch(self, rows: IntArray, *, pad_id: int, type_ids: bool) -> Batch:
        """Return the windows at ``rows`` as one padded batch, its width a multiple of 16 or that of the longest window of all.

        Where each batch has a width of its own, the memory that one step frees fits the next one badly: it fills with gaps, and grows.
        """
        columns = self.data[rows]
        width = -(-self.lengths[rows].max() // WIDTHS) * WIDTHS
        inputs = pad(columns["input_ids"], pad_id, width=min(width, self.lengths.max()))
        if type_ids:
            second = np.asarray(columns["second"])[:, None]
            positions = np.arange(inputs["input_ids"].shape[1])[None, :]
            inputs["token_type_ids"] = ((second > 0) & (positions >= second)).astype(np.int64) * inputs["attention_mask"]
        return Batch(
            inputs={name: torch.from_numpy(values) for name, values in inputs.items()},
            labels=torch.from_numpy(self.gold[np.asarray(columns["unit"])]),
            weights=torch.tensor(columns["weight"], dtype=torch.float32),
        )

    def windows(self) -> Windows:
        """Return all windows as labelling has them (for dev units, which are few)."""
        columns = self.data[:]
        units = np.asarray(columns["unit"], dtype=np.int64)
        tokens = np.asarray(columns["tokens"], dtype=np.int64)
        return Windows(
            ids=columns["input_ids"],
            second=np.asarray(columns["second"], dtype=np.int64),
            unit=units,
            tokens=tokens,
            repeated=np.zeros_like(tokens),
            spans=np.zeros((len(units), 2), dtype=np.int64),
            unit_tokens=np.bincount(units, weights=tokens, minlength=len(self.gold)).astype(np.int64),
        )


def write_examples(units: pd.DataFrame, gold: IntArray, cutter: WindowCutter, path: Path, *, aliases: Aliases) -> Examples:
    """Write the windows that count of each unit to an Arrow file, block by block, and return them opened as a memory map."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, _SCHEMA) as writer:
        for start in range(0, len(units), UNITS_AT_ONCE):
            block = units.iloc[start : start + UNITS_AT_ONCE]
            windows = cutter.cut(read_units(block, aliases, cutter.policy).texts, first_texts(block))
            counts, _ = windows_that_count(windows, block, aliases, cutter.policy)
            writer.write_batch(_record(windows.keep(counts), start))
    return read_examples(path, gold)


def read_examples(path: Path, gold: IntArray) -> Examples:
    """Return the windows that ``write_examples`` wrote of units with the label numbers ``gold``, opened as a memory map."""
    data = Dataset.from_file(str(path))
    lengths = pc.list_value_length(data.data.column("input_ids")).to_numpy().astype(np.int64)
    return Examples(data, lengths, gold)


def batch_order(lengths: IntArray, batch_size: int, rng: np.random.Generator) -> Iterator[IntArray]:
    """Yield all rows once in random batches of like length: shuffled, sorted within stretches of 50 batches, batches shuffled."""
    stretch = batch_size * SORTED_BATCHES
    shuffled = rng.permutation(len(lengths))
    batches: list[IntArray] = []
    for start in range(0, len(shuffled), stretch):
        rows = shuffled[start : start + stretch]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches.extend(rows[first : first + batch_size] for first in range(0, len(rows), batch_size))
    for index in rng.permutation(len(batches)):
        yield batches[index]


def _record(windows: Windows, first_unit: int) -> pa.RecordBatch:
    per_unit = np.bincount(windows.unit, minlength=len(windows.unit_tokens))
    return pa.record_batch(
        [
            pa.array(windows.ids, type=pa.list_(pa.int32())),
            pa.array(windows.second, type=pa.int32()),
            pa.array(windows.unit + first_unit, type=pa.int64()),
            pa.array(windows.tokens, type=pa.int32()),
            pa.array(1.0 / per_unit[windows.unit], type=pa.float32()),
        ],
        schema=_SCHEMA,
    )
