"""``stance.plan``: how many units to code."""

from __future__ import annotations

from dataclasses import asdict

from stance.estimation.planning import Plan
from stance.estimation.planning import plan as needed
from stance.results import Result, Table
from stance.signature import signature

__all__ = ["plan"]


def plan(
    units: int,
    *,
    groups: int = 2,
    share: float = 0.3,
    accuracy: float = 0.8,
    alpha: float = 0.8,
    cluster_size: float = 1.0,
    within: float = 0.0,
    difference: float | None = 0.1,
    margin: float | None = None,
) -> Result[Plan]:
    """Return how many units to code, before any is coded, to find a difference between groups or to reach a margin of error.

    ``units`` is the number of labelled units in each group. Options are those of ``stance plan``; ``table`` has a row an aim, and ``found`` is
    the `Plan`.

    >>> plan(2_000, accuracy=0.85, margin=0.05).table[["aim", "per_group", "without_model"]]
              aim  per_group  without_model
    0  difference        286            826
    1      margin        221            646
    """
    given = Plan(units, groups, share, accuracy, alpha, cluster_size, within, difference, margin)
    table = needed(given)
    note = (
        f"Predicted and coded labels would correlate {given.correlation:.2f}. A difference of this size is found in 80% of studies (p < .05, adjusted for"
        " the comparisons); without_model is how many units to code in all where nothing is labelled by a model. These are guesses until a"
        " pilot is coded: stance estimate --margin then counts from it."
    )
    asked = {name: "none" if value is None else value for name, value in asdict(given).items()}
    recipe = signature(data="none", **asked)  # nothing is labelled or coded yet
    return Result(table, (Table(f"Units to code, {groups} groups of {units:,} labelled units", table), note), recipe, given)
