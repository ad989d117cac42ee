"""The texts an encoder is pre-trained on: read one by one, each exactly once, with a count of what was left out."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from stance.errors import InputError

__all__ = ["Losses", "TextSource", "excluded_keys", "read_source", "source_files"]

_SUFFIXES = (".txt", ".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
_KEY_LENGTH = 120


@dataclass(frozen=True, slots=True)
class TextSource:
    """Files read as one source: `weight` passes of it for one pass of the mix; below 1, that share of its texts."""

    name: str
    paths: tuple[Path, ...]
    weight: float = 1.0
    columns: tuple[str, ...] = ("text",)
    joined_by: str = "\n"
    where: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Losses:
    """How many texts of a source were read, and how many were left out and why."""

    texts: int = 0
    bad_rows: int = 0
    empty: int = 0
    repeated: int = 0
    excluded: int = 0
    unreadable_files: list[str] = field(default_factory=list)

    def sentence(self, name: str) -> str:
        """Return the counts as one sentence for the reader."""
        told = f"{name}: {self.texts} texts; left out {self.bad_rows} bad rows, {self.empty} empty, {self.repeated} repeated, {self.excluded} excluded"
        return told + (f"; unreadable files: {', '.join(self.unreadable_files)}" if self.unreadable_files else "")


def source_files(source: TextSource) -> list[Path]:
    """Return the files of a source in a fixed order; folders are searched, and nothing found is an error."""
    found: list[Path] = []
    for path in source.paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.name.endswith(_SUFFIXES))
        elif path.is_file() and path.name.endswith(_SUFFIXES):
            found.append(path)
        else:
            raise InputError(
                f"{path}: no such file or folder, or not one of {', '.join(_SUFFIXES)}; mend the paths of source '{source.name}'."
            )
    if not found:
        raise InputError(f"source '{source.name}': no {', '.join(_SUFFIXES)} file in {', '.join(map(str, source.paths))}; mend its paths.")
    return found


def excluded_keys(paths: Iterable[Path], columns: tuple[str, ...]) -> frozenset[bytes]:
    """Return the keys of texts that must never be trained on, such as a test set."""
    keys: set[bytes] = set()
    for path in paths:
        losses, found = Losses(), set[bytes]()
        for row in _rows(path, losses):
            found |= {_key(str(row[column])) for column in columns if row.get(column)}
        if losses.unreadable_files or not found:
            raise InputError(f"{path}: no text to exclude could be read in column {' or '.join(columns)}; mend `exclude`.")
        keys |= found
    return frozenset(keys - {_key("")})


def read_source(source: TextSource, losses: Losses, *, seen: set[bytes], excluded: frozenset[bytes], seed: int) -> Iterator[str]:
    """Yield the texts of one source that are neither empty, repeated nor excluded; count the others in `losses`."""
    draw = np.random.default_rng([seed, *source.name.encode()])
    for file in source_files(source):
        for row in _rows(file, losses):
            if any(str(row.get(column)) != value for column, value in source.where) or (
                source.weight < 1 and draw.random() >= source.weight
            ):
                continue
            text = _joined(row, source, losses)
            if text and _is_new(text, losses, seen=seen, excluded=excluded):
                losses.texts += 1
                yield text


def _joined(row: dict[str, Any], source: TextSource, losses: Losses) -> str:
    """Return the text of a row; a row without the first column is a bad row."""
    if source.columns[0] not in row:
        losses.bad_rows += 1
        return ""
    parts = [str(row[column]).strip() for column in source.columns if row.get(column)]
    text = source.joined_by.join(part for part in parts if part)
    losses.empty += not text
    return text


def _is_new(text: str, losses: Losses, *, seen: set[bytes], excluded: frozenset[bytes]) -> bool:
    digest = hashlib.blake2b(" ".join(text.split()).encode(), digest_size=12).digest()
    if digest in seen:
        losses.repeated += 1
        return False
    if excluded and (_key(text) in excluded or any(_key(line) in excluded for line in text.replace("</s>", "\n").split("\n"))):
        losses.excluded += 1
        return False
    seen.add(digest)
    return True


def _key(text: str) -> bytes:
    """Return what two copies of a text share: the first letters and digits, without case."""
    return "".join(filter(str.isalnum, text[: 4 * _KEY_LENGTH].casefold()))[:_KEY_LENGTH].encode()


def _rows(file: Path, losses: Losses) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file; a file that cannot be read, or not to its end, is counted."""
    try:
        if file.name.endswith(".parquet"):
            for batch in pq.ParquetFile(file).iter_batches():
                yield from batch.to_pylist()
        elif file.name.endswith(".txt"):
            yield {"text": file.read_text(encoding="utf-8")}
        else:
            yield from _json_rows(file, losses)
    except (OSError, UnicodeDecodeError, EOFError, zlib.error, pa.ArrowException, zstandard.ZstdError) as error:
        losses.unreadable_files.append(f"{file} ({type(error).__name__})")


def _json_rows(file: Path, losses: Losses) -> Iterator[dict[str, Any]]:
    with _opened(file) as lines:
        for line in lines:
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                row = None
            if isinstance(row, dict):
                yield row
            elif line.strip():
                losses.bad_rows += 1


def _opened(file: Path) -> io.TextIOWrapper:
    """Return the lines of a file, unpacked if it is packed."""
    if file.suffix == ".gz":
        return io.TextIOWrapper(gzip.GzipFile(file), encoding="utf-8")
    if file.suffix == ".zst":
        reader = zstandard.ZstdDecompressor().stream_reader(file.open("rb"), read_across_frames=True, closefd=True)
        return io.TextIOWrapper(reader, encoding="utf-8")
    return file.open(encoding="utf-8")
