"""Which rows of a table are of a variable: the one place that says so for codings, predictions, samples, estimates and reports.

The tone of an article and the tone toward a target are one variable, told apart by whether a row names a target. Where a table holds both and no
target is asked for, the rows without one are meant: a share must not count an article and its targets together.
"""

from __future__ import annotations

import pandas as pd

from stance.coding.codebook import Variable
from stance.errors import InputError, StanceError

__all__ = ["rows_of_variable", "without_targets"]


def rows_of_variable(
    frame: pd.DataFrame, variable: Variable, *, where: str, error: type[StanceError] = InputError, mend: str = ""
) -> pd.DataFrame:
    """Return the rows whose column ``variable`` names the variable, all where there is no such column; an ``error`` where there is none.

    >>> rows_of_variable(pd.DataFrame({"variable": ["tone", "stance"], "id": [1, 2]}), Variable("tone", ("bad", "good")), where="t")["id"].tolist()
    [1]
    """
    if "variable" not in frame.columns:
        return frame
    own = frame[frame["variable"] == variable.name]
    if own.empty:
        found = ", ".join(sorted(map(str, frame["variable"].dropna().unique())))
        raise error(f"{where}: no row has variable '{variable.name}'; column 'variable' holds {found or 'nothing'}.{mend}")
    return own


def without_targets(rows: pd.DataFrame, variable: Variable) -> pd.DataFrame:
    """Return the rows without a target where the variable can go without and some do; else all of them.

    >>> rows = pd.DataFrame({"id": ["a", "a"], "target": [None, "Poetin"]}, dtype=object)
    >>> len(without_targets(rows, Variable("tone", ("bad", "good"), optional_target=True)))
    1
    """
    if not variable.optional_target or "target" not in rows.columns:
        return rows
    bare = rows["target"].isna()
    return rows[bare] if bare.any() else rows
