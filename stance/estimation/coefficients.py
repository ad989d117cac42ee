"""Regressions of the label on covariates: their coefficients naive, from coded units alone, and corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.estimation.counting import cluster_units, count_units, equally_probable, shortages
from stance.estimation.design import Design, design_of, is_numeric
from stance.estimation.dsl import FOLDS, adjusted, cross_fitted
from stance.estimation.group_estimates import choose_method
from stance.estimation.groups import MISSING, column_of, group_units
from stance.estimation.inference import Bounded, bound, coded_worth, folds_of, varies
from stance.estimation.material import Material
from stance.estimation.predictors import one_hot
from stance.estimation.question import Question, codes_of
from stance.estimation.regression import Fitted, Weights, coded_weights, fit, fit_ppi, plain_weights
from stance.estimation.rows import SideBySide, figures
from stance.estimation.shares import group_sums

__all__ = ["coefficient_table"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    """What the regressions of one question share: units, covariates, clusters, and the outcomes of ``dsl``, shape (units, labels)."""

    material: Material
    design: Design
    cluster: Ints
    weight: Floats
    method: str
    adjusted: Floats | None

    @property
    def coded(self) -> npt.NDArray[np.bool_]:
        """Whether each unit was coded, shape (units,)."""
        return self.material.coded


def coefficient_table(material: Material, predictor: Floats, question: Question) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return one row a coefficient, and what is to be told about them."""
    design = design_of(material, question.regress, minimum=question.minimum)
    cluster = cluster_units(material, question.cluster)
    counted, _ = count_units(material, np.zeros(len(cluster), dtype=np.int64), cluster)
    method = choose_method(question, equal=equally_probable(counted))
    outcomes = _adjusted(material, predictor, question, cluster=cluster, weight=counted.weight) if method == "dsl" else None
    setting = _Setting(material, design, cluster, counted.weight, method, outcomes)
    shortage = shortages(counted, question.minimum)[0] or design.shortage
    codes = codes_of(material.variable)
    asked: list[tuple[str, Floats, bool]] = [
        (f"odds {label}", np.eye(len(material.variable.labels))[place], True) for place, label in _places(question)
    ]
    if not asked and codes is not None:
        asked = [("mean", codes, False)]
    tables = []
    for outcome, weights, logistic in asked:
        found = _side_by_side(setting, predictor, weights, logistic=logistic, shortage=shortage)
        names = _names(design, outcome, by=question.by)
        tables.append(pd.concat([names, figures(found, method=method, margin=question.margin)], axis=1))
    told = (f"The regression could not be corrected: {shortage}; code more, or join values.",) if shortage else ()
    return pd.concat(tables, ignore_index=True), (*_told(material, question), *told)


def _side_by_side(setting: _Setting, predictor: Floats, labels: Floats, *, logistic: bool, shortage: str) -> SideBySide:
    """Return the coefficients of one outcome, which is a weighted sum of labels (``labels``, shape (labels,))."""
    material, matrix, coded = setting.material, setting.design.matrix, setting.coded
    width = len(labels)
    predicted, gold = one_hot(material.predicted, width) @ labels, material.gold @ labels
    if setting.adjusted is None:
        corrected = fit_ppi(matrix, gold, predictor @ labels, coded=coded, logistic=logistic)
    else:
        corrected = fit(matrix, plain_weights(setting.adjusted @ labels), logistic=logistic)
    naive = fit(matrix, plain_weights(predicted), logistic=logistic)
    alone = _coded_alone(setting, coded_weights(gold, setting.weight), logistic=logistic)
    terms, step = matrix.shape[1], float(np.ptp(labels)) / (1 if logistic else width - 1)
    endless = "" if np.isfinite(corrected.coefficients).all() else "the odds run off to infinity: a label is never, or always, coded"
    return SideBySide(
        naive=_bounded(naive, setting),
        coded_only=_bounded_by_coded(alone, setting, gold, step),
        corrected=_bounded_by_coded(corrected, setting, gold - predicted, step),
        fixed=_variance(np.where(coded[:, None], 0.0, corrected.influence), setting.cluster),
        n=np.full(terms, len(coded)),
        coded=np.full(terms, int(coded.sum())),
        shortage=[shortage or endless] * terms,
        tested=np.full(terms, True),
    )


def _coded_alone(setting: _Setting, weights: Weights, *, logistic: bool) -> Fitted:
    """Return the regression over coded units, worked out on these alone."""
    coded, matrix = setting.coded, setting.design.matrix
    found = fit(matrix[coded], Weights(weights.outcome[coded], weights.expected[coded]), logistic=logistic)
    influence = np.zeros(matrix.shape)
    influence[coded] = found.influence
    return Fitted(found.coefficients, influence, found.bread)


def _bounded(fitted: Fitted, setting: _Setting) -> Bounded:
    """Return the coefficients with intervals, from the clusters of all units."""
    freedom, scale = _freedom(setting.cluster, terms=len(fitted.coefficients))
    return bound(fitted.coefficients, _variance(fitted.influence * scale, setting.cluster), freedom)


def _bounded_by_coded(fitted: Fitted, setting: _Setting, shown: Floats, step: float) -> Bounded:
    """Return the coefficients with intervals; what is fitted to coded units is charged for its terms, and is never quite certain.

    ``shown`` is what the coded units show, shape (units,): their gold, or what it differs by from the predicted label; ``step`` is the distance
    between neighbouring labels.
    """
    freedom, scale = _freedom(setting.cluster[setting.coded], terms=len(fitted.coefficients))
    influence = fitted.influence * np.where(setting.coded, scale, 1.0)[:, None]
    lacking = [_lacking(influence, fitted.bread, shown, setting=setting, number=number, step=step) for number in setting.design.values]
    variance = _variance(influence, setting.cluster) + np.max(lacking, axis=0)
    return bound(fitted.coefficients, variance, freedom)


def _freedom(cluster: Ints, *, terms: int) -> tuple[Floats, float]:
    """Return the degrees of freedom of each coefficient, shape (terms,), and what makes up for the terms fitted to few clusters."""
    clusters = len(np.unique(cluster))
    return np.full(terms, float(clusters - terms)), float(np.sqrt(clusters / max(clusters - terms, 1)))


def _lacking(influence: Floats, bread: Floats, shown: Floats, *, setting: _Setting, number: Ints, step: float) -> Floats:
    """Return what the units of each value of a covariate add to the variances less than they must, summed; shape (terms,).

    They add at least what they would if two of what the coded units with that value are worth were wrong, one to each side, as in
    `stance.estimation.inference.least_variance`: of a covariate with two values, the difference between the two groups then has the same
    least variance either way. ``number`` is the value of each unit.
    """
    counted, cells = count_units(setting.material, number, setting.cluster)
    groups = len(counted.sizes)
    moves = setting.design.matrix * (setting.weight / setting.weight.sum())[:, None] @ bread

    def by_cell(values: Floats) -> Floats:
        return group_sums(group_sums(values, cells.cell, len(cells.group)) ** 2, cells.group, groups)

    apart = varies(shown, counted)[:, None]
    rate = 2 * step**2 / coded_worth(shown, counted, cells)[:, None]
    least = rate * np.where(apart, group_sums(moves**2, number, groups), by_cell(moves))
    lacking: Floats = np.nansum(np.maximum(least - by_cell(influence), 0.0), axis=0)
    return lacking


def _variance(influence: Floats, cluster: Ints) -> Floats:
    """Return the variance of each coefficient: squared sums over clusters (Liang & Zeger 1986); shape (terms,)."""
    return np.array([(np.bincount(cluster, weights=column) ** 2).sum() for column in influence.T])


def _adjusted(material: Material, predictor: Floats, question: Question, *, cluster: Ints, weight: Floats) -> Floats:
    gold = material.gold
    words = [name for name in question.regress if not is_numeric(material.rows, name)]
    fold = folds_of(cluster, FOLDS, np.random.default_rng(question.seed))
    expected = cross_fitted(predictor, gold, weight, group=group_units(material.rows, words).number, fold=fold)
    return adjusted(expected, gold, material.probability)


def _places(question: Question) -> list[tuple[int, str]]:
    return [(list(question.variable.labels).index(label), label) for label in question.odds]


def _names(design: Design, outcome: str, *, by: Sequence[str]) -> pd.DataFrame:
    """Return the columns that say what each coefficient is."""
    terms = len(design.terms)
    columns: dict[str, object] = {"part": ["coefficient"] * terms}
    columns.update({name: pd.Series([None] * terms, dtype=object) for name in by})
    columns["versus"] = pd.Series(list(design.references), dtype=object)
    return pd.DataFrame({**columns, "measure": list(design.terms), "outcome": outcome})


def _told(material: Material, question: Question) -> tuple[str, ...]:
    told = []
    for name in question.regress:
        if not is_numeric(material.rows, name):
            units = int((column_of(material.rows, name) == MISSING).sum())
            if units:
                told.append(f"{units} units have no {name}; {MISSING} is one of its values.")
    return tuple(told)
