"""``stance label``: rows of an input of any size, on the terminal, in a file or in a folder that resumes, on this machine or over Ray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pandas as pd

from stance.corpus.addresses import is_address, local_copies
from stance.corpus.blocks import Source, find_sources
from stance.corpus.records import Columns
from stance.corpus.tables import check_writable, write_table
from stance.errors import InputError, RowError
from stance.labelling.jobs import OnError, Request
from stance.labelling.resuming import Labelled, label_to_folder
from stance.labelling.running import LabelledTable, Told, label_source
from stance.reporting.terminal import ask_progress, print_labels, tell

__all__ = ["ENGINES", "Engine", "is_folder", "label_inputs", "naming_the_rest", "on_error_of", "row_notes"]

Engine = Literal["local", "ray"]
ENGINES: tuple[Engine, ...] = ("local", "ray")


def is_folder(out: str | None) -> bool:
    """Return whether ``out`` names a folder of parts: it ends in ``/``, is a folder, or has no file ending.

    >>> is_folder("labels/"), is_folder("s3://bucket/labels"), is_folder("labels.csv"), is_folder(None)
    (True, True, False, False)
    """
    return out is not None and (out.endswith(("/", "\\")) or not Path(out).suffix or (not is_address(out) and Path(out).is_dir()))


def on_error_of(asked: str | None, out: str | None) -> OnError:
    """Return what happens to a row that cannot be labelled: as was asked, or else it is marked in a folder and stops the run elsewhere.

    >>> on_error_of(None, "labels/"), on_error_of(None, "labels.csv"), on_error_of("mark", None)
    ('mark', 'stop', 'mark')
    """
    if asked is None:
        return "mark" if is_folder(out) else "stop"
    return Request(on_error=asked).on_error  # type: ignore[arg-type]  # Request checks the word


@contextmanager
def naming_the_rest() -> Iterator[None]:
    """Extend a row error with advice on how to label the remaining rows."""
    try:
        yield
    except RowError as error:
        raise RowError(
            f"{error} Pass --on-error mark to label all other rows and list those that fail, or remove such rows first with stance read"
            " (articles without targets of their own)."
        ) from error


def label_inputs(inputs: Sequence[str], columns: Columns, request: Request, *, out: str | None, engine: str = "local") -> None:
    """Label ``inputs`` into ``out``, or print the rows where that is None, and report how it went."""
    if engine not in ENGINES:
        raise InputError(f"--engine {engine} is not one of {', '.join(ENGINES)}.")
    into_folder = out is not None and (is_folder(out) or engine != "local")
    if out is not None and not into_folder:
        check_writable(out)
    with local_copies(inputs) as paths, naming_the_rest():
        source = find_sources(paths, columns)
        if into_folder:
            found = (_on_ray if engine == "ray" else _into_folder)(source, str(out), request)
            _report(found.unnamed, found.failed, found.rows)
            tell(f"{found.rows} rows in {found.parts} parts in {out}.")
            return
        with ask_progress("labelling", source.count()) as progress:
            told = Told(progress=lambda rows: progress.advance(progress.task_ids[0], rows), say=tell)
            labelled = label_source(source, request, told=told)
    _report(labelled.unnamed, labelled.failed, len(labelled.rows))
    _give(labelled, out)


def row_notes(rows: pd.DataFrame) -> list[str]:
    """Return sentences on the rows whose target is not in the text, and those without a label; rows of NET say neither."""
    unnamed = int((~rows["target_named"].fillna(True).astype(bool)).sum()) if "target_named" in rows else 0
    return _notes(unnamed, int(rows["failed"].notna().sum()) if "failed" in rows else 0, len(rows))


def _notes(unnamed: int, failed: int, rows: int) -> list[str]:
    named = [f"{unnamed} rows name a target that is not in their text: the whole text was used (target_named is false)."] if unnamed else []
    return [*named, *([f"{failed} of {rows} rows could not be labelled; the column 'failed' says why."] if failed else [])]


def _report(unnamed: int, failed: int, rows: int) -> None:
    for note in _notes(unnamed, failed, rows):
        tell(note)


def _give(labelled: LabelledTable, out: str | None) -> None:
    if out is None:
        print_labels(labelled.rows)
    else:
        write_table(labelled.table, out)
        tell(f"{len(labelled.rows)} rows written to {out}.")


def _into_folder(source: Source, out: str, request: Request) -> Labelled:
    with ask_progress("labelling", source.count()) as progress:
        told = Told(progress=lambda rows: progress.advance(progress.task_ids[0], rows), say=tell)
        return label_to_folder(source, out, request, told=told)


def _on_ray(source: Source, out: str, request: Request) -> Labelled:
    from stance.labelling.over_ray import label_on_ray  # an optional package

    return label_on_ray(source, out, request, told=Told(say=tell))
