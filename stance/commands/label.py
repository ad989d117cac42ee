"""``stance.label``: labels for the articles in files, folders or a table, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from stance.close_reading.by_voice import run_by_voice, voice_jobs
from stance.close_reading.net import net_jobs, run_net
from stance.commands.labelling import is_folder, naming_the_rest
from stance.corpus.addresses import local_copies
from stance.corpus.files import read_inputs
from stance.corpus.records import Columns, check_units
from stance.corpus.tables import Tabular, as_aliases, as_table, check_writable, write_table
from stance.errors import InputError
from stance.labelling.jobs import Job, Request, opener, plan_with, run_jobs
from stance.model.pooling import Aliases
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
    aliases = as_aliases(targets)
    with naming_the_rest(into_folder=False):
        units = _articles(inputs, columns)
    named = tuple(target) or (() if units["target"].notna().any() else tuple(aliases))
    request = Request(variable, None if model is None else str(model), named, aliases, min_confidence, risk, threads=threads, device=device)
    jobs = plan_with(opener(request), units, request)
    wanted = [*keep, *(["text"] if with_text else [])]
    rows = _rows(jobs, aliases, wanted, by_voice=by_voice, net=net, progress=progress)
    if out is not None:
        write_table(rows, out)
    given = [name for name in ("id", "text", "target", "holder") if name in units]
    recipe = signature(
        model=",".join(dict.fromkeys(job.labeller.model for job in jobs)), min_confidence=min_confidence, data=data_hash(units[given])
    )
    return Result(rows, (Table("Labels", rows.dropna(axis="columns", how="all"), option="out"), *_unnamed(rows)), recipe, rows)


def _articles(inputs: Tabular | Sequence[str | Path], columns: Mapping[str, str] | None) -> pd.DataFrame:
    """Return the units of all inputs in one table."""
    if isinstance(inputs, pd.DataFrame):
        return check_units(as_table(inputs, columns, where="the articles"), where="the articles")
    paths = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    with local_copies(paths) as here:
        return read_inputs(here, Columns(**(columns or {})))


def _rows(jobs: Sequence[Job], aliases: Aliases, keep: Sequence[str], *, by_voice: bool, net: bool, progress: Progress) -> pd.DataFrame:
    """Return the rows of the jobs, or those by voice, or the NET rows."""
    spoken = voice_jobs(jobs, aliases) if by_voice else net_jobs(jobs, aliases) if net else jobs
    run = run_by_voice if by_voice else run_net if net else run_jobs
    with progress("labelling", sum(len(job.units) for job in spoken)) as advance:
        return run(spoken, keep=keep, on_progress=advance)


def _unnamed(rows: pd.DataFrame) -> list[str]:
    """Return a sentence on the units that do not name their target, where there are any."""
    if "target_named" not in rows:
        return []
    unnamed = int((~rows["target_named"].fillna(True).astype(bool)).sum())
    return [f"{unnamed} rows are of units that do not name their target (target_named is false)."] if unnamed else []
