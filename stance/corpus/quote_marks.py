"""A quote mark that opens in a row of CSV and is not closed makes the rows below it part of one text, and no parser minds.

It shows in the text: lines in it look like rows of their own. A column before it (or behind it) that holds but numbers or dates in all rows
holds them in those lines as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from stance.errors import InputError

__all__ = ["check_quotes"]

_FIGURES = r"\d[\d\-/.:TZ+ ]*"
_DATE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
_MOST = 0.95  # share of a column's cells that must be figures; the row that swallows others may have lost its own
_LEAST_LINES = 3  # lines like rows, where but one column shows that they are


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What a line that is a row looks like; ``certain`` where two columns or more show it."""

    row: str
    certain: bool


def check_quotes(batch: pd.DataFrame, separator: str, path: Path) -> None:
    """Refuse rows of CSV of which one holds others in a field, for want of a closing quote mark."""
    names = list(batch.columns)
    for place, name in enumerate(names):
        text = pa.array(batch[name], type=pa.large_string(), from_pandas=True)
        if not pc.any(pc.match_substring(text, "\n")).as_py():
            continue
        found = _first_like_rows(text, _row_pattern(batch, names, place, re.escape(separator)))
        if found >= 0:
            raise InputError(
                f"{path} row {batch.index[found] + 1}: field '{name}' runs on over lines that look like rows of their own"
                f" ({str(batch[name].iloc[found])[:40]!r} ...); a quote mark opens there and is not closed: double it or take it out."
            )


def _first_like_rows(text: pa.Array, pattern: _Pattern) -> int:
    """Return the place of the first text with lines like rows, or -1; where one is not certain all its lines must be alike."""
    if not pattern.row:
        return -1
    counts = pc.count_substring_regex(text, pattern.row)
    least = 1 if pattern.certain else pc.max_element_wise(pc.count_substring(text, "\n"), _LEAST_LINES)
    place: int = pc.index(pc.greater_equal(counts, least), True).as_py()
    return place


def _row_pattern(batch: pd.DataFrame, names: list[str], place: int, separator: str) -> _Pattern:
    """Return what a line looks like that is a row; an empty pattern where no column shows it."""
    before = [_figures(batch[name]) for name in names[:place]]
    behind = [_figures(batch[name]) for name in names[place + 1 :]]
    other = rf'(?:"[^"\n]*"|[^"\n{separator}]*)'
    if any(before):
        fields = "".join(rf'"?{shape}"?{separator}' if shape else f"{other}{separator}" for shape in before)
        return _Pattern(rf"\n{fields}", certain=sum(map(bool, before)) > 1)
    if any(behind):
        fields = "".join(rf'{separator}"?{shape}"?' if shape else f"{separator}{other}" for shape in behind)
        return _Pattern(rf"{fields}\r?\n", certain=sum(map(bool, behind)) > 1)
    return _Pattern("", certain=False)


def _figures(column: pd.Series) -> str:
    """Return the pattern of a column's cells where they hold dates or else numbers alone, or an empty string."""
    given = column.dropna()
    shapes = (rf"{_DATE}[\d\-/.:TZ+ ]*", _FIGURES)
    return next((shape for shape in shapes if len(given) and given.str.fullmatch(shape).mean() >= _MOST), "")
