"""The tables that ``stance evaluate`` prints; each function prints one and returns its rows for the JSON, told apart by ``part``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable
from stance.coding.codings import tidy
from stance.commands.predicted import Predicted
from stance.errors import CodingError, InputError
from stance.evaluation.groups import GroupScores, score_groups
from stance.evaluation.metrics import Evaluation, beside_gold, human_ceiling
from stance.evaluation.reliability import brier, expected_calibration_error, reliability_curve, risk_coverage
from stance.evaluation.resampling import FEWEST_CLUSTERS, bootstrap, over_seeds, paired_difference
from stance.report.terminal import print_table, tell

__all__ = ["Scored", "print_calibration", "print_ceiling", "print_groups", "print_scores", "print_seeds", "print_versus", "single_coders"]

KINDS = "coder_type"
MAIN = ("accuracy", "macro_f1", "alpha")
FEW_CLUSTERS = 60  # see stance.evaluation.resampling
COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Predictions, the units they are of (with ``gold`` and ``predicted``), and how the two compare."""

    predicted: Predicted
    variable: Variable
    units: pd.DataFrame
    evaluation: Evaluation


def print_scores(scored: Scored, ceiling: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Print the scores with their intervals, single coders' scores beside them, and the labels one by one."""
    found, title = scored.evaluation, f"{scored.variable.name}: {scored.predicted.name}"
    table = bootstrap(found, rng=rng)
    for kind, rows in ceiling.groupby("coders", sort=False) if len(ceiling) else ():
        table.insert(4, str(kind), table["metric"].map(rows.set_index("metric")["score"]))
    print_table(table, title=f"{title}, n = {found.n}, 95% intervals")
    for caution in _cautions(found):
        tell(caution)
    print_table(found.per_label, title="Per label")
    matrix = pd.DataFrame(found.confusion, columns=[f"predicted {label}" for label in found.labels])
    matrix.insert(0, "gold", list(found.labels))
    print_table(matrix, title="Units by gold and predicted label")
    return table.assign(part="score")


def single_coders(codings: pd.DataFrame, scored: Scored, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return what single coders score against the same gold, the line that a model's score is read beside; kinds of coders apart.

    Only units that two coders or more coded count, for of the others gold is as a rule the one coding there is; tells of the rest.
    """
    variable, gold = scored.variable, scored.units[["id", "target", "holder", "label"]]
    codings = codings if "variable" not in codings else codings[codings["variable"] == variable.name]
    coded = tidy(codings, variable)  # refuses what is no table of codings
    given, shared = codings[codings["label"].notna()].assign(label=variable.labels_of(coded.code)), coded.shared
    if not shared.all():
        tell(
            f"{int((~shared).sum())} of {len(given)} codings are of units that one coder coded, whose gold may be that very coding; they are "
            "left out of the scores of single coders."
        )
    kinds = given[KINDS].astype(str) if KINDS in given else pd.Series("human", index=given.index)
    tables = [pd.DataFrame()]
    for kind in sorted(kinds.unique()):
        own = given[shared & kinds.eq(kind).to_numpy()]
        units = beside_gold(own, gold)["unit"].nunique()
        if units < FEWEST_CLUSTERS:
            tell(f"{kind}: {units} units with gold were coded by two coders or more, under {FEWEST_CLUSTERS}: no scores of single coders.")
            continue
        single = human_ceiling(own, gold, labels=variable.labels, level=variable.level).only(scored.evaluation.scored)
        rows = bootstrap(single, rng=rng).assign(part="ceiling", coders=kind, n=single.n)
        tables.append(rows[["coders", "n", "metric", "score", "low", "high", "note", "part"]])
    return pd.concat(tables, ignore_index=True)


def print_ceiling(ceiling: pd.DataFrame) -> None:
    """Print the scores of single coders with their intervals."""
    print_table(ceiling.drop(columns="part"), title="Single coders against the same gold, 95% intervals over units")
    tell("Where these coders settled the gold themselves, their scores are too high.")


def print_seeds(runs: Sequence[Scored], *, rng: np.random.Generator) -> pd.DataFrame:
    """Print mean, spread and interval over runs with several seeds."""
    rows = [{"run": run.predicted.name, "model": run.predicted.recipe, **_main(run.evaluation)} for run in runs]
    print_table(pd.DataFrame(rows), title="Runs")
    table = over_seeds([run.evaluation for run in runs], rng=rng)
    print_table(table, title=f"Over {len(runs)} runs: mean, SD between runs, 95% intervals of the mean")
    return table.assign(part="seeds")


def print_versus(first: Scored, second: Scored, *, rng: np.random.Generator) -> pd.DataFrame:
    """Print the paired difference between two models on the same units."""
    table = paired_difference(first.evaluation, second.evaluation, rng=rng)
    print_table(table, title=f"{first.predicted.name} minus {second.predicted.name}: 95% intervals, p of a randomisation test by cluster")
    return table.assign(part="difference", versus=second.predicted.recipe)


def print_groups(scored: Scored, by: Sequence[str], *, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Print the scores of each group of each column, and its worst group and gap."""
    tables = []
    for column in by:
        groups = score_groups(scored.units, [column], variable=scored.variable, rng=rng)
        print_table(groups.table[groups.table["metric"].isin(MAIN)], title=f"By {column}")
        tell(_worst(groups, column))
        tables.append(groups.table.assign(part="group"))
    return tables


def print_calibration(scored: Scored) -> list[pd.DataFrame]:
    """Print how far confidence can be believed, and the error that is left where only the surest units keep their label."""
    probabilities = scored.predicted.probabilities
    if probabilities is None:
        columns = ", ".join(f"p_{label}" for label in scored.variable.labels)
        raise InputError(f"{scored.predicted.name} has no probabilities ({columns}), so its calibration cannot be judged.")
    gold = scored.variable.codes(scored.units["gold"])
    numbers = {"ece": expected_calibration_error(probabilities, gold), "brier": brier(probabilities, gold)}
    means = pd.DataFrame({"metric": list(numbers), "score": list(numbers.values())})
    print_table(means, title="Calibration: expected calibration error (15 bins) and Brier score; 0 is best")
    curve = reliability_curve(probabilities, gold)
    print_table(curve, title="Reliability: confidence and accuracy of each bin")
    left = risk_coverage(probabilities, gold)
    at = [int(np.searchsorted(left["labelled"], share - 1e-9)) for share in COVERAGES]
    risk = left.iloc[sorted(set(at))].reset_index(drop=True)
    risk = risk.assign(accuracy=1 - risk["risk"])
    print_table(risk, title="Risk and coverage: the error where only the surest units keep their label")
    return [means.assign(part="calibration"), curve.assign(part="reliability"), risk.assign(part="risk")]


def _cautions(found: Evaluation) -> Iterator[str]:
    """Yield what makes a score or its interval less than it seems."""
    clusters = int((found.clusters.sum(axis=(1, 2)) > 0).sum())
    if clusters < FEW_CLUSTERS:
        yield (
            f"{clusters} clusters of units are few: under {FEW_CLUSTERS}, intervals are too narrow (that of accuracy is exact), and under "
            f"{FEWEST_CLUSTERS} only accuracy has one."
        )
    absent = [label for label, n in zip(found.labels, found.confusion.sum(axis=1), strict=True) if not n and label in found.scored]
    if absent:
        yield f"No unit has gold {' or '.join(absent)}, whose F1 of 0 counts in macro F1: read accuracy."


def _worst(groups: GroupScores, column: str) -> str:
    try:
        worst, gap = groups.worst("accuracy"), groups.gap("accuracy")
    except CodingError as error:
        return str(error)
    large = groups.table[(groups.table["metric"] == "accuracy") & (groups.table["n"] >= groups.minimum)]
    if len(large) < 2:
        return f"By {column} there is one group of {groups.minimum} units or more, so there is no gap."
    return (
        f"By {column}, accuracy is lowest for {worst[column]} ({worst['score']:.3f}, n = {worst['n']}), {gap:.3f} under the highest "
        f"(groups of {groups.minimum} units or more; chance makes gaps too, so read the intervals)."
    )


def _main(found: Evaluation) -> dict[str, float]:
    scores = found.scores(found.confusion)
    return {name: float(scores[name]) for name in MAIN}
