"""Several variables at once: which model labels which units, and one table of all their rows in input order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import pandas as pd

from stance.corpus.records import cross_targets
from stance.errors import InputError
from stance.labelling.marking import AGAIN
from stance.model.labelling import Labeller, load
from stance.model.pooling import Aliases
from stance.model.rows import RowContract, kept_kinds, probability_order

__all__ = ["Job", "OnError", "Opener", "Request", "join_jobs", "labellers_for", "opener", "plan_jobs", "plan_with", "run_jobs"]

Opener: TypeAlias = Callable[[str | Path], Labeller]
OnError: TypeAlias = Literal["stop", "mark"]


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
        on_error: whether a row that cannot be labelled stops the run before any work, or is marked: it has the reason in the column ``failed``.
        aliases_as_targets: whether, where ``targets`` names none and the units have none of their own, all of ``aliases`` are targets.
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
    on_error: OnError = "mark"
    aliases_as_targets: bool = False

    def __post_init__(self) -> None:
        if self.on_error not in get_args(OnError):
            raise InputError(f"--on-error must be {' or '.join(get_args(OnError))}, not '{self.on_error}'.")

    def resolved(self, *, own_targets: bool) -> Request:
        """Return the request for an input whose units name targets of their own, or do not: other names of those are aliases only."""
        targets = tuple(self.aliases) if self.aliases_as_targets and not self.targets and not own_targets else self.targets
        return replace(self, targets=targets, aliases_as_targets=False)


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


def labellers_for(opened: Opener, request: Request, *, toward: bool) -> tuple[Labeller, ...]:
    """Return the models that a request needs: one, or tone and where units have targets (``toward``) stance; refuses what they cannot code."""
    variable, model = request.variable, request.model
    if variable is None and model is None:
        return tuple(map(opened, ["tone", "stance"] if toward else ["tone"]))
    labeller = opened(model if model is not None else str(variable))
    settings = labeller.settings
    if variable is not None and settings.variable != variable:
        raise InputError(
            f"Model '{model}' codes variable '{settings.variable}', not '{variable}'; leave out --variable or pass another model."
        )
    if request.targets and not settings.with_target:
        raise InputError(
            f"Model '{settings.name}' was trained without targets, so it cannot code {settings.variable} toward '{request.targets[0]}'; "
            "leave out --target or pass a model that was trained with targets."
        )
    return (labeller,)


def plan_with(opened: Opener, units: pd.DataFrame, request: Request) -> list[Job]:
    """Return what is to be labelled with which model, opened by ``opened``, for one block of units; nothing where all was in blocks before."""
    return [job for job in _jobs(opened, units, request) if len(job.units)]


def _jobs(opened: Opener, units: pd.DataFrame, request: Request) -> list[Job]:
    units = units.reset_index(drop=True)
    toward = _toward(units, request.targets)
    labellers = labellers_for(opened, request, toward=toward is not None)
    if request.variable is None and request.model is None:
        jobs = [Job(labellers[0], _articles(units))]
        return jobs if toward is None else [*jobs, Job(labellers[0], _without_holders(toward)), Job(labellers[1], toward)]
    if labellers[0].settings.with_target:
        # Without targets to cross them with, units that have none are refused by the labeller, not left out.
        return [Job(labellers[0], toward if toward is not None and request.targets else units)]
    return [Job(labellers[0], _articles(units))]


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
    probabilities = probability_order(job.labeller.settings.labels for job in jobs)
    return RowContract(tuple(probabilities), kept_kinds(joined, keep)).frame(joined)


def _toward(units: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame | None:
    """Return the units that have a target: their own, or each of ``targets``; ``None`` where there is none."""
    if targets:
        return _crossed(units, targets)
    if "target" not in units:
        return None
    own = units["target"].notna()
    return units[own] if own.any() else None


def _crossed(units: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame:
    return cross_targets(units.assign(_row=units.index), targets).set_index("_row")


def _without_holders(units: pd.DataFrame) -> pd.DataFrame:
    """Return each article with each target once: the tone toward a target has no holder."""
    return _first(units, ("id", "text", "target")).assign(holder=None)


def _articles(units: pd.DataFrame) -> pd.DataFrame:
    """Return each article once, without targets."""
    return _first(units, ("id", "text")).assign(target=None, holder=None)


def _first(units: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the first of the units that have the same ``names``: of all blocks of an input, where these are marked."""
    again = units[AGAIN[names]].astype(bool) if AGAIN[names] in units else units.duplicated(list(names))
    return units[~again]
