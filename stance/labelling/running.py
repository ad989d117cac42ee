"""All rows of an input as one table: the blocks of a run, labelled one after another in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from stance.corpus.blocks import Source, iter_blocks
from stance.corpus.dates import tell_unread, unread_dates
from stance.corpus.records import check_units
from stance.errors import RowError
from stance.labelling.blocks import BlockLabeller
from stance.labelling.jobs import Job, Request, opener, plan_with
from stance.labelling.marking import Marker
from stance.labelling.surveying import survey_source
from stance.model.rows import FAILED, RowContract

__all__ = [
    "BLOCK_ROWS",
    "SILENT",
    "LabelledTable",
    "Planned",
    "Told",
    "count_rows",
    "label_source",
    "marked_blocks",
    "open_labeller",
    "plan_source",
]

# Rows a part: a few minutes of work with a large encoder, seconds with a small one; a thousand parts for four million articles.
BLOCK_ROWS = 4_096


@dataclass(frozen=True, slots=True)
class Told:
    """What is called while a run goes on: with rows done (and found done), and with sentences for the user."""

    progress: Callable[[float], None] = lambda rows: None
    say: Callable[[str], None] = lambda sentence: None


SILENT = Told()


@dataclass(frozen=True, slots=True, eq=False)
class LabelledTable:
    """The rows of an input, with their contract.

    Attributes:
        rows: one row a unit and variable, in input order.
        contract: its columns and their types.
    """

    rows: pd.DataFrame
    contract: RowContract

    @property
    def failed(self) -> int:
        """How many rows could not be labelled."""
        return count_rows(self.rows)["failed"]

    @property
    def unnamed(self) -> int:
        """How many rows name a target that is not in their text."""
        return count_rows(self.rows)["unnamed"]

    @property
    def table(self) -> pa.Table:
        """The rows as Arrow has them."""
        return self.contract.table(self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """The units of an input with the models that label them.

    Attributes:
        jobs: what is to be labelled with which model; the index of their units counts those that can be labelled.
        places: the row of the input of each of these units.
        failed: what comes along of the rows that cannot be labelled, with the reason; the index is the row of the input.
        fails: whether rows may fail.
    """

    jobs: list[Job]
    places: pd.Index
    failed: pd.DataFrame
    fails: bool

    def with_failed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return ``rows``, whose index is that of the units, together with those that failed, in the order of the input."""
        placed = rows.set_axis(self.places[rows.index], axis=0)
        if self.fails:
            placed = (
                pd.concat([placed.assign(failed=None), self.failed.reindex(columns=[*rows, FAILED])])
                if len(self.failed)
                else placed.assign(failed=None)
            )
        return placed.sort_index(kind="stable").reset_index(drop=True)


def plan_source(source: Source, request: Request, *, told: Told = SILENT) -> Planned:
    """Return what is to be labelled of all units of ``source`` at once, for rows of another kind than those of `label_source`."""
    labeller = open_labeller(source, request)
    block = pd.concat(list(marked_blocks(source, told=told, block_rows=BLOCK_ROWS)), ignore_index=True)
    good, failed = labeller.parted(block)
    if not len(good):
        raise RowError(f"{source.files[0]}: none of the {len(block)} rows can be labelled; the first: {failed[FAILED].iloc[0]}")
    units = check_units(good, where="input")
    return Planned(plan_with(labeller.opened, units, labeller.request), good.index, failed, labeller.contract.fails)


def open_labeller(source: Source, request: Request) -> BlockLabeller:
    """Return what labels the blocks of ``source``; refuses, before any work, what cannot be labelled as the request asks."""
    opened = opener(request)
    return BlockLabeller.of(request, survey_source(source, request, opened), opened)


def label_source(source: Source, request: Request, *, told: Told = SILENT, block_rows: int = BLOCK_ROWS) -> LabelledTable:
    """Return the rows of all units of ``source``, as `stance.labelling.resuming` writes them part by part."""
    labeller = open_labeller(source, request)
    blocks = marked_blocks(source, told=told, block_rows=block_rows)
    rows = pd.concat([labeller.label(block, on_progress=told.progress) for block in blocks], ignore_index=True)
    return LabelledTable(rows, labeller.contract)


def marked_blocks(source: Source, *, told: Told, block_rows: int) -> Iterator[pd.DataFrame]:
    """Yield the blocks of ``source``, marked (`Marker`); tells at the end of dates that cannot be read."""
    marker, unread = Marker(), Counter[str]()
    for block in iter_blocks(source, rows=block_rows):
        unread.update(unread_dates(block))
        yield marker.mark(block)
    if unread:
        told.say(f"{', '.join(str(file) for file in source.files[:3])}: {tell_unread(unread)}")


def count_rows(rows: pd.DataFrame) -> dict[str, int]:
    """Return how many rows have failed, and how many name a target that is not in their text."""
    failed = int(rows[FAILED].notna().sum()) if FAILED in rows else 0
    return {"failed": failed, "unnamed": int((~rows["target_named"].fillna(True)).sum())}
