"""``codebook``, ``agree``, ``split``, ``evaluate`` and ``audit``: what a reviewer asks for. Rooms are imported inside a command, for a quick start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.app import CHECK, command
from stance.cli.options import (
    ByOption,
    CodebookOption,
    JsonOption,
    Names,
    OneVariable,
    SeedOption,
    TargetsFile,
    VariableOption,
    WordsOption,
    with_columns,
)


@command(rich_help_panel=CHECK)
def codebook(name: Annotated[str, typer.Argument(help="tone, stance, partisanship or subjectivity.")]) -> None:
    """Print a built-in codebook (TOML, with instructions for coders) to start your own from."""
    from stance.commands.models import codebook as found_by

    typer.echo(found_by(name).found, nl=False)


@command(rich_help_panel=CHECK)
@with_columns
def agree(
    codings: Annotated[Path, typer.Argument(help="Table of codings: id, coder, label.", show_default=False)],
    columns: Names,
    variable: VariableOption = None,
    codebook: CodebookOption = None,
    words: WordsOption = None,
    level: Annotated[str | None, typer.Option("--level", help="Measure at this level: nominal, ordinal or interval.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Also within each group of this column; coder_type is, where it is there.")] = None,
    with_predictions: Annotated[
        Path | None,
        typer.Option("--with-predictions", help="Rows of stance label: also how far the model agrees with the coders, in its own tables."),
    ] = None,
    gold: Annotated[
        str | None, typer.Option("--gold", help="Settle gold, by majority, weighted (vote) or dawid-skene, into --out FILE.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="File for the gold: .csv, .jsonl or .parquet.")] = None,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Measure how far coders agree: Krippendorff's alpha with intervals, by label, by coder and by pair; settle gold.

    Alpha is that of people: a model (--with-predictions) is compared with them and counts in no figure of theirs.

    Without --variable: each one that the column 'variable' names, or the one whose labels these are.
    """
    from stance.cli.showing import show
    from stance.commands.agreement import agree as found_by
    from stance.corpus.tables import check_writable
    from stance.errors import InputError
    from stance.reporting.terminal import progress_bar

    if (gold is None) != (out is None):
        raise InputError("Gold needs both a way to settle it and a file: pass --gold majority --out gold.csv.")
    if out is not None:
        check_writable(out)
    found = found_by(
        codings,
        variable=variable,
        codebook=codebook,
        map=words or (),
        level=level,
        by=by,
        with_predictions=with_predictions,
        gold=gold,
        out=out,
        seed=seed,
        columns=columns,
        progress=progress_bar,
    )
    show(found, json=json)


@command(rich_help_panel=CHECK)
@with_columns
def split(
    table: Annotated[Path, typer.Argument(help="Table of units.", show_default=False)],
    columns: Names,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write the parts to, in the format of TABLE.")] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="Keep units of one value together (outlet, target, holder, topic); date: in time; repeat it."),
    ] = None,
    variable: VariableOption = None,
    codebook: CodebookOption = None,
    words: WordsOption = None,
    folds: Annotated[int, typer.Option("--folds", help="Number of folds; else train, dev and test (80, 10, 10%).")] = 0,
    check: Annotated[str | None, typer.Option("--check", help="Split nothing: look for leaks across the parts this column names.")] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="Share of word pairs from which two texts are near-duplicates: 0.5; to --check 0.9.")
    ] = None,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Split units so that nothing leaks: near-duplicates and units of one cluster always end up in the same part.

    Each part gets its share of every label; --map, or --variable with the aliases of its --codebook, counts other words for a label as that label.
    """
    from stance.cli.showing import leaks_shown, show
    from stance.commands.splitting import split as found_by
    from stance.errors import InputError
    from stance.reporting.terminal import progress_bar

    if (out is None) == (check is None):
        raise InputError("Pass --out FOLDER to split the table, or --check COLUMN to look for leaks across parts it has already.")
    with leaks_shown(json=json):
        found = found_by(
            table,
            out=out,
            by=by or (),
            variable=variable,
            codebook=codebook,
            map=words or (),
            folds=folds,
            check=check,
            threshold=threshold,
            seed=seed,
            columns=columns,
            progress=progress_bar,
        )
    show(found, json=json)


@command(rich_help_panel=CHECK)
@with_columns
def evaluate(
    table: Annotated[Path, typer.Argument(help="Table of units with their gold label.", show_default=False)],
    columns: Names,
    variable: OneVariable,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", help="A shipped model or a model folder; repeat it for runs of several seeds (a folder of seeds has them)."
        ),
    ] = None,
    predictions: Annotated[
        list[Path] | None,
        typer.Option(
            "--predictions",
            help="Score a table of labels (id, label) of any model or of people instead, abstained ones too; repeat it for runs.",
        ),
    ] = None,
    versus: Annotated[str | None, typer.Option("--versus", help="Test the difference with this model, or table of predictions.")] = None,
    codings: Annotated[
        Path | None, typer.Option("--codings", help="Table of codings: what single coders score, beside the model, on units coded twice.")
    ] = None,
    by: ByOption = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Score only units with this gold label; may be repeated.")] = None,
    calibration: Annotated[bool, typer.Option("--calibration", help="Also: can its confidence be believed? ECE, Brier, risk.")] = False,
    targets: TargetsFile = None,
    codebook: CodebookOption = None,
    words: WordsOption = None,
    trained_on: Annotated[Path | None, typer.Option("--trained-on", help="The training table: refuse units it repeats.")] = None,
    allow_leak: Annotated[bool, typer.Option("--allow-leak", help="Score even so, and tell.")] = False,
    card: Annotated[bool, typer.Option("--card", help="Write the scores into the card of the model folder.")] = False,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Score a model against gold: accuracy, macro F1, alpha, each with a 95% interval, per label and by group."""
    from stance.cli.showing import leaks_shown, show
    from stance.commands.evaluation import evaluate as found_by
    from stance.reporting.terminal import progress_bar

    with leaks_shown():
        found = found_by(
            table,
            variable=variable,
            model=model,
            predictions=predictions,
            versus=versus,
            codings=codings,
            by=by or (),
            only=only or (),
            calibration=calibration,
            targets=targets,
            codebook=codebook,
            map=words or (),
            trained_on=trained_on,
            allow_leak=allow_leak,
            card=card,
            seed=seed,
            columns=columns,
            progress=progress_bar,
        )
    show(found, json=json)


@command(rich_help_panel=CHECK)
@with_columns
def audit(
    model: Annotated[str, typer.Argument(help="A shipped model (tone, stance) or a model folder.", show_default=False)],
    table: Annotated[Path, typer.Argument(help="Table of units to try it on, with gold labels or without.", show_default=False)],
    columns: Names,
    by: ByOption = None,
    card: Annotated[bool, typer.Option("--card", help="Write the warnings into the card of the model folder.")] = False,
    codebook: CodebookOption = None,
    words: WordsOption = None,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Test what the labels rest on: names swapped, quotes removed, target masked, typos; how often does the label flip?"""
    from stance.cli.showing import show
    from stance.commands.audit import audit as found_by
    from stance.reporting.terminal import progress_bar

    found = found_by(
        model,
        table,
        by=by or (),
        card=card,
        codebook=codebook,
        map=words or (),
        seed=seed,
        columns=columns,
        progress=progress_bar,
    )
    show(found, json=json)
