"""Predictions joined with gold: which units were coded, as what, and how probable it was that they would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.clusters import cluster_note, clusters_of
from stance.coding.codebook import Variable, check_codings
from stance.coding.joining import rows_of_variable, without_targets
from stance.corpus.columns import truths
from stance.corpus.records import as_strings, check_unique, require_column
from stance.errors import InputError, did_you_mean
from stance.estimation.coded_units import KEY, CodedTwice, coded_twice, drawn_elsewhere, joined_keys, one_a_unit, places_of, sample_of
from stance.estimation.inference import folds_of
from stance.estimation.question import Question

__all__ = ["Material", "asked_gold", "asked_rows", "cluster_column", "count_failed", "gather"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What there is to estimate from; arrays have one entry a unit, shape (units,).

    Attributes:
        variable: whose labels are counted.
        rows: the predictions, one row a unit.
        predicted: the place of the predicted label.
        gold: the share of each label in its gold, shape (units, labels): 1 for the one label that coders gave or settled on, fractions where
            they tied, zeros where a unit was not coded.
        probability: how probable it was that the unit would be coded, NaN where it was not.
        cluster: the number of its cluster: units of one article or text, and of one value of the column that makes units alike.
        notes: what was left out or settled, in sentences.
        codings: the single codings of the coded units, where coders share enough of them to show how often they err.
    """

    variable: Variable
    rows: pd.DataFrame
    predicted: Ints
    gold: Floats
    probability: Floats
    cluster: Ints
    notes: tuple[str, ...]
    codings: CodedTwice | None = None

    @property
    def coded(self) -> npt.NDArray[np.bool_]:
        """Whether each unit was coded."""
        return np.asarray(self.gold.any(axis=1))

    def folds(self, count: int, seed: int) -> Ints:
        """Return a fold for each unit, whole clusters together and coded units spread over all, whatever the order of the rows."""
        names = joined_keys(self.rows, KEY).to_numpy(dtype=object)
        fold = folds_of(names, self.cluster, folds=count, seed=seed)
        coded = pd.factorize(self.cluster[self.coded])[0].astype(np.int64)
        by_coded = folds_of(names[self.coded], coded, folds=count, seed=seed)
        of_cluster = np.full(int(self.cluster.max()) + 1, -1)
        of_cluster[self.cluster[self.coded]] = by_coded
        return np.where(of_cluster[self.cluster] >= 0, of_cluster[self.cluster], fold)


def gather(predictions: pd.DataFrame, gold: pd.DataFrame, question: Question) -> Material:
    """Return the predictions of the variable with their gold, checked.

    Refuses gold that is not a random or probability sample, predictions of several targets at once, and tables without a unit in common.
    Several codings of a unit are settled by majority, and a tie counts in fractions; units that were drawn and not coded lower the
    probability of the others.
    """
    variable = question.variable
    rows = asked_rows(predictions, question)
    drawn, settled = one_a_unit(_own_gold(gold, question), variable)
    place, outside = places_of(rows, drawn)
    found = sample_of(drawn, question, inside=place >= 0, units=len(rows))
    shares, probability = np.zeros((len(rows), len(variable.labels))), np.full(len(rows), np.nan)
    shares[place[found.coded]], probability[place[found.coded]] = found.gold[found.coded], found.probability[found.coded]
    predicted = check_codings(rows.assign(target=rows.get("target")), variable, where="predictions")
    by = cluster_column(rows, question.cluster)
    cluster = clusters_of(rows, by, where="predictions")
    alike = cluster_note(cluster, by=by)
    notes = (*_unused(predictions), *_abstained(rows), *settled, *outside, *found.notes, *drawn_elsewhere(rows, drawn))
    codings = coded_twice(rows, _own_gold(gold, question), variable, coded=np.asarray(shares.any(axis=1)))
    return Material(variable, rows, predicted, shares, probability, cluster, (*notes, *([alike] if alike else [])), codings)


def asked_rows(predictions: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the predictions that a question is about, checked: those of its variable, toward its targets."""
    rows = _predictions(predictions, question.variable)
    return _of_target(rows if _by_target(question) else without_targets(rows, question.variable).reset_index(drop=True), question)


def asked_gold(gold: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the rows of gold that a question is about: those of its variable, without those toward a target that is not asked."""
    own = _own_gold(gold, question)
    if not question.target or "target" not in own.columns:
        return own
    target = as_strings(own["target"])
    return own[target.isna() | target.isin(list(question.target))]


def cluster_column(rows: pd.DataFrame, asked: str | None) -> str | None:
    """Return the column that says which units are alike: the one asked, or ``cluster`` where the predictions have one."""
    return "cluster" if asked is None and "cluster" in rows.columns and rows["cluster"].notna().any() else asked


def count_failed(predictions: pd.DataFrame) -> int:
    """Return how many rows of ``stance label`` have no label but the reason why they could not get one, in the column ``failed``."""
    if "failed" not in predictions.columns or "label" not in predictions.columns:
        return 0
    return int((predictions["failed"].notna() & predictions["label"].isna()).sum())


def _predictions(frame: pd.DataFrame, variable: Variable) -> pd.DataFrame:
    if frame.empty:
        raise InputError("predictions: the table has no rows; give the rows of stance label.")
    for name in ("id", "label"):
        require_column(frame, name, where="predictions")
    rows = rows_of_variable(frame, variable, where="predictions").reset_index(drop=True)
    filled = {name: as_strings(rows[name]) if name in rows else pd.Series([None] * len(rows), dtype=object) for name in KEY}
    rows = check_unique(rows.assign(**filled), where="predictions")
    unlabelled = int(rows["label"].isna().sum())
    if unlabelled:
        raise InputError(f"predictions: {unlabelled} of {len(rows)} rows have no label; label every unit that is to be counted.")
    return rows


def _own_gold(gold: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the rows of gold of the variable; without a target where the question is about none and some have none."""
    own = rows_of_variable(gold, question.variable, where="gold")
    return own if _by_target(question) else without_targets(own, question.variable)


def _by_target(question: Question) -> bool:
    """Return whether a question is about targets: it names some, or compares by them."""
    return bool(question.target) or "target" in [*question.by, *question.regress]


def _of_target(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the rows toward the targets asked; refuses to count several targets as one."""
    present = list(rows["target"].dropna().unique())
    for name in question.target:
        if name not in present:
            raise InputError(
                f"predictions: no row has target '{name}'; there are {_listed(present) or 'none'}.{did_you_mean(name, present)}"
            )
    if question.target:
        rows, present = rows[rows["target"].isin(list(question.target))].reset_index(drop=True), list(question.target)
    if len(present) > 1 and "target" not in [*question.by, *question.regress]:
        raise InputError(
            f"predictions: the rows are about {len(present)} targets ({_listed(present)}), which one share cannot sum up;"
            " pass --by target, or choose with --target NAME."
        )
    return rows


def _unused(predictions: pd.DataFrame) -> tuple[str, ...]:
    failed = count_failed(predictions)
    if not failed:
        return ()
    return (f"predictions: {failed} of {len(predictions)} rows could not be labelled (column 'failed' says why) and are not counted.",)


def _abstained(rows: pd.DataFrame) -> tuple[str, ...]:
    if "abstained" not in rows.columns:
        return ()
    abstained = int(truths(rows["abstained"]).sum())
    if not abstained:
        return ()
    return (f"predictions: {abstained} of {len(rows)} units abstained; they keep their label, and count in all figures.",)


def _listed(names: Sequence[object]) -> str:
    return ", ".join(map(str, names[:6])) + (", ..." if len(names) > 6 else "")
