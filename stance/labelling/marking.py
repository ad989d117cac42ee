"""Marks in a block what it cannot know by itself and what cannot be labelled, so that any process may label it.

Blocks know nothing of each other: which unit or article stood before is marked here, in the order of the input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.corpus.blocks import FAILED
from stance.corpus.records import as_strings, check_units, clean_names
from stance.errors import InputError

__all__ = ["AGAIN", "REPEATED", "Marker", "SeenUnits", "refusals"]

REPEATED = "another row before has the same id, target and holder; a unit stands once."
AGAIN = {("id", "text"): "_article_again", ("id", "text", "target"): "_target_again"}
"""The columns of marks: whether the article stood before, and whether it did with the same target."""


@dataclass(slots=True)
class SeenUnits:
    """Which units stood in the blocks before, as 64-bit hashes: eight bytes a unit, so that ten million fit in 80 MB."""

    names: tuple[str, ...] = ("id", "target", "holder")
    _sorted: list[npt.NDArray[np.uint64]] = field(default_factory=list)

    def repeats(self, units: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return for each unit whether one with the same ``names`` stood before, in this block or one seen earlier; remembers them."""
        table = pd.DataFrame({name: _compared(units, name) for name in self.names})
        keys = pd.util.hash_pandas_object(table, index=False).to_numpy(dtype=np.uint64)
        repeated = pd.Series(keys).duplicated().to_numpy(copy=True)
        for known in self._sorted:
            places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            repeated |= known[places] == keys
        self._add(np.unique(keys))
        return repeated

    def _add(self, keys: npt.NDArray[np.uint64]) -> None:
        """Keep ``keys``, merging runs of like size so that there are never more than about log2 of the blocks."""
        while self._sorted and len(self._sorted[-1]) <= len(keys):
            keys = np.union1d(self._sorted.pop(), keys)
        if len(keys):
            self._sorted.append(keys)


@dataclass(slots=True)
class Marker:
    """Marks the blocks of one input, which come in its order."""

    _units: SeenUnits = field(default_factory=SeenUnits)
    _again: tuple[SeenUnits, ...] = field(default_factory=lambda: tuple(map(SeenUnits, AGAIN)))

    def mark(self, block: pd.DataFrame) -> pd.DataFrame:
        """Return ``block`` with why a row is no unit (``_failed``), and where an article may have several rows, whether it stood before (`AGAIN`)."""
        block = block.reset_index(drop=True)
        failed = block[FAILED].astype(object).where(block[FAILED].notna(), None)
        failed = failed.mask(failed.isna() & self._units.repeats(block), REPEATED)
        for row, reason in refusals(block[failed.isna()]):
            failed[row] = reason
        block = block.assign(**{FAILED: failed})
        if not {"target", "holder"} & set(block.columns):
            return block  # each article has one row
        good = block[failed.isna()]
        marks = {}
        for seen, mark in zip(self._again, AGAIN.values(), strict=True):
            marks[mark] = pd.Series(seen.repeats(good), index=good.index, dtype=bool).reindex(block.index, fill_value=False)
        return block.assign(**marks)


def refusals(units: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Yield each row that is no unit, by its index, with the reason: a part that is refused is halved until one row is left."""
    if not len(units):
        return
    try:
        # Ids are made unique here: repeats are marked by what knows all blocks.
        check_units(units.assign(id=np.arange(len(units)).astype(str)), where="input")
    except InputError as error:
        if len(units) == 1:
            yield int(units.index[0]), str(error).partition(": ")[2]
            return
        half = len(units) // 2
        yield from refusals(units.iloc[:half])
        yield from refusals(units.iloc[half:])


def _compared(units: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as units are compared by it (`check_units`): an id as it is written, texts and names without spaces at their ends."""
    if name == "id" and name in units.columns:
        return as_strings(units[name]).fillna("").astype(object)
    return clean_names(units, name).fillna("").astype(object)
