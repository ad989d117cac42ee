"""How far a long computation is: who computes says so, and who called decides whether a bar is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["Progress", "silent"]


class Progress(Protocol):
    """Called with what is being done and how many steps it has; gives a function to call with the number of steps just done.

    >>> with silent("labelling", 3) as advance:
    ...     advance(3)
    """

    def __call__(self, what: str, total: int, /) -> AbstractContextManager[Callable[[int], None]]:
        """Return the context in which the steps are counted."""


@contextmanager
def silent(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show nothing."""
    yield lambda done: None
