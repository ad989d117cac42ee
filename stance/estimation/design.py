"""The covariates of a regression as numbers: a column each, and one for each value of a column of words but the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.errors import InputError
from stance.estimation.groups import column_of
from stance.estimation.material import Material

__all__ = ["Design", "design_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Covariates as numbers.

    Attributes:
        matrix: shape (units, terms); the first term is the intercept.
        terms: what each column is: ``intercept``, a column's name, or ``column=value``.
        references: the value that ``column=value`` is compared with, else missing.
        shortage: why a value has too few coded units for a regression, or an empty string.
    """

    matrix: Floats
    terms: tuple[str, ...]
    references: tuple[str | None, ...]
    shortage: str


def design_of(material: Material, covariates: Sequence[str], *, minimum: int) -> Design:
    """Return the covariates of each unit as numbers; the reference of a column of words is its most frequent value."""
    units = len(material.rows)
    columns, terms, references, shortage = [np.ones(units)], ["intercept"], [None], ""
    for name in covariates:
        if _numeric(material.rows, name):
            columns.append(_numbers(material.rows[name], name))
            terms.append(name)
            references.append(None)
            continue
        values = column_of(material.rows, name)
        counts = values.value_counts()
        coded = values[material.coded].value_counts().reindex(counts.index, fill_value=0)
        few = coded[coded < minimum]
        if len(few) and not shortage:
            shortage = f"{name} {few.index[0]} has {few.iloc[0]} coded units, under {minimum}"
        for value in sorted(counts.index[1:]):
            columns.append((values == value).to_numpy(dtype=np.float64))
            terms.append(f"{name}={value}")
            references.append(counts.index[0])
    matrix = np.stack(columns, axis=1)
    _check_rank(matrix, covariates)
    return Design(matrix, tuple(terms), tuple(references), shortage)


def _numeric(rows: pd.DataFrame, name: str) -> bool:
    return name in rows.columns and pd.api.types.is_numeric_dtype(rows[name]) and not pd.api.types.is_bool_dtype(rows[name])


def _numbers(column: pd.Series, name: str) -> Floats:
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    lacking = int((~np.isfinite(numbers)).sum())
    if lacking:
        raise InputError(f"predictions: covariate '{name}' is missing in {lacking} of {len(numbers)} rows; fill it in, or leave them out.")
    return numbers


def _check_rank(matrix: Floats, covariates: Sequence[str]) -> None:
    scaled = matrix / np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    if np.linalg.matrix_rank(scaled.T @ scaled, hermitian=True) < matrix.shape[1]:
        raise InputError(
            f"Covariates {', '.join(covariates)} say the same thing twice, or one has a single value, so their coefficients cannot be told"
            " apart; leave one out."
        )
