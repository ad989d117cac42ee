"""``stance.audit``: what a model's labels rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable, get_variable
from stance.coding.coded_variables import relabelled, with_words
from stance.corpus.records import check_units
from stance.corpus.tables import Tabular, as_table
from stance.errors import InputError
from stance.evaluation.audit import Audited, AuditResult
from stance.evaluation.audit import audit as try_on
from stance.evaluation.perturbations import PERTURBATIONS
from stance.evaluation.predictions import scored_variable
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
    codebook: str | Path | None = None,
    map: Sequence[str] = (),
    seed: int = 42,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Result[AuditResult]:
    """Return how often a model's label flips under changes that should not matter, what its controls score, and its scores by group.

    ``model`` is a shipped model, a model folder, or anything with ``classes_`` and ``predict_proba(units)``; where it has a variable
    ``coded`` too, the labels are in the order of that one. Options are those of ``stance audit``. In ``table`` the column ``part`` is
    ``perturbation``, ``control``, ``group`` or ``warning``; ``found`` is the `AuditResult`.
    """
    asked, checked = _asked(model, card=card), check_units(as_table(table, columns), where="the table")
    coded = asked.coded
    told: tuple[str, ...] = ()
    if "label" in checked:
        coded, told = _coded(asked, codebook, map)
        checked = relabelled(checked, coded, where="the table")
    elif by:
        told = (f"Without a column 'label' there is no gold, so nothing is scored by {' and '.join(by)}.",)
    with progress("auditing", len(PERTURBATIONS)) as advance:
        rng = np.random.default_rng(seed)
        found = try_on(asked.model, checked, rng=rng, level=coded.level, labels=asked.coded.labels, by=by, on_progress=lambda _: advance(1))
    recipe = signature(model=asked.recipe, seed=seed, by=",".join(by) or "none", data=data_hash(checked[["id", "text", "target"]]))
    written = []
    if card:
        write_audit(find_model(asked.name), found.warnings, found.table, recipe)
        written.append(f"{len(found.warnings)} warnings written into the card of {asked.name}.")
    return Result(_rows(found), (*told, *_shown(found, f"{asked.coded.name}: {asked.name}"), *written), recipe, found)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The model that is audited: what it codes, what it is called, whether that names a folder, and what stands for it in the signature."""

    model: Audited
    coded: Variable
    name: str
    in_folder: bool
    recipe: str


def _asked(model: str | Path | Audited, *, card: bool) -> _Asked:
    if not isinstance(model, str | Path):
        name = type(model).__name__
        if card:
            raise InputError(f"A {name} has no card to write into; give the model folder.")
        if isinstance(model, Labeller):
            return _Asked(model, model.settings.coded, name, False, model.model)
        coded = getattr(model, "coded", None) or Variable("label", tuple(map(str, model.classes_)))
        return _Asked(model, coded, name, False, name)
    if card:
        check_card(find_model(model), given=str(model))
    labeller = load(model)
    return _Asked(labeller, labeller.settings.coded, str(model), True, labeller.model)


def _coded(asked: _Asked, codebook: str | Path | None, words: Sequence[str]) -> tuple[Variable, tuple[str, ...]]:
    """Return the variable of the gold labels, and a note where the order of its labels is assumed."""
    book = None if codebook is None else Path(codebook)
    if asked.in_folder:
        coded, notes = scored_variable(asked.coded.name, (asked.name,), book)
        return with_words([coded], words)[0], notes
    coded = asked.coded if book is None else get_variable(asked.coded.name, book)
    return with_words([coded], words)[0], ()


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
