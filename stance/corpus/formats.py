"""One reader a table format: ``(path, rows)`` gives the table in batches of at most ``rows`` rows, as it is in the file."""

from __future__ import annotations

import codecs
import csv
import gzip
import itertools
import json
import re
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stance.corpus.opening import BROKEN_ZIP, check_office, encoding_of, reading
from stance.errors import InputError

__all__ = ["BROKEN", "READERS", "UNTYPED", "as_numbers", "read_jsonl"]

BROKEN = "_failed"  # column that says why a row could not be read

Reader: TypeAlias = Callable[[Path, int], Iterator[pd.DataFrame]]

_LONGEST_LINE = 50 * 10**6  # bytes; a thick book is one million
_MOST_UNPACKED, _MOST_RATIO = 2 * 10**9, 100  # bytes, and times its size; objects whose keys repeat pack twentyfold

_HALF_LETTER = re.compile(rb"\\u[dD][89a-fA-F]")  # a surrogate; most stand in pairs and are letters
_NUMBER = r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d+)?"


def _read_csv(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    encoding = encoding_of(path)
    with reading(path, "a table of text", csv.Error, UnicodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        separator = _separator(path, encoding)
        table = pd.read_csv(path, sep=separator, dtype=str, encoding=encoding, keep_default_na=False, na_values=[""], chunksize=rows)
        with table as batches:
            for batch in batches:
                if not isinstance(batch.index, pd.RangeIndex):  # pandas makes an index of what the header has no name for
                    raise InputError(f"{path}: its rows have more fields than its header; put texts with a '{separator}' in quotes.")
                yield batch


def _separator(path: Path, encoding: str) -> str:
    """Return what separates the header's names: a tab in .tsv, else the comma, or the semicolon of Dutch Excel, that makes most of them."""
    widths: dict[str, int] = {}
    for separator in ["\t"] if path.suffix.lower() == ".tsv" else [",", ";", "\t"]:
        with path.open(encoding=encoding, newline="") as file:
            header = [name.strip() for name in next(csv.reader(file, delimiter=separator), [])]
        widths[separator] = len(header)
        if len(header) == max(widths.values()):
            best = header
    _check_header(best, path)
    return max(widths, key=lambda separator: widths[separator])


def _read_jsonl(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    yield from read_jsonl(path, rows)


def read_jsonl(path: Path, rows: int, *, keep_broken: bool = False) -> Iterator[pd.DataFrame]:
    """Yield the records of JSON Lines; with ``keep_broken`` a line that is none comes back as its error in the column ``_failed``."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    with reading(path, "JSON Lines", EOFError, zlib.error), opener(path, "rb") as file:
        records = (
            _record_or_error(line, where=f"{path} line {number}") if keep_broken else _record(line, where=f"{path} line {number}")
            for number, line in enumerate(_limited(file, path), start=1)
            if line.strip()
        )
        while batch := list(itertools.islice(records, rows)):
            yield pd.DataFrame(batch)


def _limited(file: gzip.GzipFile | BufferedReader, path: Path) -> Iterator[bytes]:
    """Yield the lines of ``file``; refuses a packed one that goes on far beyond what text packs to."""
    limit = max(_MOST_UNPACKED, _MOST_RATIO * path.stat().st_size)
    while line := file.readline(_LONGEST_LINE + 1):
        limit -= len(line)
        if limit < 0 or len(line) > _LONGEST_LINE:
            raise InputError(
                f"{path}: a line, or the file once unpacked, is far longer than texts are; it looks like a bomb and is not read on."
            )
        yield line


def _record_or_error(line: bytes, *, where: str) -> dict[str, Any]:
    try:
        return _record(line, where=where)
    except InputError as error:
        return {BROKEN: str(error)}


def _record(line: bytes, *, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line.removeprefix(codecs.BOM_UTF8).decode())
        if _HALF_LETTER.search(line):  # no table can hold a half of a letter: it becomes the mark of one that is lost
            record = json.loads(json.dumps(record, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: this is no JSON in UTF-8 ({error}); write one object a line.") from error
    if not isinstance(record, dict):
        raise InputError(f"{where}: a {type(record).__name__} stands where an object is needed; write one object a line.")
    return record


def _read_parquet(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    with reading(path, "Parquet", pa.ArrowException, ValueError, KeyError), pq.ParquetFile(path) as file:
        _check_header(file.schema_arrow.names, path)
        for batch in file.iter_batches(batch_size=rows):
            batch.validate(full=True)  # pandas looks at strings only when they are used
            yield pa.Table.from_batches([batch]).replace_schema_metadata(None).to_pandas()


def _read_xlsx(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the first sheet of a workbook."""
    import openpyxl  # start-up cost

    check_office(path)
    broken = (*BROKEN_ZIP, KeyError, IndexError, AttributeError, TypeError, SyntaxError)  # SyntaxError: XML that does not parse
    with reading(path, "an Excel workbook", *broken):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which hold no text
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        with closing(workbook):
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # exporters often write them wrong
            filled = (row for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row))
            names = _header(next(filled, ()), path)
            while batch := [_cells(row, len(names), path) for row in itertools.islice(filled, rows)]:
                yield pd.DataFrame(batch, columns=names, dtype=object).infer_objects()


def _header(cells: Sequence[object], path: Path) -> list[str]:
    names = [f"column {number}" if cell is None else str(cell).strip() for number, cell in enumerate(cells, start=1)]
    _check_header(names, path)
    return names


def _cells(row: Sequence[Any], width: int, path: Path) -> list[Any]:
    if any(cell is not None for cell in row[width:]):
        raise InputError(f"{path}: a row has more cells than the header has names ({str(row[0])[:40]!r}); name every column.")
    return [*row[:width], *[None] * (width - len(row))]


def as_numbers(column: pd.Series) -> pd.Series:
    """Return a column of strings as numbers or truths where it holds nothing else and no leading zero would be lost.

    >>> int(as_numbers(pd.Series(["1", "20"])).sum()), list(as_numbers(pd.Series(["1", "020"])))
    (21, ['1', '020'])
    """
    given = column.dropna()
    if given.empty or not given.head(50).str.fullmatch(rf"True|False|{_NUMBER}").all():
        return column
    full = len(given) == len(column)
    if full and given.isin(["True", "False"]).all():
        return column.eq("True")
    if not given.str.fullmatch(_NUMBER).all():
        return column
    whole = full and not given.str.contains("[.eE]").any()
    return column.astype("int64" if whole else "float64")


def _check_header(names: Sequence[str], path: Path) -> None:
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"{path}: two columns are named '{twice[0]}'; give each column its own name.")


READERS: dict[str, Reader] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".jsonl.gz": _read_jsonl,
    ".parquet": _read_parquet,
    ".xlsx": _read_xlsx,
}
UNTYPED = (".csv", ".tsv")  # formats in which everything is a string
