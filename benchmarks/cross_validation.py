"""Scores of the recipe in five folds by article: ``python benchmarks/cross_validation.py TEST [--encoder mini] [--copies-apart]``.

Each fold trains the encoder, TF-IDF and their blend on the other four (a tenth of these is kept to stop, calibrate and weigh), and labels its
own units. With several ``--seeds`` the encoder is the mean of the weights of a run a seed, and the note tells what each would be alone.
Near-copies stand in one fold; with ``--copies-apart`` only the article decides, as in the numbers published for these sets, where a passage
that two papers print can stand in training and test. A run that was stopped goes on with the folds it lacks; ``--folds 0 1`` makes these only,
so that several machines or cores can share the work. With ``--teacher`` each fold first trains a larger encoder on the same units, which then
teaches the other (``stance train --teacher``). ``make quality`` takes in what this writes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from quality import SEED, Test, outcome, rows
from research_data import ecosent, issue_positions, label_probabilities, net_stance, net_tone
from sklearn.model_selection import StratifiedGroupKFold

from stance.coding.codebook import builtin
from stance.coding.splits import folds
from stance.corpus.records import as_units
from stance.model.blend import blend
from stance.model.fitting import fit_blend
from stance.model.labelling import load
from stance.training.averaging import average_models
from stance.training.baselines import TfidfClassifier
from stance.training.building import hold_out, train_model
from stance.training.encoders import find_encoder
from stance.training.settings import TrainConfig

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "cross_validation"
FOLDS = 5
TEACHER_EPOCHS = 2
Floats = npt.NDArray[np.float64]


def tests() -> dict[str, Test]:
    """Return the tests by their short names."""
    tone, stance = builtin("tone").labels, builtin("stance").labels
    scored = ("macro_f1", "alpha", "accuracy")
    return {
        "ecosent": Test("ecosent train, 5-fold", "tone", ecosent("train").assign(cluster=None), tone, scored),
        "net_tone": Test("NET tone 2021, 5-fold", "tone", net_tone(), tone, scored),
        "net_stance": Test("NET stance 2021, 5-fold", "stance", net_stance(), stance, scored),
        "issue_positions": Test("issue positions 2023, 5-fold", "stance", issue_positions(), stance, scored),
    }


def predict_fold(
    inside: pd.DataFrame, outside: pd.DataFrame, variable: str, config: TrainConfig, seeds: Sequence[int]
) -> dict[str, Floats]:
    """Return the probabilities of the units outside, by model, shape (units, labels); with several seeds also those of each alone."""
    train, dev = hold_out(inside, 0.1, seed=SEED)
    labels = builtin(variable).labels
    fitted = [TfidfClassifier(variable=variable).fit(part.drop(columns="label"), part["label"]) for part in (train, inside)]
    partly, words = label_probabilities(fitted[0], dev, labels), label_probabilities(fitted[1], outside, labels)

    def scored(folder: Path) -> tuple[Floats, Floats]:
        model = load(folder, threads=1)
        weights = fit_blend([model.predict_proba(dev), partly], builtin(variable).codes(dev["label"]))
        encoder = model.predict_proba(outside)
        return encoder, blend([encoder, words], weights)

    with tempfile.TemporaryDirectory() as place:
        runs = {seed: Path(place) / f"seed-{seed}" for seed in seeds}
        if config.teacher:
            larger = replace(config, encoder=config.teacher, teacher=None, epochs=TEACHER_EPOCHS, learning_rate=config.learning_rate / 2)
            train_model(train, dev, variable=builtin(variable), config=larger, out=Path(place) / "teacher")
            config = replace(config, teacher=str(Path(place) / "teacher"))
        for seed, folder in runs.items():
            train_model(train, dev, variable=builtin(variable), config=replace(config, seed=seed), out=folder)
        if len(runs) == 1:
            encoder, blended = scored(runs[seeds[0]])
            return {"TF-IDF": words, "encoder": encoder, "blend": blended}
        average_models(list(runs.values()), dev, out=Path(place) / "mean")
        encoder, blended = scored(Path(place) / "mean")
        alone = {f"blend, seed {seed}": scored(folder)[1] for seed, folder in runs.items()}
    return {"TF-IDF": words, "encoder": encoder, "blend": blended, **alone}


def fold_numbers(units: pd.DataFrame, *, copies_apart: bool) -> npt.NDArray[np.int64]:
    """Return the fold of each unit, shape (units,): whole articles, and near-copies together unless ``copies_apart``."""
    if not copies_apart:
        return folds(units, rng=np.random.default_rng(SEED), count=FOLDS)["fold"].to_numpy()
    numbers = np.zeros(len(units), dtype=np.int64)
    cut = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    articles = units["cluster"].fillna(units["id"])
    for fold, (_, outside) in enumerate(cut.split(units, units["label"], groups=articles)):
        numbers[outside] = fold
    return numbers


def cross_validate(
    place: Path, test: Test, config: TrainConfig, parted: npt.NDArray[np.int64], asked: Sequence[int], seeds: Sequence[int]
) -> dict[str, Floats]:
    """Return the probabilities of all units, each from the fold it stood outside of; folds that are done are read from ``place``.

    ``parted`` holds the fold of each unit. Units of folds that were not asked for have zeros.
    """
    units = as_units(test.units)
    tables: dict[str, Floats] = {}
    place.mkdir(parents=True, exist_ok=True)
    for fold in asked:
        done = place / f"fold-{fold}.npz"
        if not done.is_file():
            found = predict_fold(units[parted != fold], units[parted == fold], test.variable, config, seeds)
            np.savez(done, allow_pickle=False, **found)
        with np.load(done, allow_pickle=False) as kept:
            for model in kept.files:
                tables.setdefault(model, np.zeros((len(units), len(test.scored))))[parted == fold] = kept[model]
        print(f"{test.name}: fold {fold + 1} of {FOLDS}", flush=True)
    return tables


def note_of(test: Test, tables: dict[str, Floats], recipe: str) -> str:
    """Return the note of a row: the recipe, and the macro F1 of the blend with each seed alone where there are several."""
    alone = [outcome(test, table).macro_f1 for model, table in tables.items() if "seed" in model]
    if not alone:
        return f"one seed, {recipe}"
    spread = f"mean {np.mean(alone):.3f}, SD {np.std(alone, ddof=1):.3f}"
    return f"weights of {len(alone)} seeds averaged, {recipe}; blends of one seed each: macro F1 {spread}"


def main() -> None:
    """Train and score the tests that were asked for, and write a file each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tests", nargs="+", choices=list(tests()), metavar="TEST", help=", ".join(tests()))
    parser.add_argument("--encoder", default="mini", help="name or folder of the encoder to start from")
    parser.add_argument("--teacher", help="folder of a larger encoder, which each fold trains first, to teach the other")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seeds", type=int, nargs="+", default=[SEED])
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--copies-apart", action="store_true", help="let near-copies stand in different folds, as published numbers do")
    parser.add_argument("--folds", type=int, nargs="*", choices=range(FOLDS), help="make these only, and no table")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    stamp = {"date": datetime.now(UTC).date().isoformat(), "stance-nl": version("stance-nl")}
    (HERE / "cross_validated").mkdir(exist_ok=True)
    for name in asked.tests:
        config = TrainConfig(
            encoder=asked.encoder,
            teacher=asked.teacher,
            epochs=asked.epochs,
            patience=2,
            batch_size=32,
            learning_rate=asked.learning_rate,
            window=192,
            seed=SEED,
        )
        test = tests()[name]
        parted = fold_numbers(as_units(test.units), copies_apart=asked.copies_apart)
        if asked.copies_apart:
            name, test = f"{name}-copies-apart", replace(test, name=f"{test.name}, near-copies apart")
        start, *teacher = [find_encoder(each) for each in (asked.encoder, asked.teacher) if each]
        seeds = [f"{len(asked.seeds)}-seeds"] if len(asked.seeds) > 1 else []
        place = BUILD / "-".join([name, *(f"{each.name}-{each.revision[:8]}" for each in (start, *teacher)), *seeds])
        tables = cross_validate(place, test, config, parted, asked.folds or range(FOLDS), asked.seeds)
        if asked.folds:
            continue
        recipe = ", taught by ".join([f"at most {asked.epochs} epochs from {start.name}", *(each.name for each in teacher)])
        note = note_of(test, tables, recipe)
        together = {model: table for model, table in tables.items() if "seed" not in model}
        found = [{**row, **stamp} for row in rows(test, together, against="TF-IDF", notes={"encoder": note, "blend": note})]
        (HERE / "cross_validated" / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print("\n".join(f"{row['test']} {row['model']} {row['metric']} {row['score']:.3f}" for row in found), flush=True)


if __name__ == "__main__":
    main()
