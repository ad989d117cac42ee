"""The commands: parse, call, print. What they do stands in the rooms below; what is imported late is imported late for a quick start."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stance.cli_options import Names, with_columns
from stance.errors import StanceError

app = typer.Typer(
    name="stance",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Stance and tone of Dutch news articles: label, train, evaluate. Nothing leaves this machine.",
)

VariableOption = Annotated[str | None, typer.Option("--variable", help="What to code: tone, stance, or one of your codebook.")]
OneVariable = Annotated[str, typer.Option("--variable", help="What is coded: tone, stance, or one of your codebook.")]
ModelOption = Annotated[str | None, typer.Option("--model", help="A shipped model (tone, stance) or a model folder.")]
CodebookOption = Annotated[Path | None, typer.Option("--codebook", help="TOML file with your own variables.")]
TargetsFile = Annotated[
    Path | None, typer.Option("--targets", help='TOML file of targets and their other names: Poetin = ["Vladimir Poetin", "Putin"].')
]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write the printed rows, with their signature, as JSON.")]
ByOption = Annotated[list[str] | None, typer.Option("--by", help="Score each group of this column as well; may be repeated.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of all that is drawn by chance.")]


@app.command()
@with_columns
def label(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT...", help="Article files, folders of them, or tables.", show_default=False)
    ],
    columns: Names,
    variable: VariableOption = None,
    target: Annotated[list[str] | None, typer.Option("--target", help="Whom or what the stance is toward; may be repeated.")] = None,
    targets: TargetsFile = None,
    model: ModelOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the rows to a .csv, .jsonl or .parquet file.")] = None,
    keep: Annotated[list[str] | None, typer.Option("--keep", help="A column of the input to keep in the rows; may be repeated.")] = None,
    with_text: Annotated[bool, typer.Option("--with-text", help="Keep the text in the rows.")] = False,
    min_confidence: Annotated[float, typer.Option("--min-confidence", help="Mark units below this confidence as abstained.")] = 0.0,
    risk: Annotated[float | None, typer.Option("--risk", help="Abstain so that at most this share of the other labels is wrong.")] = None,
) -> None:
    """Label articles: their tone, and their stance toward each target.

    Without --variable: the tone of every article and, where targets are named, its stance toward each.
    """
    from stance.corpus.files import read_inputs  # start-up cost, as in every command below
    from stance.corpus.records import Columns
    from stance.corpus.tables import check_writable, read_aliases, write_table
    from stance.model.jobs import plan_jobs, run_jobs
    from stance.report.terminal import ask_progress, print_labels, tell

    if out is not None:
        check_writable(out)
    aliases = read_aliases(targets) if targets is not None else {}
    units = read_inputs(inputs, Columns(**columns))
    named = target or ([] if units["target"].notna().any() else list(aliases))
    jobs = plan_jobs(units, variable=variable, model=model, targets=named, aliases=aliases, min_confidence=min_confidence, risk=risk)
    wanted = [*(keep or []), *(["text"] if with_text else [])]
    with ask_progress("labelling", sum(len(job.units) for job in jobs)) as progress:
        rows = run_jobs(jobs, keep=wanted, on_progress=lambda done: progress.advance(progress.task_ids[0], done))
    unnamed = int((~rows["target_named"].fillna(True).astype(bool)).sum())
    if unnamed:
        tell(
            f"{unnamed} of {int(rows['target'].notna().sum())} units do not name their target: the whole text was used (target_named is false)."
        )
    if out is None:
        print_labels(rows)
    else:
        write_table(rows, out)
        tell(f"{len(rows)} rows written to {out}.")


@app.command()
@with_columns
def train(
    table: Annotated[
        Path, typer.Argument(help="Table of coded units: text, label, and where there are any target and holder.", show_default=False)
    ],
    columns: Names,
    variable: OneVariable,
    out: Annotated[Path, typer.Option("--out", help="Model folder to write.", show_default=False)],
    encoder: Annotated[str, typer.Option("--encoder", help="mini, robbert-2023-base, ..., a hub id or a folder.")] = "mini",
    revision: Annotated[str | None, typer.Option("--revision", help="Commit of the encoder on the hub.")] = None,
    dev: Annotated[Path | None, typer.Option("--dev", help="Table of units to stop and calibrate on; else a tenth of TABLE.")] = None,
    baseline: Annotated[str | None, typer.Option("--baseline", help="Train a baseline instead: tfidf, lexicon or majority.")] = None,
    lexicon: Annotated[Path | None, typer.Option("--lexicon", help="Word list for the lexicon baseline.")] = None,
    seed: Annotated[list[int] | None, typer.Option("--seed", help="Seed; repeat it for several runs, mean and spread are printed.")] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", help="Passes at most; else the encoder's own.")] = None,
    batch_size: Annotated[int | None, typer.Option("--batch-size", help="Units a step; else the encoder's own.")] = None,
    learning_rate: Annotated[float | None, typer.Option("--learning-rate", help="Peak rate; else the encoder's own.")] = None,
    window: Annotated[int, typer.Option("--window", help="Tokens in a window at most.")] = 512,
    class_weights: Annotated[bool, typer.Option(help="Weigh rare labels more.")] = True,
    targets: TargetsFile = None,
    codebook: CodebookOption = None,
    json: JsonOption = None,
) -> None:
    """Fine-tune an encoder on coded units and write a model folder; killed and started again, it continues."""
    from stance.coding.codebook import get_variable
    from stance.commands.training import train_baseline, train_encoder
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_aliases, read_table

    coded = get_variable(variable, codebook)
    units = read_table(table, Columns(**columns))
    if baseline is not None:
        train_baseline(units, coded, kind=baseline, lexicon=lexicon, out=out)
        return
    train_encoder(
        units,
        read_table(dev, Columns(**columns)) if dev is not None else None,
        coded,
        out=out,
        seeds=tuple(seed or (42,)),
        settings={
            "encoder": encoder,
            "revision": revision,
            "epochs": epochs,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "window": window,
            "class_weights": class_weights,
        },
        aliases=read_aliases(targets) if targets is not None else {},
        json=json,
    )


@app.command()
@with_columns
def evaluate(
    table: Annotated[Path, typer.Argument(help="Table of units with their gold label.", show_default=False)],
    columns: Names,
    variable: OneVariable,
    model: ModelOption = None,
    by: ByOption = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Score only units with this gold label; may be repeated.")] = None,
    targets: TargetsFile = None,
    trained_on: Annotated[Path | None, typer.Option("--trained-on", help="The training table: refuse units it repeats.")] = None,
    allow_leak: Annotated[bool, typer.Option("--allow-leak", help="Score even so, and tell.")] = False,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Score a model against gold: accuracy, macro F1, alpha, each with a 95% interval, per label and by group."""
    from stance.commands.evaluation import EvaluationRequest, check_training_leaks, evaluate_model
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_aliases, read_table

    units = read_table(table, Columns(**columns))
    if trained_on is not None:
        check_training_leaks(units, read_table(trained_on, Columns(**columns)), allow=allow_leak)
    aliases = read_aliases(targets) if targets is not None else {}
    evaluate_model(units, EvaluationRequest(model or variable, variable, tuple(by or ()), tuple(only or ()), aliases, seed, json))


@app.command()
@with_columns
def audit(
    model: Annotated[str, typer.Argument(help="A shipped model (tone, stance) or a model folder.", show_default=False)],
    table: Annotated[Path, typer.Argument(help="Table of units to try it on, with gold labels or without.", show_default=False)],
    columns: Names,
    by: ByOption = None,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Test what the labels rest on: names swapped, quotes removed, target masked, typos; how often does the label flip?"""
    from stance.commands.audit import audit_model
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_table

    audit_model(read_table(table, Columns(**columns)), model=model, by=by or [], seed=seed, json=json)


@app.command()
@with_columns
def blend(
    models: Annotated[list[str], typer.Argument(metavar="MODEL MODEL...", help="Model folders of one variable.", show_default=False)],
    columns: Names,
    dev: Annotated[Path, typer.Option("--dev", help="Coded units that none of the models was trained on.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Model folder to write.", show_default=False)],
) -> None:
    """Make one model of several, such as an encoder and a TF-IDF baseline, with weights fitted on dev units."""
    from stance.commands.training import blend_folders
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_table

    blend_folders(models, read_table(dev, Columns(**columns)), out=out)


@app.command()
@with_columns
def agree(
    codings: Annotated[Path, typer.Argument(help="Table of codings: id, coder, label.", show_default=False)],
    columns: Names,
    variable: OneVariable,
    codebook: CodebookOption = None,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Measure how far coders agree: Krippendorff's alpha with intervals, by label, by coder and by pair."""
    from stance.coding.codebook import get_variable
    from stance.commands.coding import print_agreement
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_table

    print_agreement(read_table(codings, Columns(**columns)), get_variable(variable, codebook), seed=seed, json=json)


@app.command()
@with_columns
def split(
    table: Annotated[Path, typer.Argument(help="Table of units.", show_default=False)],
    columns: Names,
    out: Annotated[Path, typer.Option("--out", help="Folder to write the parts to, in the format of TABLE.", show_default=False)],
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Keep units of one value together (outlet, target, date); repeat it.")
    ] = None,
    folds: Annotated[int, typer.Option("--folds", help="Number of folds; else train, dev and test (80, 10, 10%).")] = 0,
    threshold: Annotated[float, typer.Option("--threshold", help="Share of word pairs from which two texts are near-duplicates.")] = 0.5,
    seed: SeedOption = 42,
    json: JsonOption = None,
) -> None:
    """Split units so that nothing leaks: near-duplicates and units of one cluster never stand on two sides."""
    from stance.commands.coding import split_table
    from stance.corpus.records import Columns
    from stance.corpus.tables import read_table

    units = read_table(table, Columns(**columns))
    split_table(units, ending=table.suffix, out=out, by=by or [], folds=folds, threshold=threshold, seed=seed, json=json)


@app.command()
def codebook(name: Annotated[str, typer.Argument(help="tone, stance, partisanship or subjectivity.")]) -> None:
    """Print a built-in codebook (TOML, with instructions for coders) to start your own from."""
    from stance.coding.codebook import codebook_text

    typer.echo(codebook_text(name), nl=False)


@app.command()
def models(json: JsonOption = None) -> None:
    """List the models inside the package: size, labels, scores and terms."""
    from stance.commands.coding import print_models

    print_models(json=json)


@app.command()
def pretrain(
    config: Annotated[Path, typer.Argument(help="TOML file with the texts, the encoder and the budget.", show_default=False)],
) -> None:
    """Pre-train or adapt an encoder on a folder of texts (extra: train); killed and started again, it continues."""
    from stance.commands.training import pretrain_encoder

    pretrain_encoder(config)


def main() -> None:
    """Run the command line; a refused input is one sentence and exit status 1."""
    try:
        app()
    except StanceError as error:
        from stance.report.terminal import complain

        complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)
