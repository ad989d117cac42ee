"""``stance train``, ``stance blend``, ``stance pretrain``: make models."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.coded_variables import relabelled, with_words
from stance.corpus.records import check_targets, check_units
from stance.errors import InputError, TrainingError, did_you_mean
from stance.model.card import write_card
from stance.model.folder import SETTINGS_FILE, check_free, find_model, read_settings, write_settings
from stance.model.pooling import Aliases
from stance.report.terminal import ask_progress, print_signature, print_table, speaking, tell, write_json
from stance.signature import data_hash, signature
from stance.training.baselines import LexiconClassifier, MajorityClassifier, TfidfClassifier
from stance.training.blending import blend_models
from stance.training.calibrating import calibrate_folder

__all__ = ["blend_folders", "pretrain_encoder", "train_baseline", "train_encoder"]

BASELINES = ("tfidf", "lexicon", "majority")


def train_baseline(
    units: pd.DataFrame,
    dev: pd.DataFrame | None,
    variable: Variable,
    *,
    kind: str,
    lexicon: Path | None,
    out: Path,
    json: Path | None = None,
) -> None:
    """Train a baseline on coded units, write its model folder, calibrated on the dev units if there are any, and print what it was made from."""
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
    tell(f"{kind} trained on {len(checked)} units; model folder {out}.")
    if dev is not None:
        score = calibrate_folder(out, dev).scores["dev_macro_f1"]
        tell(f"calibrated on {len(dev)} dev units, dev macro F1 {score:.3f}.")
    write_card(out)
    table = checked["label"].value_counts().reindex(labels, fill_value=0).rename_axis("label").reset_index(name="units")
    print_table(table, title=f"{name}: {out}, units it was trained on")
    recipe = signature(
        model=kind,
        variable=name,
        n=len(checked),
        dev=read_settings(out).signature.get("dev", "none"),
        data=data_hash(checked[["id", "text", "target", "label"]]),
    )
    print_signature(recipe)
    if json is not None:
        write_json(json, table, recipe)


def train_encoder(
    units: pd.DataFrame,
    dev: pd.DataFrame | None,
    variable: Variable,
    *,
    out: Path,
    seeds: Sequence[int],
    settings: Mapping[str, Any],
    aliases: Aliases,
    average: bool,
    json: Path | None,
) -> None:
    """Fine-tune an encoder once a seed, print how it went, and leave the run with the best dev score in ``out``, or with ``average`` their mean."""
    if average and (dev is None or len(seeds) < 2):
        raise InputError(
            "--average joins runs of several seeds that were stopped on the same units: pass --seed at least twice, and --dev."
        )
    building = _training_room("building")
    config = _training_room("settings").TrainConfig(**settings)
    first = _training_room("processes").join().first  # of several processes one speaks, and finishes what all have trained
    check_free(out)
    units = relabelled(check_units(units, where="the table"), variable, where="the table")
    dev = None if dev is None else relabelled(check_units(dev, where="the dev table"), variable, where="the dev table")
    several = len(seeds) > 1
    rows = []
    with speaking(first):
        for seed in seeds:
            folder = out / f"seed-{seed}" if several else out
            if (folder / SETTINGS_FILE).exists():
                tell(f"{folder} is finished already and is kept.")
            else:
                trained = _train_once(building, units, dev, variable, config=replace(config, seed=seed), out=folder, aliases=aliases)
                _tell_trained(trained, seed)
                if first:
                    write_card(folder)
            rows.append({"seed": seed, **read_settings(folder).scores})
    if first:
        runs = pd.DataFrame(rows)
        if average and dev is not None:
            runs = _average(runs, dev, aliases, out=out)
        elif several:
            runs = _take_best(runs, out=out)
        _finish(runs, variable, out=out, json=json)


def _take_best(runs: pd.DataFrame, *, out: Path) -> pd.DataFrame:
    """Make ``out`` the model of the best of several runs, a row each, and return these."""
    best = runs["seed"].iloc[int(runs["dev_macro_f1"].to_numpy().argmax())]
    _take(out / f"seed-{best}", out)
    tell(f"{_spread(runs)}; {out} holds seed {best}.")
    return runs


def _average(runs: pd.DataFrame, dev: pd.DataFrame, aliases: Aliases, *, out: Path) -> pd.DataFrame:
    """Make ``out`` the model with the mean of the weights of several runs, a row each, and return these with a row for the mean."""
    folders = [out / f"seed-{seed}" for seed in runs["seed"]]
    settings = _training_room("averaging").average_models(folders, dev, out=out, aliases=aliases)
    write_card(out)
    tell(f"{_spread(runs)}; {out} holds the mean of their weights, dev macro F1 {settings.scores['dev_macro_f1']:.3f}.")
    return pd.concat([runs.astype({"seed": str}), pd.DataFrame([{"seed": "mean of weights", **settings.scores}])], ignore_index=True)


def _spread(runs: pd.DataFrame) -> str:
    scores = runs["dev_macro_f1"]
    return f"dev macro F1 over {len(runs)} seeds: mean {scores.mean():.3f}, SD {scores.std(ddof=1):.3f}"


def _finish(runs: pd.DataFrame, variable: Variable, *, out: Path, json: Path | None) -> None:
    """Print how the runs went that ``out`` was made of, and its signature."""
    print_table(runs, title=f"{variable.name}: {out}")
    recipe = read_settings(out).signature
    print_signature(recipe)
    if json is not None:
        write_json(json, runs, recipe)


def blend_folders(models: Sequence[str], dev: pd.DataFrame, *, out: Path, checkpoints: bool = False, words: Sequence[str] = ()) -> None:
    """Blend models with weights fitted on dev units, and print what each counts and scores there."""
    if words:
        first = read_settings(find_model(models[0]))
        (variable,) = with_words([Variable(first.variable, first.labels)], words)
        dev = relabelled(check_units(dev, where="the dev units"), variable, where="the dev units")
    settings = blend_models(models, dev, out, checkpoints=checkpoints)
    write_card(out)
    rows = [
        {"model": str(model), "weight": weight, "dev_macro_f1": settings.scores[f"dev_macro_f1_{member}"]}
        for model, member, weight in zip(models, settings.members, settings.weights, strict=True)
    ]
    print_table(pd.DataFrame([*rows, {"model": str(out), "weight": None, "dev_macro_f1": settings.scores["dev_macro_f1"]}]), title="Blend")
    print_signature(settings.signature)


def pretrain_encoder(config: Path) -> None:
    """Pre-train an encoder as the TOML file says, and print where it is and what it cost."""
    pretraining = _training_room("pretraining.run")
    if _training_room("processes").join().size > 1:
        raise TrainingError("stance pretrain runs in one process; start it without accelerate launch.")
    result = pretraining.pretrain(pretraining.read_config(config))
    for sentence in result.left_out:
        tell(sentence)
    tell(
        f"encoder folder {result.folder}: {result.tokens:,} tokens in {result.seconds / 60:.0f} minutes, held-out loss {result.held_out_loss:.3f}."
    )


def _train_once(
    building: Any,
    units: pd.DataFrame,
    dev: pd.DataFrame | None,
    variable: Variable,
    *,
    config: Any,
    out: Path,
    aliases: Aliases,
) -> Any:
    """Return how training went into ``out``; its card is yet to be written."""
    train = units
    if dev is None:
        train, dev = building.hold_out(units, config.dev_share, seed=config.seed)
        tell(f"{len(dev)} of {len(units)} units are kept as dev units, for early stopping and calibration.")
    if variable.has_target:
        check_targets(train, where="the table")
    with ask_progress(f"training, seed {config.seed}", 1) as progress:
        return building.train_model(train, dev, variable=variable, config=config, out=out, aliases=aliases, on_step=_shows(progress))


def _tell_trained(trained: Any, seed: int) -> None:
    parity, score = trained.parity, trained.settings.scores["dev_macro_f1"]
    tell(
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


def _shows(progress: Any) -> Callable[[int, int, float, float], None]:
    def show(step: int, steps: int, loss: float, best: float) -> None:
        note = f"loss {loss:.3f}" + ("" if np.isnan(best) else f", dev macro F1 {best:.3f}")
        progress.update(progress.task_ids[0], completed=step, total=steps, note=note)

    return show


def _training_room(name: str) -> Any:
    """Return a module that needs torch, or say in one sentence how to get it."""
    try:
        return import_module(f"stance.training.{name}")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("stance"):
            raise
        raise TrainingError(f"Training needs the package '{error.name}': pip install 'stance-nl[train]'.") from error
