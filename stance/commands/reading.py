"""``stance.read``: archives of news become one corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from stance.coding.duplicates import THRESHOLD
from stance.commands.archives import ReadRequest, read_corpus
from stance.corpus.archives.amcat import AmcatIndex
from stance.corpus.records import Columns
from stance.errors import InputError
from stance.results import Result
from stance.steps import Progress, silent

__all__ = ["read"]


def read(
    archives: Sequence[str | Path],
    *,
    out: str | Path,
    keep: Sequence[str] = (),
    mark_duplicates: bool = False,
    drop_duplicates: bool = False,
    threshold: float = THRESHOLD,
    strict: bool = False,
    amcat: str | None = None,
    index: str = "",
    query: str | None = None,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Result[Path]:
    """Return how many articles of each outlet were read from archives of news into the corpus ``out``; every file is read, or listed with the reason.

    Options are those of ``stance read``. ``found`` is the path of the corpus; `stance.read_archives` gives articles without writing them.
    """
    if mark_duplicates and drop_duplicates:
        raise InputError("--mark-duplicates and --drop-duplicates cannot both be met; choose one.")
    duplicates = "mark" if mark_duplicates else "drop" if drop_duplicates else "keep"
    server = AmcatIndex(amcat, index, query) if amcat is not None else None
    given, named = tuple(map(Path, archives)), Columns(**(columns or {}))
    return read_corpus(ReadRequest(given, Path(out), server, named, duplicates, threshold, strict, tuple(keep), progress))
