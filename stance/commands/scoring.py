"""The parts of an evaluation: of each the rows to keep, told apart by ``part``, and what is read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable
from stance.evaluation.groups import GroupScores
from stance.evaluation.metrics import Evaluation, beside_gold, human_ceiling
from stance.evaluation.predictions import Predicted
from stance.evaluation.resampling import FEWEST_CLUSTERS, bootstrap, over_seeds, paired_difference
from stance.evaluation.results import MAIN, Calibration, cautions, confusion_table, describe_gap, shared_codings
from stance.results import Table

__all__ = ["Scored", "Shown", "calibration_parts", "ceiling_part", "group_part", "score_part", "seeds_part", "versus_part"]

KINDS = "coder_type"


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Predictions, the units they are of (with ``gold`` and ``predicted``), and how the two compare."""

    predicted: Predicted
    variable: Variable
    units: pd.DataFrame
    evaluation: Evaluation


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One part: its rows, and what is read of it."""

    rows: pd.DataFrame
    content: tuple[Table | str, ...]


def score_part(scored: Scored, ceiling: pd.DataFrame, *, rng: np.random.Generator) -> Shown:
    """Return the scores with their intervals, single coders' scores beside them, and the labels one by one."""
    found = scored.evaluation
    table = bootstrap(found, rng=rng)
    for kind, rows in ceiling.groupby("coders", sort=False) if len(ceiling) else ():
        table.insert(4, str(kind), table["metric"].map(rows.set_index("metric")["score"]))
    content: tuple[Table | str, ...] = (
        Table(f"{scored.variable.name}: {scored.predicted.name}, n = {found.n}, 95% intervals", table),
        *cautions(found),
        Table("Per label", found.per_label),
        Table("Units by gold and predicted label", confusion_table(found).rename(columns=lambda name: name.replace("_", " ", 1))),
    )
    return Shown(table.assign(part="score"), content)


def ceiling_part(codings: pd.DataFrame | None, scored: Scored, *, rng: np.random.Generator) -> Shown:
    """Return what single coders score against the same gold, the reference for a model's score; kinds of coders apart."""
    if codings is None:
        return Shown(pd.DataFrame(), ())
    variable, gold = scored.variable, scored.units[["id", "target", "holder", "label"]]
    given, shared = shared_codings(codings, variable)
    notes = []
    if not shared.all():
        notes.append(
            f"{int((~shared).sum())} of {len(given)} codings are of units that one coder coded, whose gold may be that very coding; they are "
            "left out of the scores of single coders."
        )
    kinds = given[KINDS].astype(str) if KINDS in given else pd.Series("human", index=given.index)
    tables = [pd.DataFrame()]
    for kind in sorted(kinds.unique()):
        own = given[shared & kinds.eq(kind).to_numpy()]
        units = beside_gold(own, gold)["unit"].nunique()
        if units < FEWEST_CLUSTERS:
            notes.append(
                f"{kind}: {units} units with gold were coded by two coders or more, under {FEWEST_CLUSTERS}: no scores of single coders."
            )
            continue
        single = human_ceiling(own, gold, labels=variable.labels, level=variable.level).only(scored.evaluation.scored)
        rows = bootstrap(single, rng=rng).assign(part="ceiling", coders=kind, n=single.n)
        tables.append(rows[["coders", "n", "metric", "score", "low", "high", "note", "part"]])
    return _ceiling(pd.concat(tables, ignore_index=True), notes)


def _ceiling(rows: pd.DataFrame, notes: Sequence[str]) -> Shown:
    if rows.empty:
        return Shown(rows, tuple(notes))
    shown = Table("Single coders against the same gold, 95% intervals over units", rows.drop(columns="part"))
    return Shown(rows, (*notes, shown, "Where these coders settled the gold themselves, their scores are too high."))


def seeds_part(runs: Sequence[Scored], *, rng: np.random.Generator) -> Shown:
    """Return mean, spread and interval over runs with several seeds."""
    rows = [{"run": run.predicted.name, "model": run.predicted.recipe, **_main(run.evaluation)} for run in runs]
    table = over_seeds([run.evaluation for run in runs], rng=rng)
    over = Table(f"Over {len(runs)} runs: mean, SD between runs, 95% intervals of the mean", table)
    return Shown(table.assign(part="seeds"), (Table("Runs", pd.DataFrame(rows)), over))


def versus_part(first: Scored, second: Scored, *, rng: np.random.Generator) -> Shown:
    """Return the paired difference between two models on the same units."""
    table = paired_difference(first.evaluation, second.evaluation, rng=rng)
    title = f"{first.predicted.name} minus {second.predicted.name}: 95% intervals, p of a randomisation test by cluster"
    return Shown(table.assign(part="difference", versus=second.predicted.recipe), (Table(title, table),))


def group_part(groups: GroupScores) -> Shown:
    """Return the scores of each group, and its worst group and gap."""
    shown = Table(f"By {' and '.join(groups.by)}", groups.table[groups.table["metric"].isin(MAIN)])
    return Shown(groups.table.assign(part="group"), (shown, describe_gap(groups)))


def calibration_parts(found: Calibration) -> list[Shown]:
    """Return how far confidence can be believed, and the error that is left where only the most confident units keep their label."""
    means = pd.DataFrame({"metric": ["ece", "brier"], "score": [found.ece, found.brier]})
    curve = found.curve.drop(columns=["low", "high"]).rename(columns={"from": "low", "to": "high"})
    return [
        Shown(table.assign(part=part), (Table(title, table),))
        for part, title, table in (
            ("calibration", "Calibration: expected calibration error (15 bins) and Brier score; 0 is best", means),
            ("reliability", "Reliability: confidence and accuracy of each bin", curve),
            ("risk", "Risk and coverage: the error where only the surest units keep their label", found.steps),
        )
    ]


def _main(found: Evaluation) -> dict[str, float]:
    scores = found.scores(found.confusion)
    return {name: float(scores[name]) for name in MAIN}
