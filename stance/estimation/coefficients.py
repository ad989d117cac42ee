"""Regressions of the label on covariates: their coefficients naive, from coded units alone, and corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.estimation.counting import count_units, equally_probable, shortages
from stance.estimation.design import Design, design_of, is_numeric
from stance.estimation.dsl import FOLDS, adjusted, cross_fitted
from stance.estimation.group_estimates import choose_method
from stance.estimation.groups import MISSING, column_of, group_units
from stance.estimation.inference import Bounded, bound, coded_worth, varies
from stance.estimation.material import Material
from stance.estimation.predictors import one_hot
from stance.estimation.question import Question, codes_of
from stance.estimation.regression import Fitted, Weights, coded_weights, fit, fit_dsl, fit_ppi, plain_weights
from stance.estimation.rows import SideBySide, figures
from stance.estimation.shares import group_sums
from stance.estimation.small_samples import Part, clustered

__all__ = ["coefficient_table"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEWEST_FREEDOM = 4


@dataclass(frozen=True, slots=True, eq=False)
class _Setting:
    """What the regressions of one question share: units, covariates, clusters, and for ``dsl`` what is expected of each unit, (units, labels)."""

    material: Material
    design: Design
    weight: Floats
    method: str
    expected: Floats | None

    @property
    def coded(self) -> npt.NDArray[np.bool_]:
        """Whether each unit was coded, shape (units,)."""
        return self.material.coded


def coefficient_table(material: Material, predictor: Floats, question: Question) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return one row a coefficient, and what is to be told about them."""
    design = design_of(material, question.regress, minimum=question.minimum)
    counted, _ = count_units(material, np.zeros(len(material.rows), dtype=np.int64))
    method = choose_method(question, equal=equally_probable(counted))
    expected = _expected(material, predictor, question, weight=counted.weight) if method == "dsl" else None
    setting = _Setting(material, design, counted.weight, method, expected)
    shortage = shortages(counted, question.minimum)[0] or design.shortage
    codes = codes_of(material.variable)
    asked: list[tuple[str, Floats, bool]] = [
        (f"log odds {label}", np.eye(len(material.variable.labels))[place], True) for place, label in _places(question)
    ]
    if not asked and codes is not None:
        asked = [("mean", codes, False)]
    tables = []
    for outcome, weights, logistic in asked:
        found = _side_by_side(setting, predictor, weights, logistic=logistic, shortage=shortage)
        names = _names(design, outcome, by=question.by)
        tables.append(pd.concat([names, figures(found, method=method, question=question)], axis=1))
    told = (f"The regression could not be corrected: {shortage}; code more, or join values.",) if shortage else ()
    return pd.concat(tables, ignore_index=True), (*_told(material, question), *told)


def _side_by_side(setting: _Setting, predictor: Floats, labels: Floats, *, logistic: bool, shortage: str) -> SideBySide:
    """Return the coefficients of one outcome, which is a weighted sum of labels (``labels``, shape (labels,))."""
    material, matrix, coded = setting.material, setting.design.matrix, setting.coded
    width = len(labels)
    predicted, gold = one_hot(material.predicted, width) @ labels, material.gold @ labels
    if setting.expected is None:
        corrected = fit_ppi(matrix, gold, predictor @ labels, coded=coded, logistic=logistic)
    else:
        outcome = adjusted(setting.expected, material.gold, material.probability) @ labels
        corrected = fit_dsl(matrix, outcome, setting.expected @ labels, setting.weight, logistic=logistic)
    naive = fit(matrix, plain_weights(predicted), logistic=logistic)
    alone = _coded_alone(setting, coded_weights(gold, setting.weight), logistic=logistic)
    terms, step = matrix.shape[1], float(np.ptp(labels)) / (1 if logistic else width - 1)
    found = _bounded_by_coded(corrected, setting, gold - predicted, step)
    return SideBySide(
        naive=_bounded(naive, setting),
        coded_only=_bounded_by_coded(alone, setting, gold, step),
        corrected=found,
        fixed=_variance(np.where(coded[:, None], 0.0, corrected.influence), setting.material.cluster),
        n=np.full(terms, len(coded)),
        coded=np.full(terms, int(coded.sum())),
        shortage=[shortage or reason for reason in _few(found)],
        tested=np.full(terms, True),
        family=np.arange(terms) > 0,  # nobody asks whether the intercept is 0
    )


def _few(found: Bounded) -> list[str]:
    """Return why each coefficient cannot be believed, or an empty string (of four degrees of freedom: Tipton 2015, Psychological Methods 20)."""
    if not np.isfinite(found.estimate).all():
        return ["complete separation: the label is never (or always) coded, so the log odds are infinite"] * len(found.estimate)
    return [
        "" if freedom >= FEWEST_FREEDOM else f"rests on few clusters: {max(freedom, 0):.1f} degrees of freedom, under {FEWEST_FREEDOM}"
        for freedom in np.nan_to_num(found.freedom).tolist()
    ]


def _coded_alone(setting: _Setting, weights: Weights, *, logistic: bool) -> Fitted:
    """Return the regression over coded units, worked out on these alone."""
    coded, matrix = setting.coded, setting.design.matrix
    found = fit(matrix[coded], Weights(weights.outcome[coded], weights.expected[coded]), logistic=logistic)
    (part,) = found.parts
    influence, weight, slope = np.zeros(matrix.shape), np.zeros(len(coded)), np.ones(len(coded))
    influence[coded], weight[coded], slope[coded] = part.influence, part.weight, part.slope
    return Fitted(found.coefficients, (Part(influence, weight, slope),), found.bread)


def _bounded(fitted: Fitted, setting: _Setting) -> Bounded:
    """Return the coefficients with intervals, from the clusters of all units."""
    variance, freedom = _spread(fitted, setting)
    return bound(fitted.coefficients, variance, freedom)


def _bounded_by_coded(fitted: Fitted, setting: _Setting, shown: Floats, step: float) -> Bounded:
    """Return the coefficients with intervals; what rests on coded units is never quite certain.

    ``shown`` is what the coded units show, shape (units,): their gold, or what it differs by from the predicted label; ``step`` is the distance
    between neighbouring labels.
    """
    variance, freedom = _spread(fitted, setting)
    influence = fitted.influence
    lacking = [_lacking(influence, fitted.bread, shown, setting=setting, number=number, step=step) for number in setting.design.values]
    return bound(fitted.coefficients, variance + np.max(lacking, axis=0), freedom)


def _spread(fitted: Fitted, setting: _Setting) -> tuple[Floats, Floats]:
    """Return the variances and degrees of freedom of the coefficients; none where there are no coefficients."""
    if not np.isfinite(fitted.coefficients).all():
        nothing = np.full(len(fitted.coefficients), np.nan)
        return nothing, nothing
    return clustered(fitted.parts, setting.design.matrix, setting.material.cluster)


def _lacking(influence: Floats, bread: Floats, shown: Floats, *, setting: _Setting, number: Ints, step: float) -> Floats:
    """Return what the units of each value of a covariate add to the variances less than they must, summed; shape (terms,).

    They add at least what they would if two of what the coded units with that value are worth were wrong, one to each side, as in
    `stance.estimation.inference.least_variance`: of a covariate with two values, the difference between the two groups then has the same
    least variance either way. ``number`` is the value of each unit.
    """
    counted, cells = count_units(setting.material, number)
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


def _expected(material: Material, predictor: Floats, question: Question, *, weight: Floats) -> Floats:
    """Return what each unit is expected to be coded as, shape (units, labels), by the supervised model of ``dsl``."""
    gold = material.gold
    words = [name for name in question.regress if not is_numeric(material.rows, name)]
    fold = material.folds(FOLDS, question.seed)
    return cross_fitted(predictor, gold, weight, group=group_units(material.rows, words).number, fold=fold)


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
