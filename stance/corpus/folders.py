"""The files in a folder, at any depth; a folder inside that may not be listed is named, not passed over."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Listing", "list_folder"]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds.

    Attributes:
        files: all files at any depth, sorted by their path; links to folders are not followed.
        refused: the reason for each folder that could not be listed.
    """

    files: tuple[Path, ...]
    refused: dict[Path, str]


def list_folder(folder: Path) -> Listing:
    """Return the files in ``folder``, and which folders in it could not be listed."""
    refused: dict[Path, str] = {}

    def note(error: OSError) -> None:
        refused[Path(error.filename)] = error.strerror or type(error).__name__

    inside = [Path(place) / name for place, _, names in os.walk(folder, onerror=note) for name in names]
    return Listing(tuple(path for path in sorted(inside) if path.is_file()), dict(sorted(refused.items())))
