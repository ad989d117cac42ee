"""``stance agree``: do coders agree, is the model one of them, and what gold do their codings settle?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.agreement import AgreementResult, agreement, with_predictions
from stance.coding.codebook import Variable
from stance.coding.gold import settle
from stance.coding.joining import own_rows, unit_columns
from stance.corpus.records import require_column
from stance.corpus.tables import write_table
from stance.errors import CodingError
from stance.report.terminal import ask_progress, print_signature, print_table, tell, write_json
from stance.signature import data_hash, signature

__all__ = ["AgreementRequest", "print_agreement", "settle_gold"]

KINDS = "coder_type"  # a column by which coders are told apart without being asked
SUMMARY = ("all", "level", "label")
PARTS = {
    "coder": "Each coder against the others",
    "model": "The model against the coders",
    "pair": "Pairs of coders",
    "model pair": "The model with each coder",
}


@dataclass(frozen=True, slots=True)
class AgreementRequest:
    """What ``stance agree`` was asked: predictions of a model to compare with the coders, the column that groups the codings, the seed, the JSON."""

    predictions: pd.DataFrame | None = None
    by: str | None = None
    seed: int = 42
    json: Path | None = None


def print_agreement(codings: pd.DataFrame, variables: Sequence[Variable], request: AgreementRequest) -> None:
    """Print how far the coders of a table of codings agree on each variable, over all codings and in each group of them."""
    by = request.by or (KINDS if KINDS in codings.columns else None)
    if by is not None:
        require_column(codings, by, where="codings", option="--by")
    asked = [(variable, name, part) for variable in variables for name, part in _groups(codings, variable, by)]
    rng = np.random.default_rng(request.seed)
    found = []
    with ask_progress("measuring agreement", len(asked)) as progress:
        for variable, name, part in asked:
            try:
                found.append((name, _measured(part, variable, request.predictions, rng)))
            except CodingError as error:
                if not name:
                    raise
                tell(f"{by} {name} is left out: {error}")
            progress.advance(progress.task_ids[0])
    if "sample_prob" in codings and codings["sample_prob"].nunique() > 1:
        tell(
            "The units were drawn with unequal probabilities (sample_prob): agreement is that of these units as they are, unweighted; units drawn more"
            " often, such as uncertain ones, may be harder or easier to agree on than the corpus."
        )
    tables = [_print_result(result, by, name) for name, result in found]
    recipe = signature(
        variable=",".join(variable.name for variable in variables),
        level=",".join(variable.level for variable in variables),
        by=by or "none",
        predictions="none" if request.predictions is None else data_hash(request.predictions),
        seed=request.seed,
        data=data_hash(codings),
    )
    print_signature(recipe)
    if request.json is not None:
        write_json(request.json, pd.concat(tables, ignore_index=True), recipe)


def settle_gold(codings: pd.DataFrame, variable: Variable, *, method: str, out: Path) -> None:
    """Settle gold from codings, write it to ``out`` with what the table says of each unit, and tell ties and units without a label."""
    gold = settle(codings, variable, method=method)
    kept = _constant(codings, unit_columns(codings, variable))
    written = gold.merge(kept, on=unit_columns(codings, variable), how="left", validate="one_to_one")
    write_table(written.assign(variable=variable.name, method=method), out)
    ties, unsettled = int(gold["tie"].sum()), int(gold["label"].isna().sum())
    tell(
        f"gold of {len(gold)} units by {method} written to {out}: {ties} ties, {unsettled} units without a label (column note says why); "
        f"{_counted(gold['label'])}."
    )
    if ties:
        tell(
            "Ties count in stance estimate as the shares of their codings (columns share_LABEL); stance evaluate and stance train leave them out."
        )


def _groups(codings: pd.DataFrame, variable: Variable, by: str | None) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the codings of a variable under an empty name, then those of each group under its own."""
    own = own_rows(codings, variable)
    yield "", own
    if by is not None and own[by].nunique(dropna=False) > 1:
        for name, part in own.groupby(by, sort=True, dropna=False):
            yield str(name), part


def _measured(codings: pd.DataFrame, variable: Variable, predictions: pd.DataFrame | None, rng: np.random.Generator) -> AgreementResult:
    both = codings if predictions is None else with_predictions(codings, predictions, variable)
    return agreement(both, variable, rng=rng)


def _print_result(result: AgreementResult, by: str | None, name: str) -> pd.DataFrame:
    """Print the rows of one variable and group; return them all, with the column of the group."""
    where = f", {by} {name}" if name else ""
    shown = result.table.drop(columns="variable")
    print_table(shown[shown["scope"].isin(SUMMARY)], title=f"Agreement on {result.variable.name}{where}, 95% intervals over units")
    if not name:  # the coders of a group stand in the JSON
        for scope, title in PARTS.items():
            print_table(shown[shown["scope"] == scope].drop(columns=["scope", "level"]), title=title)
    for note in result.notes:
        tell(note)
    return result.table if by is None else result.table.assign(**{by: name or "all"})


def _constant(codings: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one row a unit: its key and the columns that have one value within every unit, such as the text, the date and the outlet."""
    settled = ("coder", "label", "variable", "method", "share", "codings", "tie", "note")
    others = [name for name in codings.columns if name not in (*keys, *settled) and not str(name).startswith("share_")]
    units = codings[keys].join(codings[others].astype(str)).groupby(keys, sort=False, dropna=False)
    same = [name for name in others if (units[name].nunique() == 1).all()]
    return codings[[*keys, *same]].drop_duplicates(keys)


def _counted(labels: pd.Series) -> str:
    return ", ".join(f"{count} {label}" for label, count in labels.value_counts().items()) or "no label settled"
