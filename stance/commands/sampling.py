"""``stance sample`` and ``stance collect``: units out to people who code them, and their codings back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable
from stance.coding.collecting import collect
from stance.coding.joining import rows_of_variable, without_targets
from stance.coding.sheet_files import check_sheet_path, write_sheets
from stance.coding.sheets import SheetPlan, deal_sheets
from stance.corpus.records import as_strings, check_unique, require_column
from stance.corpus.tables import check_writable, read_table, write_table
from stance.errors import InputError
from stance.estimation.coded_units import units_hash
from stance.estimation.groups import group_units
from stance.estimation.material import count_failed
from stance.estimation.sampling import draw_sample
from stance.report.terminal import print_signature, print_table, tell, write_json
from stance.signature import data_hash, signature

__all__ = ["SampleRequest", "collect_sheets", "sample_units"]


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """What ``stance sample`` was asked: how many units, drawn how, coded by whom, written where."""

    n: int
    out: Path
    by: Sequence[str] = ()
    by_uncertainty: bool = False
    targets: Sequence[str] = ()
    texts: Path | None = None
    tool: str | None = None
    seed: int = 42
    json: Path | None = None


def sample_units(table: pd.DataFrame, plan: SheetPlan, request: SampleRequest) -> None:
    """Draw units, write the sheets and the key, and print how many of each group were drawn, with which probability."""
    check_sheet_path(request.out, plan.coders, tool=request.tool)
    units = _units(table, plan.variable, request.targets)
    rng = np.random.default_rng(request.seed)
    drawn = draw_sample(units, n=request.n, rng=rng, by=request.by, by_uncertainty=request.by_uncertainty)
    drawn = drawn.assign(drawn=len(drawn), corpus=units_hash(units))  # as stance.estimation.coded_units reads them
    sheets = deal_sheets(_with_texts(drawn, request.texts), plan, rng=rng)
    files = write_sheets(sheets, request.out, tool=request.tool)
    counts = _counts(units, drawn, request.by)
    print_table(counts, title=f"Sample of {len(drawn)} from {len(units)} units")
    failed = count_failed(table)
    if failed:
        tell(f"{failed} of {len(table)} rows could not be labelled (column 'failed' says why), so they could not be drawn.")
    for path in files[:-1]:
        tell(f"{path} written.")
    tell(f"{files[-1]} is the key, with ids and probabilities: keep it away from coders, and give it to stance collect.")
    recipe = signature(
        n=request.n,
        by=",".join(request.by) or "none",
        by_uncertainty=request.by_uncertainty,
        coders=",".join(plan.coders),
        overlap="all" if plan.overlap is None else plan.overlap,
        blind=plan.blind,
        seed=request.seed,
        data=data_hash(units[["id", "target", "holder"]]),
    )
    print_signature(recipe)
    if request.json is not None:
        write_json(request.json, counts, recipe)


def collect_sheets(paths: Sequence[Path], key: Path, variable: Variable, *, out: Path) -> None:
    """Read coded sheets and write one table of codings."""
    check_writable(out)
    found = collect(paths, read_table(key), variable)
    write_table(found.codings, out)
    shown = found.codings[["coder", "label"]].fillna({"coder": "(nobody)", "label": "(open)"})
    counts = shown.groupby(["coder", "label"], sort=True).size()
    print_table(counts.unstack(fill_value=0).reset_index(), title="Codings by coder and label")
    for note in found.notes:
        tell(note)
    tell(f"{len(found.codings)} codings written to {out}; see how far coders agree with stance agree.")


def _units(table: pd.DataFrame, variable: Variable, targets: Sequence[str]) -> pd.DataFrame:
    """Return the units that may be drawn: those of the variable, and toward the targets asked."""
    units = rows_of_variable(table, variable, where="the table")
    units = units if targets else without_targets(units, variable)
    for name in ("target", "holder"):
        units = units.assign(**{name: as_strings(units[name]) if name in units.columns else None})
    missing = [name for name in targets if not units["target"].eq(name).any()]
    if missing:
        raise InputError(f"No unit has target '{missing[0]}'; name a target of the table.")
    if targets:
        units = units[units["target"].isin(list(targets))]
    return check_unique(units.reset_index(drop=True), where="the table")


def _with_texts(drawn: pd.DataFrame, texts: Path | None) -> pd.DataFrame:
    """Return the drawn units with their text and title, from the table at ``texts`` where they have none."""
    if texts is None:
        require_column(drawn, "text", where="the table", option="--texts FILE, the table that was labelled, or --text-column")
        return drawn
    source = read_table(texts)
    require_column(source, "text", where=str(texts))
    source = source.drop_duplicates("id")
    lacking = ~drawn["id"].isin(source["id"])
    if lacking.any():
        first = drawn.loc[lacking, "id"].iloc[0]
        raise InputError(
            f"{texts}: {int(lacking.sum())} of {len(drawn)} drawn units are not in it (first id '{first}'); give matching ids."
        )
    wanted = ["id", *(name for name in ("text", "title") if name in source.columns)]
    return drawn.drop(columns=["text", "title"], errors="ignore").merge(source[wanted], on="id", how="left", validate="many_to_one")


def _counts(units: pd.DataFrame, drawn: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return one row a group: its units, how many were drawn, and the lowest and highest probability."""
    from_groups = group_units(drawn, by)
    all_groups = group_units(units, by)
    probability = drawn["sample_prob"].groupby(from_groups.number).agg(["size", "min", "max"])
    table = from_groups.table.reset_index(drop=True).assign(
        drawn=probability["size"].to_numpy(), lowest_prob=probability["min"].to_numpy(), highest_prob=probability["max"].to_numpy()
    )
    sizes = all_groups.table.assign(units=all_groups.sizes)
    if not by:
        return table.assign(units=len(units))[["units", "drawn", "lowest_prob", "highest_prob"]]
    merged = sizes.merge(table, on=list(by), how="left")
    return merged.assign(drawn=merged["drawn"].fillna(0).astype(int))
