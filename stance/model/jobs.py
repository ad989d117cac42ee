"""Several variables at once: which model labels which units, and one table of all their rows in input order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from stance.corpus.records import cross_targets
from stance.errors import InputError
from stance.model.labelling import Labeller, load, probability_columns
from stance.model.pooling import Aliases

__all__ = ["Job", "plan_jobs", "run_jobs"]


@dataclass(frozen=True, slots=True)
class Job:
    """Units for one labeller; their index is the row of the input they come from."""

    labeller: Labeller
    units: pd.DataFrame


def plan_jobs(
    units: pd.DataFrame,
    *,
    variable: str | None = None,
    model: str | Path | None = None,
    targets: Sequence[str] = (),
    aliases: Aliases | None = None,
    min_confidence: float = 0.0,
    risk: float | None = None,
) -> list[Job]:
    """Return what is to be labelled with which model.

    Without ``variable`` and ``model``: the tone of each article, and where there are targets the stance toward each. Units that have no
    target of their own are crossed with ``targets``.
    """

    def opened(name: str | Path) -> Labeller:
        return load(name, aliases=aliases, min_confidence=min_confidence, risk=risk)

    units = units.reset_index(drop=True)
    if variable is None and model is None:
        toward = _toward(units, targets)
        jobs = [Job(opened("tone"), _articles(units))]
        return jobs if toward is None else [*jobs, Job(opened("stance"), toward)]
    labeller = opened(model if model is not None else str(variable))
    if variable is not None and labeller.settings.variable != variable:
        raise InputError(
            f"Model '{model}' codes variable '{labeller.settings.variable}', not '{variable}'; leave out --variable or pass another model."
        )
    if labeller.settings.with_target:
        # Without targets to cross them with, units that have none are refused by the labeller, not left out.
        return [Job(labeller, _crossed(units, targets) if targets else units)]
    if targets:
        raise InputError(
            f"Model '{labeller.settings.name}' was trained without targets, so it cannot code {labeller.settings.variable} toward "
            f"'{targets[0]}'; leave out --target or pass a model that was trained with targets."
        )
    return [Job(labeller, _articles(units))]


def run_jobs(jobs: Sequence[Job], *, keep: Sequence[str] = (), on_progress: Callable[[int], None] | None = None) -> pd.DataFrame:
    """Return the rows of all jobs: for each row of the input, its tone and then its stances; columns a job lacks are empty."""
    tables = []
    for job in jobs:
        rows = job.labeller.label(job.units, keep=keep, on_progress=on_progress)
        rows.index = job.units.index
        tables.append(rows)
    if len(tables) == 1:
        return tables[0].reset_index(drop=True)
    joined = pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)
    by_job = [probability_columns(job.labeller.settings.labels) for job in jobs]
    # The first labels of all jobs, then the second, so that each job's own keep their order where jobs share one (neutral).
    probabilities = dict.fromkeys(name for place in zip_longest(*by_job) for name in place if name is not None)
    return joined[_ordered(list(joined.columns), list(probabilities))]


def _toward(units: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame | None:
    """Return the units that have a target: their own, or each of ``targets``; ``None`` where there is none."""
    if targets:
        return _crossed(units, targets)
    own = units["target"].notna()
    return units[own] if own.any() else None


def _crossed(units: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame:
    return cross_targets(units.assign(_row=units.index), targets).set_index("_row")


def _articles(units: pd.DataFrame) -> pd.DataFrame:
    """Return each article once, without targets."""
    return units.drop_duplicates(["id", "text"]).assign(target=None, holder=None)


def _ordered(names: Sequence[str], probabilities: Sequence[str]) -> list[str]:
    """Return the columns of several tables in the order of the output contract: probabilities together, the rest after.

    >>> _ordered(["label", "confidence", "p_negative", "windows", "p_against"], ["p_negative", "p_against"])
    ['label', 'confidence', 'p_negative', 'p_against', 'windows']
    """
    first = names.index("confidence") + 1
    return [*names[:first], *probabilities, *(name for name in names[first:] if name not in probabilities)]
