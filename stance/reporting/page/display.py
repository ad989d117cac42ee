"""Tables as they are read: words of the language, rounded numbers, bounds in one column."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stance.estimation.groups import MISSING
from stance.reporting.page.content import Table
from stance.reporting.page.phrases import Phrases

__all__ = ["Shown", "shown"]

BOUNDS = {"low": "high", "naive_low": "naive_high", "coded_low": "coded_high", "coders_low": "coders_high"}
SHARES = frozenset({"share", "flip_rate", "labelled"})
WORDS = frozenset({"label", "gold", "metric", "scope", "measure", "perturbation", "control", "part", "name", "outcome"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A table of strings: its headings, which of them are over numbers, and its rows; ``left_out`` rows stand in the files only."""

    name: str
    caption: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int


def shown(table: Table, say: Phrases, *, every: bool = False) -> Shown:
    """Return the table as it is read: its first rows, or ``every`` one; columns without anything in them are left out."""
    frame = table.frame if every else table.frame.head(table.most)
    away = {*table.hidden, *BOUNDS.values()}
    kept = [str(name) for name in frame.columns if _holds(frame[name]) and name not in away]
    columns = {name: _interval(frame, name, say) if name in BOUNDS else _column(frame[name], name, say) for name in kept}
    return Shown(
        table.name,
        table.caption,
        tuple(say.column("interval" if name in BOUNDS else name) for name in kept),
        tuple(name in BOUNDS or _numeric(frame[name]) for name in kept),
        tuple(zip(*columns.values(), strict=True)),
        len(table.frame) - len(frame),
    )


def _holds(column: pd.Series) -> bool:
    return bool((column.notna() & column.astype(object).ne("")).any())


def _numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _interval(frame: pd.DataFrame, low: str, say: Phrases) -> list[str]:
    places = _places(low)
    bounds = [pd.to_numeric(frame[name]).to_numpy(dtype=float, na_value=np.nan) for name in (low, BOUNDS[low])]
    return [say.interval(a, b, places=places) for a, b in zip(*bounds, strict=True)]


def _column(column: pd.Series, name: str, say: Phrases) -> list[str]:
    write: Callable[[str], str] = say.word if name in WORDS else (lambda text: say.word(text) if text == MISSING else text)
    return [_cell(value, name, say, write) for value in column]


def _cell(value: object, name: str, say: Phrases, write: Callable[[str], str]) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        return write(str(value))
    if isinstance(value, numbers.Integral):
        return say.count(int(value))
    if name in SHARES:
        return say.share(float(value))
    if name == "p" and value < 0.001:
        return f"< {say.number(0.001, places=3)}"
    return say.number(float(value), places=_places(name))


def _places(name: str) -> int:
    return 0 if name == "effective_n" else 3
