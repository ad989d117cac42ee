"""``stance split`` and ``stance models``: parts that do not leak, and what ships."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.splits import folds as fold_units
from stance.coding.splits import split as split_units
from stance.corpus.records import check_units
from stance.corpus.tables import write_table
from stance.corpus.writing import whole
from stance.errors import InputError
from stance.model.folder import ModelSettings, read_settings, shipped_models
from stance.report.terminal import print_facts, print_signature, print_table, tell, write_json
from stance.signature import data_hash, signature

__all__ = ["print_models", "split_table"]

WRITABLE = (".csv", ".jsonl", ".parquet")


def split_table(
    units: pd.DataFrame,
    *,
    ending: str,
    out: Path,
    by: Sequence[str],
    folds: int,
    threshold: float,
    seed: int,
    json: Path | None,
) -> None:
    """Split units, write a table a part into ``out``, and print how many units of each label each part holds."""
    checked = check_units(units, where="the table")
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; choose a new folder.")
    rng = np.random.default_rng(seed)
    if folds:
        parted = fold_units(checked, rng=rng, count=folds, by=by, threshold=threshold)
        parted = parted.assign(split="fold-" + parted["fold"].astype(str))
    else:
        parted = split_units(checked, rng=rng, by=by, threshold=threshold)
    written = ending if ending in WRITABLE else ".parquet"
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole(out) as folder:
        folder.mkdir()
        for name, part in parted.groupby("split"):
            write_table(part.drop(columns="split"), folder / f"{name}{written}")
        if out.exists():
            out.rmdir()  # it is empty, and not every system puts a folder in the place of another
    labels = parted["label"] if "label" in parted else pd.Series("units", index=parted.index)
    counts = pd.crosstab(parted["split"], labels).reset_index()
    counts.insert(1, "units", counts.drop(columns="split").sum(axis=1))
    print_table(counts, title=f"Parts in {out}")
    tell("Near-duplicates and units of one cluster stand in one part.")
    recipe = signature(seed=seed, by=",".join(by) or "none", threshold=threshold, data=data_hash(checked[["id", "text", "target"]]))
    print_signature(recipe)
    if json is not None:
        write_json(json, counts, recipe)


def _scores(folder: Path, settings: ModelSettings) -> dict[str, float]:
    """Return the scores of a model, of a choice those of its members."""
    if settings.kind != "choice":
        return settings.scores
    return {f"{member} {name}": score for member in settings.members for name, score in read_settings(folder / member).scores.items()}


def print_models(*, json: Path | None) -> None:
    """Print what each model inside the package is: size, labels, scores, sources and terms."""
    rows = []
    for name, folder in shipped_models().items():
        settings = read_settings(folder)
        megabytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        scores = "; ".join(f"{score} {number:.3f}" for score, number in _scores(folder, settings).items())
        facts = {"variable": settings.variable, "labels": ", ".join(settings.labels), "scores": scores}
        rows.append({"model": name, "MB": megabytes, **facts, **settings.about})
        print_facts({"MB": f"{megabytes:.1f}", **facts, **settings.about}, title=name)
    table = pd.DataFrame(rows)
    recipe = signature(data=data_hash(table))
    print_signature(recipe)
    if json is not None:
        write_json(json, table, recipe)
