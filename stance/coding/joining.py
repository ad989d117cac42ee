"""One way to join tables of units: which rows are of a variable, what names a unit, and which row of another table is of the same one.

The tone of an article and the tone toward a target are one variable, told apart by whether a row names a target. Where a table holds both and no
target is asked for, the rows without one are meant: a share must not count an article and its targets together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable
from stance.corpus.records import as_strings
from stance.errors import InputError, StanceError, did_you_mean

__all__ = ["own_rows", "rows_of_variable", "unit_columns", "unit_index", "unit_places", "with_covariates", "without_targets"]

_SEPARATOR = "\x1f"


def rows_of_variable(
    frame: pd.DataFrame, variable: Variable, *, where: str, error: type[StanceError] = InputError, mend: str = ""
) -> pd.DataFrame:
    """Return the rows whose column ``variable`` names the variable, all where there is no such column; an ``error`` where there is none.

    >>> rows_of_variable(pd.DataFrame({"variable": ["tone", "stance"], "id": [1, 2]}), Variable("tone", ("bad", "good")), where="t")["id"].tolist()
    [1]
    """
    own = own_rows(frame, variable)
    if own.empty and "variable" in frame.columns:
        found = ", ".join(sorted(map(str, frame["variable"].dropna().unique())))
        raise error(f"{where}: no row has variable '{variable.name}'; column 'variable' holds {found or 'nothing'}.{mend}")
    return own


def own_rows(frame: pd.DataFrame, variable: Variable) -> pd.DataFrame:
    """Return the rows whose column ``variable`` names the variable, which may be none; all where there is no such column."""
    return frame[frame["variable"] == variable.name] if "variable" in frame.columns else frame


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


def unit_columns(frame: pd.DataFrame, variable: Variable) -> list[str]:
    """Return the columns of the table that together name a unit of the variable.

    >>> unit_columns(pd.DataFrame({"target": ["Poetin"], "id": ["a"]}), Variable("stance", ("against", "favor"), unit="target"))
    ['id', 'target']
    """
    return [name for name in variable.key if name in frame.columns]


def unit_index(frame: pd.DataFrame, names: Sequence[str]) -> pd.Index:
    """Return what names the unit of each row: the columns ``names`` as text, in one; a missing target or holder is empty.

    >>> unit_index(pd.DataFrame({"id": [7.0], "target": [None]}), ["id", "target"]) == unit_index(pd.DataFrame({"id": ["7"], "target": [""]}), ["id", "target"])
    array([ True])
    """
    columns = [as_strings(frame[name]).fillna("").astype(str).tolist() for name in names]
    return pd.Index([_SEPARATOR.join(cells) for cells in zip(*columns, strict=True)], dtype=object)


def unit_places(units: pd.DataFrame, among: pd.DataFrame, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return for each unit the row of ``among`` that is of the same unit, -1 for none; shape (units,). No two rows of ``among`` may be of one unit.

    >>> unit_places(pd.DataFrame({"id": ["b", "c"]}), pd.DataFrame({"id": ["a", "b"]}), ["id"]).tolist()
    [1, -1]
    """
    return unit_index(among, names).get_indexer(unit_index(units, names)).astype(np.int64)


def with_covariates(rows: pd.DataFrame, covariates: pd.DataFrame, *, where: str) -> tuple[pd.DataFrame, int]:
    """Return ``rows`` with the columns of a table of covariates, and how many rows are not in it, whose cells are then empty.

    Tables meet by ``id``, or by the ``archive_id`` of the rows where the table has that column or its ids are those of the archive.

    >>> rows = pd.DataFrame({"id": ["a1", "a2"], "archive_id": ["7", "8"], "label": ["neutral", "positive"]})
    >>> joined, missing = with_covariates(rows, pd.DataFrame({"id": [8, 7], "reach": [10, 20]}), where="reach.csv")
    >>> joined["reach"].tolist(), missing
    ([20, 10], 0)
    """
    ours, theirs = _meeting(rows, covariates, where)
    twice = covariates[theirs].duplicated()
    if twice.any():
        raise InputError(
            f"{where}: {theirs} '{covariates.loc[twice, theirs].iloc[0]}' is given {int(twice.sum()) + 1} times; give one row an article."
        )
    added = [name for name in covariates.columns if name not in ("id", "archive_id")]
    taken = [name for name in added if name in rows.columns]
    if not added or taken:
        problem = f"column '{taken[0]}' is a column of the rows too; rename it" if taken else "it has no column beside the ids; add one"
        raise InputError(f"{where}: {problem}.")
    place = unit_places(rows[[ours]].set_axis([theirs], axis=1), covariates, [theirs])
    found = covariates[added].reset_index(drop=True).reindex(np.where(place < 0, len(covariates), place)).set_axis(rows.index, axis=0)
    return pd.concat([rows, found], axis=1), int((place < 0).sum())


def _meeting(rows: pd.DataFrame, covariates: pd.DataFrame, where: str) -> tuple[str, str]:
    """Return the columns of both tables that hold the same ids; refuses tables that share none."""
    given = [name for name in ("id", "archive_id") if name in covariates.columns]
    if not given:
        names = [str(name) for name in covariates.columns]
        raise InputError(f"{where}: column 'id' is missing (columns: {', '.join(names[:12])}).{did_you_mean('id', names)}")
    for ours, theirs in (("id", "id"), ("archive_id", "archive_id"), ("archive_id", "id")):
        if ours in rows.columns and theirs in given and unit_index(rows, [ours]).isin(unit_index(covariates, [theirs])).any():
            return ours, theirs
    first = unit_index(covariates, given[:1])[0]
    raise InputError(f"{where}: none of its {len(covariates)} ids (first '{first}') is an id or archive_id of the rows; give matching ids.")
