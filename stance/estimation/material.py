"""Predictions joined with gold: which units were coded, as what, and how probable it was that they would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.gold import settle
from stance.coding.joining import rows_of_variable, without_targets
from stance.corpus.columns import truths
from stance.corpus.records import as_strings, check_unique, require_column
from stance.errors import InputError, did_you_mean
from stance.estimation.question import Question

__all__ = ["SAMPLE_COLUMN", "Material", "asked_gold", "asked_rows", "count_failed", "gather"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SAMPLE_COLUMN = "sample_prob"
_KEY = ("id", "target", "holder")
_UNLIKELY = 4.0  # standard errors between the units there are and those that the sample stands for


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What there is to estimate from; arrays have one entry a unit, shape (units,).

    Attributes:
        variable: whose labels are counted.
        rows: the predictions, one row a unit.
        predicted: the place of the predicted label.
        gold: the place of the coded label, -1 where a unit was not coded.
        probability: how probable it was that the unit would be coded, NaN where it was not.
        notes: what was left out or settled, in sentences.
    """

    variable: Variable
    rows: pd.DataFrame
    predicted: Ints
    gold: Ints
    probability: Floats
    notes: tuple[str, ...]

    @property
    def coded(self) -> npt.NDArray[np.bool_]:
        """Whether each unit was coded."""
        return self.gold >= 0


def gather(predictions: pd.DataFrame, gold: pd.DataFrame, question: Question) -> Material:
    """Return the predictions of the variable with their gold, checked.

    Refuses gold that is no random or probability sample, predictions of several targets at once, and tables without a unit in common.
    Several codings of a unit are settled by majority; units that were drawn and not coded lower the probability of the others.
    """
    variable = question.variable
    rows = asked_rows(predictions, question)
    drawn, settled = _one_a_unit(_own_gold(gold, question), variable)
    place, outside = _places(rows, drawn)
    drawn, place = drawn[place >= 0], place[place >= 0]
    codes = check_codings(drawn.assign(target=drawn.get("target")), variable, where="gold")
    given = codes >= 0
    if not given.any():
        raise InputError("gold: no unit has a label; code some of the sample first.")
    probability = _probabilities(drawn, units=len(rows), given=given, question=question)
    gold_code, probable = np.full(len(rows), -1, dtype=np.int64), np.full(len(rows), np.nan)
    gold_code[place[given]], probable[place[given]] = codes[given], probability[given]
    predicted = check_codings(rows.assign(target=rows.get("target")), variable, where="predictions")
    notes = (
        *_unused(predictions),
        *_abstained(rows),
        *settled,
        *outside,
        *_uncoded(given),
        *_representation(probability[given], units=len(rows)),
    )
    return Material(variable, rows, predicted, gold_code, probable, notes)


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
    filled = {name: as_strings(rows[name]) if name in rows else pd.Series([None] * len(rows), dtype=object) for name in _KEY}
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


def _one_a_unit(gold: pd.DataFrame, variable: Variable) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return gold with one row a unit, and what was settled to get there."""
    require_column(gold, "id", where="gold")
    require_column(gold, "label", where="gold")
    filled = {name: as_strings(gold[name]) for name in _KEY if name in gold.columns}
    gold = gold.assign(**filled).reset_index(drop=True)
    key = [name for name in _KEY if name in gold.columns and (name == "id" or gold[name].notna().any())]
    repeated = gold.duplicated(key)
    if not repeated.any():
        return gold, ()
    if "coder" not in gold.columns:
        first = gold.loc[repeated, "id"].iloc[0]
        raise InputError(f"gold: unit '{first}' stands twice ({int(repeated.sum())} such rows) and no column 'coder' says who coded it.")
    label = settle(gold.drop(columns="variable", errors="ignore"), variable)
    one = gold.drop_duplicates(key).reset_index(drop=True)
    merged = one.drop(columns="label").merge(label[[*key, "label", "tie"]], on=key, how="left", validate="one_to_one")
    ties = int((merged["tie"].astype("boolean").fillna(False) & merged["label"].isna()).sum())
    told = f"gold: {len(gold)} codings of {len(merged)} units were settled by majority"
    return merged.drop(columns="tie"), (told + (f"; {ties} ties have no label." if ties else "."),)


def _places(rows: pd.DataFrame, gold: pd.DataFrame) -> tuple[Ints, tuple[str, ...]]:
    """Return the row of each gold unit, -1 for none, and how many have none."""
    key = [name for name in _KEY if name in gold.columns and (name == "id" or gold[name].notna().any())]
    if rows.duplicated(key).any():
        lacking = next(name for name in _KEY if name not in key and rows[name].notna().any())
        raise InputError(
            f"gold: column '{lacking}' is missing, and predictions hold several rows of one id; say which each label is about."
        )
    place = pd.Index(_joined(rows, key)).get_indexer(pd.Index(_joined(gold, key))).astype(np.int64)
    lost = int((place < 0).sum())
    if lost == len(gold):
        raise InputError(f"gold: none of its {lost} units is among the predictions (first id '{gold['id'].iloc[0]}'); give matching ids.")
    return place, (f"gold: {lost} of {len(gold)} units are not among the predictions and were left out.",) if lost else ()


def _joined(frame: pd.DataFrame, key: Sequence[str]) -> pd.Series:
    joined = frame[key[0]].fillna("").astype(str)
    for name in key[1:]:
        joined = joined + "\x1f" + frame[name].fillna("").astype(str)
    return joined


def _probabilities(drawn: pd.DataFrame, *, units: int, given: npt.NDArray[np.bool_], question: Question) -> Floats:
    """Return the probability that each drawn unit would be coded; refuses a sample of which that is not known."""
    if SAMPLE_COLUMN not in drawn.columns:
        if not question.random_sample:
            raise InputError(
                f"gold: column '{SAMPLE_COLUMN}' is missing, so it is not known how its units were chosen; draw them with stance sample, or"
                " pass --random-sample if they are a simple random sample of the predictions (units chosen by hand cannot correct anything)."
            )
        return np.full(len(drawn), given.sum() / units)
    if question.random_sample:
        raise InputError(f"gold: column '{SAMPLE_COLUMN}' says how units were drawn; leave out --random-sample, or that column.")
    probability = pd.to_numeric(drawn[SAMPLE_COLUMN], errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~((probability > 0) & (probability <= 1)))
    if bad.size:
        value = drawn[SAMPLE_COLUMN].iloc[bad[0]]
        raise InputError(
            f"gold: unit '{drawn['id'].iloc[bad[0]]}' has {SAMPLE_COLUMN} {value}, which must be above 0 and at most 1 ({bad.size} such units)."
        )
    answered: Floats = probability * given.mean()
    return answered


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


def _uncoded(given: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    left = int((~given).sum())
    if not left:
        return ()
    return (
        f"gold: {left} of {len(given)} sampled units have no label; the others stand for them too, which is right only if it is chance"
        " which were left uncoded.",
    )


def _representation(probability: Floats, *, units: int) -> tuple[str, ...]:
    """Tell where the coded units, each for as many as its probability says, do not add up to the units there are."""
    stands_for = float((1 / probability).sum())
    spread = float(np.sqrt(((1 - probability) / probability**2).sum()))
    if abs(stands_for - units) <= _UNLIKELY * spread + 0.01 * units:
        return ()
    return (
        f"gold: by their {SAMPLE_COLUMN} its units stand for {stands_for:,.0f} units, but there are {units:,} predictions; was the sample"
        " drawn from another table?",
    )


def _listed(names: Sequence[object]) -> str:
    return ", ".join(map(str, names[:6])) + (", ..." if len(names) > 6 else "")
