"""Predictions with facts on their articles from another table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stance.coding.joining import with_covariates
from stance.corpus.tables import Tabular, as_rows

__all__ = ["with_facts"]


def with_facts(rows: pd.DataFrame, covariates: Tabular | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows of ``stance label`` with the columns of the table ``covariates``, where there is one, and a note on articles that it lacks."""
    if covariates is None:
        return rows, ()
    where = str(covariates) if isinstance(covariates, str | Path) else "covariates"
    joined, missing = with_covariates(rows, as_rows(covariates, where=where), where=where)
    if not missing:
        return joined, ()
    return joined, (f"{missing} of {len(rows)} rows are of articles that are not in {where}; their covariates are empty.",)
