"""One reader a table format: ``(path, rows)`` gives the table in batches of at most ``rows`` rows, as it is in the file."""

from __future__ import annotations

import codecs
import csv
import gzip
import itertools
import json
import re
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stance.corpus.frames import from_arrow, from_records
from stance.corpus.opening import encoding_of, read_text, reading
from stance.corpus.quote_marks import check_quotes
from stance.corpus.workbooks import check_header, read_xlsx
from stance.errors import InputError

__all__ = ["BROKEN", "READERS", "UNTYPED", "as_numbers", "read_json_array", "read_jsonl"]

BROKEN = "_failed"  # column that says why a row could not be read

Reader: TypeAlias = Callable[[Path, int], Iterator[pd.DataFrame]]

_LONGEST_LINE = 50 * 10**6  # bytes; a thick book is one million
_MOST_UNPACKED, _MOST_RATIO = 2 * 10**9, 100  # bytes, and times its size; objects whose keys repeat pack twentyfold

_HALF_LETTER = re.compile(r"\\u[dD][89a-fA-F]")  # a surrogate; most stand in pairs and are letters
_STATED = re.compile(r'\ufeff?"?sep=([,;\t|])"?', re.IGNORECASE)
_NUMBER = r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d+)?"


def _read_csv(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    encoding = encoding_of(path)
    with reading(path, "a table of text", csv.Error, UnicodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        separator, skipped = _separator(path, encoding)
        table = pd.read_csv(
            path, sep=separator, skiprows=skipped, dtype=str, encoding=encoding, keep_default_na=False, na_values=[""], chunksize=rows
        )
        with table as batches:
            for batch in batches:
                if not isinstance(batch.index, pd.RangeIndex):  # pandas makes an index of what the header has no name for
                    raise InputError(f"{path}: its rows have more fields than its header; put texts with a '{separator}' in quotes.")
                check_quotes(batch, separator, path)
                yield batch


def _separator(path: Path, encoding: str) -> tuple[str, int]:
    """Return what separates the header's names, and how many lines stand above them.

    It is a tab in .tsv, what a first line ``sep=;`` says (Excel writes and reads it), else the comma, the semicolon of Dutch Excel or the
    tab, whichever makes most names.
    """
    with path.open(encoding=encoding, newline="") as file:
        stated = _STATED.fullmatch(file.readline().rstrip("\r\n"))
    if stated:
        check_header(_header(path, encoding, stated[1], 1), path)
        return stated[1], 1
    headers = {mark: _header(path, encoding, mark, 0) for mark in (["\t"] if path.suffix.lower() == ".tsv" else [",", ";", "\t"])}
    best = max(headers, key=lambda mark: len(headers[mark]))
    check_header(headers[best], path)
    return best, 0


def _header(path: Path, encoding: str, separator: str, skipped: int) -> list[str]:
    with path.open(encoding=encoding, newline="") as file:
        lines = itertools.islice(file, skipped, None)
        return [name.strip() for name in next(csv.reader(lines, delimiter=separator), [])]


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
            yield from_records(batch)


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
        record = _parsed(line.removeprefix(codecs.BOM_UTF8).decode())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: this is no JSON in UTF-8 ({error}); write one object a line.") from error
    if not isinstance(record, dict):
        raise InputError(f"{where}: a {type(record).__name__} stands where an object is needed; write one object a line.")
    return record


def _parsed(text: str) -> Any:
    """Return what JSON says; no table can hold a half of a letter, so it becomes the mark of one that is lost."""
    found = json.loads(text)
    if _HALF_LETTER.search(text):
        found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return found


def _read_parquet(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    with reading(path, "Parquet", pa.ArrowException, ValueError, KeyError), pq.ParquetFile(path) as file:
        check_header(file.schema_arrow.names, path)
        for batch in file.iter_batches(batch_size=rows):
            batch.validate(full=True)  # pandas looks at strings only when they are used
            yield from_arrow(pa.Table.from_batches([batch]))


def read_json_array(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the objects of a JSON file that is one list of them, or an object with such a list (``articles``, ``results``)."""
    try:
        found = _parsed(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: not valid JSON ({error}); save it as JSON Lines (.jsonl), one object a line.") from error
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        found = lists[0] if len(lists) == 1 else None
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise InputError(f"{path}: expected one list of objects; save it as JSON Lines (.jsonl), one object a line.")
    for start in range(0, len(found), rows):
        yield from_records([{name: _named(value) for name, value in record.items()} for record in found[start : start + rows]])


def _named(value: object) -> object:
    """Return a value of JSON; of an object, such as an outlet with its id, the name."""
    return value.get("name") or value.get("title") or json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


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


READERS: dict[str, Reader] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".jsonl.gz": _read_jsonl,
    ".parquet": _read_parquet,
    ".xlsx": read_xlsx,
}
UNTYPED = (".csv", ".tsv")  # formats in which everything is a string
