"""What single columns of a table say, however their file spells it: which values are the same, and what is true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.corpus.records import as_strings

__all__ = ["number_values", "truths"]


def number_values(column: pd.Series) -> npt.NDArray[np.int64]:
    """Return a number for each value of ``column``, the same where values are; -1 where there is none, or a blank one; shape (rows,).

    >>> number_values(pd.Series(["storm", "", None, "storm", " ", "brand"])).tolist()
    [0, -1, -1, 0, -1, 1]
    """
    text = as_strings(column)
    return pd.factorize(text.where(text.str.strip().ne(""), None))[0].astype(np.int64)


def truths(flags: pd.Series) -> pd.Series:
    """Return where a column says that something is true: by a truth value, its name or a 1; an empty cell does not.

    >>> truths(pd.Series([True, "TRUE", "False", None])).tolist()
    [True, True, False, False]
    """
    return flags.astype("string").str.lower().isin(["true", "1", "1.0"]).astype(bool)
