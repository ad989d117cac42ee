"""Progress of the Python interface in a notebook: one line of text under the cell, gone when the work is done.

Silent elsewhere (the commands draw their own bars), and where the environment variable ``STANCE_PROGRESS`` is ``off``.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Done", "notebook_counter", "notebook_line", "silent"]

Done = Callable[[float], None]  # is called with what was done since its last call
DELAY = 1.0  # seconds before the first line, so that quick work shows none
PAUSE = 0.5  # seconds between two lines


def silent(done: float) -> None:
    """Show nothing."""


@contextmanager
def notebook_line(what: str) -> Iterator[Callable[[float, float, str], None]]:
    """Yield a function that shows ``what`` with how much is done, of how much, and a note; clears the line at the end."""
    if not _in_notebook():
        yield lambda done, total, note: None
        return
    from IPython.display import display  # every notebook has it; nothing else here needs it

    begun = shown = time.monotonic()
    handle = None

    def show(done: float, total: float, note: str) -> None:
        nonlocal handle, shown
        now = time.monotonic()
        if now - begun < DELAY or now - shown < PAUSE:
            return
        shown = now
        line = {"text/plain": _line(what, done, total, seconds=now - begun, note=note)}
        if handle is None:
            handle = display(line, raw=True, display_id=True)
        else:
            handle.update(line, raw=True)

    try:
        yield show
    finally:
        if handle is not None:
            handle.update({"text/plain": ""}, raw=True)


@contextmanager
def notebook_counter(what: str, total: float) -> Iterator[Done]:
    """Yield a function that is called with the share of ``total`` done since its last call, and shows the sum."""
    reached = 0.0
    with notebook_line(what) as show:

        def advance(done: float) -> None:
            nonlocal reached
            reached += done
            show(reached, total, "")

        yield advance


def _line(what: str, done: float, total: float, *, seconds: float, note: str) -> str:
    """Return one line of progress.

    >>> _line("labelling", 250, 1_000, seconds=30, note="")
    'labelling: 250 of 1,000, 1:30 left'
    """
    left = round(seconds * (total - done) / done) if done else 0
    return ", ".join(filter(None, [f"{what}: {done:,.0f} of {total:,.0f}", f"{left // 60}:{left % 60:02d} left", note]))


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell" and os.environ.get("STANCE_PROGRESS") != "off"
