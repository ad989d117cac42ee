"""``train``, ``blend`` and ``pretrain``: make models. Rooms are imported inside a command, for a quick start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.app import MAKE, command
from stance.cli.options import CodebookOption, JsonOption, Names, OneVariable, TargetsFile, WordsOption, with_columns


@command(rich_help_panel=MAKE)
@with_columns
def train(
    table: Annotated[
        Path, typer.Argument(help="Table of coded units: text, label, and where there are any target and holder.", show_default=False)
    ],
    columns: Names,
    variable: OneVariable,
    out: Annotated[Path, typer.Option("--out", help="Model folder to write.", show_default=False)],
    encoder: Annotated[
        str, typer.Option("--encoder", help="mini, tone or stance (train on from them), robbert-2023-base, ..., a hub id or a folder.")
    ] = "mini",
    revision: Annotated[str | None, typer.Option("--revision", help="Commit of the encoder on the hub.")] = None,
    dev: Annotated[
        Path | None,
        typer.Option("--dev", help="Table of units to stop and calibrate on (default: a tenth of TABLE; for a baseline: none)."),
    ] = None,
    baseline: Annotated[str | None, typer.Option("--baseline", help="Train a baseline instead: tfidf, lexicon or majority.")] = None,
    lexicon: Annotated[Path | None, typer.Option("--lexicon", help="Word list for the lexicon baseline.")] = None,
    seed: Annotated[list[int] | None, typer.Option("--seed", help="Seed; repeat it for several runs, mean and spread are printed.")] = None,
    average: Annotated[
        bool, typer.Option("--average", help="Make the mean of the weights of all seeds the model, not the best of them; needs --dev.")
    ] = False,
    teacher: Annotated[
        str | None,
        typer.Option(
            "--teacher", help="Larger trained model of this variable and tokenizer, whose probabilities and states are learned too."
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", help="Passes at most; else the encoder's own, more of them where few units are coded.")
    ] = None,
    batch_size: Annotated[int | None, typer.Option("--batch-size", help="Units a step; else the encoder's own.")] = None,
    learning_rate: Annotated[float | None, typer.Option("--learning-rate", help="Peak rate; else the encoder's own.")] = None,
    window: Annotated[int, typer.Option("--window", help="Tokens in a window at most.")] = 512,
    class_weights: Annotated[bool, typer.Option(help="Weigh rare labels more.")] = True,
    targets: TargetsFile = None,
    codebook: CodebookOption = None,
    words: WordsOption = None,
    json: JsonOption = None,
) -> None:
    """Fine-tune an encoder on coded units and write a model folder; killed and started again, it continues.

    On several GPUs: accelerate launch --multi_gpu --num_processes 4 -m stance train ... (the same run, each batch shared out among them).
    """
    from stance.cli.showing import Spoken, show
    from stance.commands.training import train as found_by
    from stance.reporting.terminal import progress_bar

    spoken = Spoken()
    found = found_by(
        table,
        variable=variable,
        out=out,
        encoder=encoder,
        revision=revision,
        dev=dev,
        baseline=baseline,
        lexicon=lexicon,
        seed=seed or (42,),
        average=average,
        teacher=teacher,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        window=window,
        class_weights=class_weights,
        targets=targets,
        codebook=codebook,
        map=words or (),
        columns=columns,
        progress=progress_bar,
        say=spoken.say,
    )
    if found.content:  # of several processes one shows
        show(spoken.rest_of(found), json=json)


@command(rich_help_panel=MAKE)
@with_columns
def blend(
    models: Annotated[list[str], typer.Argument(metavar="MODEL MODEL...", help="Model folders of one variable.", show_default=False)],
    columns: Names,
    dev: Annotated[Path, typer.Option("--dev", help="Coded units that none of the models was trained on.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Model folder to write.", show_default=False)],
    checkpoints: Annotated[bool, typer.Option("--checkpoints", help="Copy the encoders' checkpoints too, to label on a GPU.")] = False,
    words: WordsOption = None,
) -> None:
    """Make one model of several, such as an encoder and a TF-IDF baseline, with weights fitted on dev units."""
    from stance.cli.showing import show
    from stance.commands.training import blend as found_by

    show(found_by(models, dev=dev, out=out, checkpoints=checkpoints, map=words or (), columns=columns))


@command(rich_help_panel=MAKE)
def pretrain(
    config: Annotated[Path, typer.Argument(help="TOML file with the texts, the encoder to start from and the budget.", show_default=False)],
) -> None:
    """Adapt an encoder to a folder of texts, or distil it from a larger one (extra: train); an interrupted run resumes."""
    from stance.cli.showing import show
    from stance.commands.training import pretrain as found_by

    show(found_by(config))
