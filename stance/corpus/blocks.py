"""Inputs of any size as blocks of rows: read again and again in the same way, holding one block at a time.

A block is a table under the contract's column names, unchecked, its dates in ISO, with one column more: ``_failed``, the sentence why a row
could not even be read, else None.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stance.corpus.dates import with_iso_dates
from stance.corpus.files import article_ids, input_files, read_article
from stance.corpus.formats import BROKEN
from stance.corpus.opening import reading
from stance.corpus.records import Article, Columns, check_units, fill_ids
from stance.corpus.tables import is_table, iter_table, known_names
from stance.errors import InputError

__all__ = ["FAILED", "Source", "find_sources", "iter_blocks", "iter_checked"]

FAILED = BROKEN


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be read, in order: tables and article files on this machine.

    Attributes:
        files: the tables and article files.
        columns: the names that the user gives for columns of the tables.
        names: the names in each table, by its file, with those that go without saying (`stance.corpus.headers`).
        table: a table in memory, instead of files.
    """

    files: tuple[Path, ...]
    columns: Columns
    names: Mapping[Path, Columns] = field(default_factory=dict)
    table: pd.DataFrame | None = None

    @classmethod
    def of_table(cls, table: pd.DataFrame) -> Source:
        """Return a table in memory as what is to be read; its rows are numbered from 1."""
        return cls((), Columns(), table=fill_ids(table.reset_index(drop=True).rename(columns=str)))

    def identity(self) -> str:
        """Return a hash over the names and the bytes of all files, and over the column names that the user gives."""
        digest = hashlib.sha256(repr(asdict(self.columns)).encode())
        for file in self.files:
            for path in sorted(file.glob("*.parquet")) if file.is_dir() else [file]:
                digest.update(f"\0{path.name}\0{path.stat().st_size}\0".encode())
                with path.open("rb") as opened:
                    while block := opened.read(1 << 22):
                        digest.update(block)
        if self.table is not None:
            digest.update(pd.util.hash_pandas_object(self.table.astype(str), index=False).to_numpy().tobytes())
        return digest.hexdigest()

    def count(self) -> int:
        """Return about how many rows there are: exactly for Parquet, by lines for other tables."""
        return sum(_rows(file) for file in self.files) + (0 if self.table is None else len(self.table))


def find_sources(paths: Sequence[Path], columns: Columns) -> Source:
    """Return the tables and article files that ``paths`` name, in their order."""
    files = tuple(input_files(paths))
    return Source(files, columns, {file: known_names(file, columns) for file in files if is_table(file)})


def iter_blocks(source: Source, *, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of ``source`` in blocks of about ``rows``; rows of one id that stand together stay in one block."""
    waiting: list[pd.DataFrame] = []
    for frame in _frames(source, rows=rows):
        waiting.append(frame)
        if sum(map(len, waiting)) >= rows:
            block, rest = _cut(pd.concat(waiting, ignore_index=True) if len(waiting) > 1 else frame.reset_index(drop=True))
            waiting = [rest] if len(rest) else []
            if len(block):
                yield block
    if waiting:
        yield pd.concat(waiting, ignore_index=True)


def iter_checked(source: Source, *, rows: int) -> Iterator[tuple[pd.DataFrame, str]]:
    """Yield the units of each file of ``source``, at most ``rows`` at once, with its name; refuses the first row that is no unit.

    The index of a table's units is that of its rows, so that a refusal names the row.
    """
    if source.table is not None:
        yield check_units(source.table, where="the articles"), "the articles"
    ids = article_ids([file for file in source.files if not is_table(file)])
    for file in source.files:
        where = str(file)
        if not is_table(file):
            yield check_units(pd.DataFrame([asdict(replace(read_article(file), id=ids[file]))], dtype=object), where=where), where
            continue
        for batch in iter_table(file, source.names.get(file, source.columns), rows=rows, prefix=_prefix(source, file)):
            yield check_units(batch, where=where), where


def _prefix(source: Source, file: Path) -> str:
    """Return what stands before a row number that serves as id, which keeps such ids of several tables apart."""
    return "" if len(source.files) == 1 else f"{file.name.partition('.')[0]}:"


def _cut(block: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``block`` before and from its last article on, where articles may have several rows; else all of it and nothing."""
    if "target" not in block.columns:
        return block, block.iloc[:0]
    last = block["id"].iloc[-1]
    others = block["id"].ne(last).to_numpy().nonzero()[0]
    start = int(others[-1]) + 1 if len(others) else 0
    return block.iloc[:start], block.iloc[start:]


def _frames(source: Source, *, rows: int) -> Iterator[pd.DataFrame]:
    if source.table is not None:
        for start in range(0, len(source.table), rows):
            yield _with_failed(with_iso_dates(source.table.iloc[start : start + rows]))
    ids = article_ids([file for file in source.files if not is_table(file)])
    for file in source.files:
        if is_table(file):
            for batch in iter_table(
                file, source.names.get(file, source.columns), rows=rows, prefix=_prefix(source, file), keep_broken=True
            ):
                yield _with_failed(with_iso_dates(batch))
        else:
            yield _article_row(file, ids[file])


def _with_failed(batch: pd.DataFrame) -> pd.DataFrame:
    failed = batch[FAILED] if FAILED in batch.columns else pd.Series(None, index=batch.index, dtype=object)
    return batch.assign(**{FAILED: failed.astype(object).where(failed.notna(), None)})


def _article_row(file: Path, name: str) -> pd.DataFrame:
    """Return the article in ``file`` as a table of one row."""
    failed: str | None = None
    try:
        article = replace(read_article(file), id=name)
    except InputError as error:
        article, failed = Article(id=name, text=""), str(error)
    row: dict[str, Any] = {**asdict(article), FAILED: failed}
    return pd.DataFrame([row], dtype=object)


def _rows(file: Path) -> int:
    if file.is_dir():
        return sum(_rows(part) for part in file.glob("*.parquet"))
    if file.name.endswith(".parquet"):
        with reading(file, "Parquet", pa.ArrowException), pq.ParquetFile(file) as opened:
            return int(opened.metadata.num_rows)
    if not is_table(file):
        return 1
    with file.open("rb") as opened:
        return sum(block.count(b"\n") for block in iter(lambda: opened.read(1 << 22), b""))
