"""``estimate``, ``sample`` and ``collect``: from labels to claims. Rooms are imported inside a command, for a quick start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.app import CHECK, CLAIM, command
from stance.cli.options import CodebookOption, JsonOption, Names, SeedOption, VariableOption, WordsOption, with_columns

TargetOption = Annotated[list[str] | None, typer.Option("--target", help="Only units toward this target; may be repeated.")]


@command(rich_help_panel=CHECK)
@with_columns
def sample(
    table: Annotated[Path, typer.Argument(help="Units to draw from: a corpus, or rows of stance label.", show_default=False)],
    columns: Names,
    n: Annotated[int, typer.Option("--n", help="How many units to draw.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", help="The sheet: .csv, .xlsx, .json (Label Studio, Argilla), .jsonl (doccano).", show_default=False)
    ],
    variable: VariableOption = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Draw as many from each group (outlet, month, ...); may be repeated.")
    ] = None,
    by_uncertainty: Annotated[bool, typer.Option("--by-uncertainty", help="Draw units the model is unsure of more often.")] = False,
    target: TargetOption = None,
    texts: Annotated[Path | None, typer.Option("--texts", help="Table with the texts, where TABLE has only labels.")] = None,
    coder: Annotated[list[str] | None, typer.Option("--coder", help="A coder, who gets a sheet; may be repeated.")] = None,
    overlap: Annotated[int | None, typer.Option("--overlap", help="Units that every coder codes; the rest is dealt out. Else all.")] = None,
    blind: Annotated[bool, typer.Option("--blind", help="Leave outlet and id out of the sheets.")] = False,
    tool: Annotated[str | None, typer.Option("--tool", help="spreadsheet, label-studio, argilla or doccano; else by --out.")] = None,
    codebook: CodebookOption = None,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Draw units for people to code, each with a known probability, and write a coding sheet for each coder.

    The sheets come with a key (NAME.key.csv) that holds ids and probabilities: stance collect joins it with what the coders send back.
    Sheets and keys that are there already are never overwritten, and a key fits the sheets of its own draw only.
    Units coded so can correct the labels of all others: stance estimate.
    """
    from stance.coding.sheets import SheetPlan
    from stance.commands.estimation import variable_of
    from stance.commands.sampling import SampleRequest, sample_units
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_table

    units = read_table(table, Columns(**columns))
    plan = SheetPlan(variable_of(units, variable, codebook), tuple(coder or ("coder",)), overlap, blind)
    request = SampleRequest(n, out, tuple(by or ()), by_uncertainty, tuple(target or ()), texts, tool, seed, json)
    sample_units(units, plan, request)


@command(name="collect", rich_help_panel=CHECK)
def collect_codings(
    sheets: Annotated[
        list[Path], typer.Argument(metavar="SHEET...", help="Coded sheets, or exports of the coding tool.", show_default=False)
    ],
    key: Annotated[Path, typer.Option("--key", help="The key that stance sample wrote beside the sheets.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Table of codings to write: .csv, .jsonl or .parquet.", show_default=False)],
    variable: VariableOption = None,
    codebook: CodebookOption = None,
    words: WordsOption = None,
) -> None:
    """Read coded sheets back into one table of codings (id, coder, label, sample_prob), for stance agree and stance estimate."""
    from stance.coding.coded_variables import with_words
    from stance.commands.estimation import variable_of
    from stance.commands.sampling import collect_sheets
    from stance.corpus.tables import read_table

    (coded,) = with_words([variable_of(read_table(key), variable, codebook)], words or ())
    collect_sheets(sheets, key, coded, out=out)


@command(rich_help_panel=CLAIM)
@with_columns
def estimate(
    predictions: Annotated[Path, typer.Argument(help="Rows of stance label, of all units.", show_default=False)],
    columns: Names,
    gold: Annotated[
        Path, typer.Option("--gold", help="Coded units: id, label, sample_prob (and target, holder, coder).", show_default=False)
    ],
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Estimate each group of this column, or by year, quarter or month; may be repeated.")
    ] = None,
    versus: Annotated[str | None, typer.Option("--versus", help="Group that the others are compared with; all: every pair.")] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="Column of the story or outlet that makes units alike; else cluster, if there.")
    ] = None,
    regress: Annotated[str | None, typer.Option("--regress", help='Covariates of a regression: "outlet + month".')] = None,
    odds: Annotated[list[str] | None, typer.Option("--odds", help="Regress the log odds of this label instead; may be repeated.")] = None,
    variable: VariableOption = None,
    target: TargetOption = None,
    named_only: Annotated[bool, typer.Option("--named-only", help="Only units that name their target.")] = False,
    random_sample: Annotated[
        bool, typer.Option("--random-sample", help="GOLD is a simple random sample, for it has no sample_prob.")
    ] = False,
    method: Annotated[str, typer.Option("--method", help="ppi, dsl, or auto: ppi where coded units were equally probable.")] = "auto",
    margin: Annotated[float | None, typer.Option("--margin", help="Tell how many more units to code for intervals of +/- this.")] = None,
    minimum: Annotated[int, typer.Option("--minimum", help="Fewest coded units that a group is estimated from, 5 or more.")] = 10,
    codebook: CodebookOption = None,
    words: WordsOption = None,
    seed: SeedOption = 42,
    out: Annotated[Path | None, typer.Option("--out", help="Write the rows to a .csv, .jsonl or .parquet file.")] = None,
    json: JsonOption = None,
) -> None:
    """Estimate shares, means and differences between groups, corrected for the model's errors as the coded units show them.

    Three figures stand beside one another: naive (labels as if they were right), coded only, and corrected, which is the one to report:
    prediction-powered inference, or design-based supervised learning where units were drawn with unequal probabilities.
    GOLD must not have been used to train the model.
    """
    from stance.coding.coded_variables import with_words
    from stance.commands.estimation import named_only as keep_named
    from stance.commands.estimation import print_estimates, variable_of
    from stance.corpus.records import Columns
    from stance.corpus.tables import check_writable, read_table
    from stance.estimation.question import Question, parse_covariates

    if out is not None:
        check_writable(out)
    rows, coded = read_table(predictions), read_table(gold, Columns(**columns))  # the names of columns are those of the user's table
    (asked,) = with_words([variable_of(rows, variable, codebook)], words or ())
    question = Question(
        asked,
        by=tuple(by or ()),
        versus=versus,
        cluster=cluster,
        target=tuple(target or ()),
        regress=parse_covariates(regress),
        odds=tuple(odds or ()),
        method=method,  # type: ignore[arg-type]  # checked by Question
        random_sample=random_sample,
        margin=margin,
        minimum=minimum,
        seed=seed,
    )
    print_estimates(keep_named(rows) if named_only else rows, coded, question, out=out, json=json)
