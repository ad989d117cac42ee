"""Labels for one block of a large input: every row comes back, those that cannot be labelled with the reason in the column ``failed``.

Blocks know nothing of each other but the units seen before, so the same block gives the same rows in any process, on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from stance.corpus.blocks import FAILED
from stance.corpus.records import as_strings, check_targets, check_units
from stance.errors import InputError
from stance.labelling.jobs import Opener, Request, join_jobs, opener, plan_with, probability_order
from stance.model.labelling import CARRIED, Labeller

__all__ = ["BlockLabeller", "SeenUnits", "label_frames", "spark_schema"]

_SPARK = {pa.string(): "string", pa.float64(): "double", pa.bool_(): "boolean", pa.int64(): "bigint"}
REPEATED = "another row before has the same id, target and holder; a unit stands once."


@dataclass(slots=True)
class SeenUnits:
    """Which units stood in the blocks before, as 64-bit hashes: eight bytes a unit, so that ten million fit in 80 MB."""

    _sorted: list[npt.NDArray[np.uint64]] = field(default_factory=list)

    def mark(self, block: pd.DataFrame) -> pd.DataFrame:
        """Return ``block`` with each unit that stood before marked as failed."""
        repeated = block[FAILED].isna() & self.repeats(block)
        return block.assign(**{FAILED: block[FAILED].astype(object).mask(repeated, REPEATED)})

    def repeats(self, units: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return for each unit whether its id, target and holder stood before, in this block or one seen earlier; remembers them."""
        table = pd.DataFrame({name: _strings(units, name) for name in ("id", "target", "holder")})
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


@dataclass(frozen=True, slots=True)
class BlockLabeller:
    """Labels blocks of one input; ``schema`` is that of every block's rows, whatever stands in it."""

    request: Request
    opened: Opener
    labellers: tuple[Labeller, ...]
    schema: pa.Schema

    @classmethod
    def of(cls, request: Request, block: pd.DataFrame) -> BlockLabeller:
        """Return the labeller for an input that begins with ``block``; refuses what no row of it could be labelled with."""
        missing = [name for name in ("text", *request.keep) if name not in block]
        if missing:
            raise InputError(f"The input has no column '{missing[0]}'; it has {', '.join(str(name) for name in block if name != FAILED)}.")
        opened = opener(request)
        if request.variable is None and request.model is None:
            named = bool(request.targets) or "target" in block.columns
            names = ["tone", "stance"] if named else ["tone"]
        else:
            names = [request.model if request.model is not None else str(request.variable)]
        labellers = tuple(map(opened, names))
        probe = pd.DataFrame({"id": ["1"], "text": ["De raad vergadert."], "target": [None], "holder": [None]}, dtype=object)
        if labellers[0].settings.needs_target and not request.targets:
            probe["target"] = "raad"
        plan_with(opened, probe, request)  # a request that fits no block is refused here, before any work
        return cls(request, opened, labellers, _schema(request, block, labellers))

    @property
    def models(self) -> list[str]:
        """The models that label, with their hashes."""
        return [labeller.model for labeller in self.labellers]

    def label(self, block: pd.DataFrame, *, on_progress: Callable[[float], None] | None = None) -> pa.Table:
        """Return the rows of ``block``, in its order; a row that cannot be labelled has ``failed`` and no label."""
        frame = block.reset_index(drop=True)
        frame = frame.assign(**{name: None for name in self.request.keep if name not in frame})
        failed = frame[FAILED].astype(object).where(frame[FAILED].notna(), None)
        for row, reason in self._refused(frame[failed.isna()]):
            failed[row] = reason
        good = frame[failed.isna()].drop(columns=FAILED)
        parts: list[pd.DataFrame] = []
        if len(good):
            units = check_units(good, where="input")
            jobs = plan_with(self.opened, units.reset_index(drop=True), self.request)
            share = len(frame) / sum(len(job.units) for job in jobs)  # a row may have several units; progress is told in rows
            told = None if on_progress is None else partial(_tell_share, on_progress, share)
            rows = join_jobs(jobs, keep=self.request.keep, on_progress=told)
            parts.append(rows.set_axis(good.index[rows.index], axis=0))
        if len(good) < len(frame):
            bad = frame[failed.notna()].reindex(columns=["id", "target", "holder", *CARRIED, *self.request.keep])
            parts.append(bad.assign(failed=failed.dropna()))
        rows = pd.concat(parts).sort_index(kind="stable") if len(parts) > 1 else parts[0]
        return _as_table(rows, self.schema)

    def _refused(self, units: pd.DataFrame) -> Iterator[tuple[int, str]]:
        """Yield each row that is refused with the reason: a part that is refused is halved until one row is left."""
        if not len(units):
            return
        try:
            # Ids are made unique here: repeats were marked before, by what knows all blocks.
            checked = check_units(units.assign(id=np.arange(len(units)).astype(str)), where="input")
            if self.labellers[0].settings.needs_target and not self.request.targets:
                check_targets(checked, where="input")
        except InputError as error:
            if len(units) == 1:
                yield int(units.index[0]), str(error).partition(": ")[2]
                return
            half = len(units) // 2
            yield from self._refused(units.iloc[:half])
            yield from self._refused(units.iloc[half:])


def _tell_share(on_progress: Callable[[float], None], share: float, done: float) -> None:
    on_progress(done * share)


def label_frames(frames: Iterator[pd.DataFrame], request: Request = Request()) -> Iterator[pd.DataFrame]:  # noqa: B008  (frozen)
    """Yield the rows of each table in ``frames``: the function that Spark's ``mapInPandas`` and its like want.

    With PySpark, for a data frame ``articles`` with columns ``id`` and ``text``::

        from functools import partial
        from stance.labelling.blocks import label_frames, spark_schema
        from stance.labelling.jobs import Request

        request = Request(variable="stance", targets=("Poetin",), threads=1)
        rows = articles.mapInPandas(partial(label_frames, request=request), schema=spark_schema(request, articles.columns))

    Each worker opens the models once a partition. Repeats of a unit are found within a partition. Rows of an article that has several
    targets belong in one partition (``articles.repartition("id")``), or its tone is coded in each.
    """
    labeller: BlockLabeller | None = None
    seen = SeenUnits()
    for frame in frames:
        if not len(frame):
            continue
        block = frame if FAILED in frame.columns else frame.assign(**{FAILED: None})
        block = block if "id" in block.columns else block.assign(id=np.arange(1, len(block) + 1).astype(str))
        labeller = labeller or BlockLabeller.of(request, block)
        yield labeller.label(seen.mark(block)).to_pandas()


def spark_schema(request: Request, columns: Sequence[str]) -> str:
    """Return the columns of ``label_frames`` as Spark writes a schema, for an input with ``columns``."""
    schema = BlockLabeller.of(request, pd.DataFrame(columns=list(columns), dtype=object)).schema
    return ", ".join(f"`{entry.name}` {_SPARK[entry.type]}" for entry in schema)


def _schema(request: Request, block: pd.DataFrame, labellers: tuple[Labeller, ...]) -> pa.Schema:
    """Return the columns of the output contract, in its order, then ``failed``."""
    probabilities = [(name, pa.float64()) for name in probability_order(labellers)]
    carried = [name for name in dict.fromkeys((*CARRIED, *request.keep)) if name in block]
    fixed = ["id", "variable", "target", "holder", "label"]
    return pa.schema(
        [
            *((name, pa.string()) for name in fixed),
            ("confidence", pa.float64()),
            *probabilities,
            ("abstained", pa.bool_()),
            ("windows", pa.int64()),
            ("coverage", pa.float64()),
            ("model", pa.string()),
            ("target_named", pa.bool_()),
            *((name, pa.string()) for name in carried if name not in fixed),
            ("failed", pa.string()),
        ]
    )


def _as_table(rows: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """Return ``rows`` with the columns and types of ``schema``; a column a block lacks is empty."""
    columns = []
    for entry in schema:
        column = rows[entry.name] if entry.name in rows else pd.Series([None] * len(rows), dtype=object)
        values = as_strings(column) if entry.type == pa.string() else column.astype(object).where(column.notna(), None)
        columns.append(pa.array(values.tolist(), type=entry.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _strings(units: pd.DataFrame, name: str) -> pd.Series:
    if name not in units.columns:
        return pd.Series("", index=units.index, dtype=object)
    return as_strings(units[name]).fillna("").astype(object)
