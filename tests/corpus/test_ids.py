"""Ids are text: no format rounds a large number, not even where a row lacks one."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.corpus.records import as_units
from stance.corpus.tables import iter_table, read_table

IDS = [2**53 + 1, 2**53 + 2, None, 2**63 + 11]
EXPECTED = ["9007199254740993", "9007199254740994", "3", "9223372036854775819"]
TEXTS = ["Sluis open.", "Brug dicht.", "Dijk hersteld.", "Veer vaart."]


def as_jsonl(folder, ids):
    records = [{"text": text, **({} if number is None else {"id": number})} for text, number in zip(TEXTS, ids, strict=True)]
    (folder / "t.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return folder / "t.jsonl"


def as_csv(folder, ids):
    lines = ["id,text", *(f"{'' if number is None else number},{text}" for text, number in zip(TEXTS, ids, strict=True))]
    (folder / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder / "t.csv"


def as_parquet(folder, ids):
    pq.write_table(pa.table({"id": pa.array(ids, pa.uint64()), "text": TEXTS}), folder / "t.parquet")
    return folder / "t.parquet"


@pytest.mark.parametrize("write", [as_jsonl, as_csv, as_parquet])
def test_large_ids_keep_every_digit_where_a_row_lacks_one(tmp_path, write):
    path = write(tmp_path, IDS)
    assert read_table(path)["id"].tolist() == EXPECTED
    assert [number for batch in iter_table(path, rows=2) for number in batch["id"]] == EXPECTED


def test_other_columns_of_whole_numbers_stay_numbers(tmp_path):
    pq.write_table(pa.table({"text": TEXTS, "year": pa.array([2019, None, 2021, 2022])}), tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet")["year"].dtype == "float64"


@pytest.mark.parametrize(
    ("number", "text"), [("1e30", "1e+30"), ("123456789012345678901234567890", "123456789012345678901234567890"), ("-4.0", "-4")]
)
def test_ids_beyond_all_integers_are_text_too(tmp_path, number, text):
    lines = [f'{{"id": {number}, "text": "Sluis open."}}', '{"text": "Brug dicht."}', '{"id": 7, "text": "Dijk hersteld."}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert read_table(tmp_path / "t.jsonl")["id"].tolist() == [text, "2", "7"]


def test_ids_of_frames_are_text():
    large = pd.Series([2**63 + 5, 2**63 + 6], dtype="uint64")
    assert as_units(pd.DataFrame({"id": large, "text": TEXTS[:2]}))["id"].tolist() == ["9223372036854775813", "9223372036854775814"]
    assert as_units(pd.DataFrame({"id": [1e30, 7.0], "text": TEXTS[:2]}))["id"].tolist() == ["1e+30", "7.0"]
