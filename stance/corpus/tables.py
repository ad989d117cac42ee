"""Tables in and out: CSV, TSV, JSON Lines, Parquet and Excel under one contract.

The contract's columns come back as strings, so the id ``007`` stays ``007`` and a date stays as it is written; their text is clean
(`stance.corpus.cleaning`). Other columns keep the type their file gives them; in CSV, which gives none, a column of plain numbers
becomes numbers, and one with leading zeros stays text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stance.corpus.addresses import is_address, local_out, open_filesystem
from stance.corpus.cleaning import clean_series, clean_text
from stance.corpus.formats import READERS, UNTYPED, Reader, as_numbers, read_jsonl
from stance.corpus.frames import from_arrow
from stance.corpus.headers import known_columns
from stance.corpus.opening import check_exists, read_text, reading
from stance.corpus.parts import is_part_folder, iter_parts
from stance.corpus.records import Columns, as_strings, fill_ids
from stance.corpus.toml_text import TomlError, parse_toml
from stance.corpus.writing import whole
from stance.errors import InputError

__all__ = [
    "TABLE_ENDINGS",
    "Tabular",
    "as_aliases",
    "as_rows",
    "as_table",
    "check_writable",
    "is_table",
    "iter_rows",
    "iter_table",
    "known_names",
    "read_aliases",
    "read_table",
    "write_table",
]

Tabular: TypeAlias = "pd.DataFrame | str | Path"

TABLE_ENDINGS = tuple(READERS)

_PLAIN = Columns()
_JSON_LINES = (".jsonl", ".ndjson", ".jsonl.gz")
_FIRST_ROWS = 50  # that show the columns of a table
_AT_ONCE = 2**31 - 1  # rows in the one batch of `read_table` and `as_rows`
_CONTRACT = tuple(field.name for field in fields(Columns))
_CLEANED = ("text", "title", "outlet", "target", "holder")


def is_table(path: Path) -> bool:
    """Return whether the ending of ``path`` is one of a table, or ``path`` is a folder of parts (`stance.corpus.parts`)."""
    return path.name.lower().endswith(TABLE_ENDINGS) or is_part_folder(path)


def read_table(path: str | Path, columns: Columns = _PLAIN, *, prefix: str = "") -> pd.DataFrame:
    """Return the table at ``path`` under the contract's column names.

    Args:
        path: the file; its ending tells its format. Of a workbook the first sheet is read and those with its header. Or a folder that ``stance label`` wrote.
        columns: the names the table uses for the contract's columns.
        prefix: stands before a row number that serves as id, which keeps such ids of several tables apart.
    """
    batches = [fill_ids(batch, prefix=prefix) for batch in iter_rows(Path(path), columns, rows=_AT_ONCE)]
    return batches[0] if len(batches) == 1 else pd.concat(batches)


def as_table(given: Tabular, columns: Mapping[str, str] | None = None, *, where: str = "the table") -> pd.DataFrame:
    """Return a table as `read_table` does: that at a path, or a DataFrame, whose rows are then numbered from 1.

    ``columns`` are the names that the table uses for the contract's columns, by the contract's name.

    >>> as_table(pd.DataFrame({"artikel": ["Kabinet valt."]}), {"text": "artikel"}).to_dict("records")
    [{'text': 'Kabinet valt.', 'id': '1'}]
    """
    if not isinstance(given, pd.DataFrame):
        return read_table(given, Columns(**(columns or {})))
    return fill_ids(as_rows(given, columns, where=where))


def as_rows(given: Tabular, columns: Mapping[str, str] | None = None, *, where: str = "the table") -> pd.DataFrame:
    """Return a table as `as_table` does, with the ids that it gives itself and no others."""
    named = Columns(**(columns or {}))
    if not isinstance(given, pd.DataFrame):
        return pd.concat(iter_rows(Path(given), named, rows=_AT_ONCE))
    if given.empty:
        raise InputError(f"{where}: the table has no rows; give at least one.")
    return _typed(named.rename(given.reset_index(drop=True).rename(columns=str), where=where), untyped=False)


def iter_table(
    path: Path, columns: Columns = _PLAIN, *, rows: int = 20_000, prefix: str = "", keep_broken: bool = False
) -> Iterator[pd.DataFrame]:
    """Yield the table at ``path`` as ``read_table`` returns it, at most ``rows`` rows at a time, holding no more of it than that.

    The index runs on from one batch to the next, so row numbers and missing ids are those of the whole table. The type of a column
    that is not the contract's may differ between batches where its file gives none. With ``keep_broken``, lines of JSON Lines that
    cannot be read come back as rows that hold their error alone, in the column ``_failed``.
    """
    reader = partial(read_jsonl, keep_broken=True) if keep_broken and path.name.lower().endswith(_JSON_LINES) else None
    for batch in iter_rows(path, columns, rows=rows, reader=reader):
        yield fill_ids(batch, prefix=prefix)


def iter_rows(path: Path, columns: Columns = _PLAIN, *, rows: int, reader: Reader | None = None) -> Iterator[pd.DataFrame]:
    """Yield the table at ``path`` as ``iter_table`` does, with the ids that the file itself gives and no others."""
    done = 0
    untyped = path.name.lower().endswith(UNTYPED)
    for batch in (reader or _reader(path))(path, rows):
        numbered = batch.set_axis(pd.RangeIndex(done, done + len(batch)), axis=0)
        frame = columns.rename(numbered.rename(columns=lambda name: str(name).strip()), where=str(path))
        done += len(frame)
        yield _typed(frame, untyped=untyped)
    if not done:
        raise InputError(f"{path}: the table has no rows; give at least one under its header.")


def known_names(path: Path, columns: Columns = _PLAIN) -> Columns:
    """Return ``columns`` with the names that the table at ``path`` has for what the user does not name (`stance.corpus.headers`)."""
    reader = partial(read_jsonl, keep_broken=True) if path.name.lower().endswith(_JSON_LINES) else _reader(path)
    names: dict[str, None] = {}
    for batch in islice(reader(path, _FIRST_ROWS), 1):
        names |= dict.fromkeys(str(name).strip() for name in batch.columns)
    return known_columns(columns, [*names], where=str(path))


def _reader(path: Path) -> Reader:
    if is_part_folder(path):
        return _read_parts
    for ending, reader in READERS.items():
        if path.name.lower().endswith(ending):
            check_exists(path)
            return reader
    raise InputError(f"{path}: '{path.suffix}' is no ending of a table ({', '.join(TABLE_ENDINGS)}); save the table as one of those.")


def _read_parts(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    with reading(path, "a folder of parts", pa.ArrowException):
        for batch in iter_parts(path, rows):
            yield from_arrow(pa.Table.from_batches([batch]))


def _typed(frame: pd.DataFrame, *, untyped: bool) -> pd.DataFrame:
    """Return ``frame`` with the contract's columns as clean strings; a text that is no string is left for ``check_units`` to refuse."""
    made: dict[str, pd.Series] = {}
    for name in frame.columns:
        column = frame[name]
        if name in _CONTRACT and name != "text":
            column = as_strings(column)
        if name in _CLEANED:
            column = clean_series(column).astype(object)
        elif untyped and name not in _CONTRACT:
            column = as_numbers(column)
        made[name] = column
    return pd.DataFrame(made, index=frame.index)


def write_table(frame: pd.DataFrame | pa.Table, path: str | Path) -> None:
    """Write ``frame`` to ``path`` in the format of its ending (``.csv``, ``.jsonl``, ``.parquet``), whole or not at all.

    ``path`` may be an address (`stance.corpus.addresses`). An Arrow table keeps its types in Parquet, of empty columns too.
    """
    check_writable(path)
    with local_out(path) as place:
        _write_local(frame, place)


def _write_local(frame: pd.DataFrame | pa.Table, path: Path) -> None:
    writer = _WRITERS[path.suffix.lower()]
    try:
        with whole(path) as unfinished:
            writer(frame, unfinished)
    except (OSError, pa.ArrowException, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise InputError(f"{path}: the table cannot be written ({reason}); choose a folder that exists and can be written to.") from error


def check_writable(path: str | Path) -> None:
    """Refuse a ``path`` that ``write_table`` could not write, before any work is done for it."""
    ending = Path(path).suffix
    if ending.lower() not in _WRITERS:
        raise InputError(f"{path}: '{ending}' is no ending that can be written; choose one of {', '.join(_WRITERS)}.")
    if is_address(path):
        open_filesystem(str(path))
    elif not Path(path).absolute().parent.is_dir():
        raise InputError(f"{path}: there is no folder {Path(path).parent}; make it or choose another.")


def _frame(table: pd.DataFrame | pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas() if isinstance(table, pa.Table) else table
    return frame


def _write_csv(frame: pd.DataFrame | pa.Table, path: Path) -> None:
    _frame(frame).to_csv(path, index=False, encoding="utf-8")


def _write_jsonl(frame: pd.DataFrame | pa.Table, path: Path) -> None:
    _frame(frame).to_json(path, orient="records", lines=True, force_ascii=False, double_precision=15, date_format="iso")


def _write_parquet(frame: pd.DataFrame | pa.Table, path: Path) -> None:
    if isinstance(frame, pa.Table):
        pq.write_table(frame, path)
    else:
        frame.to_parquet(path, index=False, engine="pyarrow")


_WRITERS: dict[str, Callable[[pd.DataFrame | pa.Table, Path], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
}


def read_aliases(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the other names of each target in a TOML file, by target, in the order of the file.

    One line a target: ``Poetin = ["Vladimir Poetin", "Putin"]``; a target without other names has ``[]``.
    """
    check_exists(path)
    try:
        table = parse_toml(read_text(path))
    except TomlError as error:
        raise InputError(
            f'{path}: this is no TOML ({error}); write one target a line, as in Poetin = ["Vladimir Poetin", "Putin"].'
        ) from error
    if not table:
        raise InputError(f'{path}: no target is named; write one a line, as in Poetin = ["Vladimir Poetin", "Putin"].')
    return {_name(target, path): tuple(_names(target, names, path)) for target, names in table.items()}


def as_aliases(given: Mapping[str, Sequence[str]] | str | Path | None) -> dict[str, tuple[str, ...]]:
    """Return the other names of each target, given as such or as the path of a TOML file; none where nothing is given."""
    if given is None:
        return {}
    return read_aliases(Path(given)) if isinstance(given, str | Path) else {target: tuple(names) for target, names in given.items()}


def _names(target: str, names: object, path: Path) -> Iterator[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(
            f'{path}: the names of target \'{target}\' must be a list of strings, as in {target} = ["Vladimir Poetin", "Putin"].'
        )
    return (_name(name, path) for name in names)


def _name(name: str, path: Path) -> str:
    cleaned = clean_text(name).strip()
    if not cleaned:
        raise InputError(f"{path}: a target or one of its names is blank; fill it in or remove it.")
    return cleaned
