"""A first pass over an input, before any work: what its columns hold, and where no row may fail, whether each of them can be labelled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stance.corpus.blocks import FAILED, Source, iter_blocks, iter_checked
from stance.corpus.records import check_targets
from stance.errors import RowError
from stance.labelling.jobs import Opener, Request, labellers_for
from stance.labelling.marking import REPEATED, SeenUnits
from stance.model.rows import Kind, carried_columns, kept_kinds, shared_kind

__all__ = ["Survey", "survey_source"]

_ROWS = 20_000  # held at once


@dataclass(frozen=True, slots=True)
class Survey:
    """What an input holds.

    Attributes:
        columns: the names of its columns, as the first rows show them.
        kept: the columns that come along into the rows, each with the type that holds all its values.
        own_targets: whether a unit names a target of its own.
    """

    columns: tuple[str, ...]
    kept: dict[str, Kind]
    own_targets: bool = False

    @classmethod
    def of_columns(cls, columns: Iterable[str], request: Request) -> Survey:
        """Return the survey of an input that is known by its columns alone: they come along as text, and ``target`` names targets."""
        names = tuple(name for name in columns if name != FAILED)
        return cls(names, dict.fromkeys(carried_columns(names, request.keep), "string"), "target" in names)


@dataclass(slots=True)
class _Found:
    """What is found as blocks go by; ``bare`` is the refusal of the first unit without a target."""

    keep: Sequence[str]
    columns: tuple[str, ...] = ()
    kept: dict[str, Kind] = field(default_factory=dict)
    own_targets: bool = False
    bare: RowError | None = None

    def add(self, block: pd.DataFrame, where: str) -> None:
        """Take in one block of rows, which are in the file ``where``."""
        first = not self.columns
        if first:
            self.columns = tuple(str(name) for name in block if name != FAILED)
        names = carried_columns(self.columns, self.keep)
        kinds = kept_kinds(block.reindex(columns=names), self.keep)
        self.kept = kinds if first else {name: shared_kind(self.kept[name], kind) for name, kind in kinds.items()}
        self.own_targets = self.own_targets or ("target" in block and bool(block["target"].notna().any()))
        if self.bare is None:
            self.bare = _bare(block, where)

    @property
    def answered(self) -> bool:
        """Whether further rows can tell nothing more: there are no targets, and what comes along is text."""
        return "target" not in self.columns and set(self.kept.values()) <= {"string"}


def survey_source(source: Source, request: Request, opened: Opener, *, on_progress: Callable[[float], None] | None = None) -> Survey:
    """Return what the input of a request holds; where no row may fail, refuses the first that cannot be labelled.

    Where rows may fail, no more is read than is needed to answer. ``on_progress`` is called with numbers of rows.
    """
    found = _Found(request.keep)
    for block, where in _strictly(source) if request.on_error == "stop" else _blocks(source):
        found.add(block, where)
        if on_progress is not None:
            on_progress(len(block))
        if request.on_error == "mark" and found.answered:
            break
    resolved = request.resolved(own_targets=found.own_targets)
    (labeller, *_) = labellers_for(opened, resolved, toward=found.own_targets)
    if request.on_error == "stop" and found.bare is not None and labeller.settings.needs_target and not resolved.targets:
        raise found.bare
    return Survey(found.columns, found.kept, found.own_targets)


def _blocks(source: Source) -> Iterator[tuple[pd.DataFrame, str]]:
    for block in iter_blocks(source, rows=_ROWS):
        yield block, ""


def _strictly(source: Source) -> Iterator[tuple[pd.DataFrame, str]]:
    """Yield the units of each file with its name; refuses the first row that is no unit, and a unit that stood before."""
    seen = SeenUnits()
    for units, where in iter_checked(source, rows=_ROWS):
        again = np.flatnonzero(seen.repeats(units))
        if again.size:
            row, name = int(units.index[again[0]]) + 1, units["id"].iloc[again[0]]
            raise RowError(f"{where} row {row}: id '{name}': {REPEATED} Remove one, or give it its own id.")
        yield units, where


def _bare(units: pd.DataFrame, where: str) -> RowError | None:
    """Return the refusal of the first unit that names no target."""
    try:
        check_targets(units, where=where)
    except RowError as error:
        return error
    return None
