"""``stance audit``: what a model's labels rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.coded_variables import relabelled, with_words
from stance.commands.predicted import variable_of
from stance.corpus.records import check_units
from stance.evaluation.audit import AuditResult, audit
from stance.evaluation.perturbations import PERTURBATIONS
from stance.model.folder import find_model
from stance.model.labelling import load
from stance.report.card import check_card, write_audit
from stance.report.terminal import ask_progress, print_signature, print_table, tell, write_json
from stance.signature import data_hash, signature

__all__ = ["AuditRequest", "audit_model"]


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What ``stance audit`` was asked: the groups, whether to write the card, the seed, the JSON, the codebook and other words for labels."""

    by: Sequence[str] = ()
    card: bool = False
    seed: int = 42
    json: Path | None = None
    codebook: Path | None = None
    words: Sequence[str] = ()


def audit_model(units: pd.DataFrame, model: str, request: AuditRequest) -> None:
    """Print how often a model's label flips under changes that should not matter, what its controls score, and its scores by group."""
    by = request.by
    if request.card:
        check_card(find_model(model), given=model)
    labeller = load(model)
    checked, coded = check_units(units, where="the table"), labeller.settings.coded
    if "label" in checked:
        (coded,) = with_words([variable_of(coded.name, (model,), request.codebook)], request.words)
        checked = relabelled(checked, coded, where="the table")
    elif by:
        tell(f"Without a column 'label' there is no gold, so nothing is scored by {' and '.join(by)}.")
    with ask_progress("auditing", len(PERTURBATIONS)) as progress:
        found = audit(
            labeller,
            checked,
            rng=np.random.default_rng(request.seed),
            level=coded.level,
            by=by,
            on_progress=lambda _: progress.advance(progress.task_ids[0]),
        )
    _print_audit(found, title=f"{labeller.settings.variable}: {model}")
    recipe = signature(
        model=labeller.model, seed=request.seed, by=",".join(by) or "none", data=data_hash(checked[["id", "text", "target"]])
    )
    print_signature(recipe)
    if request.json is not None:
        write_json(request.json, _rows(found), recipe)
    if request.card:
        write_audit(find_model(model), found.warnings, found.table, recipe)
        tell(f"{len(found.warnings)} warnings written into the card of {model}.")


def _print_audit(found: AuditResult, *, title: str) -> None:
    # What each row means and the number of all units stand in the JSON; a terminal of 80 columns has room for the figures.
    print_table(found.table.drop(columns=["units", "note"]), title=f"{title}, flips of the label, 95% intervals")
    if len(found.controls):
        print_table(found.controls, title="Controls")
    for groups in found.groups:
        shown = groups.table[groups.table["metric"].isin(["accuracy", "macro_f1"])]
        print_table(shown, title="By " + " and ".join(groups.by))
    for warning in found.warnings:
        tell(f"warning: {warning}")


def _rows(found: AuditResult) -> pd.DataFrame:
    """Return all tables as one; ``part`` says which a row is of."""
    parts = [found.table.assign(part="perturbation"), found.controls.assign(part="control")]
    parts += [groups.table.assign(part="group") for groups in found.groups]
    warnings = pd.DataFrame({"part": "warning", "note": list(found.warnings)}, dtype=object)
    return pd.concat([part for part in (*parts, warnings) if len(part)], ignore_index=True).convert_dtypes()
