"""``explain``: why an article gets its label. Rooms are imported inside the command, for a quick start."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from stance.cli.app import READ, command
from stance.cli.options import JsonOption, ModelOption, Names, SeedOption, TargetsFile, with_columns


@command(rich_help_panel=READ)
@with_columns
def explain(
    article: Annotated[Path, typer.Argument(help="An article file, or a table of articles with --id.", show_default=False)],
    columns: Names,
    target: Annotated[
        str | None,
        typer.Option(
            "--target", help="Whom or what it is toward: stance, or with --model tone the tone; without it, the tone of the article."
        ),
    ] = None,
    targets: TargetsFile = None,
    id: Annotated[str | None, typer.Option("--id", help="Which article, where the input holds several.")] = None,
    model: ModelOption = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write a page to open in a browser; it holds the article's text.")
    ] = None,
    method: Annotated[
        str,
        typer.Option("--method", help="How words are weighed: occlusion, or gradients (integrated; a model folder with its checkpoint)."),
    ] = "occlusion",
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Show why an article gets its label: its sentences by voice, the words that carried them, and how faithful these words are."""
    from stance.cli.showing import show
    from stance.commands.explaining import explain as found_by
    from stance.reporting.explanation import print_explanation
    from stance.reporting.terminal import progress_bar

    found = found_by(
        article,
        target=target,
        targets=targets,
        id=id,
        model=model,
        html=html,
        method=method,
        seed=seed,
        columns=columns,
        progress=progress_bar,
    )
    show(found, json=json, above=partial(print_explanation, found.found.explanation))
