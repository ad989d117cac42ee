"""``read``: archives of news become one corpus. Rooms are imported inside a command, for a quick start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.app import READ, command
from stance.cli.options import JsonOption, Names, with_columns


@command(rich_help_panel=READ)
@with_columns
def read(
    columns: Names,
    out: Annotated[Path, typer.Option("--out", help="Write the corpus to a .parquet, .csv or .jsonl file.", show_default=False)],
    archives: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="ARCHIVE...",
            help="Exports (Nexis, Factiva, Europresse, GoPress, Delpher), tables (AmCAT, Coosto), saved web pages, folders, zips.",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", help="A column of the tables to keep in the corpus, such as a covariate; may be repeated.")
    ] = None,
    mark_duplicates: Annotated[
        bool, typer.Option("--mark-duplicates", help="Mark near-duplicates: columns cluster and duplicate_of.")
    ] = False,
    drop_duplicates: Annotated[bool, typer.Option("--drop-duplicates", help="Keep only the first of near-duplicates.")] = False,
    threshold: Annotated[float, typer.Option("--threshold", help="Share of word pairs from which two texts are near-duplicates.")] = 0.5,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse everything if anything cannot be read or is doubtful.")] = False,
    amcat: Annotated[str | None, typer.Option("--amcat", help="Also fetch from this AmCAT 4 server; goes over the network.")] = None,
    index: Annotated[str, typer.Option("--index", help="Index of the AmCAT server.")] = "",
    query: Annotated[str | None, typer.Option("--query", help="Query on the AmCAT index; else all of it.")] = None,
    json: JsonOption = None,
) -> None:
    """Read archives of news into one corpus: every file is read, or listed with the reason.

    Columns: id, date (2022-12-17 or 2022-12), outlet, title, text, and what the archive tells: section, byline, length_words, load_date,
    archive_id (the table's own id), url, source_file, and the columns that --keep names. Nothing is fetched from the network unless --amcat asks for it.
    """
    from stance.cli.showing import show
    from stance.commands.reading import read as found_by
    from stance.reporting.terminal import progress_bar

    found = found_by(
        archives or (),
        out=out,
        keep=keep or (),
        mark_duplicates=mark_duplicates,
        drop_duplicates=drop_duplicates,
        threshold=threshold,
        strict=strict,
        amcat=amcat,
        index=index,
        query=query,
        columns=columns,
        progress=progress_bar,
    )
    show(found, json=json)
