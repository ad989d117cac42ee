"""``stance.train``, ``stance.blend``, ``stance.pretrain``: make models."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.coded_variables import as_variable, relabelled, with_words
from stance.corpus.records import check_targets, check_units
from stance.corpus.tables import Tabular, as_aliases, as_table
from stance.errors import InputError, TrainingError, did_you_mean
from stance.model.card import write_card
from stance.model.folder import SETTINGS_FILE, check_free, find_model, read_settings, write_settings
from stance.model.pooling import Aliases
from stance.results import Result, Table
from stance.signature import data_hash, signature
from stance.steps import Advance, Progress, silent
from stance.training.baselines import LexiconClassifier, MajorityClassifier, TfidfClassifier
from stance.training.blending import blend_models
from stance.training.calibrating import calibrate_folder

__all__ = ["blend", "pretrain", "train"]

BASELINES = ("tfidf", "lexicon", "majority")


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an encoder is trained: into which folder, once a seed, with which settings, and who is kept posted meanwhile."""

    variable: Variable
    out: Path
    seeds: tuple[int, ...]
    settings: Mapping[str, Any]
    aliases: Aliases
    average: bool
    progress: Progress
    say: Callable[[str], None]


def train(
    table: Tabular,
    *,
    variable: str | Variable,
    out: str | Path,
    encoder: str = "mini",
    revision: str | None = None,
    dev: Tabular | None = None,
    baseline: str | None = None,
    lexicon: str | Path | None = None,
    seed: int | Sequence[int] = 42,
    average: bool = False,
    teacher: str | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    window: int = 512,
    class_weights: bool = True,
    targets: Mapping[str, Sequence[str]] | str | Path | None = None,
    codebook: str | Path | None = None,
    map: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda sentence: None,
) -> Result[Path]:
    """Return how an encoder, or a baseline, was trained on coded units; the model folder is ``out``, and ``found`` its path.

    Options are those of ``stance train``; an interrupted run resumes when it is started again. ``table`` has a row a run with its scores on
    dev units, or for a baseline how many units each label has. ``say`` is called with each note as soon as it is known. Where several
    processes train together, the first returns the result and the others one without content.
    """
    (coded,) = with_words([as_variable(variable, codebook)], map)
    units = as_table(table, columns)
    dev_units = None if dev is None else as_table(dev, columns, where="the dev table")
    if baseline is not None:
        return _train_baseline(units, dev_units, coded, kind=baseline, lexicon=lexicon, out=Path(out), say=say)
    settings = {
        "encoder": encoder,
        "revision": revision,
        "teacher": teacher,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "window": window,
        "class_weights": class_weights,
    }
    seeds = (seed,) if isinstance(seed, int) else tuple(seed)
    plan = _Plan(coded, Path(out), seeds, settings, as_aliases(targets), average, progress, say)
    return _train_encoder(units, dev_units, plan)


def _train_baseline(
    units: pd.DataFrame,
    dev: pd.DataFrame | None,
    variable: Variable,
    *,
    kind: str,
    lexicon: str | Path | None,
    out: Path,
    say: Callable[[str], None],
) -> Result[Path]:
    """Return what a baseline was trained on, once its model folder is written, calibrated on the dev units if there are any."""
    if kind not in BASELINES:
        raise InputError(f"There is no baseline '{kind}': pass {', '.join(BASELINES)}.{did_you_mean(kind, BASELINES)}")
    if kind == "lexicon" and lexicon is None:
        raise InputError("The lexicon baseline needs a word list: pass --lexicon FILE with the columns word and score.")
    check_free(out)
    name, labels = variable.name, variable.labels
    classifier: TfidfClassifier | LexiconClassifier | MajorityClassifier
    if kind == "tfidf":
        classifier = TfidfClassifier(variable=name, labels=labels)
    elif kind == "majority":
        classifier = MajorityClassifier(variable=name, labels=labels)
    else:
        classifier = LexiconClassifier(lexicon=str(lexicon), variable=name, labels=labels)
    checked = relabelled(check_units(units, where="the table"), variable, where="the table")
    dev = None if dev is None else relabelled(check_units(dev, where="the dev table"), variable, where="the dev table")
    if dev is not None:
        check_codings(dev, variable, where="the dev table", complete=True)
    classifier.fit(checked, checked["label"])
    classifier.save(out)
    write_settings(out, replace(read_settings(out), codebook=variable.table))
    notes = [f"{kind} trained on {len(checked)} units; model folder {out}."]
    if dev is not None:
        score = calibrate_folder(out, dev).scores["dev_macro_f1"]
        notes.append(f"calibrated on {len(dev)} dev units, dev macro F1 {score:.3f}.")
    for note in notes:
        say(note)
    write_card(out)
    table = checked["label"].value_counts().reindex(labels, fill_value=0).rename_axis("label").reset_index(name="units")
    recipe = signature(
        model=kind,
        variable=name,
        n=len(checked),
        dev=read_settings(out).signature.get("dev", "none"),
        data=data_hash(checked[["id", "text", "target", "label"]]),
    )
    return Result(table, (*notes, Table(f"{name}: {out}, units it was trained on", table)), recipe, out)


def _train_encoder(units: pd.DataFrame, dev: pd.DataFrame | None, plan: _Plan) -> Result[Path]:
    """Return how training went, once a seed; the run with the best dev score is left in ``plan.out``, or with ``average`` their mean."""
    if plan.average and (dev is None or len(plan.seeds) < 2):
        raise InputError(
            "--average joins runs of several seeds that were stopped on the same units: pass --seed at least twice, and --dev."
        )
    building = _training_room("building")
    config = _training_room("settings").TrainConfig(**plan.settings)
    first = _training_room("processes").join().first  # of several processes one speaks, and finishes what all have trained
    check_free(plan.out)
    units = relabelled(check_units(units, where="the table"), plan.variable, where="the table")
    dev = None if dev is None else relabelled(check_units(dev, where="the dev table"), plan.variable, where="the dev table")
    plan = plan if first else replace(plan, progress=silent, say=lambda sentence: None)
    notes: list[str] = []
    rows = []
    for seed in plan.seeds:
        folder = plan.out / f"seed-{seed}" if len(plan.seeds) > 1 else plan.out
        if (folder / SETTINGS_FILE).exists():
            _note(f"{folder} is finished already and is kept.", notes, plan)
        else:
            trained = _train_once(building, units, dev, plan, config=replace(config, seed=seed), out=folder, notes=notes)
            _note(_outcome(trained, seed), notes, plan)
            if first:
                write_card(folder)
        rows.append({"seed": seed, **read_settings(folder).scores})
    runs = pd.DataFrame(rows)
    if not first:
        return Result(runs, (), {}, plan.out)
    if plan.average and dev is not None:
        runs, spread = _average(runs, dev, plan)
        _note(spread, notes, plan)
    elif len(plan.seeds) > 1:
        _note(_take_best(runs, out=plan.out), notes, plan)
    return Result(runs, (*notes, Table(f"{plan.variable.name}: {plan.out}", runs)), read_settings(plan.out).signature, plan.out)


def _note(sentence: str, notes: list[str], plan: _Plan) -> None:
    notes.append(sentence)
    plan.say(sentence)


def _take_best(runs: pd.DataFrame, *, out: Path) -> str:
    """Make ``out`` the model of the best of several runs, a row each, and return a sentence on it."""
    best = runs["seed"].iloc[int(runs["dev_macro_f1"].to_numpy().argmax())]
    _take(out / f"seed-{best}", out)
    return f"{_spread(runs)}; {out} holds seed {best}."


def _average(runs: pd.DataFrame, dev: pd.DataFrame, plan: _Plan) -> tuple[pd.DataFrame, str]:
    """Make ``plan.out`` the model with the mean of the weights of several runs; return these with a row for it, and a sentence on it."""
    folders = [plan.out / f"seed-{seed}" for seed in runs["seed"]]
    settings = _training_room("averaging").average_models(folders, dev, out=plan.out, aliases=plan.aliases)
    write_card(plan.out)
    mean = pd.DataFrame([{"seed": "mean of weights", **settings.scores}])
    told = f"{_spread(runs)}; {plan.out} holds the mean of their weights, dev macro F1 {settings.scores['dev_macro_f1']:.3f}."
    return pd.concat([runs.astype({"seed": str}), mean], ignore_index=True), told


def _spread(runs: pd.DataFrame) -> str:
    scores = runs["dev_macro_f1"]
    return f"dev macro F1 over {len(runs)} seeds: mean {scores.mean():.3f}, SD {scores.std(ddof=1):.3f}"


def blend(
    models: Sequence[str | Path],
    *,
    dev: Tabular,
    out: str | Path,
    checkpoints: bool = False,
    map: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
) -> Result[Path]:
    """Return the weight and the dev score of each of several models in one blend of them, the model folder ``out``; ``found`` is its path.

    ``dev`` has coded units that none of the models was trained on. Options are those of ``stance blend``.
    """
    folder, units = Path(out), as_table(dev, columns, where="the dev table")
    if map:
        first = read_settings(find_model(str(models[0])))
        (variable,) = with_words([Variable(first.variable, first.labels)], map)
        units = relabelled(check_units(units, where="the dev units"), variable, where="the dev units")
    settings = blend_models([str(model) for model in models], units, folder, checkpoints=checkpoints)
    write_card(folder)
    rows = [
        {"model": str(model), "weight": weight, "dev_macro_f1": settings.scores[f"dev_macro_f1_{member}"]}
        for model, member, weight in zip(models, settings.members, settings.weights, strict=True)
    ]
    table = pd.DataFrame([*rows, {"model": str(out), "weight": None, "dev_macro_f1": settings.scores["dev_macro_f1"]}])
    return Result(table, (Table("Blend", table),), settings.signature, folder)


def pretrain(config: str | Path) -> Result[Path]:
    """Return where an encoder is that was pre-trained as the TOML file says, and what it cost; ``found`` is its folder."""
    pretraining = _training_room("pretraining.run")
    if _training_room("processes").join().size > 1:
        raise TrainingError("stance pretrain runs in one process; start it without accelerate launch.")
    path = Path(config)
    result = pretraining.pretrain(pretraining.read_config(path))
    row = {"encoder": str(result.folder), "steps": result.steps, "tokens": result.tokens, "seconds": result.seconds}
    table = pd.DataFrame([{**row, "train_loss": result.train_loss, "held_out_loss": result.held_out_loss}])
    cost = (
        f"encoder folder {result.folder}: {result.tokens:,} tokens in {result.seconds / 60:.0f} minutes, "
        f"held-out loss {result.held_out_loss:.3f}."
    )
    recipe = signature(config=path.name, data=hashlib.sha256(path.read_bytes()).hexdigest()[:12])
    return Result(table, (*result.left_out, cost), recipe, result.folder)


def _train_once(
    building: Any, units: pd.DataFrame, dev: pd.DataFrame | None, plan: _Plan, *, config: Any, out: Path, notes: list[str]
) -> Any:
    """Return how training went into ``out``; its card is yet to be written."""
    train = units
    if dev is None:
        train, dev = building.hold_out(units, config.dev_share, seed=config.seed)
        _note(f"{len(dev)} of {len(units)} units are kept as dev units, for early stopping and calibration.", notes, plan)
    if plan.variable.has_target:
        check_targets(train, where="the table")
    with plan.progress(f"training, seed {config.seed}", 1) as advance:
        shown = _shows(advance)
        return building.train_model(train, dev, variable=plan.variable, config=config, out=out, aliases=plan.aliases, on_step=shown)


def _outcome(trained: Any, seed: int) -> str:
    parity, score = trained.parity, trained.settings.scores["dev_macro_f1"]
    return (
        f"seed {seed}: best epoch {trained.best.number} of {len(trained.history)}, dev macro F1 {score:.3f}; "
        f"int8 file: {parity.equal_labels:.1%} of labels equal, largest difference of a probability {parity.largest_difference:.4f}."
    )


def _take(run: Path, out: Path) -> None:
    """Make ``out`` the model of one run: its files under the name of ``out``, with ``stance.toml`` last."""
    for path in run.iterdir():
        if path.name != SETTINGS_FILE:
            shutil.copy2(path, out / path.name)
    write_settings(out, replace(read_settings(run), name=out.resolve().name))
    write_card(out)


def _shows(advance: Advance) -> Callable[[int, int, float, float], None]:
    """Return what moves the bar of a training run on to a step of it."""
    reached = 0

    def show(step: int, steps: int, loss: float, best: float) -> None:
        nonlocal reached
        note = f"loss {loss:.3f}" + ("" if np.isnan(best) else f", dev macro F1 {best:.3f}")
        advance(step - reached, note=note, total=steps)
        reached = step

    return show


def _training_room(name: str) -> Any:
    """Return a module that needs torch, or say in one sentence how to get it."""
    try:
        return import_module(f"stance.training.{name}")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("stance"):
            raise
        raise TrainingError(f"Training needs the package '{error.name}': pip install 'stance-nl[train]'.") from error
