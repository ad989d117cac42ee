"""A result on its way out: files first, so that a pipe that closes loses none, then the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stance.corpus.tables import write_table
from stance.errors import LeakError
from stance.report.terminal import print_result, tell
from stance.results import Result

__all__ = ["leaks_shown", "show"]


def show(result: Result[object], *, json: Path | None = None, out: Path | None = None) -> None:
    """Write the rows of a result to the files that were named, then print it."""
    if out is not None:
        write_table(result.table, out)
    if json is not None:
        result.to_json(json)
    print_result(result)
    if out is not None:
        tell(f"{len(result.table)} rows written to {out}.")


@contextmanager
def leaks_shown(*, json: Path | None = None) -> Iterator[None]:
    """Show the pairs of a leak before it is refused."""
    try:
        yield
    except LeakError as error:
        if isinstance(error.result, Result):
            show(error.result, json=json)
        raise
