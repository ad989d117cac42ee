"""Predictions of any model, or of people, laid beside the units they are of: a table is all that is needed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.joining import rows_of_variable, unit_index, unit_places, without_targets
from stance.errors import InputError

__all__ = ["match_predictions", "probabilities_of"]

Floats = npt.NDArray[np.float64]


def match_predictions(units: pd.DataFrame, predictions: pd.DataFrame, variable: Variable, *, where: str = "predictions") -> pd.DataFrame:
    """Return the predictions of ``units``, one row each, in their order; rows of other units and variables are left aside.

    Units meet by ``id``, and by ``target`` and ``holder`` where the units name any. An `InputError` names the first unit that has no
    prediction or two.

    >>> units = pd.DataFrame({"id": ["a", "b"], "target": None, "holder": None})
    >>> rows = pd.DataFrame({"id": ["b", "a", "c"], "label": ["neutral", "positive", "neutral"]})
    >>> match_predictions(units, rows, Variable("tone", ("negative", "neutral", "positive")))["label"].tolist()
    ['positive', 'neutral']
    """
    if not len(predictions):
        raise InputError(f"{where}: the table has no rows; give the rows of stance label, or labels of people.")
    own = rows_of_variable(predictions, variable, where=where)
    named = units["target"].notna().any()
    own = own if named else without_targets(own, variable)
    codes = check_codings(own if named or "target" in own else own.assign(target=None), variable, where=where)
    keys = ["id", *(name for name in ("target", "holder") if units[name].notna().any() and name in own.columns)]
    given = own.assign(label=variable.labels_of(codes)).reset_index(drop=True)
    _refuse_twice(given, keys, where)
    place = unit_places(units, given, keys)
    missing = np.flatnonzero((place < 0) | (codes[place] < 0))
    if missing.size:
        raise InputError(
            f"{where}: {missing.size} of {len(units)} units have no prediction, first {_named(units[keys].iloc[missing[0]])}; "
            "add them, or leave these units out of the gold table."
        )
    return given.iloc[place].set_axis(units.index, axis=0).assign(**{name: units[name] for name in keys})


def probabilities_of(matched: pd.DataFrame, variable: Variable) -> Floats | None:
    """Return the probability columns of matched predictions, shape (units, labels); None where a table has only labels."""
    columns = [f"p_{label}" for label in variable.labels]
    if not set(columns) <= set(matched.columns):
        return None
    return matched[columns].to_numpy(dtype=np.float64)


def _refuse_twice(given: pd.DataFrame, keys: list[str], where: str) -> None:
    again = np.flatnonzero(unit_index(given, keys).duplicated())
    if again.size:
        raise InputError(
            f"{where}: {again.size} units have a second prediction, first {_named(given[keys].iloc[again[0]])}; keep the rows of one model."
        )


def _named(unit: pd.Series) -> str:
    return ", ".join(f"{name} '{value}'" for name, value in unit.items() if pd.notna(value))
