"""Units that are repeated across the parts of a split: listed, and refused."""

from __future__ import annotations

import pandas as pd

from stance.coding.duplicates import LEAK, leaks
from stance.corpus.records import check_units, require_column
from stance.errors import InputError, LeakError
from stance.results import Result, Table
from stance.signature import data_hash, signature
from stance.steps import Progress

__all__ = ["check_parts", "training_leaks"]

TRAIN = "train"  # the part whose repeats make a score unbelievable


def training_leaks(test: pd.DataFrame, train: pd.DataFrame, *, allow: bool) -> tuple[Table | str, ...]:
    """Return what is to be read of the units of a test that the training table repeats; without ``allow`` they are refused."""
    found = leaks(train, test)
    if found.empty:
        return ()
    pairs = Table("Units of the test that training repeats", found)
    repeated = f"{found['test_id'].nunique()} of {len(test)} test units repeat a training unit"
    if allow:
        return pairs, f"{repeated} (pairs above); scored even so, as asked."
    first = f"first: '{found['test_id'].iloc[0]}' repeats '{found['train_id'].iloc[0]}'"
    raise LeakError(
        f"{repeated} ({first}); leave them out, split again with stance split, or pass --allow-leak.", Result(found, (pairs,), {}, None)
    )


def check_parts(units: pd.DataFrame, *, column: str, threshold: float | None, progress: Progress) -> Result[pd.DataFrame]:
    """Return every pair of units that repeat one another in two parts of a table that is split already; refuses pairs with training.

    ``column`` names the part of each unit; units without a part are in none. Where a part is called *train*, only what it shares with
    the others is a leak, and repeats among the others are noted. Without ``threshold`` a pair is one of `LEAK` or more.
    """
    checked = check_units(units, where="the table")
    require_column(checked, column, where="the table", option="--check")
    parts = checked[column].dropna().astype(str).value_counts().sort_index()
    if len(parts) < 2:
        raise InputError(f"the table: column '{column}' names {len(parts)} part ({', '.join(parts.index)}); a leak needs two.")
    least = LEAK if threshold is None else threshold
    rows = _across(checked, column, least, progress)
    pairs = Table(f"Units that repeat one another across the parts of '{column}'", rows)
    recipe = signature(parts=",".join(parts.index), column=column, threshold=least, data=data_hash(checked[["id", "text", "target"]]))
    leaking = rows[(rows[["part", "other_part"]] == TRAIN).any(axis=1)] if TRAIN in parts.index else rows
    if len(leaking):
        part, one, other_part, other = leaking.iloc[0][["part", "id", "other_part", "other_id"]]
        raise LeakError(
            f"{len(leaking)} pairs of units leak across the parts of '{column}' (first: '{one}' of {part} and '{other}' of {other_part}); "
            "split again with stance split.",
            Result(rows, (pairs,), recipe, rows),
        )
    return Result(rows, (pairs, *_no_leak(parts, len(rows))), recipe, rows)


def _no_leak(parts: pd.Series, pairs: int) -> list[str]:
    sizes = ", ".join(f"{name} {units}" for name, units in parts.items())
    what = f"no other part repeats a unit of '{TRAIN}'" if TRAIN in parts.index else "no part repeats a unit of another"
    rest = [f"{pairs} pairs (above) repeat one another among the parts beside '{TRAIN}'."] if pairs else []
    return [f"No leak: {what} ({sizes}).", *rest]


def _across(units: pd.DataFrame, column: str, threshold: float, progress: Progress) -> pd.DataFrame:
    """Return the pairs of units of two parts: ``part, id, other_part, other_id, similarity, shared``; each part against all after it."""
    numbered = units.dropna(subset=[column]).reset_index(drop=True)
    keys = numbered[["id", column]].astype(str)
    numbered = numbered.assign(id=numbered.index.astype(str))  # an id may stand in several rows, with different targets
    parts = keys[column].drop_duplicates().tolist()
    parts.sort(key=lambda name: (name != TRAIN, name))
    tables = []
    with progress("looking for leaks", len(parts) - 1) as advance:
        for place, first in enumerate(parts[:-1]):
            left, right = keys[column] == first, keys[column].isin(parts[place + 1 :])
            tables.append(leaks(numbered[left], numbered[right], threshold=threshold))
            advance(1)
    found = pd.concat(tables, ignore_index=True)
    one, other = (keys.iloc[found[name].astype(int)].reset_index(drop=True) for name in ("train_id", "test_id"))
    sides = {"part": one[column], "id": one["id"], "other_part": other[column], "other_id": other["id"]}
    return pd.DataFrame({**sides, "similarity": found["similarity"], "shared": found["shared"]})
