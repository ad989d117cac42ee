"""``stance plan``: how many units to code."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from stance.estimation.planning import Plan, plan
from stance.report.terminal import print_signature, print_table, tell, write_json
from stance.signature import signature

__all__ = ["print_plan"]


def print_plan(given: Plan, *, json: Path | None) -> None:
    """Print how many units to code to reach what is asked."""
    table = plan(given)
    print_table(table, title=f"Units to code, {given.groups} groups of {given.units:,} labelled units")
    tell(
        f"Predicted and coded labels would correlate {given.correlation:.2f}. A difference of this size is found in 80% of studies (p < .05, adjusted for"
        " the comparisons); without_model is how many units to code in all where nothing is labelled by a model. These are guesses until a"
        " pilot is coded: stance estimate --margin then counts from it."
    )
    recipe = signature(**{name: "none" if value is None else value for name, value in asdict(given).items()})
    print_signature(recipe)
    if json is not None:
        write_json(json, table, recipe)
