"""``stance.label``: labels for the articles in files, folders or a table, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa

from stance.close_reading.by_voice import rows_by_voice, voice_jobs
from stance.close_reading.net import net_jobs, net_rows
from stance.commands.labelling import is_folder, naming_the_rest, row_notes
from stance.corpus.addresses import local_copies
from stance.corpus.blocks import Source, find_sources, iter_blocks
from stance.corpus.records import Columns
from stance.corpus.tables import Tabular, as_aliases, as_table, check_writable, write_table
from stance.errors import InputError
from stance.labelling.jobs import OnError, Request
from stance.labelling.running import BLOCK_ROWS, Told, label_source, plan_source
from stance.results import Result, Table
from stance.signature import data_hash, signature
from stance.steps import Progress, silent

__all__ = ["label"]


def label(
    inputs: Tabular | Sequence[str | Path],
    *,
    variable: str | None = None,
    target: Sequence[str] = (),
    targets: Mapping[str, Sequence[str]] | str | Path | None = None,
    model: str | Path | None = None,
    out: str | Path | None = None,
    keep: Sequence[str] = (),
    with_text: bool = False,
    min_confidence: float = 0.0,
    risk: float | None = None,
    on_error: OnError = "stop",
    threads: int = 0,
    device: str = "auto",
    by_voice: bool = False,
    net: bool = False,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Result[pd.DataFrame]:
    """Return the rows of labels of articles: their tone, and the tone and stance toward each target.

    ``inputs`` are article files, folders and tables by their paths, or a DataFrame of articles (column ``text``). Options are those of
    ``stance label``; ``found`` and ``table`` are the rows, which are also written to the file ``out`` where that is given. For a corpus that
    does not fit in memory, ``stance label --out DIR/`` writes a folder part by part.

    >>> found = label(pd.DataFrame({"text": ["Honderden banen weg bij failliete fabriek"]}), variable="tone")
    >>> found.table["label"].tolist()
    ['negative']
    """
    if by_voice and net:
        raise InputError("--by-voice and --net give different rows; pass one of them.")
    if out is not None:
        if is_folder(str(out)):
            raise InputError(f"{out}: one file is written, not a folder; name a .csv, .jsonl or .parquet file.")
        check_writable(out)
    request = Request(
        variable,
        None if model is None else str(model),
        tuple(target),
        as_aliases(targets),
        min_confidence,
        risk,
        keep=(*keep, *(("text",) if with_text else ())),
        threads=threads,
        device=device,
        on_error=on_error,
        aliases_as_targets=True,
    )
    notes: list[str] = []
    with _source(inputs, columns) as source, naming_the_rest():
        rows, typed = _labelled(source, request, notes, by_voice=by_voice, net=net, progress=progress)
        units = pd.concat(iter_blocks(source, rows=BLOCK_ROWS))
    if out is not None:
        write_table(typed, out)
    given = [name for name in ("id", "text", "target", "holder") if name in units]
    recipe = signature(model=",".join(rows["model"].dropna().unique()), min_confidence=min_confidence, data=data_hash(units[given]))
    shown = Table("Labels", rows.dropna(axis="columns", how="all"), option="out")
    return Result(rows, (*notes, shown, *row_notes(rows)), recipe, rows)


@contextmanager
def _source(inputs: Tabular | Sequence[str | Path], columns: Mapping[str, str] | None) -> Iterator[Source]:
    """Yield what is to be labelled, while it is on this machine."""
    if isinstance(inputs, pd.DataFrame):
        yield Source.of_table(as_table(inputs, columns, where="the articles"))
        return
    paths = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    with local_copies(paths) as here:
        yield find_sources(here, Columns(**(columns or {})))


def _labelled(
    source: Source, request: Request, notes: list[str], *, by_voice: bool, net: bool, progress: Progress
) -> tuple[pd.DataFrame, pd.DataFrame | pa.Table]:
    """Return the rows of the units, or those by voice, or the NET rows; and the same with the types that a file gets."""
    if not (by_voice or net):
        with progress("labelling", source.count()) as advance:
            labelled = label_source(source, request, told=Told(progress=advance, say=notes.append))
        return labelled.rows, labelled.table
    planned = plan_source(source, request, told=Told(say=notes.append))
    spoken = (voice_jobs if by_voice else net_jobs)(planned.jobs, request.aliases)
    run = rows_by_voice if by_voice else net_rows
    with progress("labelling", sum(len(job.units) for job in spoken)) as advance:
        rows = planned.with_failed(run(spoken, keep=request.keep, on_progress=advance))
    return rows, rows
