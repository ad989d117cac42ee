"""Do people agree? Krippendorff's alpha with its interval: overall, per label, per coder and per pair of coders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.alpha import alpha_from_coincidences, coincidences, observed_agreement
from stance.coding.codebook import LEVELS, Level, Variable
from stance.coding.codings import Codings, tidy
from stance.coding.intervals import Interval, draws_note, percentile_interval, resampled
from stance.coding.joining import own_rows, rows_of_variable, unit_columns, unit_index, without_targets
from stance.corpus.columns import truths
from stance.corpus.records import as_strings
from stance.errors import CodingError

__all__ = ["AgreementResult", "agreement", "with_predictions"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MODEL = "is_model"  # the column that tells the codings of a model from those of people


@dataclass(frozen=True, slots=True, eq=False)
class AgreementResult:
    """How far coders agree on one variable.

    Attributes:
        variable: what was coded.
        table: one row a comparison: ``variable, scope, name, level, units, agreement, alpha, low, high, note``. ``scope`` is *all*,
            *level* (all coders, measured at another level), *label* (that label against the rest), *coder* (that coder against the
            others) or *pair*; these are over people. A model (`with_predictions`) has rows of its own: *model* (against all people) and
            *model pair*. ``units`` are the units compared, ``agreement`` the share of pairs of codings that are equal. A cell without a
            number has its reason in ``note``.
        notes: what was left out of the table, in sentences.
    """

    variable: Variable
    table: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def alpha(self) -> float:
        """Alpha over all coders who are people."""
        return float(self.table["alpha"].iloc[0])

    @property
    def interval(self) -> Interval:
        """The 95% interval of that alpha."""
        return Interval(float(self.table["low"].iloc[0]), float(self.table["high"].iloc[0]))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One row of the table to be: the coincidences of each unit, shape (units, labels, labels)."""

    scope: str
    name: str
    level: Level
    cells: Floats
    values: tuple[float, ...]
    note: str = ""


def agreement(
    codings: pd.DataFrame, variable: Variable, *, rng: np.random.Generator, draws: int = 10_000, minimum: int = 10
) -> AgreementResult:
    """Return the agreement of a table of codings (``id, coder, label``), with 95% intervals from resampling units.

    Resampling units gives alpha an interval of the right width (Zapf et al. 2016, BMC Medical Research Methodology 16:93). A coder
    with fewer than ``minimum`` shared units gets no interval, and such a pair is counted in ``notes`` instead. A model among the coders
    (`with_predictions`) is compared with them in its own rows, and counts in no other: how far people agree is told of people alone.

    >>> codings = pd.DataFrame({
    ...     "id": ["a", "a", "b", "b", "c", "c", "d", "d"],
    ...     "coder": ["An", "Bo"] * 4,
    ...     "label": ["negative", "negative", "neutral", "negative", "positive", "positive", "positive", "neutral"],
    ... })
    >>> tone = Variable("tone", ("negative", "neutral", "positive"))
    >>> table = agreement(codings, tone, rng=np.random.default_rng(1)).table
    >>> table[["scope", "name", "units", "agreement", "alpha"]].round(2).head(4)
       scope      name  units  agreement  alpha
    0    all                4       0.50   0.71
    1  level   nominal      4       0.50   0.33
    2  level  interval      4       0.50   0.71
    3  label  negative      4       0.75   0.53
    """
    coded = tidy(codings, variable)
    _check_comparable(coded)
    added = _of_models(codings, variable)
    model = np.isin(coded.coders, added["coder"].astype(str))
    people, abstained = _given_by(coded, ~model), int(added["label"].isna().sum())
    pairs = _pairs(coded)
    listed = pairs[pairs["shared"] >= minimum]
    few = len(pairs[pairs["shared"] < minimum].drop_duplicates(["coder", "coder_other"]))
    summary = [*_overall(people), *_by_level(people), *_by_label(people)]
    comparisons = [*summary, *_by_coder(coded, people, model), *_by_pair(coded, listed, model)]
    rows = [_row(comparison, minimum, draws, rng) for comparison in comparisons]
    table = pd.DataFrame(rows)
    table.insert(0, "variable", variable.name)
    return AgreementResult(variable, table, _notes(replace(people, empty=coded.empty - abstained), few, minimum, abstained))


def with_predictions(codings: pd.DataFrame, predictions: pd.DataFrame, variable: Variable) -> pd.DataFrame:
    """Return the codings with a model as one more coder, named by its column ``model``, on the units that people coded.

    Its rows are true in the column ``is_model``, by which `agreement` keeps them apart from people's. Predictions of units nobody coded
    have no one to agree with and stay out; a prediction that was abstained is an empty label.
    """
    model = rows_of_variable(predictions, variable, where="predictions", error=CodingError)
    model = model if "target" in codings else without_targets(model, variable)
    keys = [name for name in unit_columns(codings, variable) if name in model.columns]
    ours = model[unit_index(model, keys).isin(unit_index(codings, keys))]
    if not len(ours):
        raise CodingError(
            f"predictions: no unit is coded by people too; columns {', '.join(keys)} must name the same units in both tables."
        )
    added = ours[keys].assign(coder=ours.get("model", "model"), label=ours["label"].astype(object), **{MODEL: True})
    if "abstained" in ours:
        added["label"] = added["label"].mask(truths(ours["abstained"]))
    if "variable" in codings:
        added["variable"] = variable.name
    people = codings if MODEL in codings else codings.assign(**{MODEL: False})
    return pd.concat([part.assign(**{name: as_strings(part[name]) for name in keys}) for part in (people, added)], ignore_index=True)


def _check_comparable(coded: Codings) -> None:
    counts, labels = coded.counts, coded.variable.labels
    if len(np.unique(coded.coder)) < 2:
        names = ", ".join(coded.coders[place] for place in np.unique(coded.coder)) or "none"
        raise CodingError(f"codings: agreement needs two coders, and labels stand with {len(np.unique(coded.coder))} ({names}).")
    compared = counts[counts.sum(axis=1) >= 2]
    if not len(compared):
        raise CodingError(f"codings: none of {len(counts)} units was coded by two coders, so there is nothing to compare.")
    if (compared.sum(axis=0) > 0).sum() < 2:
        only = labels[int(compared.sum(axis=0).argmax())]
        raise CodingError(
            f"codings: all labels are equal ('{only}' in {len(compared)} compared units), so alpha is undefined; code more units."
        )


def _of_models(codings: pd.DataFrame, variable: Variable) -> pd.DataFrame:
    """Return the codings that are predictions of a model, as `with_predictions` marks them."""
    if MODEL not in codings:
        return codings.iloc[:0]
    return own_rows(codings[truths(codings[MODEL])], variable)


def _given_by(coded: Codings, coders: npt.NDArray[np.bool_]) -> Codings:
    """Return the codings of some of the coders, of the same units; ``coders`` has shape (coders,)."""
    own = coders[coded.coder]
    return replace(coded, unit=coded.unit[own], coder=coded.coder[own], code=coded.code[own])


def _overall(coded: Codings) -> Iterator[_Comparison]:
    yield _Comparison("all", "", coded.variable.level, _compared(coincidences(coded.counts)), coded.variable.values)


def _by_level(coded: Codings) -> Iterator[_Comparison]:
    """Yield all coders at the levels that the variable is not of, for figures published at another; two labels are alike at each."""
    variable, cells = coded.variable, _compared(coincidences(coded.counts))
    for level in LEVELS:
        if level != variable.level and len(variable.labels) > 2:
            values, note = _steps(variable) if level == "interval" else (variable.values, "")
            yield _Comparison("level", level, level, cells, values, note)


def _steps(variable: Variable) -> tuple[tuple[float, ...], str]:
    """Return the number of each label, and a note where the labels are words, which then stand one step apart."""
    try:
        return tuple(map(float, variable.labels)), ""
    except ValueError:
        return tuple(map(float, range(len(variable.labels)))), "labels one step apart"


def _by_label(coded: Codings) -> Iterator[_Comparison]:
    """Yield each label against all others, a nominal variable of two labels (Krippendorff 2019, section 12.4)."""
    for place, label in enumerate(coded.variable.labels):
        has = coded.counts[:, place]
        binary = np.stack([coded.counts.sum(axis=1) - has, has], axis=1)
        yield _Comparison("label", label, "nominal", _compared(coincidences(binary)), (0.0, 1.0))


def _by_coder(coded: Codings, people: Codings, model: npt.NDArray[np.bool_]) -> Iterator[_Comparison]:
    """Yield each coder against the (other) people: the pairs that hold one of the coder's codings, each unit weighing the same."""
    marks, counts = np.eye(len(coded.variable.labels)), people.counts
    for place, name in enumerate(coded.coders):
        own = coded.coder == place
        mine = marks[coded.code[own]]
        rest = counts[coded.unit[own]] - (0 if model[place] else mine)
        shared = rest.sum(axis=1) > 0
        mine, rest = mine[shared], rest[shared] / rest[shared].sum(axis=1, keepdims=True)
        cells = mine[:, :, None] * rest[:, None, :]
        scope = "model" if model[place] else "coder"
        yield _Comparison(scope, name, coded.variable.level, cells + cells.swapaxes(1, 2), coded.variable.values)


def _pairs(coded: Codings) -> pd.DataFrame:
    """Return one row for each unit that two coders share: both coders, both codes, and how many units these two share."""
    long = pd.DataFrame({"unit": coded.unit, "coder": coded.coder, "code": coded.code})
    both = long.merge(long, on="unit", suffixes=("", "_other"))
    both = both[both["coder"] < both["coder_other"]]
    return both.assign(shared=both.groupby(["coder", "coder_other"])["unit"].transform("size"))


def _by_pair(coded: Codings, listed: pd.DataFrame, model: npt.NDArray[np.bool_]) -> Iterator[_Comparison]:
    """Yield each pair of coders on the units they share, those with a model last."""
    marks = np.eye(len(coded.variable.labels))
    with_model = model[listed["coder"]] | model[listed["coder_other"]]
    for _, pair in listed.groupby([with_model, "coder", "coder_other"]):
        places = pair[["coder", "coder_other"]].to_numpy()[0]
        first, second = (coded.coders[place] for place in places)
        scope = "model pair" if model[places].any() else "pair"
        cells = marks[pair["code"]][:, :, None] * marks[pair["code_other"]][:, None, :]
        yield _Comparison(scope, f"{first} - {second}", coded.variable.level, cells + cells.swapaxes(1, 2), coded.variable.values)


def _compared(cells: Floats) -> Floats:
    """Return the units with at least one pair of codings."""
    return cells[cells.any(axis=(1, 2))]


def _row(comparison: _Comparison, minimum: int, draws: int, rng: np.random.Generator) -> dict[str, Any]:
    cells, units = comparison.cells, len(comparison.cells)
    total = cells.sum(axis=0)
    alpha = alpha_from_coincidences(total, comparison.level, values=comparison.values)
    row = {"scope": comparison.scope, "name": comparison.name, "level": comparison.level, "units": units}
    row |= {"agreement": float(observed_agreement(total)), "alpha": float(alpha), "low": np.nan, "high": np.nan, "note": comparison.note}
    if not units:
        return row | {"note": "no unit shared with another coder"}
    if np.isnan(alpha):
        return row | {"note": "all labels equal: alpha is undefined"}
    if units < minimum:
        return row | {"note": f"{units} units, under {minimum}: no interval"}
    drawn = alpha_from_coincidences(resampled(cells, draws=draws, rng=rng), comparison.level, values=comparison.values)
    interval = percentile_interval(drawn)
    return row | {"low": interval.low, "high": interval.high, "note": draws_note(drawn) or comparison.note}


def _notes(coded: Codings, few: int, minimum: int, abstained: int) -> tuple[str, ...]:
    """Return what was left out, in sentences."""
    codings = coded.counts.sum(axis=1)
    none, one = int((codings == 0).sum()), int((codings == 1).sum())
    said = {
        f"{coded.empty} codings are empty and were left out.": coded.empty,
        f"{abstained} predictions were abstained and were left out.": abstained,
        f"{none} of {len(codings)} units have no coding.": none,
        f"{one} of {len(codings)} units have one coding and cannot be compared.": one,
        f"{few} pairs of coders share fewer than {minimum} units and are not listed.": few,
    }
    return tuple(sentence for sentence, number in said.items() if number)
