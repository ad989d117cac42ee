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
    from stance.coding.codebook import codebook_text

    typer.echo(codebook_text(name), nl=False)


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
    from stance.coding.codebook import at_level, get_variable
    from stance.coding.coded_variables import coded_variables, with_words
    from stance.commands.agreement import AgreementRequest, print_agreement, settle_gold
    from stance.corpus.records import Columns
    from stance.corpus.tables import check_writable, read_table
    from stance.errors import InputError

    if (gold is None) != (out is None):
        raise InputError("Gold needs both a way to settle it and a file: pass --gold majority --out gold.csv.")
    if out is not None:
        check_writable(out)
    table = read_table(codings, Columns(**columns))
    named = [] if variable is None else with_words([get_variable(variable, codebook)], words or ())
    variables = named or coded_variables(table, codebook, words or ())
    if gold is not None and len(variables) > 1:
        names = ", ".join(each.name for each in variables)
        raise InputError(f"{codings} holds {len(variables)} variables ({names}), and gold is settled for one: pass --variable.")
    predictions = None if with_predictions is None else read_table(with_predictions)
    request = AgreementRequest(predictions, by, seed, json)
    print_agreement(table, [at_level(each, level) for each in variables], request)
    if gold is not None and out is not None:
        settle_gold(table, at_level(variables[0], level), method=gold, out=out)


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
    folds: Annotated[int, typer.Option("--folds", help="Number of folds; else train, dev and test (80, 10, 10%).")] = 0,
    check: Annotated[str | None, typer.Option("--check", help="Split nothing: look for leaks across the parts this column names.")] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="Share of word pairs from which two texts are near-duplicates: 0.5; to --check 0.9.")
    ] = None,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Split units so that nothing leaks: near-duplicates and units of one cluster never stand on two sides."""
    from stance.coding.duplicates import THRESHOLD
    from stance.commands.coding import split_table
    from stance.commands.leaking import check_parts
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_table
    from stance.errors import InputError

    if check is not None and out is None:
        check_parts(read_table(table, Columns(**columns)), column=check, threshold=threshold, json=json)
    elif out is not None and check is None:
        units, least = read_table(table, Columns(**columns)), THRESHOLD if threshold is None else threshold
        split_table(units, ending=table.suffix, out=out, by=by or [], folds=folds, threshold=least, seed=seed, json=json)
    else:
        raise InputError("Pass --out FOLDER to split the table, or --check COLUMN to look for leaks across parts it has already.")


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
    from stance.commands.evaluation import EvaluationRequest, evaluate_sources
    from stance.commands.leaking import check_training_leaks
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_aliases, read_table
    from stance.errors import InputError
    from stance.signature import data_hash

    if model and predictions:
        raise InputError("Pass --model or --predictions, and compare the two with --versus.")
    units = read_table(table, Columns(**columns))
    trained = read_table(trained_on, Columns(**columns)) if trained_on is not None else None
    if trained is not None:
        check_training_leaks(units, trained, allow=allow_leak)
    request = EvaluationRequest(
        sources=tuple(map(str, predictions or model or [variable])),
        variable=variable,
        codebook=codebook,
        words=tuple(words or ()),
        by=tuple(by or ()),
        only=tuple(only or ()),
        aliases=read_aliases(targets) if targets is not None else {},
        versus=versus,
        codings=read_table(codings) if codings is not None else None,
        calibration=calibration,
        split=table.name,
        trained_on="not given" if trained is None else data_hash(trained[["id", "text"]]),
        card=card,
        seed=seed,
        json=json,
    )
    evaluate_sources(units, request)


@command(rich_help_panel=CHECK)
@with_columns
def audit(
    model: Annotated[str, typer.Argument(help="A shipped model (tone, stance) or a model folder.", show_default=False)],
    table: Annotated[Path, typer.Argument(help="Table of units to try it on, with gold labels or without.", show_default=False)],
    columns: Names,
    by: ByOption = None,
    card: Annotated[bool, typer.Option("--card", help="Write the warnings into the card of the model folder.")] = False,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Test what the labels rest on: names swapped, quotes removed, target masked, typos; how often does the label flip?"""
    from stance.commands.audit import AuditRequest, audit_model
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_table

    audit_model(read_table(table, Columns(**columns)), model, AuditRequest(tuple(by or ()), card, seed, json))
