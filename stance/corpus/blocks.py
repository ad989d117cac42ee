"""Inputs of any size as blocks of rows: read again and again in the same way, holding one block at a time.

A block is a table under the contract's column names, unchecked, its dates in ISO, with one column more: ``_failed``, the sentence why a row
could not even be read, else None.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stance.corpus.dates import with_iso_dates
from stance.corpus.files import article_ids, input_files, read_article
from stance.corpus.formats import BROKEN
from stance.corpus.opening import reading
from stance.corpus.records import Article, Columns
from stance.corpus.tables import is_table, iter_table
from stance.errors import InputError

__all__ = ["FAILED", "Source", "find_sources", "iter_blocks"]

FAILED = BROKEN


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be read, in order: tables and article files on this machine."""

    files: tuple[Path, ...]
    columns: Columns

    def identity(self) -> str:
        """Return a hash over the names and the bytes of all files, and over the column names they are read under."""
        digest = hashlib.sha256(repr(asdict(self.columns)).encode())
        for file in self.files:
            for path in sorted(file.glob("*.parquet")) if file.is_dir() else [file]:
                digest.update(f"\0{path.name}\0{path.stat().st_size}\0".encode())
                with path.open("rb") as opened:
                    while block := opened.read(1 << 22):
                        digest.update(block)
        return digest.hexdigest()

    def count(self) -> int:
        """Return about how many rows there are: exactly for Parquet, by lines for other tables."""
        return sum(_rows(file) for file in self.files)


def find_sources(paths: Sequence[Path], columns: Columns) -> Source:
    """Return the tables and article files that ``paths`` name, in their order."""
    return Source(tuple(input_files(paths)), columns)


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


def _cut(block: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``block`` before and from its last article on, where articles may have several rows; else all of it and nothing."""
    if "target" not in block.columns:
        return block, block.iloc[:0]
    last = block["id"].iloc[-1]
    others = block["id"].ne(last).to_numpy().nonzero()[0]
    start = int(others[-1]) + 1 if len(others) else 0
    return block.iloc[:start], block.iloc[start:]


def _frames(source: Source, *, rows: int) -> Iterator[pd.DataFrame]:
    ids = article_ids([file for file in source.files if not is_table(file)])
    alone = len(source.files) == 1
    for file in source.files:
        if is_table(file):
            prefix = "" if alone else f"{file.name.partition('.')[0]}:"
            for batch in iter_table(file, source.columns, rows=rows, prefix=prefix, keep_broken=True):
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
