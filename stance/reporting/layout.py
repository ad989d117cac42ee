"""How a table fits the width of a terminal: texts wrap, numbers and keys are never cut, and what is too wide continues below.

A table that goes to a file or another program has no width: it is written whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.table import Table

__all__ = ["Column", "blocks", "draw", "natural_width"]

MAY_WRAP = frozenset({"about", "failed", "holder", "id", "name", "note", "scores", "sources", "target", "terms"})
_AROUND = 2  # what surrounds a cell: a border and the space to its right
_NUMBER = re.compile(r"[-+(.]*\d[\d.,]*( |%|$)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it is printed: its name, the text of its cells, and whether they are numbers."""

    name: str
    cells: Sequence[str]
    right: bool = False

    @property
    def widest(self) -> int:
        """The width of its longest cell or of its name."""
        return max(map(cell_len, (self.name, *self.cells)))

    @property
    def numeric(self) -> bool:
        """Whether its cells are numbers, or begin with one, as an estimate with its interval does."""
        filled = [cell for cell in self.cells if cell]
        return self.right or (bool(filled) and self.name != "id" and all(map(_NUMBER.match, filled)))

    def wraps(self, width: int) -> bool:
        """Return whether its texts may continue on a second line where ``width`` is all there is."""
        return not self.numeric and (self.name in MAY_WRAP or self.widest > width // 3)

    def least(self, width: int) -> int:
        """Return how narrow it may be: as its longest word, where it wraps."""
        if not self.wraps(width):
            return self.widest
        words = [word for cell in (self.name, *self.cells) for word in cell.split()]
        return min(max(map(cell_len, words), default=1), max(width // 3, 8))


def natural_width(columns: Sequence[Column]) -> int:
    """Return the width of a table whose cells all stay on one line."""
    return sum(column.widest + _AROUND for column in columns) + 1


def blocks(columns: Sequence[Column], width: int) -> list[list[Column]]:
    """Return the columns of each block that fits ``width``: the first columns, which say what a row is, come back in each.

    >>> outlet, share = Column("outlet", ["Het Kanaal"]), Column("share", ["0.333"], right=True)
    >>> [[column.name for column in block] for block in blocks([outlet, share, share, share], 30)]
    [['outlet', 'share', 'share'], ['outlet', 'share']]
    """
    keys = _keys(columns, width)
    room = width - 1 - sum(column.least(width) + _AROUND for column in keys)
    parts: list[list[Column]] = [[]]
    left = room
    for column in columns[len(keys) :]:
        needed = column.least(width) + _AROUND
        if needed > left and parts[-1]:
            parts.append([])
            left = room
        parts[-1].append(column)
        left -= needed
    return [[*keys, *part] for part in parts]


def draw(columns: Sequence[Column], width: int) -> Table:
    """Return a block as rich prints it; cells are its markup."""
    shown = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in columns:
        wraps = column.wraps(width)
        shown.add_column(
            column.name, justify="right" if column.right else "left", overflow="fold", no_wrap=not wraps, min_width=column.least(width)
        )
    return shown


def _keys(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns before the first number that together take at most half of ``width``."""
    keys: list[Column] = []
    used = 0
    for column in columns[:-1]:
        used += column.least(width) + _AROUND
        if column.numeric or used > width // 2:
            break
        keys.append(column)
    return keys
