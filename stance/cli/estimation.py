"""``plan``, ``sample``, ``collect`` and ``estimate``: from labels to claims. Rooms are imported inside a command, for a quick start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.app import CHECK, CLAIM, command
from stance.cli.options import CodebookOption, CovariatesOption, JsonOption, Names, SeedOption, VariableOption, WordsOption, with_columns

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
    from stance.cli.showing import show
    from stance.commands.sampling import sample as found_by

    found = found_by(
        table,
        n=n,
        out=out,
        variable=variable,
        by=by or (),
        by_uncertainty=by_uncertainty,
        target=target or (),
        texts=texts,
        coder=coder or ("coder",),
        overlap=overlap,
        blind=blind,
        tool=tool,
        codebook=codebook,
        seed=seed,
        columns=columns,
    )
    show(found, json=json)


@command(rich_help_panel=CHECK)
def plan(
    units: Annotated[int, typer.Option("--units", help="Labelled units in each group.", show_default=False)],
    groups: Annotated[int, typer.Option("--groups", help="Number of groups (outlets, periods) to compare.")] = 2,
    share: Annotated[float, typer.Option("--share", help="Share of the label in question, roughly.")] = 0.3,
    accuracy: Annotated[float, typer.Option("--accuracy", help="Accuracy of the model, from stance evaluate or a guess.")] = 0.8,
    alpha: Annotated[float, typer.Option("--alpha", help="Krippendorff's alpha of the coders, from stance agree or a guess.")] = 0.8,
    cluster_size: Annotated[float, typer.Option("--cluster-size", help="Coded units of one story, on average.")] = 1.0,
    within: Annotated[float, typer.Option("--within", help="How alike units of one story are (intraclass correlation, 0 to 1).")] = 0.0,
    difference: Annotated[float, typer.Option("--difference", help="Smallest difference between groups to find, in 80% of studies.")] = 0.1,
    margin: Annotated[float | None, typer.Option("--margin", help="Margin of error that shares may have at most.")] = None,
    json: JsonOption = None,
) -> None:
    """Compute how many units to code, before any is coded, to find a difference or to reach a margin of error."""
    from stance.cli.showing import show
    from stance.commands.planning import plan as found_by

    found = found_by(
        units,
        groups=groups,
        share=share,
        accuracy=accuracy,
        alpha=alpha,
        cluster_size=cluster_size,
        within=within,
        difference=difference,
        margin=margin,
    )
    show(found, json=json)


@command(rich_help_panel=CHECK)
def collect(
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
    from stance.cli.showing import show
    from stance.commands.sampling import collect as found_by

    show(found_by(sheets, key=key, out=out, variable=variable, codebook=codebook, map=words or ()))


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
        str | None,
        typer.Option("--cluster", help="Column of the story or outlet that makes units alike, beside article and text. Default: cluster."),
    ] = None,
    covariates: CovariatesOption = None,
    regress: Annotated[str | None, typer.Option("--regress", help='Covariates of a regression: "outlet + month".')] = None,
    odds: Annotated[list[str] | None, typer.Option("--odds", help="Regress the log odds of this label instead; may be repeated.")] = None,
    variable: VariableOption = None,
    target: TargetOption = None,
    named_only: Annotated[bool, typer.Option("--named-only", help="Only units that name their target.")] = False,
    random_sample: Annotated[
        bool, typer.Option("--random-sample", help="GOLD is a simple random sample, for it has no sample_prob.")
    ] = False,
    method: Annotated[str, typer.Option("--method", help="ppi, dsl, or auto: ppi where coded units were equally probable.")] = "auto",
    equivalent: Annotated[
        float | None, typer.Option("--equivalent", help="Also test for no difference: that differences are smaller than this.")
    ] = None,
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
    from stance.cli.showing import show
    from stance.commands.estimation import estimate as found_by

    found = found_by(
        predictions,
        gold,
        variable=variable,
        by=by or (),
        versus=versus,
        cluster=cluster,
        covariates=covariates,
        regress=regress,
        odds=odds or (),
        target=target or (),
        named_only=named_only,
        random_sample=random_sample,
        method=method,  # type: ignore[arg-type]  # checked by Question
        equivalent=equivalent,
        margin=margin,
        minimum=minimum,
        codebook=codebook,
        map=words or (),
        seed=seed,
        out=out,
        columns=columns,  # the names of columns are those of the user's table
    )
    show(found, json=json)
