"""``estimate``: shares, means, differences and coefficients, naive and corrected, in one table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from stance.coding.codebook import Variable
from stance.estimation.coefficients import coefficient_table
from stance.estimation.group_estimates import group_table
from stance.estimation.material import gather
from stance.estimation.predictors import choose_predictor
from stance.estimation.question import Question, codes_of
from stance.estimation.rows import stack
from stance.estimation.sample_checks import check_sample, sample_warnings

__all__ = ["Estimates", "estimate"]


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Estimates of one variable.

    Attributes:
        variable: whose labels are counted.
        table: one row an estimate; its columns are listed in `stance.estimation`.
        notes: what was left out, settled or chosen on the way, in sentences.
    """

    variable: Variable
    table: pd.DataFrame
    notes: tuple[str, ...]


def estimate(predictions: pd.DataFrame, gold: pd.DataFrame, question: Question) -> Estimates:
    """Return what the labels of all units say once the model's errors, as the coded units show them, are taken off.

    ``predictions`` are the rows of ``stance label``; ``gold`` has ``id`` (``target, holder`` where there are any), ``label``, and
    ``sample_prob``, the probability with which a unit was drawn to be coded (`stance.estimation.sampling`), unless the question says that it is
    a simple random sample. Several codings of a unit (column ``coder``) are settled by majority.

    The model must not have been trained on the gold units: it would be right on them more often than on the others. Units count as
    draws from what outlets write: intervals hold for that process, not only for these articles.

    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> truth = rng.choice(["negative", "neutral", "positive"], size=3000)
    >>> label = np.where(rng.random(3000) < 0.7, truth, "neutral")
    >>> units = pd.DataFrame({"id": range(3000), "label": label})
    >>> gold = units.assign(label=truth).sample(300, random_state=1)
    >>> tone = Variable("tone", ("negative", "neutral", "positive"))
    >>> found = estimate(units, gold, Question(tone, random_sample=True))
    >>> found.table[["part", "measure", "naive", "coded_only", "corrected", "low", "high"]].round(2)
        part   measure  naive  coded_only  corrected   low  high
    0  share  negative   0.24        0.31       0.33  0.29  0.36
    1  share   neutral   0.53        0.35       0.34  0.30  0.39
    2  share  positive   0.24        0.34       0.33  0.30  0.37
    3   mean      mean   0.00        0.03       0.01 -0.05  0.06
    """
    material = gather(predictions, gold, question)
    predictor = choose_predictor(material)
    tables: list[pd.DataFrame] = []
    check_sample(material)
    notes = [*material.notes, *([predictor.note] if predictor.note else []), *sample_warnings(material)]
    if question.by or not question.regress:
        table, told = group_table(material, predictor.values, question)
        tables.append(table)
        notes += told
    if question.regress:
        table, told = coefficient_table(material, predictor.values, question)
        tables.append(table)
        notes += told
    return Estimates(question.variable, stack(tables), tuple(dict.fromkeys((*notes, *_steps(question)))))


def _steps(question: Question) -> tuple[str, ...]:
    """Return what a mean of ordered labels takes for granted, where one is estimated."""
    codes, labels = codes_of(question.variable), question.variable.labels
    if question.variable.level != "ordinal" or codes is None or len(labels) < 3 or (question.odds and not question.by):
        return ()
    counted = ", ".join(f"{label} {code:g}" for label, code in zip(labels, codes, strict=True))
    return (f"The mean takes the steps between labels as equal: {counted}.",)
