"""``stance label --by-voice``, ``--net`` and ``--find-targets``: who says what of whom, and whom to ask about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from stance.close_reading.by_voice import rows_by_voice, voice_jobs
from stance.close_reading.net import net_jobs, net_rows
from stance.commands.labelling import is_folder, naming_the_rest
from stance.corpus.addresses import is_address, local_copies
from stance.corpus.blocks import find_sources
from stance.corpus.files import read_inputs
from stance.corpus.records import Columns
from stance.corpus.tables import check_writable, write_table
from stance.corpus.writing import whole
from stance.dutch.finding import name_model, suggest_targets, targets_file
from stance.errors import InputError
from stance.labelling.jobs import Request
from stance.labelling.running import Planned, Told, plan_source
from stance.reporting.terminal import ask_progress, print_table, tell

__all__ = ["check_asked", "find_targets", "label_by_voice", "label_net"]


def check_asked(asked: Mapping[str, bool], *, out: str | None, engine: str) -> None:
    """Refuse two of the options ``asked`` at once, and a folder or another engine for one: they write one table."""
    given = [option for option, wanted in asked.items() if wanted]
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)} give different rows; pass one of them.")
    if given and (engine != "local" or (out is not None and is_folder(out))):
        raise InputError(f"{given[0]} writes one file, not a folder; pass --out FILE, on the local engine.")


def label_by_voice(inputs: Sequence[str], columns: Columns, request: Request, *, out: str | None) -> None:
    """Print or write what the whole, the narrator and each source of every article say of each target."""
    with _planned(inputs, columns, request, out) as planned:
        spoken = voice_jobs(planned.jobs, request.aliases)
        with ask_progress("labelling", sum(len(job.units) for job in spoken)) as progress:
            rows = rows_by_voice(spoken, keep=request.keep, on_progress=lambda done: progress.advance(progress.task_ids[0], done))
    unnamed = int(((rows["voice"] == "whole") & ~rows["target_named"].fillna(True).astype(bool)).sum())
    if unnamed:
        tell(f"{unnamed} units do not name their target: they have a row for the whole only (target_named is false).")
    rows = planned.with_failed(rows)
    if out is not None:
        _write(rows, out)
        return
    shown = rows[["id", "variable", "target", "voice", "holder", "label", "confidence", "sentences", *_failed(rows)]]
    _print(shown.rename(columns={"confidence": "probability"}), title="Labels by voice")
    models = ", ".join(rows["model"].dropna().unique())
    tell(f"sentences: those in which the voice names the target. A voice that does not name it has no row. Models: {models}.")


def label_net(inputs: Sequence[str], columns: Columns, request: Request, *, out: str | None) -> None:
    """Print or write the NET rows: source, holder, target, direction and sentence."""
    with _planned(inputs, columns, request, out) as planned:
        spoken = net_jobs(planned.jobs, request.aliases)
        with ask_progress("labelling", sum(len(job.units) for job in spoken)) as progress:
            rows = net_rows(spoken, keep=request.keep, on_progress=lambda done: progress.advance(progress.task_ids[0], done))
    units = sum(len(job.units) for job in planned.jobs if job.labeller.settings.needs_target)
    without = units - len(rows[["id", "target"]].drop_duplicates())
    if without:
        tell(f"{without} of {units} units do not name their target and have no NET row.")
    rows = planned.with_failed(rows)
    if out is not None:
        _write(rows, out)
        return
    _print(rows[["id", "source", "holder", "target", "direction", "sentence", "label", *_failed(rows)]], title="NET")
    tell("direction: probability of favor less that of against. An empty source is the narrator, an empty holder the journalist.")


@contextmanager
def _planned(inputs: Sequence[str], columns: Columns, request: Request, out: str | None) -> Iterator[Planned]:
    """Yield the units of ``inputs`` with the models that label them; reports those that cannot be labelled."""
    if out is not None:
        check_writable(out)
    with local_copies(inputs) as paths, naming_the_rest():
        planned = plan_source(find_sources(paths, columns), request, told=Told(say=tell))
        if len(planned.failed):
            tell(f"{len(planned.failed)} rows could not be labelled; the column 'failed' says why.")
        yield planned


def _failed(rows: pd.DataFrame) -> list[str]:
    return ["failed"] if "failed" in rows and rows["failed"].notna().any() else []


def find_targets(inputs: Sequence[str], columns: Columns, *, top: int, ner: Path | None, out: str | None) -> None:
    """Print the names that the articles mention most, or write them: as a targets file (.toml) or as a table."""
    if top < 1:
        raise InputError(f"--top {top} asks for no names; give 1 or more.")
    to_edit = out is not None and out.endswith(".toml")
    if to_edit and is_address(str(out)):
        raise InputError(f"{out}: a targets file is made to be edited; write it on this machine.")
    if out is not None and not to_edit:
        check_writable(out)
    with local_copies(inputs) as paths:
        texts = read_inputs(paths, columns)["text"].unique().tolist()
    finder = name_model(ner) if ner is not None else None
    with ask_progress("reading", len(texts)) as progress:
        suggested = suggest_targets(progress.track(texts, task_id=progress.task_ids[0]), top=top, finder=finder)
    if suggested.empty:
        tell("No names were found.")
        return
    if out is None:
        print_table(suggested, title="Names mentioned most")
        tell("Write them with --out targets.toml, edit that file, and label with --targets targets.toml.")
    elif to_edit:
        _write_targets(suggested, Path(out))
    else:
        _write(suggested, out)


def _print(rows: pd.DataFrame, *, title: str) -> None:
    """Print ``rows`` without empty columns; the id of a single article stands in the title, for it takes the room of a terminal."""
    if rows["id"].nunique() == 1:
        title, rows = f"{title}: {rows['id'].iloc[0]}", rows.drop(columns="id")
    print_table(rows.dropna(axis="columns", how="all"), title=title)


def _write(rows: pd.DataFrame, out: str) -> None:
    write_table(rows, out)
    tell(f"{len(rows)} rows written to {out}.")


def _write_targets(suggested: pd.DataFrame, out: Path) -> None:
    if out.exists():
        raise InputError(f"{out} exists already, and may hold targets you edited; remove it or pass another --out.")
    try:
        with whole(out) as unfinished:
            unfinished.write_text(targets_file(suggested), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out}: the targets cannot be written ({error.strerror}); choose a folder that exists.") from error
    tell(f"{len(suggested)} targets written to {out}; edit it, and label with --targets {out}.")
