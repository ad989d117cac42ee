"""The rows of ``stance label``: names, order and types of their columns, said here for every kind of output.

``id variable target holder label confidence``, a probability a label, ``abstained windows coverage model target_named``, then what comes along
of the input: ``CARRIED`` where it has them, and the columns that were asked for. Where rows may fail, ``failed`` says why, last of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import zip_longest
from typing import Literal, TypeAlias

import pandas as pd
import pyarrow as pa

from stance.corpus.records import Columns, as_strings
from stance.errors import InputError

__all__ = [
    "CARRIED",
    "FAILED",
    "Kind",
    "RowContract",
    "carried_columns",
    "kept_kinds",
    "kind_of",
    "probability_columns",
    "probability_order",
    "shared_kind",
]

Kind: TypeAlias = Literal["empty", "bool", "boolean", "int64", "Int64", "float64", "string"]

CARRIED = ("date", "outlet", "cluster", "archive_id")
FAILED = "failed"
_TEXTUAL = {*CARRIED, *(entry.name for entry in fields(Columns))}

_BEFORE: dict[str, Kind] = {
    **dict.fromkeys(("id", "variable", "target", "holder", "label"), "string"),
    "confidence": "float64",
}
_AFTER: dict[str, Kind] = {
    "abstained": "bool",
    "windows": "int64",
    "coverage": "float64",
    "model": "string",
    "target_named": "boolean",
}
_EMPTIED: dict[Kind, Kind] = {"bool": "boolean", "int64": "Int64"}  # what holds empty cells too
_ARROW: dict[Kind, pa.DataType] = {
    "empty": pa.string(),
    "bool": pa.bool_(),
    "boolean": pa.bool_(),
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
}
_INFERRED: dict[str, Kind] = {
    "empty": "empty",
    "boolean": "bool",
    "integer": "int64",
    "floating": "float64",
    "mixed-integer-float": "float64",
}


@dataclass(frozen=True, slots=True)
class RowContract:
    """The columns of one output, in order, with their types.

    Attributes:
        probabilities: the probability columns, in order (`probability_order`).
        kept: the columns of the input that come along, each with its type.
        fails: whether a row may fail: it then has no label, and the reason in the column ``failed``.
    """

    probabilities: tuple[str, ...]
    kept: Mapping[str, Kind] = field(default_factory=dict)
    fails: bool = False

    def __post_init__(self) -> None:
        own = {*_BEFORE, *_AFTER, *self.probabilities, FAILED} - {"id", "target", "holder"}
        taken = [name for name in self.kept if name in own]
        if taken:
            raise InputError(f"The column '{taken[0]}' of the input cannot be kept, for the rows have their own; rename it first.")

    @property
    def columns(self) -> dict[str, Kind]:
        """The type of each column, in order.

        >>> list(RowContract(("p_yes", "p_no"), {"date": "string"}).columns)[5:]
        ['confidence', 'p_yes', 'p_no', 'abstained', 'windows', 'coverage', 'model', 'target_named', 'date']
        """
        after = {name: _EMPTIED.get(kind, kind) for name, kind in _AFTER.items()} if self.fails else _AFTER
        kept: dict[str, Kind] = {name: kind for name, kind in self.kept.items() if name not in _BEFORE}
        probabilities: dict[str, Kind] = dict.fromkeys(self.probabilities, "float64")
        return {**_BEFORE, **probabilities, **after, **kept, **({FAILED: "string"} if self.fails else {})}

    @property
    def schema(self) -> pa.Schema:
        """The columns as Arrow has them, with what pandas needs to give them back as they were."""
        return self.table(pd.DataFrame({name: [] for name in self.columns})).schema

    def frame(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return ``rows`` with the columns of the contract in its order and types; a column that ``rows`` lacks is empty."""
        empty = pd.Series([None] * len(rows), index=rows.index, dtype=object)
        return pd.DataFrame({name: _typed(rows.get(name, empty), kind) for name, kind in self.columns.items()}, index=rows.index)

    def table(self, rows: pd.DataFrame) -> pa.Table:
        """Return ``rows`` as an Arrow table of the contract."""
        fields = [pa.field(name, _ARROW[kind]) for name, kind in self.columns.items()]
        return pa.Table.from_pandas(self.frame(rows), schema=pa.schema(fields), preserve_index=False)


def probability_columns(labels: Sequence[str]) -> list[str]:
    """Return the names of the probability columns of ``labels``.

    >>> probability_columns(("against", "neutral", "favor"))
    ['p_against', 'p_neutral', 'p_favor']
    """
    return [f"p_{label}" for label in labels]


def probability_order(labels: Iterable[Sequence[str]]) -> list[str]:
    """Return the probability columns of several models, by their labels: the first labels of all, then the second, and so on.

    So the columns of each model keep their order where models share a label (neutral).

    >>> probability_order([("negative", "neutral"), ("against", "neutral")])
    ['p_negative', 'p_against', 'p_neutral']
    """
    each = [probability_columns(one) for one in labels]
    return list(dict.fromkeys(name for place in zip_longest(*each) for name in place if name is not None))


def carried_columns(columns: Iterable[str], keep: Sequence[str]) -> list[str]:
    """Return the columns of an input that come along: ``CARRIED`` where it has them, and those in ``keep``; refuses one that it lacks.

    >>> carried_columns(["id", "text", "outlet", "page"], ["page"])
    ['outlet', 'page']
    """
    there = list(columns)
    missing = [name for name in keep if name not in there]
    if missing:
        raise InputError(f"The input has no column '{missing[0]}' to keep; it has {', '.join(map(str, there))}.")
    return list(dict.fromkeys([*(name for name in CARRIED if name in there), *keep]))


def kept_kinds(frame: pd.DataFrame, keep: Sequence[str]) -> dict[str, Kind]:
    """Return the type of each column of ``frame`` that comes along (`carried_columns`); those of the input contract are text."""
    return {name: "string" if name in _TEXTUAL else kind_of(frame[name]) for name in carried_columns(frame.columns, keep)}


def kind_of(column: pd.Series) -> Kind:
    """Return the type in which a column of the input comes along: that of its values where it is a number or a truth, else text.

    >>> kind_of(pd.Series([1, 2])), kind_of(pd.Series([True, None])), kind_of(pd.Series(["a", None])), kind_of(pd.Series([None]))
    ('int64', 'boolean', 'string', 'empty')
    """
    if column.isna().all():
        return "empty"
    if pd.api.types.is_float_dtype(column):
        return "float64"
    if column.dtype == "uint64":
        return "string"
    kind = _INFERRED.get(pd.api.types.infer_dtype(column, skipna=True), "string")
    return _EMPTIED.get(kind, kind) if column.isna().any() else kind


def shared_kind(one: Kind, other: Kind) -> Kind:
    """Return the type that holds the values of both.

    >>> shared_kind("int64", "float64"), shared_kind("int64", "empty"), shared_kind("bool", "int64")
    ('float64', 'Int64', 'string')
    """
    both = {one, other}
    if len(both) == 1:
        return one
    if "empty" in both:
        (kind,) = both - {"empty"}
        return _EMPTIED.get(kind, kind)
    numbers: dict[frozenset[Kind], Kind] = {frozenset(("int64", "Int64")): "Int64", frozenset(("bool", "boolean")): "boolean"}
    return numbers.get(frozenset(both), "float64" if both <= {"int64", "Int64", "float64"} else "string")


def _typed(column: pd.Series, kind: Kind) -> pd.Series:
    """Return ``column`` as ``kind``; text is objects, None where missing."""
    if kind in ("string", "empty"):
        return as_strings(column)
    if kind == "float64":
        return pd.to_numeric(column).astype("float64")
    typed: pd.Series = column.astype(pd.api.types.pandas_dtype(_EMPTIED.get(kind, kind)))
    return typed if typed.dtype == kind else typed.astype(pd.api.types.pandas_dtype(kind))
