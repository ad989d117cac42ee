"""``stance report``: predictions, gold, codings and an audit in; one page with its tables and figures out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from stance.coding.codebook import Variable, get_variable
from stance.coding.coded_variables import with_words
from stance.commands.joining import read_predictions
from stance.corpus.opening import check_exists, read_text
from stance.corpus.tables import read_table
from stance.errors import InputError
from stance.report.terminal import ask_progress, print_signature, print_table, tell

__all__ = ["ReportFiles", "ReportSettings", "make_report"]


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The files a report is made from, and other words for their labels, each as ``WORD=LABEL``."""

    predictions: Path
    gold: Path | None = None
    codings: Path | None = None
    audit: Path | None = None
    codebook: Path | None = None
    words: tuple[str, ...] = ()
    covariates: Path | None = None


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """How a report is made from its files."""

    variable: str | None = None
    random_sample: bool = False
    by: tuple[str, ...] = ()
    title: str = ""
    language: str = "en"
    seed: int = 42


def make_report(files: ReportFiles, settings: ReportSettings, *, out: Path) -> None:
    """Write the report into the folder ``out``, and print what stands there."""
    room = _report_room()
    request = _request(room, files, settings)
    with ask_progress("counting and drawing", len(room.SECTIONS)) as progress:
        page = room.write_report(request, out, on_progress=lambda done: progress.advance(progress.task_ids[0], done))
    listed = json.loads((out / room.LIST).read_text(encoding="utf-8"))
    print_table(pd.DataFrame(listed["rows"]), title=f"Report in {out}: tables as CSV and LaTeX, figures as SVG and PNG")
    print_signature(listed["signature"])
    tell(f"Open {page} in a browser; it holds no article text.")


def _report_room() -> Any:
    """Return the module that draws and writes, or say in one sentence how to get what it needs."""
    try:
        return import_module("stance.report.page.writing")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("stance"):
            raise
        raise InputError(f"A report needs the package '{error.name}': pip install 'stance-nl[report]'.") from error


def _request(room: Any, files: ReportFiles, settings: ReportSettings) -> Any:
    predictions = read_predictions(files.predictions, files.covariates)
    gold, codings = (read_table(path) if path is not None else None for path in (files.gold, files.codings))
    return room.ReportRequest(
        predictions=predictions,
        variable=_variable(predictions, settings.variable, files),
        gold=gold,
        random_sample=settings.random_sample,
        codings=codings,
        audit=_audit(files.audit) if files.audit is not None else {},
        by=settings.by,
        title=settings.title,
        language=settings.language,
        seed=settings.seed,
    )


def _variable(predictions: pd.DataFrame, name: str | None, files: ReportFiles) -> Variable:
    """Return the variable asked for, or the one that the predictions hold."""
    if name is None:
        held = sorted(map(str, predictions["variable"].dropna().unique())) if "variable" in predictions else []
        if len(held) != 1:
            several = f"holds {', '.join(held)}" if held else "does not say of which variable its labels are"
            raise InputError(f"{files.predictions}: the table {several}; pass one with --variable.")
        name = held[0]
    return with_words([get_variable(name, files.codebook)], files.words)[0]


def _audit(path: Path) -> dict[str, Any]:
    check_exists(path)
    try:
        found = json.loads(read_text(path))
    except ValueError as error:
        raise InputError(f"{path}: this is no JSON ({error}); give the file that stance audit wrote with --json.") from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: this is no audit; give the file that stance audit wrote with --json.")
    return found
