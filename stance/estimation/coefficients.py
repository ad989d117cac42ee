"""Regressions of the label on covariates: their coefficients naive, from coded units alone, and corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.estimation.counting import cluster_units, count_units, equally_probable, shortages
from stance.estimation.design import Design, design_of
from stance.estimation.dsl import FOLDS, adjusted, cross_fitted
from stance.estimation.group_estimates import choose_method
from stance.estimation.groups import MISSING, column_of, group_units
from stance.estimation.inference import Bounded, bound, folds_of
from stance.estimation.material import Material
from stance.estimation.predictors import one_hot
from stance.estimation.question import Question, codes_of
from stance.estimation.regression import Fitted, Weights, coded_weights, fit, fit_ppi, plain_weights
from stance.estimation.rows import SideBySide, figures

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
    predicted, gold = one_hot(material.predicted, width) @ labels, one_hot(material.gold, width) @ labels
    if setting.adjusted is None:
        corrected = fit_ppi(matrix, gold, predictor @ labels, coded=coded, logistic=logistic)
    else:
        corrected = fit(matrix, plain_weights(setting.adjusted @ labels), logistic=logistic)
    naive = fit(matrix, plain_weights(predicted), logistic=logistic)
    alone = _coded_alone(setting, coded_weights(gold, setting.weight), logistic=logistic)
    terms = matrix.shape[1]
    endless = "" if np.isfinite(corrected.coefficients).all() else "the odds run off to infinity: a label is never, or always, coded"
    return SideBySide(
        naive=_bounded(naive, setting, on_coded=False),
        coded_only=_bounded(alone, setting, on_coded=True),
        corrected=_bounded(corrected, setting, on_coded=True),
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
    return Fitted(found.coefficients, influence)


def _bounded(fitted: Fitted, setting: _Setting, *, on_coded: bool) -> Bounded:
    """Return the coefficients with intervals; what is fitted to coded units is charged for its terms."""
    clusters = len(np.unique(setting.cluster[setting.coded] if on_coded else setting.cluster))
    freedom = clusters - len(fitted.coefficients)
    scale = np.sqrt(clusters / max(freedom, 1))
    influence = fitted.influence * (np.where(setting.coded, scale, 1.0)[:, None] if on_coded else scale)
    return bound(fitted.coefficients, _variance(influence, setting.cluster), np.full(len(fitted.coefficients), float(freedom)))


def _variance(influence: Floats, cluster: Ints) -> Floats:
    """Return the variance of each coefficient: squared sums over clusters (Liang & Zeger 1986); shape (terms,)."""
    return np.array([(np.bincount(cluster, weights=column) ** 2).sum() for column in influence.T])


def _adjusted(material: Material, predictor: Floats, question: Question, *, cluster: Ints, weight: Floats) -> Floats:
    gold = one_hot(material.gold, len(material.variable.labels))
    words = [name for name in question.regress if not pd.api.types.is_numeric_dtype(material.rows.get(name, pd.Series(dtype=object)))]
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
        if not pd.api.types.is_numeric_dtype(material.rows.get(name, pd.Series(dtype=object))):
            units = int((column_of(material.rows, name) == MISSING).sum())
            if units:
                told.append(f"{units} units have no {name}; {MISSING} is one of its values.")
    return tuple(told)
