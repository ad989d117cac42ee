"""Tables and messages on the terminal, and the same tables as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from stance.corpus.writing import whole
from stance.errors import InputError

__all__ = [
    "ask_progress",
    "complain",
    "print_facts",
    "print_labels",
    "print_signature",
    "print_table",
    "speaking",
    "tell",
    "write_json",
]

_out = Console()
_err = Console(stderr=True)
MOST_ROWS = 60
MAY_WRAP = frozenset({"about", "holder", "id", "name", "note", "scores", "sources", "target", "terms"})
COLOURS = {"negative": "red", "against": "red", "positive": "green", "favor": "green"}


def print_table(table: pd.DataFrame, *, title: str, option: str = "--json FILE") -> None:
    """Print ``table`` with numbers to three places; of a long one only the first rows, and how many were left out.

    ``option`` writes them all. A table without rows is not printed, nor a column ``note`` without a note.
    """
    if table.empty:
        return
    if "note" in table and not table["note"].fillna("").astype(bool).any():
        table = table.drop(columns="note")
    _out.print(title, style="italic", markup=False, highlight=False, soft_wrap=True)
    shown = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in table.columns:
        numeric = pd.api.types.is_numeric_dtype(table[name]) and not pd.api.types.is_bool_dtype(table[name])
        shown.add_column(str(name), justify="right" if numeric else "left", overflow="fold", no_wrap=name not in MAY_WRAP)
    for row in table.head(MOST_ROWS).itertuples(index=False):
        shown.add_row(*map(_cell, row))
    _out.print(shown)
    if len(table) > MOST_ROWS:
        tell(f"{len(table) - MOST_ROWS} more rows; {option} writes them all.")


def print_facts(facts: Mapping[str, str], *, title: str) -> None:
    """Print ``facts`` one below the other."""
    shown = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, text in facts.items():
        shown.add_row(name, _plain(text))
    _out.print(shown, "")


def print_labels(rows: pd.DataFrame) -> None:
    """Print the rows of ``stance label`` so that they fit a terminal: a unit's probabilities in one column, the models below.

    Where some units name their target, those that do not are left out of the print (never of a file), and counted.
    """
    unnamed = ~rows["target_named"].fillna(True).astype(bool)
    if unnamed.any() and rows["target"].notna()[~unnamed].any():
        tell(f"{int(unnamed.sum())} units that do not name their target are not shown; --out FILE writes them all.")
        rows = rows[~unnamed]
    names = list(rows.columns)
    probabilities = names[names.index("confidence") + 1 : names.index("abstained")]
    shares = rows[probabilities].map(lambda share: "" if pd.isna(share) else f"{share:.2f}".lstrip("0"))
    shown = rows[["id", "variable", "target", "holder", "label"]].assign(
        probabilities=[" ".join(filter(None, row)) for row in shares.itertuples(index=False)],
        abstained=rows["abstained"].map({True: "abstained", False: None}),
        coverage=rows["coverage"],
    )
    print_table(shown.dropna(axis="columns", how="all"), title="Labels", option="--out FILE")
    order = "; ".join(f"{name}: {' '.join(_present(group, probabilities))}" for name, group in rows.groupby("variable", sort=False))
    tell(f"probabilities of {order}. Models: {', '.join(rows['model'].unique())}.")


def print_signature(signature: Mapping[str, str]) -> None:
    """Print the recipe of the numbers above it."""
    _out.print(
        "signature " + " | ".join(f"{name} {text}" for name, text in signature.items()), style="dim", soft_wrap=True, highlight=False
    )


def tell(message: str) -> None:
    """Print a message beside the results (standard error)."""
    _err.print(message, markup=False, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """Print the one sentence of an error."""
    _err.print(f"[bold red]error[/] {_plain(message)}", highlight=False, soft_wrap=True)


@contextmanager
def speaking(aloud: bool) -> Iterator[None]:
    """Print nothing meanwhile unless ``aloud``: of several processes that do the same, one speaks."""
    before = _out.quiet, _err.quiet
    _out.quiet = _err.quiet = not aloud
    try:
        yield
    finally:
        _out.quiet, _err.quiet = before


@contextmanager
def ask_progress(what: str, total: int) -> Iterator[Progress]:
    """Yield a progress bar with one task on standard error; silent where that is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=_err, disable=not _err.is_terminal, transient=True) as progress:
        progress.add_task(what, total=total, note="")
        yield progress


def write_json(path: Path, rows: pd.DataFrame, signature: Mapping[str, str]) -> None:
    """Write ``{"signature": {...}, "rows": [...]}`` with the columns as printed; a missing number is null."""
    records: list[dict[str, Any]] = json.loads(rows.to_json(orient="records", force_ascii=False, double_precision=15))
    try:
        with whole(path) as unfinished:
            unfinished.write_text(
                json.dumps({"signature": dict(signature), "rows": records}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
    except OSError as error:
        raise InputError(
            f"{path}: the JSON cannot be written ({error.strerror}); choose a folder that exists and can be written to."
        ) from error


def _present(rows: pd.DataFrame, probabilities: list[str]) -> list[str]:
    return [name.removeprefix("p_") for name in probabilities if rows[name].notna().any()]


def _cell(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    text = _plain(str(value))
    return f"[{COLOURS[text]}]{text}[/]" if text in COLOURS else text


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
