"""Shares, means and differences of groups, estimated naively, from coded units alone, and corrected."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.errors import InputError
from stance.estimation.coder_error import drawn_gold, pooled
from stance.estimation.comparisons import Asked, Measures, Setting, asked_of, bounded, clipped, labels_of, uncoded_variance
from stance.estimation.counting import count_units, equally_probable, shortages
from stance.estimation.dsl import FOLDS, adjusted, cross_fitted
from stance.estimation.groups import MISSING, Groups, group_units, pairs_of
from stance.estimation.inference import Bounded
from stance.estimation.material import Material
from stance.estimation.omnibus import omnibus_rows
from stance.estimation.predictors import one_hot
from stance.estimation.question import Question, codes_of
from stance.estimation.rows import SideBySide, figures, stack
from stance.estimation.shares import Shares, coded_shares, dsl_shares, naive_shares, ppi_shares
from stance.estimation.tuning import tuned_weights

__all__ = ["choose_method", "group_table"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def group_table(material: Material, predictor: Floats, question: Question) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows of shares, means and differences, and what is to be told about them."""
    groups = group_units(material.rows, question.by)
    pairs = pairs_of(groups, question.by, question.versus)
    measures = Measures.of(material.variable.labels, codes_of(material.variable))
    counted, cells = count_units(material, groups.number)
    setting = Setting(asked_of(groups, pairs, measures), measures, counted, cells)
    method = choose_method(question, equal=equally_probable(counted))
    predicted, gold = one_hot(material.predicted, len(material.variable.labels)), material.gold
    corrected = _corrected(material, predictor, setting, method=method, fold=material.folds(FOLDS, question.seed))
    reasons = shortages(counted, question.minimum)
    found = SideBySide(
        naive=bounded(naive_shares(predicted, counted), setting, shown=None),
        coded_only=bounded(coded_shares(gold, counted), setting, shown=gold),
        corrected=bounded(corrected, setting, shown=gold - predicted),
        fixed=uncoded_variance(corrected, setting),
        n=_of_both(counted.sizes, setting.asked),
        coded=_of_both(counted.coded_sizes, setting.asked),
        shortage=_reasons(reasons, setting.asked),
        tested=setting.asked.compares,
        family=setting.asked.compares,
    )
    table = pd.concat([labels_of(setting, groups, by=question.by), figures(found, method=method, question=question)], axis=1)
    if material.codings is not None:
        table = table.assign(**_with_coders(material, predictor, setting, method=method, question=question, shortage=found.shortage))
    equal = omnibus_rows(corrected, setting, groups, by=question.by, shortage=reasons, shown=gold - predicted)
    if len(equal):
        table = stack([table, equal.assign(method=method)])
    return table, (*_missing(groups, question.by), *_short(groups, reasons))


def _corrected(material: Material, predictor: Floats, setting: Setting, *, method: str, fold: Ints) -> Shares:
    """Return the corrected shares, by ``dsl`` or by ``ppi``."""
    correct = _correction(material, predictor, setting, method=method, fold=fold)
    return correct(material.gold)


def _correction(material: Material, predictor: Floats, setting: Setting, *, method: str, fold: Ints) -> Callable[[Floats], Shares]:
    """Return what makes corrected shares of gold, with weights or a supervised model fitted to the gold there is."""
    gold, counted = material.gold, setting.counted
    if method == "ppi":
        weights = tuned_weights(gold, predictor, counted, setting.cells, fold=fold)
        return lambda given: ppi_shares(given, predictor, counted, weights)
    expected = cross_fitted(predictor, gold, counted.weight, group=counted.group, fold=fold)
    return lambda given: dsl_shares(adjusted(expected, given, material.probability), counted)


def _with_coders(
    material: Material, predictor: Floats, setting: Setting, *, method: str, question: Question, shortage: Sequence[str]
) -> dict[str, Floats]:
    """Return the corrected estimates that count the error of coders too, with their intervals."""
    assert material.codings is not None
    width, coded = len(material.variable.labels), material.coded
    correct = _correction(material, predictor, setting, method=method, fold=material.folds(FOLDS, question.seed))
    stratum = pd.factorize(setting.counted.group[coded] * width + material.predicted[coded], sort=True)[0].astype(np.int64)

    def completed(drawn: Floats) -> Bounded:
        gold = np.zeros(material.gold.shape)
        gold[coded] = drawn
        return bounded(correct(gold), setting, shown=gold - one_hot(material.predicted, width))

    draws = drawn_gold(material.codings, stratum, labels=width, rng=np.random.default_rng(question.seed))
    found = pooled(map(completed, draws), clip=lambda each: clipped(each, setting))
    enough = np.array([not reason for reason in shortage])
    columns = {"with_coders": found.estimate, "coders_low": found.low, "coders_high": found.high}
    return {name: np.where(enough, values, np.nan) for name, values in columns.items()}


def choose_method(question: Question, *, equal: bool) -> str:
    """Return ``ppi`` or ``dsl``: the one asked, or the first where coded units were equally probable to be drawn."""
    if question.method == "ppi" and not equal:
        raise InputError(
            "Prediction-powered inference takes the coded units of a group for a random sample, but some were more probable to be drawn"
            " than others; pass --method dsl, or leave --method out."
        )
    return ("ppi" if equal else "dsl") if question.method == "auto" else question.method


def _of_both(numbers: Ints, asked: Asked) -> Ints:
    return numbers[asked.group] + np.where(asked.compares, numbers[asked.reference], 0)


def _reasons(reasons: Sequence[str], asked: Asked) -> list[str]:
    return [
        reasons[group] or (f"compared with: {reasons[reference]}" if reference >= 0 and reasons[reference] else "")
        for group, reference in zip(asked.group.tolist(), asked.reference.tolist(), strict=True)
    ]


def _missing(groups: Groups, by: Sequence[str]) -> tuple[str, ...]:
    told = []
    for name in by:
        units = int(groups.sizes[(groups.table[name] == MISSING).to_numpy()].sum())
        if units:
            told.append(f"{units} units have no {name}; they are the group {MISSING}.")
    return tuple(told)


def _short(groups: Groups, reasons: Sequence[str]) -> tuple[str, ...]:
    short = [number for number, reason in enumerate(reasons) if reason]
    if not short:
        return ()
    if not len(groups.table.columns):
        return (f"Not corrected: {reasons[0]}; code more.",)
    first = ", ".join(map(str, groups.table.iloc[short[0]]))
    named = f"{len(short)} of {len(groups)} groups" if len(short) > 1 else f"Group {first}"
    which = f" (the first: {first}, {reasons[short[0]]})" if len(short) > 1 else f" ({reasons[short[0]]})"
    return (f"{named} could not be corrected{which}; code more there, or join groups.",)
