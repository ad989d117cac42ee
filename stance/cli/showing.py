"""A result on its way out: files first, so that a pipe that closes loses none, then the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from stance.errors import LeakError
from stance.reporting.terminal import print_result, tell
from stance.results import Result

__all__ = ["Spoken", "leaks_shown", "show"]

Found = TypeVar("Found")


@dataclass(slots=True)
class Spoken:
    """The notes of a long command that were printed while it ran, and are not printed again with its result."""

    notes: list[str] = field(default_factory=list)

    def say(self, note: str) -> None:
        """Print a note."""
        self.notes.append(note)
        tell(note)

    def rest_of(self, result: Result[Found]) -> Result[Found]:
        """Return the result without the notes that were printed."""
        return replace(result, content=tuple(part for part in result.content if part not in self.notes))


def show(result: Result[object], *, json: Path | None = None, above: Callable[[], None] | None = None) -> None:
    """Write the rows of a result as JSON, where a file was named, then print it, below what ``above`` prints."""
    if json is not None:
        result.to_json(json)
    if above is not None:
        above()
    print_result(result)


@contextmanager
def leaks_shown(*, json: Path | None = None) -> Iterator[None]:
    """Show the pairs of a leak before it is refused."""
    try:
        yield
    except LeakError as error:
        if isinstance(error.result, Result):
            show(error.result, json=json)
        raise
