"""What stands on two sides of a split: told with the pairs, and refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stance.coding.duplicates import LEAK, leaks
from stance.corpus.records import check_units, require_column
from stance.errors import InputError, LeakError
from stance.report.terminal import ask_progress, print_signature, print_table, tell, write_json
from stance.signature import data_hash, signature

__all__ = ["check_parts", "check_training_leaks"]

TRAIN = "train"  # the part whose repeats make a score unbelievable


def check_training_leaks(test: pd.DataFrame, train: pd.DataFrame, *, allow: bool) -> None:
    """Refuse, or with ``allow`` only tell, units of a test that the training table repeats; names the pairs."""
    found = leaks(train, test)
    if found.empty:
        return
    print_table(found, title="Units of the test that training repeats")
    told = f"{found['test_id'].nunique()} of {len(test)} test units repeat a training unit (pairs above)"
    if not allow:
        raise LeakError(f"{told}; leave them out, split again with stance split, or pass --allow-leak.")
    tell(f"{told}; scored even so, as asked.")


def check_parts(units: pd.DataFrame, *, column: str, threshold: float | None, json: Path | None) -> None:
    """Print every pair of units that repeat one another in two parts of a table that is split already; refuse where one is of training.

    ``column`` names the part of each unit; units without a part are in none. Where a part is called *train*, only what it shares with
    the others is a leak, and repeats among the others are told. Without ``threshold`` a pair is one of `LEAK` or more.
    """
    checked = check_units(units, where="the table")
    require_column(checked, column, where="the table", option="--check")
    parts = checked[column].dropna().astype(str).value_counts().sort_index()
    if len(parts) < 2:
        raise InputError(f"the table: column '{column}' names {len(parts)} part ({', '.join(parts.index)}); a leak needs two.")
    least = LEAK if threshold is None else threshold
    rows = _across(checked, column, least)
    print_table(rows, title=f"Units that repeat one another across the parts of '{column}'")
    recipe = signature(parts=",".join(parts.index), column=column, threshold=least, data=data_hash(checked[["id", "text", "target"]]))
    print_signature(recipe)
    if json is not None:
        write_json(json, rows, recipe)
    leaking = rows[(rows[["part", "other_part"]] == TRAIN).any(axis=1)] if TRAIN in parts.index else rows
    if len(leaking):
        raise LeakError(f"{len(leaking)} pairs of units leak across the parts of '{column}' (above); split again with stance split.")
    sizes = ", ".join(f"{name} {units}" for name, units in parts.items())
    what = f"no other part repeats a unit of '{TRAIN}'" if TRAIN in parts.index else "no part repeats a unit of another"
    tell(f"No leak: {what} ({sizes}).")
    if len(rows):
        tell(f"{len(rows)} pairs (above) repeat one another among the parts beside '{TRAIN}'.")


def _across(units: pd.DataFrame, column: str, threshold: float) -> pd.DataFrame:
    """Return the pairs of units of two parts: ``part, id, other_part, other_id, similarity, shared``; each part against all after it."""
    numbered = units.dropna(subset=[column]).reset_index(drop=True)
    keys = numbered[["id", column]].astype(str)
    numbered = numbered.assign(id=numbered.index.astype(str))  # an id may stand in several rows, with different targets
    parts = keys[column].drop_duplicates().tolist()
    parts.sort(key=lambda name: (name != TRAIN, name))
    tables = []
    with ask_progress("looking for leaks", len(parts) - 1) as progress:
        for place, first in enumerate(parts[:-1]):
            left, right = keys[column] == first, keys[column].isin(parts[place + 1 :])
            tables.append(leaks(numbered[left], numbered[right], threshold=threshold))
            progress.advance(progress.task_ids[0])
    found = pd.concat(tables, ignore_index=True)
    one, other = (keys.iloc[found[name].astype(int)].reset_index(drop=True) for name in ("train_id", "test_id"))
    sides = {"part": one[column], "id": one["id"], "other_part": other[column], "other_id": other["id"]}
    return pd.DataFrame({**sides, "similarity": found["similarity"], "shared": found["shared"]})
