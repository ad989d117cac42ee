"""Results, tables and messages on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable

from stance.reporting.layout import Column, blocks, draw, natural_width
from stance.results import Facts, Result, Table, cell_text, is_numeric
from stance.steps import Advance

__all__ = [
    "ask_progress",
    "complain",
    "print_facts",
    "print_labels",
    "print_result",
    "print_signature",
    "print_table",
    "progress_bar",
    "tell",
]

_out = Console()
_err = Console(stderr=True)
COLOURS = {"negative": "red", "against": "red", "positive": "green", "favor": "green"}


def print_result(result: Result[object]) -> None:
    """Print a result from top to bottom: tables and facts on standard output, sentences on standard error, the signature last."""
    for part in result.content:
        if isinstance(part, str):
            tell(part)
        elif isinstance(part, Facts):
            print_facts(part.facts, title=part.title)
        else:
            print_table(part.frame, title=part.title, option=part.option)
    if result.signature:
        print_signature(result.signature)


def print_table(table: pd.DataFrame, *, title: str, option: str = "--json FILE") -> None:
    """Print ``table`` with numbers to three places, as wide as the terminal; into a file or a pipe, whole.

    Of a long table a terminal shows the first rows, and says which ``option`` writes them all. A table without rows is not printed, nor
    a column ``note`` without a note.
    """
    if table.empty:
        return
    asked = Table(title, table, option)
    _out.print(title, style="italic", markup=False, highlight=False, soft_wrap=True)
    rows = asked.shown if _out.is_terminal else asked.rows
    columns = [_column(rows, name) for name in rows.columns]
    width = _out.width if _out.is_terminal else natural_width(columns)
    for block in blocks(columns, width):
        shown = draw(block, width)
        for cells in zip(*(column.cells for column in block), strict=True):
            shown.add_row(*map(_coloured, cells))
        _print_wide(shown, width)
    if asked.left_out and _out.is_terminal:
        tell(asked.left_out)


def print_facts(facts: Mapping[str, str], *, title: str) -> None:
    """Print ``facts`` one below the other."""
    shown = RichTable(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
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
        failed=rows.get("failed"),
    )
    print_table(shown.dropna(axis="columns", how="all"), title="Labels", option="--out FILE")
    order = "; ".join(f"{name}: {' '.join(_present(group, probabilities))}" for name, group in rows.groupby("variable", sort=False))
    tell(f"probabilities of {order}. Models: {', '.join(rows['model'].dropna().unique())}.")


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


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Advance]:
    """Yield what moves a bar on standard error (`stance.steps`)."""
    with ask_progress(what, total) as progress:
        task = progress.task_ids[0]

        def advance(done: float, /, *, note: str = "", total: int | None = None) -> None:
            progress.update(task, advance=done, note=note, total=total)

        yield advance


def _present(rows: pd.DataFrame, probabilities: list[str]) -> list[str]:
    return [name.removeprefix("p_") for name in probabilities if rows[name].notna().any()]


def _column(table: pd.DataFrame, name: str) -> Column:
    return Column(str(name), [cell_text(value) for value in table[name]], right=is_numeric(table[name]))


def _coloured(cell: str) -> str:
    text = _plain(cell)
    return f"[{COLOURS[text]}]{text}[/]" if text in COLOURS else text


def _print_wide(shown: RichTable, width: int) -> None:
    """Print a table that may be wider than what a console takes for its width where it is no terminal."""
    before = _out.width
    _out.width = max(before, width)
    try:
        _out.print(shown)
    finally:
        _out.width = before


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
