"""``stance.audit``: what a model's labels rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.corpus.records import check_units
from stance.corpus.tables import Tabular, as_table
from stance.errors import InputError
from stance.evaluation.audit import Audited, AuditResult
from stance.evaluation.audit import audit as try_on
from stance.evaluation.perturbations import PERTURBATIONS
from stance.model.folder import find_model
from stance.model.labelling import Labeller, load
from stance.reporting.card import check_card, write_audit
from stance.results import Result, Table
from stance.signature import data_hash, signature
from stance.steps import Progress, silent

__all__ = ["audit"]


def audit(
    model: str | Path | Audited,
    table: Tabular,
    *,
    by: Sequence[str] = (),
    card: bool = False,
    seed: int = 42,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Result[AuditResult]:
    """Return how often a model's label flips under changes that should not matter, what its controls score, and its scores by group.

    ``model`` is a shipped model, a model folder, or anything with ``classes_`` and ``predict_proba(units)``. Options are those of
    ``stance audit``. In ``table`` the column ``part`` is ``perturbation``, ``control``, ``group`` or ``warning``; ``found`` is the `AuditResult`.
    """
    asked = _asked(model, card=card)
    checked = check_units(as_table(table, columns), where="the table")
    ungrouped = []
    if "label" in checked:
        check_codings(checked, Variable(asked.variable, tuple(map(str, asked.model.classes_))), where="the table")
    elif by:
        ungrouped.append(f"Without a column 'label' there is no gold, so nothing is scored by {' and '.join(by)}.")
    with progress("auditing", len(PERTURBATIONS)) as advance:
        found = try_on(asked.model, checked, rng=np.random.default_rng(seed), by=by, on_progress=lambda _: advance(1))
    recipe = signature(model=asked.recipe, seed=seed, by=",".join(by) or "none", data=data_hash(checked[["id", "text", "target"]]))
    written = []
    if card:
        write_audit(find_model(asked.name), found.warnings, found.table, recipe)
        written.append(f"{len(found.warnings)} warnings written into the card of {asked.name}.")
    return Result(_rows(found), (*ungrouped, *_shown(found, f"{asked.variable}: {asked.name}"), *written), recipe, found)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The model that is audited: what it codes, what it is called, and what stands for it in the signature."""

    model: Audited
    variable: str
    name: str
    recipe: str


def _asked(model: str | Path | Audited, *, card: bool) -> _Asked:
    if not isinstance(model, str | Path):
        name = type(model).__name__
        if card:
            raise InputError(f"A {name} has no card to write into; give the model folder.")
        if isinstance(model, Labeller):
            return _Asked(model, model.settings.variable, name, model.model)
        return _Asked(model, "label", name, name)
    if card:
        check_card(find_model(model), given=str(model))
    labeller = load(model)
    return _Asked(labeller, labeller.settings.variable, str(model), labeller.model)


def _shown(found: AuditResult, title: str) -> Iterator[Table | str]:
    # What each row means and the number of all units are in the rows; a terminal of 80 columns has no room for them.
    yield Table(f"{title}, flips of the label, 95% intervals", found.table.drop(columns=["units", "note"]))
    yield Table("Controls", found.controls)
    for groups in found.groups:
        yield Table("By " + " and ".join(groups.by), groups.table[groups.table["metric"].isin(["accuracy", "macro_f1"])])
    yield from (f"warning: {warning}" for warning in found.warnings)


def _rows(found: AuditResult) -> pd.DataFrame:
    """Return all tables as one; ``part`` says which a row is of."""
    parts = [found.table.assign(part="perturbation"), found.controls.assign(part="control")]
    parts += [groups.table.assign(part="group") for groups in found.groups]
    warnings = pd.DataFrame({"part": "warning", "note": list(found.warnings)}, dtype=object)
    return pd.concat([part for part in (*parts, warnings) if len(part)], ignore_index=True).convert_dtypes()
