"""Zip files of archives. Members are unpacked one at a time, under names of our own, into a folder that is removed at once.

Only the description of a newspaper of Delpher stays, in a folder with each of its articles in turn, since they have their date from it.
"""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from stance.corpus.archives.delpher import DESCRIPTIONS, TEXTS
from stance.corpus.archives.records import Problem
from stance.corpus.opening import BROKEN_ZIP, check_zip, reading
from stance.errors import InputError

__all__ = ["MOST_DEPTH", "unpacked"]

MOST_DEPTH = 2  # a zip of the zips that several searches gave
_MOST_MEMBERS = 200_000
_MOST_BYTES = 2 * 10**9  # of one member
_ENCRYPTED = 0x1
_HIDDEN = ("__MACOSX", ".", "~$")


def unpacked(path: Path, *, name: str) -> Iterator[tuple[Path, str] | Problem]:
    """Yield each file in a zip as an unpacked copy and the name to tell it by; the copy is gone when the next is asked for.

    Refused, as a whole, is a zip that unpacks to far more than text does. Refused one by one are members that are encrypted, lead out of
    the folder, are links, or are too large.
    """
    check_zip(path)
    with reading(path, "a zip file", *BROKEN_ZIP), zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir() and not _hidden(member.filename)]
    if len(members) > _MOST_MEMBERS:
        raise InputError(f"{path}: the zip holds {len(members):,} files, over {_MOST_MEMBERS:,}; it looks like a bomb and is not opened.")
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="stance-") as folder:
        newspapers = {_folder(member): str(place) for place, member in enumerate(members) if member.filename.endswith(TEXTS)}
        for number, member in enumerate(sorted(members, key=lambda member: not _describes(member))):
            beside = newspapers.get(_folder(member)) if member.filename.lower().endswith(".xml") else None
            described = beside is not None and _describes(member)
            if beside is not None and not described and not member.filename.endswith(TEXTS):  # a page of the newspaper, as it was scanned
                continue
            copy = Path(folder, beside or ".") / f"{'' if described else f'{number}-'}{_safe(member.filename)}"
            problem = _refused(archive, member, copy, name)
            if problem or not described:
                yield problem or (copy, f"{name}/{member.filename}")
                copy.unlink(missing_ok=True)


def _refused(archive: zipfile.ZipFile, member: zipfile.ZipInfo, copy: Path, name: str) -> Problem | None:
    """Unpack a member as ``copy``, or return why it is not."""
    told = f"{name}/{member.filename}"
    if refusal := _refusal(member):
        return Problem(told, refusal)
    try:
        copy.parent.mkdir(exist_ok=True)
        with reading(Path(told), "a file in a zip", *BROKEN_ZIP):
            _unpack(archive, member, copy)
    except InputError as error:
        return Problem(told, str(error).removeprefix(f"{Path(told)}: "))
    return None


def _folder(member: zipfile.ZipInfo) -> str:
    return member.filename.rpartition("/")[0]


def _describes(member: zipfile.ZipInfo) -> bool:
    return member.filename.endswith(DESCRIPTIONS)


def _refusal(member: zipfile.ZipInfo) -> str:
    """Return why a member is not unpacked, or an empty string."""
    parts = {*PurePosixPath(member.filename).parts, *PureWindowsPath(member.filename).parts}
    if ".." in parts or member.filename.startswith("/") or PureWindowsPath(member.filename).drive:
        return "its name leads out of the zip's own folder; it is not unpacked."
    if stat.S_ISLNK(member.external_attr >> 16):
        return "it is a link to another file; it is not followed."
    if member.flag_bits & _ENCRYPTED:
        return "it is encrypted; unpack it with its password and read the folder."
    if member.file_size > _MOST_BYTES:
        return f"it unpacks to {member.file_size / 1e6:,.0f} MB, over {_MOST_BYTES / 1e6:.0f} MB; unpack it yourself if you trust it."
    return ""


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, copy: Path) -> None:
    with archive.open(member) as packed, copy.open("wb") as file:  # gives no more than the size that the zip states
        shutil.copyfileobj(packed, file)


def _safe(name: str) -> str:
    """Return the end of a member's name without anything that a file system could read as a path."""
    return re.sub(r"[^\w.-]", "_", re.split(r"[/\\]", name)[-1])[-60:].lstrip(".")


def _hidden(name: str) -> bool:
    return any(part.startswith(_HIDDEN) and part not in ("..", ".") for part in PurePosixPath(name).parts)
