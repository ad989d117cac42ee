"""``report``: one page that shows all there is to show. Rooms are imported inside the command, for a quick start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.app import CLAIM, command
from stance.cli.options import CodebookOption, CovariatesOption, SeedOption, WordsOption


@command(rich_help_panel=CLAIM)
def report(
    predictions: Annotated[Path, typer.Argument(help="Table of predictions, as stance label writes it.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for report.html, its tables and figures.", show_default=False)],
    gold: Annotated[
        Path | None, typer.Option("--gold", help="The coded sample: id, label (and target), sample_prob.", show_default=False)
    ] = None,
    random_sample: Annotated[
        bool, typer.Option("--random-sample", help="The coded units are a simple random sample of the predictions.")
    ] = False,
    codings: Annotated[
        Path | None, typer.Option("--codings", help="Table of codings: id, coder, label; for the agreement.", show_default=False)
    ] = None,
    audit: Annotated[Path | None, typer.Option("--audit", help="What stance audit wrote with --json.", show_default=False)] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help="Also compare groups of this column, besides outlet and month; quarter and year too. May be repeated."),
    ] = None,
    covariates: CovariatesOption = None,
    variable: Annotated[
        str | None, typer.Option("--variable", help="Which variable, where the predictions hold several.", show_default=False)
    ] = None,
    title: Annotated[str, typer.Option("--title", help="Heading of the page.")] = "",
    language: Annotated[str, typer.Option("--language", help="Language of the page: nl or en.")] = "en",
    codebook: CodebookOption = None,
    words: WordsOption = None,
    seed: SeedOption = 42,
) -> None:
    """Write a report: one page (HTML, no network), its tables (CSV, LaTeX) and figures (SVG, PNG); no article text.

    What is given decides what is shown, and what is missing is named: with --gold scores, calibration and corrected estimates, with
    --codings the agreement of coders and the human ceiling, with --audit what the labels rest on.
    """
    from stance.cli.showing import show
    from stance.commands.reporting import report as found_by
    from stance.reporting.terminal import progress_bar

    found = found_by(
        predictions,
        out=out,
        gold=gold,
        random_sample=random_sample,
        codings=codings,
        audit=audit,
        by=by or (),
        covariates=covariates,
        variable=variable,
        title=title,
        language=language,
        codebook=codebook,
        map=words or (),
        seed=seed,
        progress=progress_bar,
    )
    show(found)
