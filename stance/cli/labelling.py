"""``label`` and ``models``: labels for articles, and what ships to make them. Imports are deferred into each command to keep start-up fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.app import READ, command
from stance.cli.options import JsonOption, ModelOption, Names, TargetsFile, VariableOption, with_columns


@command(rich_help_panel=READ)
@with_columns
def label(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Article files, folders of them, or tables; also s3:// and the like.", show_default=False),
    ],
    columns: Names,
    variable: VariableOption = None,
    target: Annotated[list[str] | None, typer.Option("--target", help="Whom or what tone and stance are toward; may be repeated.")] = None,
    targets: TargetsFile = None,
    model: ModelOption = None,
    out: Annotated[
        str | None, typer.Option("--out", help="Write the rows to a .csv, .jsonl or .parquet file, or to a folder (DIR/): resumable.")
    ] = None,
    keep: Annotated[list[str] | None, typer.Option("--keep", help="A column of the input to keep in the rows; may be repeated.")] = None,
    with_text: Annotated[bool, typer.Option("--with-text", help="Keep the text in the rows.")] = False,
    min_confidence: Annotated[float, typer.Option("--min-confidence", help="Mark units below this confidence as abstained.")] = 0.0,
    risk: Annotated[float | None, typer.Option("--risk", help="Abstain so that at most this share of the other labels is wrong.")] = None,
    on_error: Annotated[
        str | None,
        typer.Option(
            "--on-error",
            help="A row that cannot be labelled: stop before any work, or mark it in a column 'failed' (default: mark for a folder, else stop).",
        ),
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="What runs a --out DIR/: local, or ray (a cluster).")] = "local",
    threads: Annotated[int, typer.Option("--threads", help="Cores to use; 0 is all.")] = 0,
    device: Annotated[
        str,
        typer.Option("--device", help="cpu, cuda, or auto: a CUDA GPU where there is one and the model folder holds a checkpoint."),
    ] = "auto",
    by_voice: Annotated[
        bool, typer.Option("--by-voice", help="Also label what the narrator and each quoted source say.", rich_help_panel="Voices")
    ] = False,
    net: Annotated[
        bool, typer.Option("--net", help="Rows of source, holder, target, direction, sentence (NET method).", rich_help_panel="Voices")
    ] = False,
    find_targets: Annotated[
        bool,
        typer.Option("--find-targets", help="Label nothing: list the names mentioned most (--out targets.toml).", rich_help_panel="Voices"),
    ] = False,
    top: Annotated[int, typer.Option("--top", help="Names that --find-targets lists.", rich_help_panel="Voices")] = 20,
    ner: Annotated[
        Path | None,
        typer.Option("--ner", help="Find the names with the spaCy or Hugging Face model in this folder.", rich_help_panel="Voices"),
    ] = None,
) -> None:
    """Label articles: their tone, and the tone and stance toward each target.

    Without --variable: the tone of every article (good or bad news) and, where targets are named, the tone toward each (in which light it is
    shown) and the stance toward it: the journalist's own, or that of the actor in the column holder. Into a folder (--out DIR/) an input
    of any size is labelled part by part; killed and started again, it goes on where it was. INPUT and --out may be addresses (s3://, gs://,
    hf://), for which fsspec's package of that name is needed (s3fs, gcsfs, huggingface_hub).
    """
    from stance.commands import voices
    from stance.commands.labelling import label_inputs, on_error_of
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_aliases
    from stance.labelling.jobs import Request

    voices.check_asked({"--by-voice": by_voice, "--net": net, "--find-targets": find_targets}, out=out, engine=engine)
    names = Columns(**columns)
    if find_targets:
        voices.find_targets(inputs, names, top=top, ner=ner, out=out)
        return
    request = Request(
        variable,
        model,
        tuple(target or ()),
        read_aliases(targets) if targets is not None else {},
        min_confidence,
        risk,
        keep=(*(keep or ()), *(("text",) if with_text else ())),
        threads=threads,
        device=device,
        on_error=on_error_of(on_error, out),
        aliases_as_targets=True,
    )
    if by_voice or net:
        (voices.label_net if net else voices.label_by_voice)(inputs, names, request, out=out)
        return
    label_inputs(inputs, names, request, out=out, engine=engine)


@command(rich_help_panel=READ)
def models(json: JsonOption = None) -> None:
    """List the models inside the package: size, labels, scores and terms."""
    from stance.cli.showing import show
    from stance.commands.models import models as found_by

    show(found_by(), json=json)
