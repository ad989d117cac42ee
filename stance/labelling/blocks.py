"""Labels for one block of a large input: every row comes back, with the reason in ``failed`` where it cannot be labelled.

A block holds all that its labels depend on (`stance.labelling.marking`), so it gives the same rows in any process, on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from stance.corpus.blocks import FAILED
from stance.corpus.records import NO_TARGET, check_named, check_units, require_column
from stance.errors import RowError
from stance.labelling.jobs import Opener, Request, join_jobs, labellers_for, opener, plan_with
from stance.labelling.marking import Marker
from stance.labelling.surveying import Survey
from stance.model.labelling import Labeller
from stance.model.rows import Kind, RowContract, probability_order

__all__ = ["BlockLabeller", "label_frames", "spark_schema"]

_SPARK: dict[Kind, str] = {
    "string": "string",
    "float64": "double",
    "bool": "boolean",
    "boolean": "boolean",
    "int64": "bigint",
    "Int64": "bigint",
}


@dataclass(frozen=True, slots=True)
class BlockLabeller:
    """Labels blocks of one input, each with the rows of ``contract``, whatever is in it."""

    request: Request
    opened: Opener
    labellers: tuple[Labeller, ...]
    survey: Survey
    contract: RowContract

    @classmethod
    def of(cls, request: Request, survey: Survey, opened: Opener | None = None) -> BlockLabeller:
        """Return the labeller for an input that is as ``survey`` says; refuses what no row of it could be labelled with."""
        require_column(pd.DataFrame(columns=list(survey.columns)), "text", where="the input")
        opened = opened or opener(request)
        asked = request.resolved(own_targets=survey.own_targets)
        if asked.targets:
            check_named(asked.targets, own_targets=survey.own_targets)
        labellers = labellers_for(opened, asked, toward=bool(asked.targets) or survey.own_targets)
        probabilities = probability_order(labeller.settings.labels for labeller in labellers)
        return cls(asked, opened, labellers, survey, RowContract(tuple(probabilities), survey.kept, fails=request.on_error == "mark"))

    @property
    def models(self) -> list[str]:
        """The models that label, with their hashes."""
        return [labeller.model for labeller in self.labellers]

    def label(self, block: pd.DataFrame, *, on_progress: Callable[[float], None] | None = None) -> pd.DataFrame:
        """Return the rows of ``block``, in its order; a row that cannot be labelled has ``failed`` and no label, or is refused."""
        frame = block.reset_index(drop=True)
        good, failed = self.parted(frame)
        parts = [self._labelled(good, rows=len(frame), on_progress=on_progress)] if len(good) else []
        rows = pd.concat([*parts, failed]).sort_index(kind="stable") if len(failed) else parts[0]
        return self.contract.frame(rows).reset_index(drop=True)

    def parted(self, block: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the rows of ``block`` that can be labelled, and what comes along of the others with ``failed``; refuses these where none may fail."""
        block = block.assign(**{name: None for name in self.request.keep if name not in block})
        failed = self._failures(block)
        bad = block[failed.notna()].reindex(columns=["id", "target", "holder", *self.contract.kept])
        return block[failed.isna()].drop(columns=FAILED), bad.assign(failed=failed.dropna())

    def _failures(self, frame: pd.DataFrame) -> pd.Series:
        """Return why each row cannot be labelled, None where it can; refuses the first where no row may fail."""
        failed = frame[FAILED].astype(object).where(frame[FAILED].notna(), None)
        if self.labellers[0].settings.needs_target and not self.request.targets:
            bare = frame["target"].isna() if "target" in frame else pd.Series(True, index=frame.index)
            failed = failed.mask(failed.isna() & bare, NO_TARGET)
        if not self.contract.fails and failed.notna().any():
            row = int(np.flatnonzero(failed.notna())[0])
            raise RowError(f"row with id '{frame['id'].iloc[row]}': {failed.iloc[row]}")
        return failed

    def _labelled(self, good: pd.DataFrame, *, rows: int, on_progress: Callable[[float], None] | None) -> pd.DataFrame:
        """Return the rows of units that can be labelled, by their place in a block of ``rows`` rows."""
        units = check_units(good, where="input")
        jobs = plan_with(self.opened, units.reset_index(drop=True), self.request)
        if not jobs:
            return good.iloc[:0]
        share = rows / sum(len(job.units) for job in jobs)  # a row may have several units; progress is in rows
        told = None if on_progress is None else partial(_tell_share, on_progress, share)
        labelled = join_jobs(jobs, keep=self.request.keep, on_progress=told)
        return labelled.set_axis(good.index[labelled.index], axis=0)


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
    marker = Marker()
    for frame in frames:
        if not len(frame):
            continue
        block = frame if FAILED in frame.columns else frame.assign(**{FAILED: None})
        block = block if "id" in block.columns else block.assign(id=np.arange(1, len(block) + 1).astype(str))
        labeller = labeller or BlockLabeller.of(request, Survey.of_columns(map(str, block.columns), request))
        yield labeller.label(marker.mark(block))


def spark_schema(request: Request, columns: Sequence[str]) -> str:
    """Return the columns of ``label_frames`` as Spark writes a schema, for an input with ``columns``."""
    contract = BlockLabeller.of(request, Survey.of_columns(columns, request)).contract
    return ", ".join(f"`{name}` {_SPARK[kind]}" for name, kind in contract.columns.items())
