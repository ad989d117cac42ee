"""``stance label`` into a folder: resumable, in bounded memory, on this machine or over Ray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pandas as pd

from stance.corpus.addresses import is_address, local_copies
from stance.corpus.blocks import Source, find_sources, iter_blocks
from stance.corpus.records import Columns
from stance.errors import InputError, RowError
from stance.labelling.jobs import Request
from stance.labelling.resuming import BLOCK_ROWS, Labelled, Told, label_to_folder
from stance.reporting.terminal import ask_progress, tell

__all__ = ["ENGINES", "Engine", "is_folder", "label_folder", "naming_the_rest"]

Engine = Literal["local", "ray"]
ENGINES: tuple[Engine, ...] = ("local", "ray")


def is_folder(out: str | None) -> bool:
    """Return whether ``out`` names a folder of parts: it ends in ``/``, is a folder, or has no file ending.

    >>> is_folder("labels/"), is_folder("s3://bucket/labels"), is_folder("labels.csv"), is_folder(None)
    (True, True, False, False)
    """
    return out is not None and (out.endswith(("/", "\\")) or not Path(out).suffix or (not is_address(out) and Path(out).is_dir()))


@contextmanager
def naming_the_rest(*, into_folder: bool) -> Iterator[None]:
    """Add to the refusal of a row how the others are labelled: where ``into_folder``, by a run into a folder, which lists failed rows."""
    try:
        yield
    except RowError as error:
        rest = "Pass --out DIR/ to label all other rows and list those that fail, or sort" if into_folder else "Or sort"
        raise RowError(f"{error} {rest} such rows out first with stance read (articles without targets of their own).") from error


def label_folder(inputs: Sequence[str], columns: Columns, request: Request, *, out: str, engine: str = "local") -> None:
    """Label ``inputs`` into the folder ``out`` and tell how it went."""
    if engine not in ENGINES:
        raise InputError(f"--engine {engine} is not one of {', '.join(ENGINES)}.")
    with local_copies(inputs) as paths:
        source = find_sources(paths, columns)
        asked = _with_own_targets(source, request)
        run = _on_ray if engine == "ray" else _here
        found = run(source, out, asked)
    if found.unnamed:
        tell(f"{found.unnamed} rows name a target that is not in their text: the whole text was used (target_named is false).")
    if found.failed:
        tell(f"{found.failed} of {found.rows} rows could not be labelled; the column 'failed' says why.")
    tell(f"{found.rows} rows in {found.parts} parts in {out}.")


def _here(source: Source, out: str, request: Request) -> Labelled:
    with ask_progress("labelling", source.count()) as progress:
        told = Told(progress=lambda rows: progress.advance(progress.task_ids[0], rows), say=tell)
        return label_to_folder(source, out, request, told=told)


def _on_ray(source: Source, out: str, request: Request) -> Labelled:
    from stance.labelling.over_ray import label_on_ray  # an optional package

    return label_on_ray(source, out, request, told=Told(say=tell))


def _with_own_targets(source: Source, request: Request) -> Request:
    """Return ``request`` without the targets of the targets file where the input names its own: they then serve as aliases only."""
    first = next(iter_blocks(source, rows=BLOCK_ROWS))
    own = "target" in first.columns and bool(pd.notna(first["target"]).any())
    return replace(request, targets=()) if own and set(request.targets) == set(request.aliases) else request
