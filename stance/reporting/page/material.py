"""What the sections of a report are built from: predictions, gold and codings checked, joined, and dated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.gold import settle
from stance.coding.joining import rows_of_variable, unit_columns, without_targets
from stance.corpus.columns import truths
from stance.corpus.records import as_strings, require_column
from stance.errors import InputError
from stance.estimation.groups import MISSING, PERIODS, column_of
from stance.model.rows import probability_columns
from stance.reporting.page.phrases import Phrases, phrases
from stance.reporting.page.request import ReportRequest
from stance.signature import data_hash

__all__ = ["Material", "largest", "prepare"]

MOST_MONTHS = 36  # of a longer time, years are shown
_DATED = r"^\d{4}-\d{2}"


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """The tables of a report, ready to count and compare.

    Attributes:
        request: what was asked.
        rows: the predictions of the variable, one row a unit, with ``unit`` (what names it) and the columns of ``groups``.
        coded: the units of ``rows`` that have gold: the same columns, and ``gold`` and ``predicted``.
        codings: one row a coding, where there are any: those given, or gold itself where it holds the labels of several coders.
        lost: how many units of gold could not be used, and of how many, by the key of the sentence that says why.
        groups: the columns to compare by, those of the request last.
        period: the column of time: ``month`` or ``year``, or the one that the request names.
        say: the sentences of the report's language.
    """

    request: ReportRequest
    rows: pd.DataFrame
    coded: pd.DataFrame
    codings: pd.DataFrame | None
    lost: dict[str, tuple[int, int]]
    groups: tuple[str, ...]
    period: str

    @property
    def say(self) -> Phrases:
        """The sentences of the report's language."""
        return phrases(self.request.language)

    @property
    def variable(self) -> Variable:
        """What was coded."""
        return self.request.variable

    @property
    def toward(self) -> bool:
        """Whether the labels are toward targets."""
        return _toward(self.rows)

    @property
    def words(self) -> list[str]:
        """The labels in the report's language, in order."""
        return [self.say.word(label) for label in self.variable.labels]

    @property
    def probabilities(self) -> npt.NDArray[np.float64]:
        """The probabilities of the coded units, shape (units, labels); no columns where the predictions hold none."""
        names = [name for name in probability_columns(self.variable.labels) if name in self.coded]
        return self.coded[names].to_numpy(dtype=np.float64)

    def rng(self) -> np.random.Generator:
        """Return a fresh generator, the same for each section: no number depends on which sections there are."""
        return np.random.default_rng(self.request.seed)

    @property
    def hashes(self) -> dict[str, str]:
        """The data hashes of what was given."""
        request = self.request
        given = {
            "predictions": self.rows[[*unit_columns(self.rows, self.variable), "label"]],
            "gold": request.gold,
            "codings": request.codings,
        }
        return {name: data_hash(table) for name, table in given.items() if table is not None}


def prepare(request: ReportRequest) -> Material:
    """Return the material of a request; refuses predictions without rows of the variable and gold that belongs to no prediction."""
    rows = _predictions(request)
    period = next((name for name in request.by if name in PERIODS), "month" if _months(rows["date"]).nunique() <= MOST_MONTHS else "year")
    rows = rows.assign(**_groups(rows, request.by, period))
    codings = _codings(request)
    coded, lost = _coded(rows, request)
    named = ["target"] if _toward(rows) else []
    found = [name for name in ("outlet", period) if rows[name].notna().any()]
    return Material(request, rows, coded, codings, lost, tuple(dict.fromkeys([*named, *found, *request.by])), period)


def _toward(rows: pd.DataFrame) -> bool:
    """Return whether the rows are labels toward targets."""
    return "target" in rows and bool(rows["target"].notna().any())


def _predictions(request: ReportRequest) -> pd.DataFrame:
    variable, given = request.variable, request.predictions
    if not len(given):
        raise InputError("predictions: the table has no rows; give the rows of stance label.")
    own = without_targets(rows_of_variable(given, variable, where="predictions", mend=" Pass another variable."), variable)
    codes = check_codings(own, variable, where="predictions")
    if (codes < 0).any():
        raise InputError(f"predictions row {int(np.argmax(codes < 0)) + 1}: the label is empty; label all units with stance label.")
    rows = own.reset_index(drop=True).assign(id=as_strings(own["id"].reset_index(drop=True)), label=variable.labels_of(codes))
    for name in ("outlet", "date"):
        rows[name] = as_strings(rows[name]) if name in rows else pd.Series(None, index=rows.index, dtype=object)
    keys = pd.Series(_keys(rows, variable), index=rows.index)
    twice = keys.duplicated()
    if twice.any():
        first = rows["id"].to_numpy()[int(np.argmax(twice))]
        raise InputError(f"predictions: unit '{first}' stands twice ({int(twice.sum())} such rows); keep one row a unit and model.")
    return rows.assign(unit=keys)


def _groups(rows: pd.DataFrame, by: Sequence[str], period: str) -> dict[str, pd.Series]:
    """Return the columns to compare by, as text; periods are taken from the dates."""
    found: dict[str, pd.Series] = {period: pd.Series(None, index=rows.index, dtype=object)}
    for name in dict.fromkeys([*by, *([period] if _months(rows["date"]).notna().any() or period in rows else [])]):
        if name not in PERIODS:
            require_column(rows, name, where="predictions")
        column = column_of(rows, name)
        found[name] = column.where(column.ne(MISSING), None)
    return found


def _codings(request: ReportRequest) -> pd.DataFrame | None:
    """Return the codings, coders in the order of their names: those given, or gold where units of it have several coders."""
    given, gold = request.codings, request.gold
    if given is None and gold is not None and "coder" in gold:
        keys = unit_columns(gold, request.variable)
        given = gold if gold.dropna(subset=["label"]).duplicated(keys).any() else None
    return given if given is None or "coder" not in given else given.sort_values("coder", kind="stable")


def _coded(rows: pd.DataFrame, request: ReportRequest) -> tuple[pd.DataFrame, dict[str, tuple[int, int]]]:
    """Return the predicted units that have gold, and how many units of gold were of no use."""
    if request.gold is None:
        return rows.iloc[:0].assign(gold=[], predicted=[]), {}
    gold, variable = request.gold, request.variable
    gold = rows_of_variable(gold, variable, where="gold")
    gold = gold if _toward(rows) else without_targets(gold, variable)
    gold = _one_a_unit(gold.assign(id=as_strings(gold["id"])), variable).reset_index(drop=True)
    codes = check_codings(gold, variable, where="gold")
    gold, settled = gold.assign(label=variable.labels_of(codes)), codes >= 0
    keys = pd.Series(_keys(gold, variable, like=rows), index=gold.index)
    if keys.duplicated().any():
        raise InputError(
            f"gold: unit '{gold['id'].to_numpy()[int(np.argmax(keys.duplicated()))]}' stands twice; settle its codings into one label first."
        )
    known = keys.isin(rows["unit"])
    if not (known & settled).any():
        raise InputError(
            f"gold: none of its {len(gold)} units is a unit of the predictions; columns {', '.join(variable.key)} must name the same units."
        )
    used = gold[known & settled]
    extra = [name for name in ("sample_prob", "stratum") if name in used]
    label = pd.DataFrame({"unit": keys[used.index], "gold": used["label"].astype(object), **{name: used[name] for name in extra}})
    coded = rows.drop(columns=[name for name in extra if name in rows]).merge(label, on="unit", validate="one_to_one")
    tied = truths(gold["tie"]).to_numpy() & ~settled if "tie" in gold else np.zeros(len(gold), dtype=bool)
    empty = int((~settled & ~tied).sum())
    lost = {
        "gold_tied": (int(tied.sum()), len(gold)),
        "gold_empty": (empty, len(gold)),
        "gold_unknown": (int((settled & ~known).sum()), len(gold)),
    }
    return coded.assign(predicted=coded["label"]), lost


def _one_a_unit(gold: pd.DataFrame, variable: Variable) -> pd.DataFrame:
    """Return gold with one row a unit: several codings of one are settled by majority; a tie has no label."""
    keys = unit_columns(gold, variable)
    if "coder" not in gold or not gold.duplicated(keys).any():
        return gold
    label = settle(gold, variable)[[*keys, "label", "tie"]]
    return (
        gold.drop_duplicates(keys).drop(columns=["label", "tie"], errors="ignore").merge(label, on=keys, how="left", validate="one_to_one")
    )


def _keys(frame: pd.DataFrame, variable: Variable, *, like: pd.DataFrame | None = None) -> list[tuple[object, ...]]:
    """Return what names each unit: id, and target and holder where the variable has them (and both tables name them)."""
    names = [name for name in unit_columns(frame, variable) if like is None or name in like.columns]
    columns = [frame[name].astype(object).where(frame[name].notna(), None) for name in names]
    return list(zip(*columns, *([[None] * len(frame)] * (len(variable.key) - len(names))), strict=True))


def _months(dates: pd.Series) -> pd.Series:
    """Return the month of each date; nothing where a date has none."""
    text = dates.astype("string")
    return text.str.slice(0, 7).where(text.str.match(_DATED).fillna(False).astype(bool))


def largest(column: pd.Series, *, most: int) -> list[str]:
    """Return the values with most rows, at most ``most`` of them, the largest first."""
    return [str(name) for name in column.value_counts().head(most).index]
