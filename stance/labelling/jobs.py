"""Several variables at once: which model labels which units, and one table of all their rows in input order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from stance.corpus.records import cross_targets
from stance.errors import InputError
from stance.model.labelling import Labeller, load, probability_columns
from stance.model.pooling import Aliases

__all__ = ["Job", "Request", "join_jobs", "opener", "plan_jobs", "plan_with", "probability_order", "run_jobs"]

Opener = Callable[[str | Path], Labeller]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of all blocks of an input; as in ``plan_jobs``.

    Attributes:
        variable: what to code; None for tone, and tone and stance toward each target where there are targets.
        model: a shipped model or a model folder.
        targets: whom or what the stance is toward.
        aliases: other names of targets.
        min_confidence: units below are marked as abstained.
        risk: share of labels that may be wrong, instead of ``min_confidence``.
        keep: columns of the input that come back.
        threads: cores to use (0: all).
        device: ``auto``, ``cpu`` or ``cuda``, as in ``load``.
    """

    variable: str | None = None
    model: str | None = None
    targets: tuple[str, ...] = ()
    aliases: Aliases = field(default_factory=dict)
    min_confidence: float = 0.0
    risk: float | None = None
    keep: tuple[str, ...] = ()
    threads: int = 0
    device: str = "auto"


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

    Without ``variable`` and ``model``: the tone of each article, and where there are targets the tone and the stance toward each. Units that
    have no target of their own are crossed with ``targets``.
    """
    request = Request(variable, str(model) if model is not None else None, tuple(targets), aliases or {}, min_confidence, risk)
    return plan_with(opener(request), units, request)


def opener(request: Request) -> Opener:
    """Return a function that opens a model as ``request`` asks, each only once."""
    asked = partial(
        load,
        aliases=request.aliases,
        min_confidence=request.min_confidence,
        risk=request.risk,
        threads=request.threads,
        device=request.device,
    )
    return cache(asked)


def plan_with(opened: Opener, units: pd.DataFrame, request: Request) -> list[Job]:
    """Return what is to be labelled with which model, opened by ``opened``, for one block of units."""
    variable, model, targets = request.variable, request.model, request.targets
    units = units.reset_index(drop=True)
    if variable is None and model is None:
        toward = _toward(units, targets)
        jobs = [Job(opened("tone"), _articles(units))]
        return jobs if toward is None else [*jobs, Job(opened("tone"), _without_holders(toward)), Job(opened("stance"), toward)]
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


def run_jobs(jobs: Sequence[Job], *, keep: Sequence[str] = (), on_progress: Callable[[float], None] | None = None) -> pd.DataFrame:
    """Return the rows of all jobs: for each row of the input, its tone and then its stances; columns a job lacks are empty."""
    return join_jobs(jobs, keep=keep, on_progress=on_progress).reset_index(drop=True)


def join_jobs(jobs: Sequence[Job], *, keep: Sequence[str] = (), on_progress: Callable[[float], None] | None = None) -> pd.DataFrame:
    """Return what ``run_jobs`` does, with the row of the input that each row comes from as index."""
    tables = []
    for job in jobs:
        rows = job.labeller.label(job.units, keep=keep, on_progress=on_progress)
        rows.index = job.units.index
        tables.append(rows)
    if len(tables) == 1:
        return tables[0]
    joined = pd.concat(tables).sort_index(kind="stable")
    return joined[_ordered(list(joined.columns), probability_order([job.labeller for job in jobs]))]


def probability_order(labellers: Sequence[Labeller]) -> list[str]:
    """Return the probability columns of several labellers: the first labels of all, then the second, and so on.

    So each labeller's own keep their order where labellers share one (neutral).
    """
    each = [probability_columns(labeller.settings.labels) for labeller in labellers]
    return list(dict.fromkeys(name for place in zip_longest(*each) for name in place if name is not None))


def _toward(units: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame | None:
    """Return the units that have a target: their own, or each of ``targets``; ``None`` where there is none."""
    if targets:
        return _crossed(units, targets)
    own = units["target"].notna()
    return units[own] if own.any() else None


def _crossed(units: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame:
    return cross_targets(units.assign(_row=units.index), targets).set_index("_row")


def _without_holders(units: pd.DataFrame) -> pd.DataFrame:
    """Return each article with each target once: the tone toward a target has no holder."""
    return units.drop_duplicates(["id", "text", "target"]).assign(holder=None)


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
