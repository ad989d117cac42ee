"""Outputs that appear whole or not at all: written under a hidden name beside their own, and renamed at the end.

A run that is killed leaves hidden files; the next run that writes the same output removes them.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["clear_leftovers", "hidden_name", "together", "undo_unfinished", "whole"]

_HASHES = "hashes.json"


def hidden_name(path: Path) -> Path:
    """Return the name under which this process writes what becomes ``path``."""
    return path.with_name(f".{path.name}.{os.getpid()}")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield where to write the file or folder ``path``; it gets its name at the end, and nothing is left where the writing fails."""
    clear_leftovers(path)
    unfinished = hidden_name(path)
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        _remove(unfinished)


def clear_leftovers(path: Path) -> None:
    """Remove what killed runs left of ``path``; what a process that is still there writes stays."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
        named = re.fullmatch(r"\.(\d+)(?:\.\w+)?", left.name.removeprefix(f".{path.name}"))
        if named and not _alive(int(named[1])):
            _remove(left)


def _alive(process: int) -> bool:
    if os.name != "posix":
        return True  # to ask for a process would end it there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OverflowError, PermissionError):
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def together(files: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield where to write each of ``files``, which stand in one folder; all get their names at the end, or none does.

    Killed between two names, the next run takes back the names that were given (`undo_unfinished`).
    """
    undo_unfinished(files)
    folder = _unfinished(files)
    folder.mkdir()
    try:
        places = [folder / path.name for path in files]
        yield places
        (folder / _HASHES).write_text(json.dumps({place.name: _hash(place) for place in places}), encoding="utf-8")
        for place, path in zip(places, files, strict=True):
            os.replace(place, path)
    except BaseException:
        undo_unfinished(files)
        raise
    shutil.rmtree(folder)


def undo_unfinished(files: Sequence[Path]) -> None:
    """Remove those of ``files`` that a killed run had given their names while others still lacked theirs; a file changed since stays."""
    folder = _unfinished(files)
    if not folder.is_dir():
        return
    lacking = [path for path in files if (folder / path.name).exists()]
    hashes = _hashes(folder)
    for path in files if lacking else []:
        if path.name in hashes and path.is_file() and _hash(path) == hashes[path.name]:
            path.unlink()
    shutil.rmtree(folder)


def _unfinished(files: Sequence[Path]) -> Path:
    return files[0].with_name(f".{files[-1].name}.unfinished")


def _hashes(folder: Path) -> dict[str, str]:
    """Return the hashes of the files as they were when the first got its name; none where it had not come to that."""
    try:
        found: dict[str, str] = json.loads((folder / _HASHES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
