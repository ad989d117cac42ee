"""``stance.split``: parts that do not leak, and whether parts that are there already do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable
from stance.coding.coded_variables import one_variable, relabelled
from stance.coding.duplicates import THRESHOLD
from stance.coding.splits import folds as fold_units
from stance.coding.splits import split as split_units
from stance.commands.leaking import check_parts
from stance.corpus.records import check_units
from stance.corpus.tables import Tabular, as_table, write_table
from stance.corpus.writing import whole
from stance.errors import InputError
from stance.results import Result, Table
from stance.signature import data_hash, signature
from stance.steps import Progress, silent

__all__ = ["split"]

WRITABLE = (".csv", ".jsonl", ".parquet")


def split(
    table: Tabular,
    *,
    out: str | Path | None = None,
    by: Sequence[str] = (),
    variable: str | Variable | None = None,
    codebook: str | Path | None = None,
    map: Sequence[str] = (),
    folds: int = 0,
    check: str | None = None,
    threshold: float | None = None,
    seed: int = 42,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Result[pd.DataFrame]:
    """Return units in parts (``train``, ``dev``, ``test``, or ``folds``), with near-duplicates and units of one cluster in one part.

    ``found`` is the units with their part in the column ``split``, ``table`` how many units of each label each part holds. With ``out`` each
    part is also written into that folder, its labels as they are given; ``map``, or ``variable`` with the aliases of its ``codebook``, counts
    other words for a label as that label. With ``check``, the column that names the parts of a table that is split already, nothing is split:
    ``table`` and ``found`` are the pairs of units that repeat one another across parts, and a `LeakError` lists those with training.
    """
    units = as_table(table, columns)
    if check is not None:
        return check_parts(units, column=check, threshold=threshold, progress=progress)
    given = check_units(units, where="the table")
    coded = one_variable(units, variable, codebook, map) if variable or codebook or map else None
    checked = given if coded is None else relabelled(given, coded, where="the table")
    folder = None if out is None else _free(Path(out))
    least = THRESHOLD if threshold is None else threshold
    parted = _parted(checked, np.random.default_rng(seed), by, folds, least)
    if folder is not None:
        ending = ".parquet" if isinstance(table, pd.DataFrame) else Path(table).suffix
        as_given = {name: given.loc[parted.index, name] for name in ("label",) if name in given}
        _write(parted.assign(**as_given), folder, ending if ending in WRITABLE else ".parquet")
    labels = parted["label"] if "label" in parted else pd.Series("units", index=parted.index)
    counts = pd.crosstab(parted["split"], labels).reset_index()
    counts.insert(1, "units", counts.drop(columns="split").sum(axis=1))
    recipe = signature(seed=seed, by=",".join(by) or "none", threshold=least, data=data_hash(checked[["id", "text", "target"]]))
    shown = Table("Parts" if folder is None else f"Parts in {folder}", counts)
    return Result(counts, (shown, "Near-duplicates and units of one cluster stand in one part."), recipe, parted)


def _free(folder: Path) -> Path:
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty; choose a new folder.")
    return folder


def _parted(units: pd.DataFrame, rng: np.random.Generator, by: Sequence[str], folds: int, threshold: float) -> pd.DataFrame:
    """Return the units with their part in the column ``split``."""
    if not folds:
        return split_units(units, rng=rng, by=by, threshold=threshold)
    parted = fold_units(units, rng=rng, count=folds, by=by, threshold=threshold)
    return parted.assign(split="fold-" + parted["fold"].astype(str))


def _write(parted: pd.DataFrame, folder: Path, ending: str) -> None:
    """Write each part into ``folder``, which appears with all of them or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with whole(folder) as unfinished:
        unfinished.mkdir()
        for name, part in parted.groupby("split"):
            write_table(part.drop(columns="split"), unfinished / f"{name}{ending}")
        if folder.exists():
            folder.rmdir()  # it is empty, and not every system puts a folder in the place of another
