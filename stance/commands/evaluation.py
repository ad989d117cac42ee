"""``stance.evaluate``: how good a model is, beside people and other models, with intervals, by label and by group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.clusters import cluster_note, clusters_of
from stance.coding.codebook import Variable, check_codings
from stance.coding.coded_variables import with_words
from stance.commands.leaking import training_leaks
from stance.commands.scoring import Scored, Shown, calibration_parts, ceiling_part, group_part, score_part, seeds_part, versus_part
from stance.corpus.columns import truths
from stance.corpus.records import check_units, require_column
from stance.corpus.tables import Tabular, as_aliases, as_table
from stance.errors import InputError
from stance.evaluation.groups import GroupScores, score_groups
from stance.evaluation.metrics import Evaluation, compare
from stance.evaluation.predictions import Predicted, Source, is_predictions, predict, scored_variable, seed_runs
from stance.evaluation.results import Calibration, calibrate
from stance.model.folder import find_model
from stance.reporting.card import check_card, write_scores
from stance.results import Result
from stance.signature import data_hash, signature, versions
from stance.steps import Progress, silent

__all__ = ["Scores", "evaluate"]

YEAR = "year"  # a group that every table with dates has


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What an evaluation found.

    Attributes:
        evaluation: how the predictions compare with gold; every score is derived from it.
        groups: the scores by each column asked for.
        calibration: how far the probabilities can be believed; none where it was not asked for.
    """

    evaluation: Evaluation
    groups: tuple[GroupScores, ...]
    calibration: Calibration | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is scored: the first source in full, the runs beside it, the one it is compared with last; and on which units."""

    sources: tuple[Source, ...]
    runs: slice  # which sources are runs of one model with other seeds
    second: bool  # whether the last source is one to compare with
    variable: Variable
    by: Sequence[str]
    only: Sequence[str]


def evaluate(
    table: Tabular,
    *,
    variable: str | Variable,
    model: str | Path | Sequence[str | Path] | None = None,
    predictions: Tabular | Sequence[Tabular] | None = None,
    versus: Tabular | None = None,
    codings: Tabular | None = None,
    by: Sequence[str] = (),
    only: Sequence[str] = (),
    calibration: bool = False,
    targets: Mapping[str, Sequence[str]] | str | Path | None = None,
    codebook: str | Path | None = None,
    map: Sequence[str] = (),
    trained_on: Tabular | None = None,
    allow_leak: bool = False,
    card: bool = False,
    seed: int = 42,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Result[Scores]:
    """Return how a model, or predictions, score against the gold labels of a table: each score with its 95% interval.

    Options are those of ``stance evaluate``; several models or tables of predictions are runs of one model with other seeds. In ``table`` the
    column ``part`` is ``score``, ``ceiling``, ``seeds``, ``difference``, ``group``, ``calibration``, ``reliability`` or ``risk``; ``found`` is the `Scores`.

    >>> units = pd.DataFrame({"id": ["a", "b"], "text": ["Winst", "Ramp"], "label": ["positive", "negative"]})
    >>> found = evaluate(units, variable="tone", predictions=units[["id", "label"]])
    >>> found.found.evaluation.accuracy, found.part("score")["metric"].tolist()[:3]
    (1.0, ['accuracy', 'macro_f1', 'alpha'])
    """
    units = as_table(table, columns)
    trained = None if trained_on is None else as_table(trained_on, columns, where="the training table")
    leaked = () if trained is None else training_leaks(units, trained, allow=allow_leak)
    sources, runs = _sources(variable, model, predictions)
    second = () if versus is None else (versus if isinstance(versus, pd.DataFrame) else str(versus),)
    named, ordered = scored_variable(variable, (*sources, *second), None if codebook is None else Path(codebook))
    (coded,) = with_words([named], map)
    if card:
        _check_card(sources[0])
    asked = _Asked((*sources, *second), runs, bool(second), coded, by, _spelled(only, coded))
    gold, left_out = _with_gold(units, asked)
    scored = [_scored(predict(each, gold, coded, as_aliases(targets), progress=progress), gold, asked) for each in asked.sources]
    single = None if codings is None else as_table(codings, where="codings")
    parts, found = _parts(scored, asked, single, calibration=calibration, rng=lambda: np.random.default_rng(seed))
    recipe = _recipe(
        scored,
        asked,
        split="none" if isinstance(table, pd.DataFrame) else Path(table).name,
        trained_on="not given" if trained is None else data_hash(trained[["id", "text"]]),
        seed=seed,
    )
    written = _write_card(scored[0].predicted.name, parts[0].rows, recipe) if card else ()
    abstained = [note for each in scored for note in _abstained(each)]
    content = (*leaked, *ordered, *left_out, *abstained, *(each for part in parts for each in part.content), *written)
    rows = pd.concat([part.rows for part in parts if len(part.rows)], ignore_index=True)
    return Result(rows, content, recipe, found)


def _sources(
    variable: str | Variable, model: str | Path | Sequence[str | Path] | None, predictions: Tabular | Sequence[Tabular] | None
) -> tuple[tuple[Source, ...], slice]:
    """Return the models or tables to score, and which of them are runs of one model: several, or those that training left beside the best."""
    if model and predictions is not None:
        raise InputError("Pass --model or --predictions, and compare the two with --versus.")
    given = predictions if predictions is not None else model or (variable.name if isinstance(variable, Variable) else variable)
    several = [given] if isinstance(given, str | Path | pd.DataFrame) else list(given)
    sources = tuple(each if isinstance(each, pd.DataFrame) else str(each) for each in several)
    beside = seed_runs(sources[0]) if len(sources) == 1 else ()
    return (*sources, *beside), slice(1 if beside else 0, len(sources) + len(beside) if beside or len(sources) > 1 else 0)


def _parts(
    scored: Sequence[Scored], asked: _Asked, codings: pd.DataFrame | None, *, calibration: bool, rng: Callable[[], np.random.Generator]
) -> tuple[list[Shown], Scores]:
    """Return what is read and kept of the scores, a part a table or two, and the objects behind them.

    Each part has a fresh generator, so that no number depends on which parts there are; the report does the same.
    """
    first, runs = scored[0], scored[asked.runs]
    ceiling = ceiling_part(codings, first, rng=rng())
    parts = [score_part(first, ceiling.rows, rng=rng()), ceiling]
    if runs:
        parts.append(seeds_part(runs, rng=rng()))
    if asked.second:
        parts.append(versus_part(first, scored[-1], rng=rng()))
    groups = tuple(score_groups(first.units, [column], variable=first.variable, rng=rng()) for column in asked.by)
    parts += [group_part(each) for each in groups]
    believed = _calibration(first) if calibration else None
    parts += [] if believed is None else calibration_parts(believed)
    return parts, Scores(first.evaluation, groups, believed)


def _calibration(scored: Scored) -> Calibration:
    probabilities = scored.predicted.probabilities
    if probabilities is None:
        columns = ", ".join(f"p_{label}" for label in scored.variable.labels)
        raise InputError(f"{scored.predicted.name} has no probabilities ({columns}), so its calibration cannot be judged.")
    return calibrate(probabilities, scored.variable.codes(scored.units["gold"]), clusters=scored.units["cluster"].to_numpy(dtype=np.int64))


def _recipe(scored: Sequence[Scored], asked: _Asked, *, split: str, trained_on: str, seed: int) -> dict[str, str]:
    first = scored[0]
    return signature(
        model=first.predicted.recipe,
        variable=first.variable.name,
        level=first.variable.level,
        n=first.evaluation.n,
        split=split,
        only=",".join(asked.only) or "all",
        trained_on=trained_on,
        versus=scored[-1].predicted.recipe if asked.second else "none",
        seed=seed,
        data=data_hash(first.units[["id", "text", "target", "label"]]),
        **versions("numpy", *(("onnxruntime",) if first.predicted.is_model else ())),
    )


def _spelled(labels: Sequence[str], variable: Variable) -> tuple[str, ...]:
    """Return the labels asked for as the codebook spells them; a word that is not one of them stays, and is refused where no unit has it."""
    return tuple(variable.labels[code] if code >= 0 else label for label, code in zip(labels, variable.codes(labels), strict=True))


def _check_card(source: Source) -> None:
    if isinstance(source, pd.DataFrame) or is_predictions(source):
        name = "What --predictions names" if isinstance(source, pd.DataFrame) else source
        raise InputError(f"{name} is a table, and a table has no card; pass --card with a model folder.")
    check_card(find_model(source), given=source)


def _write_card(model: str, scores: pd.DataFrame, recipe: Mapping[str, str]) -> tuple[str]:
    write_scores(find_model(model), scores, recipe)
    return (f"Scores written into the card of {model}.",)


def _scored(predicted: Predicted, gold: pd.DataFrame, asked: _Asked) -> Scored:
    """Return the predictions beside gold, compared; only units whose gold is asked for."""
    variable, units = asked.variable, gold.assign(gold=gold["label"].to_numpy(), predicted=predicted.labels)
    if asked.only:
        kept = units["gold"].isin(asked.only).to_numpy()
        if not kept.any():
            raise InputError(f"the table: no unit has gold {' or '.join(asked.only)}; its labels are {', '.join(variable.labels)}.")
        units, predicted = units[kept], predicted.of(kept)
    found = compare(units["gold"], units["predicted"], labels=variable.labels, level=variable.level, clusters=units["cluster"])
    return Scored(predicted, variable, units, found.only(asked.only) if asked.only else found)


def _abstained(scored: Scored) -> list[str]:
    """Return a sentence on the labels that the model abstained from, where there are any."""
    count = int(scored.predicted.abstained.sum())
    if not count:
        return []
    return [
        f"{scored.predicted.name}: {count} of {len(scored.units)} scored units are abstained (under the confidence that stance label was "
        "asked for); their labels are scored all the same."
    ]


def _with_gold(units: pd.DataFrame, asked: _Asked) -> tuple[pd.DataFrame, list[str]]:
    """Return the units that have a label, checked, with the columns that groups are made by; and notes on what they stand for."""
    if "text" not in units and all(map(is_predictions, asked.sources)):
        units = units.assign(text=units["id"])  # labels that are there already are compared by id: no text is read
    checked = check_units(units, where="the table")
    if YEAR in asked.by and YEAR not in checked and "date" in checked:
        checked = checked.assign(**{YEAR: checked["date"].str[:4]})
    for name in asked.by:
        require_column(checked, name, where="the table", option="--by")
    codes = check_codings(checked, asked.variable, where="the table")
    scored = checked.assign(label=asked.variable.labels_of(codes))[codes >= 0]
    if scored.empty:
        raise InputError(f"the table: none of the {len(checked)} units has a label; code some, or name their column with --label-column.")
    notes = [f"{len(checked) - len(scored)} units have no label and were left out.{_ties(checked[codes < 0])}"] if (codes < 0).any() else []
    if "sample_prob" in scored and scored["sample_prob"].nunique() > 1:
        notes.append(
            "The units were drawn with unequal probabilities (sample_prob): the scores describe these units as they are, unweighted, and "
            "not the corpus; stance estimate takes the probabilities into account."
        )
    alike = clusters_of(scored, where="the table")
    if note := cluster_note(alike, by="cluster" if "cluster" in units else None):
        notes.append(note)
    return scored.assign(cluster=alike), notes


def _ties(unlabelled: pd.DataFrame) -> str:
    """Return how many of the units without a label are ties between coders, in a sentence; nothing where there are none."""
    ties = int(truths(unlabelled["tie"]).sum()) if "tie" in unlabelled else 0
    if not ties:
        return ""
    return f" {ties} of them are ties between coders, which are the hard ones, so the scores are those of clearer units."
