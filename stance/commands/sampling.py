"""``stance.sample`` and ``stance.collect``: units out to people who code them, and their codings back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable
from stance.coding.coded_variables import variable_of, with_words
from stance.coding.collecting import Collected
from stance.coding.collecting import collect as read_back
from stance.coding.joining import rows_of_variable, without_targets
from stance.coding.sheet_files import check_sheet_path, write_sheets
from stance.coding.sheets import SheetPlan, Sheets, deal_sheets
from stance.corpus.records import as_strings, check_unique, require_column
from stance.corpus.tables import Tabular, as_table, check_writable, read_table, write_table
from stance.errors import InputError
from stance.estimation.coded_units import units_hash
from stance.estimation.groups import group_units
from stance.estimation.material import count_failed
from stance.estimation.sampling import draw_sample
from stance.results import Result, Table
from stance.signature import data_hash, signature

__all__ = ["collect", "sample"]


def sample(
    table: Tabular,
    *,
    n: int,
    out: str | Path | None = None,
    variable: str | Variable | None = None,
    by: Sequence[str] = (),
    by_uncertainty: bool = False,
    target: Sequence[str] = (),
    texts: Tabular | None = None,
    coder: Sequence[str] = ("coder",),
    overlap: int | None = None,
    blind: bool = False,
    tool: str | None = None,
    codebook: str | Path | None = None,
    seed: int = 42,
    columns: Mapping[str, str] | None = None,
) -> Result[Sheets]:
    """Return ``n`` units for people to code, each drawn with a known probability, dealt to the coders.

    Options are those of ``stance sample``. ``table`` has how many units of each group were drawn, ``found`` the `Sheets`: a sheet a coder and
    the key. With ``out`` these are also written; sheets and keys that exist already are never overwritten.
    """
    given = as_table(table, columns)
    plan = SheetPlan(variable_of(given, variable, codebook), coder, overlap, blind)
    if out is not None:
        check_sheet_path(Path(out), coder, tool=tool)
    units = _units(given, plan.variable, target)
    rng = np.random.default_rng(seed)
    drawn = draw_sample(units, n=n, rng=rng, by=by, by_uncertainty=by_uncertainty)
    drawn = drawn.assign(drawn=len(drawn), corpus=units_hash(units))  # as stance.estimation.coded_units reads them
    sheets = deal_sheets(_with_texts(drawn, texts), plan, rng=rng)
    files = [] if out is None else write_sheets(sheets, Path(out), tool=tool)
    counts = _counts(units, drawn, by)
    recipe = signature(
        n=n,
        by=",".join(by) or "none",
        by_uncertainty=by_uncertainty,
        coders=",".join(coder),
        overlap="all" if overlap is None else overlap,
        blind=blind,
        seed=seed,
        data=data_hash(units[["id", "target", "holder"]]),
    )
    content: tuple[Table | str, ...] = (Table(f"Sample of {len(drawn)} from {len(units)} units", counts), *_notes(given, files))
    return Result(counts, content, recipe, sheets)


def collect(
    sheets: Sequence[str | Path],
    *,
    key: str | Path,
    out: str | Path | None = None,
    variable: str | Variable | None = None,
    codebook: str | Path | None = None,
    map: Sequence[str] = (),
) -> Result[Collected]:
    """Return the codings in coded sheets, or in exports of the coding tool, as one table (``id, coder, label, sample_prob``).

    ``key`` is the file that `stance.sample` wrote beside the sheets. ``table`` has the codings, which are also written to ``out`` where that
    is given; ``found`` is the `Collected`.
    """
    if out is not None:
        check_writable(out)
    known = read_table(Path(key))
    (coded,) = with_words([variable_of(known, variable, codebook)], map)
    found = read_back([Path(sheet) for sheet in sheets], known, coded)
    if out is not None:
        write_table(found.codings, out)
    shown = found.codings[["coder", "label"]].fillna({"coder": "(nobody)", "label": "(open)"})
    counts = shown.groupby(["coder", "label"], sort=True).size().unstack(fill_value=0).reset_index()
    where = "" if out is None else f" written to {out}; see how far coders agree with stance agree"
    content: tuple[Table | str, ...] = (Table("Codings by coder and label", counts), *found.notes, f"{len(found.codings)} codings{where}.")
    return Result(found.codings, content, signature(variable=coded.name, sheets=len(sheets), data=data_hash(found.codings)), found)


def _notes(table: pd.DataFrame, files: Sequence[Path]) -> list[str]:
    """Return what to know of the units that could not be drawn, and of the files that were written, of which the last is the key."""
    failed = count_failed(table)
    notes = []
    if failed:
        notes.append(f"{failed} of {len(table)} rows could not be labelled (column 'failed' says why), so they could not be drawn.")
    notes += [f"{path} written." for path in files[:-1]]
    notes += [
        f"{path} is the key, with ids and probabilities: keep it away from coders, and give it to stance collect." for path in files[-1:]
    ]
    return notes


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


def _with_texts(drawn: pd.DataFrame, texts: Tabular | None) -> pd.DataFrame:
    """Return the drawn units with their text and title, from the table at ``texts`` where they have none."""
    if texts is None:
        require_column(drawn, "text", where="the table", option="--texts FILE, the table that was labelled, or --text-column")
        return drawn
    where = "the texts" if isinstance(texts, pd.DataFrame) else str(texts)
    source = as_table(texts, where=where)
    require_column(source, "text", where=where)
    source = source.drop_duplicates("id")
    lacking = ~drawn["id"].isin(source["id"])
    if lacking.any():
        first = drawn.loc[lacking, "id"].iloc[0]
        raise InputError(
            f"{where}: {int(lacking.sum())} of {len(drawn)} drawn units are not in it (first id '{first}'); give matching ids."
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
