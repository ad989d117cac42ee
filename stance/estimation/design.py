"""The covariates of a regression as numbers: a column each, and one for each value of a column of words but the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.errors import InputError
from stance.estimation.counting import FEWEST_CLUSTERS
from stance.estimation.groups import column_of
from stance.estimation.material import Material

__all__ = ["Design", "design_of", "is_numeric"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Covariates as numbers.

    Attributes:
        matrix: shape (units, terms); the first term is the intercept.
        terms: what each column is: ``intercept``, a column's name, or ``column=value``.
        references: the value that ``column=value`` is compared with, else missing.
        values: the number of each unit's value in each column of words, each of shape (units,); one number for all if there is no such column.
        shortage: why the coded units are too few for a regression, or an empty string.
    """

    matrix: Floats
    terms: tuple[str, ...]
    references: tuple[str | None, ...]
    values: tuple[Ints, ...]
    shortage: str


def design_of(material: Material, covariates: Sequence[str], *, minimum: int) -> Design:
    """Return the covariates of each unit as numbers; the reference of a column of words is its most frequent value."""
    units = len(material.rows)
    columns, terms, references, shortage = [np.ones(units)], ["intercept"], [None], ""
    numbers: list[Ints] = []
    for name in covariates:
        if is_numeric(material.rows, name):
            columns.append(_numbers(material.rows[name], name))
            terms.append(name)
            references.append(None)
            continue
        values = column_of(material.rows, name)
        numbers.append(pd.factorize(values)[0].astype(np.int64))
        counts = values.value_counts()
        shortage = shortage or _few_coded(values, name, material, minimum=minimum)
        for value in sorted(counts.index[1:]):
            columns.append((values == value).to_numpy(dtype=np.float64))
            terms.append(f"{name}={value}")
            references.append(counts.index[0])
    matrix = np.stack(columns, axis=1)
    if not _told_apart(matrix):
        raise InputError(
            f"Covariates {', '.join(covariates)} say the same thing twice, or one has a single value, so their coefficients cannot be told"
            " apart; leave one out."
        )
    if not shortage and not _told_apart(matrix[material.coded]):
        shortage = f"among the coded units {', '.join(covariates)} cannot be told apart, or one has a single value"
    return Design(matrix, tuple(terms), tuple(references), tuple(numbers) or (np.zeros(units, dtype=np.int64),), shortage)


def _few_coded(values: pd.Series, name: str, material: Material, *, minimum: int) -> str:
    """Return which value of a covariate has too few coded units or clusters of them, as groups may have; an empty string for none."""
    coded = pd.DataFrame({"value": values.to_numpy()[material.coded], "cluster": material.cluster[material.coded]})
    found = coded.groupby("value")["cluster"].agg(["size", "nunique"])
    found = found.reindex(values.value_counts().index, fill_value=0)
    for value, units, clusters in found.itertuples():
        if units < minimum:
            return f"{name} {value} has {units} coded units, under {minimum}"
        if clusters < FEWEST_CLUSTERS:
            return f"{name} {value} has coded units of {clusters} cluster{'' if clusters == 1 else 's'}, under {FEWEST_CLUSTERS}"
    return ""


def is_numeric(rows: pd.DataFrame, name: str) -> bool:
    """Return whether a covariate is a column of numbers, and not one of words (or a period, taken from dates)."""
    return name in rows.columns and pd.api.types.is_numeric_dtype(rows[name]) and not pd.api.types.is_bool_dtype(rows[name])


def _numbers(column: pd.Series, name: str) -> Floats:
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    lacking = int((~np.isfinite(numbers)).sum())
    if lacking:
        raise InputError(f"predictions: covariate '{name}' is missing in {lacking} of {len(numbers)} rows; fill it in, or leave them out.")
    return numbers


def _told_apart(matrix: Floats) -> bool:
    """Return whether no column is a sum of multiples of the others in these units."""
    scaled = matrix / np.maximum(np.abs(matrix).max(axis=0, initial=0.0), 1e-300)
    return bool(np.linalg.matrix_rank(scaled.T @ scaled, hermitian=True) == matrix.shape[1])
