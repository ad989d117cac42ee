"""How far a long computation is: who computes says so, and who called decides whether a bar is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["Advance", "Progress", "silent"]


class Advance(Protocol):
    """Called with the number of steps just done, a note on how it goes, and the number of all steps where that was not known before."""

    def __call__(self, done: float, /, *, note: str = "", total: int | None = None) -> None:
        """Count the steps."""


class Progress(Protocol):
    """Called with what is being done and how many steps it has; gives what counts the steps.

    >>> with silent("labelling", 3) as advance:
    ...     advance(3)
    """

    def __call__(self, what: str, total: int, /) -> AbstractContextManager[Advance]:
        """Return the context in which the steps are counted."""


@contextmanager
def silent(what: str, total: int) -> Iterator[Advance]:
    """Show nothing."""
    yield _ignore


def _ignore(done: float, /, *, note: str = "", total: int | None = None) -> None:
    """Count nothing."""
