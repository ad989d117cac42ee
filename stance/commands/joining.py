"""Predictions with facts on their articles from another table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stance.coding.joining import with_covariates
from stance.corpus.tables import iter_rows, read_table
from stance.report.terminal import tell

__all__ = ["read_predictions"]

_ALL = 2**31 - 1


def read_predictions(predictions: Path, covariates: Path | None) -> pd.DataFrame:
    """Return the rows of ``stance label``, with the columns of the table ``covariates`` where there is one; reports articles that it lacks."""
    rows = read_table(predictions)
    if covariates is None:
        return rows
    table = pd.concat(iter_rows(covariates, rows=_ALL))  # with the ids that the file itself gives and no others
    joined, missing = with_covariates(rows, table, where=str(covariates))
    if missing:
        tell(f"{missing} of {len(rows)} rows are of articles that are not in {covariates}; their covariates are empty.")
    return joined
