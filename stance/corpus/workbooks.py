"""Excel workbooks: every sheet under the same header, merged cells filled downward, no escapes of Excel in the text."""

from __future__ import annotations

import functools
import itertools
import logging
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from stance.corpus.opening import BROKEN_ZIP, check_office, reading
from stance.errors import InputError

__all__ = ["check_header", "read_xlsx"]

Merged: TypeAlias = dict[int, dict[int, int]]  # by row and column of a merged cell: the row where it begins

_LOG = logging.getLogger(__name__)
_BLOCK = 1 << 20
_MERGED = re.compile(rb'<mergeCell [^>]*?ref="([A-Z]+)(\d+):[A-Z]+(\d+)"')
_LONGEST_MARK = 80  # bytes
_LAST_ROW = 1_048_576  # of a sheet
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_BROKEN = (*BROKEN_ZIP, KeyError, IndexError, AttributeError, TypeError, SyntaxError)  # SyntaxError: XML that does not parse


def read_xlsx(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the first sheet of a workbook and those with the same header; the log names the sheets that are not read."""
    import openpyxl  # start-up cost

    check_office(path)
    with reading(path, "an Excel workbook", *_BROKEN):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which hold no text
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        with closing(workbook):
            for sheet in _alike(workbook.worksheets, path):
                filled = _filled_rows(sheet, _merged(path, sheet))
                names = _names(next(filled, ()))
                check_header(names, path)
                while batch := [_cells(row, len(names), path) for row in itertools.islice(filled, rows)]:
                    yield pd.DataFrame(batch, columns=names, dtype=object).infer_objects()


def check_header(names: Sequence[str], path: Path) -> None:
    """Refuse a header that gives two columns one name."""
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"{path}: two columns are named '{twice[0]}'; give each column its own name.")


def _alike(sheets: Sequence[Any], path: Path) -> list[Any]:
    """Return the first sheet and those with its header. Tables among the others are named in the log; one column is a note."""
    headers = []
    for sheet in sheets:
        sheet.reset_dimensions()  # exporters often write them wrong
        headers.append(_names(next(_filled_rows(sheet, {}), ())))
    first = next((place for place, header in enumerate(headers) if header), 0)
    alike = [sheet for sheet, header in zip(sheets, headers, strict=True) if header == headers[first]]
    passed = [f"'{sheet.title}'" for sheet, header in zip(sheets, headers, strict=True) if header != headers[first] and len(header) > 1]
    if passed:
        _LOG.warning(
            "%s: not read: sheet %s, whose header is not that of '%s'; save it as a file of its own.",
            path,
            ", ".join(passed),
            sheets[first].title,
        )
    return alike


def _filled_rows(sheet: Any, merged: Merged) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a sheet that are not blank; below the header a merged cell gives its value to each row that it spans."""
    header = 0
    held: dict[tuple[int, int], Any] = {}  # values of merged cells, by their column and first row
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        spans = merged.get(number, {})
        if all(cell is None for cell in row):
            continue
        header = header or number
        if not spans or number == header:
            yield row
            continue
        cells = list(row)
        for column, first in spans.items():
            if first == number and column < len(cells):
                held[column, first] = cells[column]
            elif first > header and (column, first) in held:
                cells += [None] * (column + 1 - len(cells))
                cells[column] = held[column, first]
        yield tuple(cells)


def _merged(path: Path, sheet: Any) -> Merged:
    """Return the columns of merged cells that span several rows, with the first row of each, by the number of the row."""
    found: set[tuple[bytes, ...]] = set()
    tail = b""
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path) as part:
        while block := part.read(_BLOCK):
            found.update(_MERGED.findall(tail + block))
            tail = block[-_LONGEST_MARK:]
    merged: Merged = {}
    for letters, first, last in found:
        if int(first) < int(last) <= _LAST_ROW:
            for row in range(int(first), int(last) + 1):
                merged.setdefault(row, {})[_column(letters)] = int(first)
    return merged


def _column(letters: bytes) -> int:
    """Return the place of a column by its letters: 0 for ``A``, 26 for ``AA``."""
    return functools.reduce(lambda place, letter: place * 26 + letter - ord("A") + 1, letters, 0) - 1


def _names(cells: Sequence[object]) -> list[str]:
    return [f"column {number}" if cell is None else str(cell).strip() for number, cell in enumerate(cells, start=1)]


def _cells(row: Sequence[Any], width: int, path: Path) -> list[Any]:
    if any(cell is not None for cell in row[width:]):
        raise InputError(f"{path}: a row has more cells than the header has names ({str(row[0])[:40]!r}); name every column.")
    cells = [_ESCAPE.sub(_letter, cell) if isinstance(cell, str) and "_x" in cell else cell for cell in row[:width]]
    return [*cells, *[None] * (width - len(row))]


def _letter(found: re.Match[str]) -> str:
    """Return the letter of an escape such as ``_x000D_``, a carriage return."""
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF else chr(code)
