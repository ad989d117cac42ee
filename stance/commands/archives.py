"""How archives are read into a corpus: archives in, one corpus out, and a list of what could not be read beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stance.coding.duplicates import THRESHOLD, near_duplicates
from stance.corpus.archives.amcat import AmcatIndex, read_amcat
from stance.corpus.archives.reading import Source, find_sources, read_source
from stance.corpus.archives.records import ArchiveArticle, Item, Problem, as_batch, schema_with
from stance.corpus.outputs import check_outputs
from stance.corpus.records import Columns
from stance.corpus.tables import check_writable, write_table
from stance.corpus.writing import clear_leftovers, hidden_name
from stance.errors import InputError
from stance.results import Result, Table
from stance.signature import data_hash, signature
from stance.steps import Progress, silent

__all__ = ["ReadRequest", "read_corpus"]

_ROWS, _CHARACTERS = 2_000, 20_000_000  # articles, and characters of text, held before they are written
_SHOWN = 10  # problems on the terminal; all are in the list
_MARKS = [pa.field("cluster", pa.string()), pa.field("duplicate_of", pa.string())]


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What to read, and how to write it.

    Attributes:
        duplicates: ``keep``, ``mark`` (columns ``cluster`` and ``duplicate_of``) or ``drop`` near-duplicates but the first.
        strict: refuse everything if anything could not be read.
        keep: columns of tables that come along into the corpus.
        progress: what shows how far reading is.
    """

    paths: tuple[Path, ...]
    out: Path
    amcat: AmcatIndex | None = None
    columns: Columns = field(default_factory=Columns)
    duplicates: str = "keep"
    threshold: float = THRESHOLD
    strict: bool = False
    keep: tuple[str, ...] = ()
    progress: Progress = silent

    def __post_init__(self) -> None:
        check_writable(self.out)
        marks = [mark.name for mark in _MARKS if self.duplicates == "mark" and mark.name in self.keep]
        if marks:
            raise InputError(f"--mark-duplicates makes a column '{marks[0]}', so that of a table cannot be kept; leave out one of the two.")
        schema_with(self.keep)
        if not self.paths and self.amcat is None:
            raise InputError("No archive is named; name files, folders or zips, or a server with --amcat.")

    @property
    def errors(self) -> Path:
        """Where the list of problems goes: ``corpus.errors.csv`` beside ``corpus.parquet``."""
        return self.out.with_name(f"{self.out.stem}.errors.csv")


@dataclass(slots=True)
class _Tally:
    """What is met while reading: files, articles by their id (as a number, to hold millions), repeats, problems, and columns to keep."""

    files: int = 0
    ids: set[int] = field(default_factory=set)
    repeats: int = 0
    problems: list[Problem] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)


def read_corpus(request: ReadRequest) -> Result[Path]:
    """Return what was read of each outlet, once the corpus and the list of problems are written.

    Articles are written as they are read, some thousand at a time and under another name; the corpus appears once it is whole. Only the
    search for near-duplicates holds all texts at once.
    """
    unfinished = hidden_name(request.out)
    clear_leftovers(request.out)
    tally, sources = _Tally(), find_sources(request.paths) if request.paths else []
    check_outputs([source.path for source in sources], {"--out": request.out, "The list of problems": request.errors})
    try:
        _write(request, sources, unfinished, tally)
        _write_problems(request, tally)
        near = _mark(request, unfinished) if request.duplicates != "keep" else 0
        facts = pq.read_table(unfinished, columns=["id", "date", "outlet"]).to_pandas()
        _move(unfinished, request.out)
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise InputError(
            f"{request.out}: the corpus cannot be written ({reason}); choose a folder with room that can be written to."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    outlets = _by_outlet(facts)
    alike = [
        f"Outlets {' and '.join(names)} differ by capitals alone and are {len(names)} outlets here; write them alike to count them as one."
        for names in _alike(outlets["outlet"])
    ]
    recipe = signature(duplicates=request.duplicates, threshold=request.threshold, data=data_hash(facts[["id"]]))
    rest = _notes(request, tally, articles=len(facts), near=near)
    return Result(outlets, (Table(f"Articles in {request.out}", outlets), *alike, *rest), recipe, request.out)


def _write(request: ReadRequest, sources: list[Source], path: Path, tally: _Tally) -> None:
    """Write each article once, in the order read."""
    held: list[ArchiveArticle] = []
    characters = 0
    schema = schema_with(request.keep)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for item in _items(request, sources, tally):
            if isinstance(item, Problem):
                tally.problems.append(item)
                continue
            number = int(item.id[1:], 16)
            if number in tally.ids:
                tally.repeats += 1
                continue
            tally.ids.add(number)
            tally.kept.update(item.kept)
            held.append(item)
            characters += len(item.text)
            if len(held) == _ROWS or characters > _CHARACTERS:
                writer.write_batch(as_batch(held, schema))
                held, characters = [], 0
        if held:
            writer.write_batch(as_batch(held, schema))


def _items(request: ReadRequest, sources: list[Source], tally: _Tally) -> Iterator[Item]:
    """Yield all that the files and the server give, and show how far it is."""
    pages = frozenset(source.path.resolve() for source in sources)
    with request.progress("reading", len(sources) + (request.amcat is not None)) as advance:
        for source in sources:
            yield from read_source(source, request.columns, keep=request.keep, pages=pages)
            tally.files += 1
            advance(1, note=f"{len(tally.ids):,} articles")
        if request.amcat is not None:
            for number, item in enumerate(read_amcat(request.amcat, keep=request.keep), start=1):
                yield item
                if number % 200 == 0:
                    advance(0, note=f"{len(tally.ids):,} articles")


def _write_problems(request: ReadRequest, tally: _Tally) -> None:
    """Write the list of problems, or remove that of an earlier run; refuses a run of which nothing, or with --strict not all, was read."""
    absent = [column for column in request.keep if column not in tally.kept]
    if not tally.problems:
        request.errors.unlink(missing_ok=True)
        if not tally.ids:
            raise InputError("Nothing was read: no file holds an article.")
        if absent:
            raise InputError(f"No table has a column '{absent[0]}' to keep; leave out --keep {absent[0]}.")
        return
    write_table(pd.DataFrame([asdict(problem) for problem in tally.problems]), request.errors)
    first = f"{_problems(tally)}, listed in {request.errors}; the first is {_sentence(tally.problems[0])}"
    if not tally.ids:
        raise InputError(f"Nothing was read: {first}")
    if absent:
        raise InputError(f"No table has a column '{absent[0]}' to keep: {first}")
    if request.strict:
        raise InputError(f"{first} Mend them, or leave out --strict to read the rest.")


def _mark(request: ReadRequest, path: Path) -> int:
    """Mark near-duplicates in the corpus at ``path``, or keep but the first of each cluster; return how many repeat an earlier one."""
    stored = pq.read_table(path, columns=["id", "text"])
    ids = np.array(stored["id"].to_pylist(), dtype=object)
    with request.progress(f"comparing {len(ids):,} texts for near-duplicates", 1) as advance:
        clusters = near_duplicates(stored["text"].to_pylist(), threshold=request.threshold)
        advance(1)
    del stored
    first = np.unique(clusters, return_index=True)[1][clusters]  # shape (articles,); the first of each article's cluster
    repeats = first != np.arange(len(ids))
    _rewrite(path, ids[first] if request.duplicates == "mark" else None, repeats)
    return int(repeats.sum())


def _rewrite(path: Path, clusters: npt.NDArray[np.object_] | None, repeats: npt.NDArray[np.bool_]) -> None:
    """Write the corpus anew: with the first article of each article's cluster where ``clusters`` gives it, else without ``repeats``."""
    marked = path.with_name(f"{path.name}.marked")
    written = pq.read_schema(path)
    schema = written if clusters is None else pa.schema([*written, *_MARKS])
    try:
        with pq.ParquetFile(path) as file, pq.ParquetWriter(marked, schema, compression="zstd") as writer:
            done = 0
            for batch in file.iter_batches(batch_size=_ROWS):
                repeated = repeats[done : done + len(batch)]
                if clusters is None:
                    writer.write_batch(batch.filter(pa.array(~repeated)))
                else:
                    known = clusters[done : done + len(batch)]
                    marks = [pa.array(known, pa.string()), pa.array(known, pa.string(), mask=~repeated)]
                    writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, *marks], schema=schema))
                done += len(batch)
        os.replace(marked, path)
    finally:
        marked.unlink(missing_ok=True)


def _move(path: Path, out: Path) -> None:
    """Give the finished Parquet file its name, or write its rows in the format of ``out``, some thousand at a time."""
    if out.suffix.lower() == ".parquet":
        os.replace(path, out)
        return
    text = path.with_name(f"{path.name}.text")
    try:
        with pq.ParquetFile(path) as file, text.open("w", encoding="utf-8", newline="") as rows:
            for number, batch in enumerate(file.iter_batches(batch_size=_ROWS)):
                frame = pa.Table.from_batches([batch]).to_pandas(integer_object_nulls=True)
                if out.suffix.lower() == ".csv":
                    frame.to_csv(rows, index=False, header=number == 0)
                else:
                    frame.to_json(rows, orient="records", lines=True, force_ascii=False)
        os.replace(text, out)
    finally:
        text.unlink(missing_ok=True)


def _by_outlet(facts: pd.DataFrame) -> pd.DataFrame:
    """Return for each outlet how many articles it has, from when to when, and how many without a date; the largest first."""
    groups = facts.assign(outlet=facts["outlet"].fillna("(none)"), undated=facts["date"].isna()).groupby("outlet")
    table = groups.agg(articles=("id", "size"), first=("date", "min"), last=("date", "max"), undated=("undated", "sum"))
    return table.sort_values("articles", ascending=False, kind="stable").reset_index()


def _alike(outlets: pd.Series) -> list[list[str]]:
    """Return the names of outlets that differ by capitals alone, those of one outlet together.

    >>> _alike(pd.Series(["De Veenbode", "Het Kanaal", "de Veenbode"]))
    [["'De Veenbode'", "'de Veenbode'"]]
    """
    names = [[f"'{name}'" for name in group] for _, group in outlets.groupby(outlets.str.casefold())]
    return [group for group in names if len(group) > 1]


def _notes(request: ReadRequest, tally: _Tally, *, articles: int, near: int) -> list[str]:
    """Return the first problems, and how many articles were written, left out and marked, in sentences."""
    notes = [_sentence(problem) for problem in tally.problems[:_SHOWN]]
    if len(tally.problems) > _SHOWN:
        notes.append(f"... and {len(tally.problems) - _SHOWN} more of them.")
    counted = [f"{articles:,} articles from {tally.files:,} files written to {request.out}."]
    if tally.repeats:
        counted.append(f"{tally.repeats:,} repeats of an article (same outlet, date, title and text) were left out.")
    if request.duplicates != "keep":
        done = "marked (duplicate_of names the first)" if request.duplicates == "mark" else "left out"
        counted.append(f"{near:,} near-duplicates of an earlier article were {done}.")
    if tally.problems:
        counted.append(f"{_problems(tally)} listed in {request.errors}.")
    return [*notes, " ".join(counted)]


def _problems(tally: _Tally) -> str:
    return "1 problem" if len(tally.problems) == 1 else f"{len(tally.problems)} problems"


def _sentence(problem: Problem) -> str:
    where = f"{problem.file}, {problem.article}" if problem.article else problem.file
    return f"{where}: {problem.reason}"
