"""``stance evaluate``: how good a model is, beside people and other models, with intervals, by label and by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.clusters import cluster_note, clusters_of
from stance.coding.codebook import Variable, check_codings
from stance.coding.coded_variables import with_words
from stance.commands.predicted import Predicted, predict, seed_runs, variable_of
from stance.commands.scores import (
    Scored,
    print_calibration,
    print_ceiling,
    print_groups,
    print_scores,
    print_seeds,
    print_versus,
    single_coders,
)
from stance.corpus.columns import truths
from stance.corpus.records import check_units, require_column
from stance.corpus.tables import is_table
from stance.errors import InputError
from stance.evaluation.metrics import evaluate as compare
from stance.model.folder import find_model
from stance.model.pooling import Aliases
from stance.report.card import check_card, write_scores
from stance.report.terminal import print_signature, tell, write_json
from stance.signature import data_hash, signature, versions

__all__ = ["EvaluationRequest", "evaluate_sources"]

YEAR = "year"  # a group that every table with dates has


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What ``stance evaluate`` was asked.

    Attributes:
        sources: models and tables of predictions; the first is scored in full, several are runs of one model with other seeds.
        variable: the variable by name.
        codebook: the file that defines it, where it is not built in.
        words: other words for its labels, each as ``WORD=LABEL``.
        by: the columns that make groups.
        only: the gold labels to score; none of them named scores all.
        aliases: other names of targets.
        versus: a model or table to compare with.
        codings: single coders' labels of the same units, for the human ceiling.
        calibration: whether to print how far confidence can be believed.
        split: what the gold table is called, for the signature.
        trained_on: the hash of the training table that was checked for leaks, for the signature.
        card: whether to write the scores into the model's card.
        seed: of all that is drawn by chance.
        json: where the printed rows go.
    """

    sources: tuple[str, ...]
    variable: str
    codebook: Path | None = None
    words: Sequence[str] = ()
    by: Sequence[str] = ()
    only: Sequence[str] = ()
    aliases: Aliases = field(default_factory=dict)
    versus: str | None = None
    codings: pd.DataFrame | None = None
    calibration: bool = False
    split: str = ""
    trained_on: str = "not given"
    card: bool = False
    seed: int = 42
    json: Path | None = None


def evaluate_sources(units: pd.DataFrame, request: EvaluationRequest) -> None:
    """Compare models, or tables of predictions, with the gold of ``units``, and print the scores."""
    runs = request.sources if len(request.sources) > 1 else seed_runs(request.sources[0])
    others = (*runs, *([request.versus] if request.versus else []))
    (variable,) = with_words([variable_of(request.variable, (*request.sources, *others), request.codebook)], request.words)
    request = replace(request, only=_spelled(request.only, variable))
    if request.card:
        _check_card(request.sources[0])
    gold = _with_gold(units, variable, request)
    alike = clusters_of(gold, where="the table")
    gold = gold.assign(cluster=alike)
    if note := cluster_note(alike, by="cluster" if "cluster" in units else None):
        tell(note)
    found = {
        name: _scored(predict(name, gold, variable, request.aliases), gold, variable, request) for name in (request.sources[0], *others)
    }
    first = found[request.sources[0]]

    def rng() -> np.random.Generator:
        """Return a fresh generator, so that no number depends on which tables are printed; stance report does the same."""
        return np.random.default_rng(request.seed)

    ceiling = single_coders(request.codings, first, rng=rng()) if request.codings is not None else pd.DataFrame()
    tables = [print_scores(first, ceiling, rng=rng()), ceiling]
    if len(ceiling):
        print_ceiling(ceiling)
    if runs:
        tables.append(print_seeds([found[run] for run in runs], rng=rng()))
    if request.versus:
        tables.append(print_versus(first, found[request.versus], rng=rng()))
    for column in request.by:
        tables += print_groups(first, [column], rng=rng())
    if request.calibration:
        tables += print_calibration(first)
    versus = found[request.versus].predicted.recipe if request.versus else "none"
    _finish(first, tables, request, versus=versus)


def _finish(first: Scored, tables: Sequence[pd.DataFrame], request: EvaluationRequest, *, versus: str) -> None:
    """Print the signature, and write the JSON and the card that were asked for."""
    recipe = signature(
        model=first.predicted.recipe,
        variable=first.variable.name,
        level=first.variable.level,
        n=first.evaluation.n,
        split=request.split or "none",
        only=",".join(request.only) or "all",
        trained_on=request.trained_on,
        versus=versus,
        seed=request.seed,
        data=data_hash(first.units[["id", "text", "target", "label"]]),
        **versions("numpy", *(("onnxruntime",) if first.predicted.is_model else ())),
    )
    print_signature(recipe)
    if request.json is not None:
        write_json(request.json, pd.concat([table for table in tables if len(table)], ignore_index=True), recipe)
    if request.card:
        write_scores(find_model(first.predicted.name), tables[0], recipe)
        tell(f"Scores written into the card of {first.predicted.name}.")


def _spelled(labels: Sequence[str], variable: Variable) -> tuple[str, ...]:
    """Return the labels asked for as the codebook spells them; a word that is none stays as it is, and is refused where no unit has it."""
    return tuple(variable.labels[code] if code >= 0 else label for label, code in zip(labels, variable.codes(labels), strict=True))


def _check_card(source: str) -> None:
    if is_table(Path(source)):
        raise InputError(f"{source} is a table, and a table has no card; pass --card with a model folder.")
    check_card(find_model(source), given=source)


def _scored(predicted: Predicted, gold: pd.DataFrame, variable: Variable, request: EvaluationRequest) -> Scored:
    """Return the predictions beside gold, compared; only units whose gold is asked for."""
    units = gold.assign(gold=gold["label"].to_numpy(), predicted=predicted.labels)
    if request.only:
        asked = units["gold"].isin(request.only).to_numpy()
        if not asked.any():
            raise InputError(f"the table: no unit has gold {' or '.join(request.only)}; its labels are {', '.join(variable.labels)}.")
        units, predicted = units[asked], predicted.of(asked)
    if abstained := int(predicted.abstained.sum()):
        tell(
            f"{predicted.name}: {abstained} of {len(units)} scored units are abstained (under the confidence that stance label was asked "
            "for); their labels are scored all the same."
        )
    found = compare(units["gold"], units["predicted"], labels=variable.labels, level=variable.level, clusters=units["cluster"])
    return Scored(predicted, variable, units, found.only(request.only) if request.only else found)


def _with_gold(units: pd.DataFrame, variable: Variable, request: EvaluationRequest) -> pd.DataFrame:
    """Return the units that have a label, checked, with the columns that groups are made by; tells how many have none."""
    tables = [is_table(Path(source)) for source in (*request.sources, *([request.versus] if request.versus else []))]
    if "text" not in units and all(tables):
        units = units.assign(text=units["id"])  # labels that are there already are compared by id: no text is read
    checked = check_units(units, where="the table")
    if YEAR in request.by and YEAR not in checked and "date" in checked:
        checked = checked.assign(**{YEAR: checked["date"].str[:4]})
    for name in request.by:
        require_column(checked, name, where="the table", option="--by")
    gold = check_codings(checked, variable, where="the table")
    scored = checked.assign(label=variable.labels_of(gold))[gold >= 0]
    if scored.empty:
        raise InputError(f"the table: none of the {len(checked)} units has a label; code some, or name their column with --label-column.")
    if len(scored) < len(checked):
        tell(f"{len(checked) - len(scored)} units have no label and were left out.{_ties(checked[gold < 0])}")
    if "sample_prob" in scored and scored["sample_prob"].nunique() > 1:
        tell(
            "The units were drawn with unequal probabilities (sample_prob): the scores describe these units as they are, unweighted, and "
            "not the corpus; stance estimate takes the probabilities into account."
        )
    return scored


def _ties(unlabelled: pd.DataFrame) -> str:
    """Return how many of the units without a label are ties between coders, in a sentence; nothing where there are none."""
    ties = int(truths(unlabelled["tie"]).sum()) if "tie" in unlabelled else 0
    if not ties:
        return ""
    return f" {ties} of them are ties between coders, which are the hard ones, so the scores are those of clearer units."
