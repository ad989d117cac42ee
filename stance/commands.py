"""What the longer commands do: call the rooms in order, print, and write the JSON that was asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stance.coding.agreement import agreement
from stance.coding.codebook import Variable, check_codings
from stance.corpus.records import check_targets, check_units
from stance.errors import InputError, TrainingError, did_you_mean
from stance.evaluation.baselines import LexiconClassifier, MajorityClassifier, TfidfClassifier
from stance.evaluation.blending import blend_models
from stance.evaluation.groups import score_groups
from stance.evaluation.metrics import Evaluation
from stance.evaluation.metrics import evaluate as compare
from stance.evaluation.resampling import bootstrap
from stance.evaluation.signature import data_hash, signature
from stance.model.folder import SETTINGS_FILE, read_settings, shipped_models
from stance.model.labelling import load
from stance.model.pooling import Aliases
from stance.report.card import model_card
from stance.report.terminal import ask_progress, print_signature, print_table, tell, write_json

__all__ = ["blend_folders", "evaluate_model", "pretrain_encoder", "print_agreement", "print_models", "train_baseline", "train_encoder"]

BASELINES = ("tfidf", "lexicon", "majority")


def train_baseline(units: pd.DataFrame, variable: Variable, *, kind: str, lexicon: Path | None, out: Path) -> None:
    """Train a baseline on coded units and write its model folder."""
    if kind not in BASELINES:
        raise InputError(f"There is no baseline '{kind}': pass {', '.join(BASELINES)}.{did_you_mean(kind, BASELINES)}")
    if kind == "lexicon" and lexicon is None:
        raise InputError("The lexicon baseline needs a word list: pass --lexicon FILE with the columns word and score.")
    _refuse_finished(out)
    name, labels = variable.name, variable.labels
    classifier: TfidfClassifier | LexiconClassifier | MajorityClassifier
    if kind == "tfidf":
        classifier = TfidfClassifier(variable=name, labels=labels)
    elif kind == "majority":
        classifier = MajorityClassifier(variable=name, labels=labels)
    else:
        classifier = LexiconClassifier(lexicon=str(lexicon), variable=name, labels=labels)
    checked = check_units(units, where="the table")
    check_codings(checked, variable, where="the table")
    classifier.fit(checked, checked["label"])
    classifier.save(out)
    _write_card(out)
    tell(f"{kind} trained on {len(checked)} units; model folder {out}.")


def train_encoder(
    units: pd.DataFrame,
    dev: pd.DataFrame | None,
    variable: Variable,
    *,
    out: Path,
    seeds: Sequence[int],
    settings: Mapping[str, Any],
    aliases: Aliases,
    json: Path | None,
) -> None:
    """Fine-tune an encoder once a seed, print how it went, and leave the run with the best dev score in ``out``."""
    building = _training_room("building")
    config = _training_room("settings").TrainConfig(**settings)
    _refuse_finished(out)
    several = len(seeds) > 1
    rows = []
    for seed in seeds:
        folder = out / f"seed-{seed}" if several else out
        if (folder / SETTINGS_FILE).exists():
            tell(f"{folder} is finished already and is kept.")
        else:
            _train_once(building, units, dev, variable, config=_with_seed(config, seed), out=folder, aliases=aliases)
        rows.append({"seed": seed, **read_settings(folder).scores})
    table = pd.DataFrame(rows)
    if several:
        best = int(table["dev_macro_f1"].to_numpy().argmax())
        shutil.copytree(out / f"seed-{seeds[best]}", out, dirs_exist_ok=True)
        spread = {"mean": table["dev_macro_f1"].mean(), "sd": table["dev_macro_f1"].std(ddof=1)}
        tell(f"dev macro F1 over {len(seeds)} seeds: mean {spread['mean']:.3f}, SD {spread['sd']:.3f}; {out} holds seed {seeds[best]}.")
    print_table(table, title=f"{variable.name}: {out}")
    recipe = read_settings(out).signature
    print_signature(recipe)
    if json is not None:
        write_json(json, table, recipe)


def evaluate_model(
    units: pd.DataFrame,
    *,
    variable: str,
    model: str,
    by: Sequence[str],
    only: Sequence[str],
    aliases: Aliases,
    seed: int,
    json: Path | None,
) -> None:
    """Label the units of a gold table, and print how the model compares with it."""
    labeller = load(model, aliases=aliases)
    settings = labeller.settings
    if settings.variable != variable:
        raise InputError(f"Model '{model}' codes variable '{settings.variable}', not '{variable}'.")
    checked = check_units(units, where="the table")
    coded = Variable(variable, settings.labels)
    gold = coded.codes(checked["label"]) if "label" in checked else check_codings(checked, coded, where="the table")
    check_codings(checked, coded, where="the table")
    scored = checked[gold >= 0]
    if len(scored) < len(checked):
        tell(f"{len(checked) - len(scored)} units have no label and were left out.")
    missing = [name for name in by if name not in scored]
    if missing:
        raise InputError(f"The table has no column '{missing[0]}' to score by.{did_you_mean(missing[0], map(str, scored.columns))}")
    with ask_progress("labelling", len(scored)) as progress:
        rows = labeller.label(scored, on_progress=lambda done: progress.advance(progress.task_ids[0], done))
    outcome = scored.assign(gold=scored["label"].to_numpy(), predicted=rows["label"].to_numpy())
    found = compare(outcome["gold"], outcome["predicted"], labels=coded.labels, level=coded.level, clusters=outcome.get("cluster"))
    found = found.only(only) if only else found
    recipe = signature(
        model=labeller.model,
        variable=variable,
        n=found.n,
        seed=seed,
        only=",".join(only) or "all",
        data=data_hash(scored[["id", "text", "target", "label"]]),
    )
    table = _print_scores(found, np.random.default_rng(seed), title=f"{variable}: {model}")
    if by:
        groups = score_groups(outcome, by, variable=coded, rng=np.random.default_rng(seed))
        print_table(groups.table[groups.table["metric"].isin(["accuracy", "macro_f1", "alpha"])], title="By " + " and ".join(by))
        table = pd.concat([table, groups.table], ignore_index=True)
    print_signature(recipe)
    if json is not None:
        write_json(json, table, recipe)


def blend_folders(models: Sequence[str], dev: pd.DataFrame, *, out: Path) -> None:
    """Blend models with weights fitted on dev units, and print what each counts and scores there."""
    settings = blend_models(models, dev, out)
    _write_card(out)
    rows = [
        {"model": str(model), "weight": weight, "dev_macro_f1": settings.scores[f"dev_macro_f1_{member}"]}
        for model, member, weight in zip(models, settings.members, settings.weights, strict=True)
    ]
    print_table(pd.DataFrame([*rows, {"model": str(out), "weight": None, "dev_macro_f1": settings.scores["dev_macro_f1"]}]), title="Blend")
    print_signature(settings.signature)


def print_agreement(codings: pd.DataFrame, variable: Variable, *, seed: int, json: Path | None) -> None:
    """Print how far the coders of a table of codings agree."""
    found = agreement(codings, variable, rng=np.random.default_rng(seed))
    print_table(found.table, title=f"Agreement on {variable.name}")
    for note in found.notes:
        tell(note)
    recipe = signature(variable=variable.name, level=variable.level, seed=seed, data=data_hash(codings))
    print_signature(recipe)
    if json is not None:
        write_json(json, found.table, recipe)


def print_models(*, json: Path | None) -> None:
    """Print the models inside the package."""
    rows = []
    for name, folder in shipped_models().items():
        settings = read_settings(folder)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        scores = "; ".join(f"{score} {number:.3f}" for score, number in settings.scores.items())
        rows.append(
            {
                "model": name,
                "variable": settings.variable,
                "labels": ", ".join(settings.labels),
                "MB": size,
                "scores": scores,
                **settings.about,
            }
        )
    table = pd.DataFrame(rows)
    print_table(table, title="Models inside the package")
    recipe = signature(data=data_hash(table))
    print_signature(recipe)
    if json is not None:
        write_json(json, table, recipe)


def pretrain_encoder(config: Path) -> None:
    """Pre-train an encoder as the TOML file says, and print where it is and what it cost."""
    pretraining = _training_room("pretraining")
    result = pretraining.pretrain(pretraining.read_config(config))
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
) -> None:
    train = check_units(units, where="the table")
    if dev is None:
        train, dev = building.hold_out(train, config.dev_share, seed=config.seed)
        tell(f"{len(dev)} of {len(train) + len(dev)} units are kept as dev units, for early stopping and calibration.")
    else:
        dev = check_units(dev, where="the dev table")
    if variable.has_target:
        check_targets(train, where="the table")
    with ask_progress(f"training, seed {config.seed}", 1) as progress:
        trained = building.train_model(train, dev, variable=variable, config=config, out=out, aliases=aliases, on_step=_shows(progress))
    _write_card(out)
    parity = trained.parity
    tell(
        f"seed {config.seed}: best epoch {trained.best.number} of {len(trained.history)}, dev macro F1 {trained.best.dev_macro_f1:.3f}; "
        f"int8 file: {parity.equal_labels:.1%} of labels equal, largest difference of a probability {parity.largest_difference:.4f}."
    )


def _shows(progress: Any) -> Callable[[int, int, float, float], None]:
    def show(step: int, steps: int, loss: float, best: float) -> None:
        note = f"loss {loss:.3f}" + ("" if np.isnan(best) else f", dev macro F1 {best:.3f}")
        progress.update(progress.task_ids[0], completed=step, total=steps, note=note)

    return show


def _print_scores(found: Evaluation, rng: np.random.Generator, *, title: str) -> pd.DataFrame:
    table = bootstrap(found, rng=rng)
    print_table(table, title=f"{title}, n = {found.n}, 95% intervals")
    print_table(found.per_label, title="Per label")
    matrix = pd.DataFrame(found.confusion, columns=[f"predicted {label}" for label in found.labels])
    matrix.insert(0, "gold", list(found.labels))
    print_table(matrix, title="Units by gold and predicted label")
    return table


def _write_card(folder: Path) -> None:
    (folder / "README.md").write_text(model_card(read_settings(folder)), encoding="utf-8")


def _refuse_finished(out: Path) -> None:
    if (out / SETTINGS_FILE).exists():
        raise TrainingError(f"{out} holds a finished model already; remove it or pass another --out.")


def _with_seed(config: Any, seed: int) -> Any:
    return type(config)(**{name: seed if name == "seed" else getattr(config, name) for name in config.__slots__})


def _training_room(name: str) -> Any:
    """Return a module that needs torch, or say in one sentence how to get it."""
    try:
        return import_module(f"stance.training.{name}")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("stance"):
            raise
        raise TrainingError(f"Training needs the package '{error.name}': pip install 'stance-nl[train]'.") from error
