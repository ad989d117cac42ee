"""``stance evaluate``: how good a model is, with intervals, by label and by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.duplicates import leaks
from stance.corpus.records import check_units, require_column
from stance.errors import InputError, LeakError
from stance.evaluation.groups import score_groups
from stance.evaluation.metrics import Evaluation
from stance.evaluation.metrics import evaluate as compare
from stance.evaluation.resampling import bootstrap
from stance.evaluation.signature import data_hash, signature
from stance.model.labelling import Labeller, load
from stance.model.pooling import Aliases
from stance.report.terminal import ask_progress, print_signature, print_table, tell, write_json

__all__ = ["EvaluationRequest", "check_training_leaks", "evaluate_model"]


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What ``stance evaluate`` was asked: the model, its variable, the groups, the labels to score, and where the numbers go."""

    model: str
    variable: str
    by: Sequence[str] = ()
    only: Sequence[str] = ()
    aliases: Aliases = field(default_factory=dict)
    seed: int = 42
    json: Path | None = None


def evaluate_model(units: pd.DataFrame, request: EvaluationRequest) -> None:
    """Label the units of a gold table, and print how the model compares with it."""
    labeller = load(request.model, aliases=request.aliases)
    variable = _variable(labeller, request)
    scored = _with_gold(units, variable, request)
    outcome = _predicted(labeller, scored)
    found = compare(outcome["gold"], outcome["predicted"], labels=variable.labels, level=variable.level, clusters=outcome.get("cluster"))
    found = found.only(request.only) if request.only else found
    rng = np.random.default_rng(request.seed)
    table = _print_scores(found, rng, title=f"{variable.name}: {request.model}")
    if request.by:
        groups = score_groups(outcome, request.by, variable=variable, rng=rng).table
        print_table(groups[groups["metric"].isin(["accuracy", "macro_f1", "alpha"])], title="By " + " and ".join(request.by))
        table = pd.concat([table, groups], ignore_index=True)
    recipe = signature(
        model=labeller.model,
        variable=variable.name,
        n=found.n,
        seed=request.seed,
        only=",".join(request.only) or "all",
        data=data_hash(scored[["id", "text", "target", "label"]]),
    )
    print_signature(recipe)
    if request.json is not None:
        write_json(request.json, table, recipe)


def check_training_leaks(test: pd.DataFrame, train: pd.DataFrame, *, allow: bool) -> None:
    """Refuse, or with ``allow`` only tell, units of a test that the training table repeats; names the pairs."""
    found = leaks(train, test)
    if found.empty:
        return
    print_table(found, title="Units of the test that training repeats")
    told = f"{found['test_id'].nunique()} of {len(test)} test units repeat a training unit (pairs above)"
    if not allow:
        raise LeakError(f"{told}; leave them out, split again with stance split, or pass --allow-leak.")
    tell(f"{told}; scored even so, as asked.")


def _variable(labeller: Labeller, request: EvaluationRequest) -> Variable:
    settings = labeller.settings
    if settings.variable != request.variable:
        raise InputError(f"Model '{request.model}' codes variable '{settings.variable}', not '{request.variable}'.")
    return Variable(settings.variable, settings.labels)


def _with_gold(units: pd.DataFrame, variable: Variable, request: EvaluationRequest) -> pd.DataFrame:
    """Return the units that have a label, checked; tells how many have none."""
    checked = check_units(units, where="the table")
    for name in request.by:
        require_column(checked, name, where="the table")
    gold = check_codings(checked, variable, where="the table")
    scored = checked[gold >= 0]
    if scored.empty:
        raise InputError(f"the table: none of the {len(checked)} units has a label; code some, or name their column with --label-column.")
    if len(scored) < len(checked):
        tell(f"{len(checked) - len(scored)} units have no label and were left out.")
    return scored


def _predicted(labeller: Labeller, scored: pd.DataFrame) -> pd.DataFrame:
    with ask_progress("labelling", len(scored)) as progress:
        rows = labeller.label(scored, on_progress=lambda done: progress.advance(progress.task_ids[0], done))
    return scored.assign(gold=scored["label"].to_numpy(), predicted=rows["label"].to_numpy())


def _print_scores(found: Evaluation, rng: np.random.Generator, *, title: str) -> pd.DataFrame:
    table = bootstrap(found, rng=rng)
    print_table(table, title=f"{title}, n = {found.n}, 95% intervals")
    print_table(found.per_label, title="Per label")
    matrix = pd.DataFrame(found.confusion, columns=[f"predicted {label}" for label in found.labels])
    matrix.insert(0, "gold", list(found.labels))
    print_table(matrix, title="Units by gold and predicted label")
    return table
