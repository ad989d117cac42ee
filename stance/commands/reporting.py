"""``stance.report``: predictions, gold, codings and an audit in; one page with its tables and figures out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from stance.coding.codebook import Variable
from stance.coding.coded_variables import variable_of, with_words
from stance.commands.joining import with_facts
from stance.corpus.opening import check_exists, read_text
from stance.corpus.tables import Tabular, as_table
from stance.errors import InputError
from stance.results import Facts, Result, Table
from stance.steps import Progress, silent

__all__ = ["report"]


def report(
    predictions: Tabular,
    *,
    out: str | Path,
    gold: Tabular | None = None,
    random_sample: bool = False,
    codings: Tabular | None = None,
    audit: str | Path | Mapping[str, Any] | Result[object] | None = None,
    by: Sequence[str] = (),
    covariates: Tabular | None = None,
    variable: str | Variable | None = None,
    title: str = "",
    language: str = "en",
    codebook: str | Path | None = None,
    map: Sequence[str] = (),
    seed: int = 42,
    progress: Progress = silent,
) -> Result[Path]:
    """Return what a report holds, after writing it into the folder ``out``: one page (HTML, no network), its tables and its figures.

    Options are those of ``stance report``; ``audit`` may also be what `stance.audit` returned. ``table`` lists the tables and figures,
    ``found`` is the path of the page.
    """
    room = _report_room()
    rows, missing = with_facts(as_table(predictions, where="predictions"), covariates)
    (coded,) = with_words([variable_of(rows, variable, codebook)], map)
    request = room.ReportRequest(
        predictions=rows,
        variable=coded,
        gold=None if gold is None else as_table(gold, where="gold"),
        random_sample=random_sample,
        codings=None if codings is None else as_table(codings, where="codings"),
        audit=_audit(audit),
        by=tuple(by),
        title=title,
        language=language,
        seed=seed,
    )
    with progress("counting and drawing", len(room.SECTIONS)) as advance:
        page: Path = room.write_report(request, out, on_progress=advance)
    listed = json.loads((Path(out) / room.LIST).read_text(encoding="utf-8"))
    table = pd.DataFrame(listed["rows"])
    shown = Table(f"Report in {out}: tables as CSV and LaTeX, figures as SVG and PNG", table)
    content: tuple[Table | Facts | str, ...] = (*missing, shown, f"Open {page} in a browser; it holds no article text.")
    return Result(table, content, listed["signature"], page)


def _report_room() -> Any:
    """Return the module that draws and writes, or say in one sentence how to get what it needs."""
    try:
        return import_module("stance.reporting.page.writing")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("stance"):
            raise
        raise InputError(f"A report needs the package '{error.name}': pip install 'stance-nl[report]'.") from error


def _audit(given: str | Path | Mapping[str, Any] | Result[object] | None) -> Mapping[str, Any]:
    """Return an audit as ``stance audit --json`` writes it."""
    if given is None:
        return {}
    if isinstance(given, Result):
        return given.as_dict()
    return _read_audit(Path(given)) if isinstance(given, str | Path) else given


def _read_audit(path: Path) -> dict[str, Any]:
    check_exists(path)
    try:
        found = json.loads(read_text(path))
    except ValueError as error:
        raise InputError(f"{path}: this is not JSON ({error}); give the file that stance audit wrote with --json.") from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: this is not an audit; give the file that stance audit wrote with --json.")
    return found
