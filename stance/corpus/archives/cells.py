"""Cells of a table that hold more than text: HTML, or a list as a program prints it."""

from __future__ import annotations

import ast
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from stance.corpus.archives.markup import page_lines

__all__ = ["paragraphs_joined", "unmarked"]

_HTML = r"(?i)</(?:p|div|span|a|b|i|em|strong|u|li|ul|h[1-6])>|<br ?/?>"
_LIST = r"(?s)^\[\s*(?:'.*'|\".*\")\s*\]$"


def paragraphs_joined(column: pd.Series) -> pd.Series:
    r"""Return a column of texts with those that are lists of paragraphs as one text each.

    >>> paragraphs_joined(pd.Series([["De brug is dicht.", "Hij blijft dicht."], "Open."])).tolist()
    ['De brug is dicht.\nHij blijft dicht.', 'Open.']
    """
    if column.dtype != object or pd.api.types.infer_dtype(column, skipna=True) in ("string", "empty"):
        return column
    return column.map(lambda value: "\n".join(map(str, value)) if isinstance(value, list | np.ndarray) else value)


def unmarked(column: pd.Series, *, text: bool) -> pd.Series:
    r"""Return a column of strings without HTML, and lists as their parts: lines of a ``text``, else joined by commas.

    >>> unmarked(pd.Series(["<p>Eén.</p><p>Twee.</p>", "x < y"]), text=True).tolist()
    ['Eén.\nTwee.', 'x < y']
    >>> unmarked(pd.Series(["['Roos Terpstra', 'Bram Smeets']"]), text=False).tolist()
    ['Roos Terpstra, Bram Smeets']
    """
    try:
        strings = pa.array(column, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowException, UnicodeEncodeError):  # halves of letters, which are cleaned later
        return column
    html, listed = (
        pc.fill_null(pc.match_substring_regex(strings, pattern), False).to_numpy(zero_copy_only=False) for pattern in (_HTML, _LIST)
    )
    if not html.any() and not listed.any():
        return column
    cleaned = column.astype(object)
    cleaned[listed] = [_parts(value, "\n" if text else ", ") for value in cleaned[listed]]
    cleaned[html] = [_seen(value) for value in cleaned[html]]
    return cleaned


def _seen(value: str) -> str:
    """Return the lines of HTML as they are seen; of HTML that has no tree, all but its tags."""
    try:
        return "\n".join(filter(None, page_lines(value)))
    except ValueError:
        return re.sub(r"<[^<>]*>", " ", value)


def _parts(value: str, between: str) -> str:
    try:
        return between.join(map(str, ast.literal_eval(value)))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value
