"""A folder of Parquet parts with a manifest: one large table, written part by part, each whole or not at all.

    _manifest.json        what made the parts, and the name, rows and hash of each
    part-00000.parquet    the first rows, and so on

A part is written under another name, forced to the disk and then renamed, so that a process killed at any moment leaves only whole parts.
The folder may be local or, with fsspec installed, lie behind an address such as ``s3://``, ``gs://`` or ``hf://``, where one call writes
a file whole. ``pandas.read_parquet`` reads the folder as it is: names that begin with ``_`` are passed over.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stance.corpus.addresses import is_address, open_filesystem, reaching
from stance.corpus.writing import whole
from stance.errors import InputError

__all__ = ["MANIFEST", "PartFolder", "is_part_folder", "iter_parts", "part_name"]

MANIFEST = "_manifest.json"


def part_name(number: int) -> str:
    """Return the file name of a part; names sort as their numbers do.

    >>> part_name(12)
    'part-00012.parquet'
    """
    return f"part-{number:05d}.parquet"


@dataclass(frozen=True, slots=True)
class PartFolder:
    """A folder that parts are written to; ``filesystem`` is None where it is local.

    >>> import tempfile
    >>> folder = PartFolder.open(tempfile.mkdtemp())
    >>> folder.write_part(0, pa.table({"id": ["a", "b"]}))["rows"]
    2
    """

    root: str
    filesystem: Any = None

    @classmethod
    def open(cls, place: str | Path) -> PartFolder:
        """Return the folder at ``place``, made where it is not there yet."""
        if is_address(place):
            filesystem, root = open_filesystem(str(place))
            return cls(root.rstrip("/"), filesystem)
        try:
            Path(place).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{place}: this folder cannot be made ({error.strerror}); choose another.") from error
        return cls(str(Path(place)))

    def path(self, name: str) -> str:
        """Return where the file ``name`` stands."""
        return f"{self.root}/{name}"

    def names(self) -> list[str]:
        """Return the names of the files in the folder, sorted."""
        if self.filesystem is None:
            return sorted(os.listdir(self.root))
        with reaching(self.root):
            if not self.filesystem.exists(self.root):
                return []
            return sorted(str(path).rstrip("/").rpartition("/")[2] for path in self.filesystem.ls(self.root, detail=False))

    def read(self, name: str) -> bytes | None:
        """Return what is in the file ``name``, or None where there is none."""
        try:
            if self.filesystem is not None:
                with reaching(self.path(name)):
                    content: bytes = self.filesystem.cat_file(self.path(name))
                    return content
            return Path(self.path(name)).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"{self.path(name)}: this file cannot be read ({error.strerror or error}); mend or remove it.") from error

    def write(self, name: str, content: bytes) -> None:
        """Write the file ``name`` whole or not at all; afterwards it is on the disk."""
        try:
            if self.filesystem is None:
                _write_local(Path(self.path(name)), content)
            else:
                self.filesystem.pipe_file(self.path(name), content)
        except OSError as error:
            raise InputError(
                f"{self.path(name)} cannot be written ({error.strerror or error}); what was finished is kept: make room or mend the folder,"
                " and run the same command again to continue."
            ) from error

    def remove(self) -> None:
        """Remove the folder and its files."""
        if self.filesystem is not None:
            self.filesystem.rm(self.root, recursive=True)
            return
        for name in self.names():
            os.unlink(self.path(name))
        os.rmdir(self.root)

    def write_part(self, number: int, table: pa.Table) -> dict[str, Any]:
        """Write ``table`` as part ``number``; return its entry for the manifest."""
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        content = buffer.getvalue()
        self.write(part_name(number), content)
        return {"file": part_name(number), "rows": table.num_rows, "sha256": hashlib.sha256(content).hexdigest()}

    def is_whole(self, entry: dict[str, Any]) -> bool:
        """Return whether the part of this manifest entry is there, unaltered."""
        content = self.read(entry["file"])
        return content is not None and hashlib.sha256(content).hexdigest() == entry["sha256"]

    def read_manifest(self) -> dict[str, Any] | None:
        """Return the manifest, or None where the folder has none."""
        content = self.read(MANIFEST)
        if content is None:
            return None
        try:
            manifest = json.loads(content)
        except ValueError as error:
            raise InputError(f"{self.path(MANIFEST)}: this is no JSON ({error}); choose another folder to label into.") from error
        if not isinstance(manifest, dict) or "parts" not in manifest:
            raise InputError(f"{self.path(MANIFEST)} was not written by stance; choose another folder.")
        return manifest

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Write the manifest."""
        self.write(MANIFEST, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())


def _write_local(path: Path, content: bytes) -> None:
    with whole(path) as unfinished, unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Force the folder's list of names to the disk, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_part_folder(path: Path) -> bool:
    """Return whether ``path`` is a local folder of parts."""
    return (path / MANIFEST).is_file()


def iter_parts(path: Path, rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the table in the folder ``path`` in batches of at most ``rows`` rows; refuses one that is unfinished or damaged."""
    folder = PartFolder(str(path))
    manifest = folder.read_manifest() or {"parts": []}
    if not manifest.get("finished"):
        raise InputError(f"{path}: this folder is not finished ({len(manifest['parts'])} parts so far); run its stance label again first.")
    for entry in manifest["parts"]:
        if not folder.is_whole(entry):
            raise InputError(f"{folder.path(entry['file'])} is missing or damaged; run its stance label again to mend it.")
        with pq.ParquetFile(folder.path(entry["file"])) as file:
            yield from file.iter_batches(batch_size=rows)
