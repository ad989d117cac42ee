"""Tables of other libraries, and records of JSON, as pandas frames in which a large whole number keeps its last digit.

No library is named here: tables are taken through the Arrow stream they all export, or else through their ``to_pandas``. pandas makes
floats of whole numbers where a row lacks one, and a float holds them up to 2**53 only: two ids would become one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from stance.errors import InputError

__all__ = ["EXACT", "as_frame", "as_list", "from_arrow", "from_records", "is_table"]

EXACT = 2**53  # the first whole number after which a float skips some
ACCEPTED = "a DataFrame (pandas, polars), a pyarrow.Table, a datasets.Dataset, a list of dicts, or a list of texts"


def is_table(value: object) -> bool:
    """Return whether ``value`` is a table with named columns, of whichever library."""
    return hasattr(type(value), "columns") or hasattr(type(value), "column_names")


def as_frame(table: Any) -> pd.DataFrame:
    """Return ``table`` as a pandas frame; whole numbers stay whole where a row lacks one.

    >>> as_frame(pa.table({"id": [2**60 + 1, None], "text": ["Kop.", "Nog een kop."]}))["id"].tolist()
    [1152921504606846977, None]
    """
    if isinstance(table, pd.DataFrame):
        return table
    if hasattr(table, "__arrow_c_stream__"):
        return from_arrow(pa.table(table))
    if hasattr(table, "to_pandas"):
        converted: pd.DataFrame = table.to_pandas()
        return converted
    raise InputError(f"units: a {type(table).__name__} cannot be read as a table; pass {ACCEPTED}.")


def from_arrow(table: pa.Table) -> pd.DataFrame:
    """Return ``table`` as a frame; whole numbers that a float cannot hold stay Python integers.

    >>> from_arrow(pa.table({"id": [2**60 + 1, None], "words": [3, None]}))["id"].tolist()
    [1152921504606846977, None]
    """
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_integer(field.type) and column.null_count and _passes(column):
            frame.isetitem(place, column.to_pandas(integer_object_nulls=True).to_numpy())
    return frame


def _passes(column: pa.ChunkedArray) -> bool:
    """Return whether a column of whole numbers holds one that a float may not hold."""
    ends = pc.min_max(column).as_py()
    return any(end is not None and abs(end) > EXACT for end in ends.values())


def from_records(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Return ``records`` as a frame; whole numbers that a float cannot hold stay Python integers.

    >>> from_records([{"id": 2**60 + 1}, {"text": "Kop."}])["id"].tolist()
    [1152921504606846977, None]
    """
    frame = pd.DataFrame(records)
    for name in frame.columns[frame.dtypes.eq("float64")]:
        values = [record.get(name) for record in records]
        if any(isinstance(value, int | float) and abs(value) > EXACT for value in values):
            frame[name] = pd.Series(values, dtype=object)
    return frame


def as_list(column: Any) -> list[Any]:
    """Return the values of a list, an array or a column of any library as Python objects.

    >>> as_list(pa.array(["neutral", "positive"]))
    ['neutral', 'positive']
    """
    if isinstance(column, str | bytes):
        raise InputError("units: one string was given where a list of texts is needed; write [text].")
    if isinstance(column, Mapping):
        raise InputError(f"units: a {type(column).__name__} was given; pass {ACCEPTED}.")
    return list(column.to_pylist() if hasattr(column, "to_pylist") else column)
