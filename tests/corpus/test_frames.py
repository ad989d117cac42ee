"""Tables of other libraries give the units that the same pandas frame gives."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from stance.corpus.frames import as_list
from stance.corpus.records import as_units
from stance.errors import InputError

ROWS = [
    {"id": 2**60 + 1, "text": "Raad prijst brugwachter.", "target": "brugwachter", "outlet": "De Waard"},
    {"id": 2**60 + 2, "text": "Kritiek op sluis.", "target": "sluis", "outlet": None},
    {"id": None, "text": "Veerpont vaart weer.", "target": None, "outlet": "De Waard"},
]
EXPECTED = as_units(pd.DataFrame(ROWS, dtype=object))


def of_polars(rows):
    return pytest.importorskip("polars", reason="polars is in the extra dev").DataFrame(rows)


def of_datasets(rows):
    datasets = pytest.importorskip("datasets", reason="datasets is in the extra train")
    return datasets.Dataset.from_list(rows[::-1]).select([2, 1, 0])


@pytest.mark.parametrize("make", [list, pa.Table.from_pylist, of_polars, lambda rows: pd.DataFrame(rows, dtype=object)])
def test_each_library_gives_the_same_units_and_ids_keep_their_last_digit(make):
    units = as_units(make(ROWS))
    assert units["id"].tolist() == ["1152921504606846977", "1152921504606846978", "3"]
    same = units.astype(object).where(units.notna(), None)
    pd.testing.assert_frame_equal(same, EXPECTED[units.columns])


def test_a_dataset_is_read_in_its_own_order():
    units = as_units(of_datasets([{**row, "id": f"a{number}"} for number, row in enumerate(ROWS)]))
    assert units["id"].tolist() == ["a0", "a1", "a2"]
    assert units["text"].tolist() == EXPECTED["text"].tolist()
    assert units["target"].tolist() == ["brugwachter", "sluis", None]


def test_columns_of_each_library_are_texts():
    texts = [row["text"] for row in ROWS]
    columns = [pd.Series(texts), np.array(texts), pa.array(texts), pa.chunked_array([texts[:1], texts[1:]])]
    assert all(as_units(column)["text"].tolist() == texts for column in columns)
    assert as_list(of_polars(ROWS)["text"]) == texts


@pytest.mark.parametrize("units", [{"text": ["Kop."]}, OrderedDict(train=["Kop."])])
def test_a_dict_of_columns_is_not_read_as_a_list_of_its_names(units):
    with pytest.raises(InputError, match=r"units: a \w+ was given; pass a DataFrame \(pandas, polars\), a pyarrow.Table"):
        as_units(units)


def test_a_table_that_is_not_computed_yet_is_refused():
    with pytest.raises(InputError, match="units: a LazyFrame cannot be read as a table; pass a DataFrame"):
        as_units(of_polars(ROWS).lazy())


def test_dicts_and_texts_are_not_mixed():
    with pytest.raises(InputError, match="give all units in one form"):
        as_units([{"text": "Kop."}, "Nog een kop."])
