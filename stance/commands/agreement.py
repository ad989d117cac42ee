"""``stance.agree``: do coders agree, is the model one of them, and what gold do their codings settle?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.agreement import AgreementResult, agreement
from stance.coding.agreement import with_predictions as beside_predictions
from stance.coding.codebook import Variable, at_level
from stance.coding.coded_variables import as_variable, coded_variables, with_words
from stance.coding.gold import settle
from stance.coding.joining import own_rows, unit_columns
from stance.corpus.records import require_column
from stance.corpus.tables import Tabular, as_table, write_table
from stance.errors import CodingError, InputError
from stance.results import Result, Table
from stance.signature import data_hash, signature
from stance.steps import Progress, silent

__all__ = ["Agreement", "agree"]

KINDS = "coder_type"  # a column by which coders are told apart without being asked
SUMMARY = ("all", "level", "label")
PARTS = {
    "coder": "Each coder against the others",
    "model": "The model against the coders",
    "pair": "Pairs of coders",
    "model pair": "The model with each coder",
}
UNEQUAL = (
    "The units were drawn with unequal probabilities (sample_prob): agreement is that of these units as they are, unweighted; units drawn more"
    " often, such as uncertain ones, may be harder or easier to agree on than the corpus."
)
TIES = (
    "Ties count in stance estimate as the shares of their codings (columns share_LABEL); stance evaluate leaves them out. Settle them, or remove "
    "these rows, before stance train."
)


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What codings show.

    Attributes:
        measured: the agreement on each variable, over all codings (under an empty name) and in each group of them.
        gold: one row a unit with its settled label, where gold was asked for; else no rows.
    """

    measured: tuple[tuple[str, AgreementResult], ...]
    gold: pd.DataFrame


def agree(
    codings: Tabular,
    *,
    variable: str | Variable | None = None,
    codebook: str | Path | None = None,
    map: Sequence[str] = (),
    level: str | None = None,
    by: str | None = None,
    with_predictions: Tabular | None = None,
    gold: str | None = None,
    out: str | Path | None = None,
    seed: int = 42,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Result[Agreement]:
    """Return how far the coders of a table of codings (``id, coder, label``) agree, and with ``gold`` the gold that they settle.

    Options are those of ``stance agree``; gold is also written to ``out``, where that is given. The columns of ``table`` are those of
    `stance.agreement`, with the column of the groups; ``found`` is the `Agreement`.
    """
    table = as_table(codings, columns, where="codings")
    named = [] if variable is None else with_words([as_variable(variable, codebook)], map)
    book = None if codebook is None else Path(codebook)
    variables = [at_level(each, level) for each in named or coded_variables(table, book, map)]
    if gold is not None and len(variables) > 1:
        names = ", ".join(each.name for each in variables)
        where = "the table" if isinstance(codings, pd.DataFrame) else codings
        raise InputError(f"{where} holds {len(variables)} variables ({names}), and gold is settled for one: pass --variable.")
    predictions = None if with_predictions is None else as_table(with_predictions, where="predictions")
    grouped = by or (KINDS if KINDS in table.columns else None)
    if grouped is not None:
        require_column(table, grouped, where="codings", option="--by")
    measured, left_out = _measure(table, variables, predictions, grouped, np.random.default_rng(seed), progress)
    rows = [result.table if grouped is None else result.table.assign(**{grouped: name or "all"}) for name, result in measured]
    shown = [part for name, result in measured for part in _shown(result, grouped, name)]
    recipe = signature(
        variable=",".join(each.name for each in variables),
        level=",".join(each.level for each in variables),
        by=grouped or "none",
        predictions="none" if predictions is None else data_hash(predictions),
        seed=seed,
        data=data_hash(table),
    )
    settled, told = (pd.DataFrame(), ()) if gold is None else _settle(table, variables[0], method=gold, out=out)
    unequal = (UNEQUAL,) if "sample_prob" in table and table["sample_prob"].nunique() > 1 else ()
    return Result(pd.concat(rows, ignore_index=True), (*left_out, *unequal, *shown, *told), recipe, Agreement(tuple(measured), settled))


def _measure(
    codings: pd.DataFrame,
    variables: Sequence[Variable],
    predictions: pd.DataFrame | None,
    by: str | None,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[list[tuple[str, AgreementResult]], list[str]]:
    """Return the agreement on each variable and in each group, under its name, and why groups are left out."""
    asked = [(variable, name, part) for variable in variables for name, part in _groups(codings, variable, by)]
    measured, left_out = [], []
    with progress("measuring agreement", len(asked)) as advance:
        for variable, name, part in asked:
            try:
                both = part if predictions is None else beside_predictions(part, predictions, variable)
                measured.append((name, agreement(both, variable, rng=rng)))
            except CodingError as error:
                if not name:
                    raise
                left_out.append(f"{by} {name} is left out: {error}")
            advance(1)
    return measured, left_out


def _settle(codings: pd.DataFrame, variable: Variable, *, method: str, out: str | Path | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return gold with what the table says of each unit, and a sentence on ties and units without a label; writes it to ``out``."""
    gold = settle(codings, variable, method=method)
    kept = _constant(codings, unit_columns(codings, variable))
    joined = gold.merge(kept, on=unit_columns(codings, variable), how="left", validate="one_to_one")
    settled = joined.assign(variable=variable.name, method=method)
    if out is not None:
        write_table(settled, out)
    ties, unsettled = int(gold["tie"].sum()), int(gold["label"].isna().sum())
    told = (
        f"gold of {len(gold)} units by {method}{f' written to {out}' if out is not None else ''}: {ties} ties, {unsettled} units without "
        f"a label (column note says why); {_counted(gold['label'])}."
    )
    return settled, (told, TIES) if ties else (told,)


def _groups(codings: pd.DataFrame, variable: Variable, by: str | None) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the codings of a variable under an empty name, then those of each group under its own."""
    own = own_rows(codings, variable)
    yield "", own
    if by is not None and own[by].nunique(dropna=False) > 1:
        for name, part in own.groupby(by, sort=True, dropna=False):
            yield str(name), part


def _shown(result: AgreementResult, by: str | None, name: str) -> Iterator[Table | str]:
    """Yield what is read of one variable and group; the coders of a group are in the rows only."""
    where = f", {by} {name}" if name else ""
    rows = result.table.drop(columns="variable")
    yield Table(f"Agreement on {result.variable.name}{where}, 95% intervals over units", rows[rows["scope"].isin(SUMMARY)])
    if not name:
        for scope, title in PARTS.items():
            yield Table(title, rows[rows["scope"] == scope].drop(columns=["scope", "level"]))
    yield from result.notes


def _constant(codings: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one row a unit: its key and the columns that have one value within every unit, such as the text, the date and the outlet."""
    settled = ("coder", "label", "variable", "method", "share", "codings", "tie", "note")
    others = [name for name in codings.columns if name not in (*keys, *settled) and not str(name).startswith("share_")]
    units = codings[keys].join(codings[others].astype(str)).groupby(keys, sort=False, dropna=False)
    same = [name for name in others if (units[name].nunique() == 1).all()]
    return codings[[*keys, *same]].drop_duplicates(keys)


def _counted(labels: pd.Series) -> str:
    return ", ".join(f"{count} {label}" for label, count in labels.value_counts().items()) or "no label settled"
