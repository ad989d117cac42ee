"""Tables in and out: every format, every name, every way in which a file is not what it says."""

from __future__ import annotations

import gzip
import json
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.corpus import Columns, clean_text, iter_table, read_aliases, read_table, write_table
from stance.errors import InputError

ROWS = [
    {
        "id": "007",
        "date": "2024-03-01",
        "outlet": "De Veenbode",
        "text": "Eén ‘ja’ voor de brug; dat telt.",
        "p_neutral": 0.25,
        "zip": "0012",
    },
    {"id": "8", "date": "2024-03-02", "outlet": "Het Kanaal", "text": "Café, dicht\nna “ruzie”.", "p_neutral": 1.0, "zip": "9711"},
]


def write_as(ending, rows, folder):
    """Write ``rows`` by another program than ours and return the path."""
    path = folder / f"tabel{ending}"
    frame = pd.DataFrame(rows)
    if ending in (".csv", ".tsv"):
        frame.to_csv(path, index=False, sep="\t" if ending == ".tsv" else ",")
    elif ending == ".parquet":
        frame.to_parquet(path, index=False)
    elif ending == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
        path.write_bytes(gzip.compress(lines) if ending.endswith(".gz") else lines)
    return path


ENDINGS = [".csv", ".tsv", ".jsonl", ".ndjson", ".jsonl.gz", ".parquet", ".xlsx"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_gives_the_same_table(ending, tmp_path):
    frame = read_table(write_as(ending, ROWS, tmp_path))
    assert frame.to_dict("records") == ROWS
    assert frame.index.tolist() == [0, 1]


@pytest.mark.parametrize("ending", ENDINGS)
def test_batches_are_the_table_with_its_row_numbers(ending, tmp_path):
    rows = [{"text": f"Bericht {number}", "getal": number} for number in range(7)]
    batches = list(iter_table(write_as(ending, rows, tmp_path), rows=3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    whole = pd.concat(batches)
    assert whole["id"].tolist() == [str(number) for number in range(1, 8)]
    assert whole.index.tolist() == list(range(7))
    assert whole["getal"].tolist() == list(range(7))


def test_the_users_names_become_the_contracts(tmp_path):
    path = write_as(".csv", [{"nr": "01", "Artikel": "Kust\u00adlijn open."}], tmp_path)
    frame = read_table(path, Columns(text="Artikel", id="nr"))
    assert frame.to_dict("records") == [{"id": "01", "text": "Kustlijn open."}]
    with pytest.raises(InputError, match=r"tabel.csv: column 'artikel' is missing .*Did you mean 'Artikel'\?"):
        read_table(path, Columns(text="artikel"))


def test_the_csv_of_a_dutch_excel(tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes('\ufeffid;text;datum\r\n1;"Lof, en kritiek; voor ‘Zoë’";01-03-2024\r\n'.encode())
    assert read_table(path, Columns(date="datum")).iloc[0].to_dict() == {
        "id": "1",
        "text": "Lof, en kritiek; voor ‘Zoë’",
        "date": "01-03-2024",
    }


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8", "utf-8-sig"])
def test_encodings_of_a_csv(encoding, tmp_path):
    path = tmp_path / "export.csv"
    filler = "".join(f"{number},gewoon bericht {number}\n" for number in range(2, 50_000))  # the first é stands after a megabyte
    path.write_bytes(f"id,text\n{filler}1,Café in België krijgt één ‘ster’\n".encode(encoding))
    assert read_table(path)["text"].iloc[-1] == "Café in België krijgt één ‘ster’"


def test_numbers_of_a_csv_are_numbers_and_codes_stay_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,whole,part,code,truth,gap,label,id\na,1,0.5,01,True,1,1,1\nb,2,1e-3,12,False,,0,2\n")
    frame = read_table(path)
    kinds = {name: frame[name].dtype.kind for name in ("whole", "part", "truth", "gap")}
    assert kinds == {"whole": "i", "part": "f", "truth": "b", "gap": "f"}
    assert frame["code"].tolist() == ["01", "12"]
    assert frame["label"].tolist() == ["1", "0"]
    assert frame["part"].tolist() == [0.5, 0.001]


def test_words_that_pandas_takes_for_missing_stay(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,target\nNA,null\nNone,\n")
    frame = read_table(path)
    assert frame["text"].tolist() == ["NA", "None"]
    assert frame["target"].tolist() == ["null", None]


def test_ids_and_dates_of_a_workbook(tmp_path):
    frame = pd.DataFrame({"id": [7, 8], "date": pd.to_datetime(["2024-03-01", "2024-03-02"]), "text": ["a", "b"]})
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("a.xlsx", "a.parquet"):
        assert read_table(tmp_path / name).to_dict("list") == {"id": ["7", "8"], "date": ["2024-03-01", "2024-03-02"], "text": ["a", "b"]}


def test_an_index_saved_in_parquet_is_a_column(tmp_path):
    pd.DataFrame({"id": ["x", "y"], "text": ["a", "b"]}).set_index("id").to_parquet(tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet")["id"].tolist() == ["x", "y"]


def test_a_key_that_some_lines_lack_is_missing_there(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('\ufeff{"text": "a"}\n\n{"text": "b", "target": "Vos", "crowd": [1, 2]}\n', encoding="utf-8")
    frame = read_table(path)
    assert frame["target"].tolist() == [None, "Vos"]
    assert frame["crowd"].iloc[1] == [1, 2]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.jsonl", b"", "the file is empty"),
        ("a.parquet", b"", "the file is empty"),
        ("a.csv", b"id,text\n", "the table has no rows"),
        ("a.jsonl", b"\n\n", "the table has no rows"),
        ("a.csv", b"PK\x03\x04rest", "a zip, Word or Excel file, not text as its ending '.csv' says"),
        ("a.csv", b"PAR1rest", "a Parquet file"),
        ("a.csv", b"id,text\n1,a\x00b\n", "no text file"),
        ("a.csv", b'id,text\n1,"open\n', r"a\.csv: cannot be read as a table of text \(.*EOF inside string"),
        ("a.csv", b"id,text\n1,a\n2,b,c\n", r"Expected 2 fields in line 3, saw 3"),
        ("a.csv", b"text\nJa, nee\n", "more fields than its header; put texts with a ',' in quotes"),
        ("a.csv", b"text,text\na,b\n", "two columns are named 'text'"),
        ("a.parquet", b"geen parquet maar tekst", "cannot be read as Parquet"),
        ("a.parquet", b"PAR1 afgekapt", "cannot be read as Parquet"),
        ("a.xlsx", b"id,text\n1,a\n", "cannot be read as a .xlsx file"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "encrypted or of a Word or Excel before 2007"),
        ("a.jsonl", b'{"text": "a"}\n{"text": "b"\n', r"a\.jsonl line 2: this is no JSON"),
        ("a.jsonl", b'{"text": "a"}\n["b"]\n', r"a\.jsonl line 2: a list stands where an object is needed"),
        ("a.jsonl", b'{"text": "a"}\n{"text": "\xff"}\n', r"a\.jsonl line 2: this is no JSON in UTF-8"),
        ("a.jsonl.gz", b'{"text": "a"}\n', "cannot be read as JSON Lines"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "a"}\n' * 99, mtime=0)[:-12], "cannot be read as JSON Lines"),
        ("a.ods", b"x", r"'\.ods' is no ending of a table \(\.csv"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_in_one_sentence(name, content, message, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as refusal:
        read_table(path)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)


def test_a_truncated_parquet_is_refused(tmp_path):
    path = write_as(".parquet", ROWS * 50, tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_table(path)


def test_paths_that_are_no_file_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "weg.csv")
    (tmp_path / "map.csv").mkdir()
    with pytest.raises(InputError, match=r"map\.csv: cannot be read"):
        read_table(tmp_path / "map.csv")


def test_a_workbook_that_unpacks_to_gigabytes_is_not_opened(tmp_path):
    path = tmp_path / "bom.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet1.xml", "w") as member:
        for _ in range(250):
            member.write(bytes(10**6))
    with pytest.raises(InputError, match=r"bom.xlsx: the file unpacks to 250 MB"):
        read_table(path)


def test_a_damaged_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "leeg.xlsx", "w") as archive:
        archive.writestr("readme.txt", "geen werkboek")
    with pytest.raises(InputError, match="cannot be read as an Excel workbook"):
        read_table(tmp_path / "leeg.xlsx")


def test_cells_beside_the_header_are_refused(tmp_path):
    book = openpyxl.Workbook()
    for row in (["text"], ["a", "verdwaald"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="more cells than the header"):
        read_table(tmp_path / "a.xlsx")


# Text as it can stand in a table once it was read: clean, not blank; control characters do not survive cleaning.
CLEAN = st.text(min_size=1, max_size=30).map(clean_text).filter(str.strip)
TABLES = st.lists(st.tuples(CLEAN, st.one_of(st.none(), CLEAN), st.floats(-1, 1), st.integers(-(10**6), 10**6)), min_size=1, max_size=5)


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
@settings(max_examples=60, deadline=None)
@given(rows=TABLES)
def test_what_is_written_is_read_back(ending, rows, tmp_path_factory):
    frame = pd.DataFrame(rows, columns=["text", "holder", "p", "n"]).assign(id=[f"{number:03}" for number in range(len(rows))])
    path = tmp_path_factory.getbasetemp() / f"round{ending}"
    write_table(frame, path)
    back = read_table(path)
    assert back["text"].tolist() == frame["text"].tolist()
    assert back["id"].tolist() == frame["id"].tolist()
    assert back["n"].tolist() == frame["n"].tolist()
    np.testing.assert_allclose(back["p"].to_numpy(), frame["p"].to_numpy(), rtol=0, atol=1e-14)
    if frame["holder"].notna().any():
        stripped = [None if pd.isna(holder) else holder.strip() for holder in frame["holder"]]
        assert [None if holder is None else holder.strip() for holder in back["holder"]] == stripped


def test_csv_is_plain_utf8_for_r_python_and_spss(tmp_path):
    write_table(pd.DataFrame({"target": ["Oekraïne"]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == b"target\nOekra\xc3\xafne\n"


@pytest.mark.parametrize(
    ("name", "frame", "message"),
    [
        ("uit.xls", {"a": [1]}, r"'\.xls' is no ending that can be written; choose one of \.csv, \.jsonl, \.parquet"),
        ("weg/uit.csv", {"a": [1]}, "there is no folder .*weg; make it"),
        ("uit.parquet", {"a": [1, "b", [2]]}, "cannot be written"),
    ],
)
def test_a_table_that_cannot_be_written_leaves_the_old_one_and_nothing_else(name, frame, message, tmp_path):
    (tmp_path / "uit.parquet").write_text("oud")
    with pytest.raises(InputError, match=message):
        write_table(pd.DataFrame(frame), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["uit.parquet"]
    assert (tmp_path / "uit.parquet").read_text() == "oud"


def test_aliases(tmp_path):
    path = tmp_path / "targets.toml"
    path.write_text('Poetin = ["Vladimir Poetin", "Putin"]\n"Groen Links" = []\n', encoding="utf-8")
    assert read_aliases(path) == {"Poetin": ("Vladimir Poetin", "Putin"), "Groen Links": ()}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("# niets\n", "no target is named"),
        ("Poetin = \n", r"this is no TOML \(.*line 1"),
        ('Poetin = "Putin"\n', "the names of target 'Poetin' must be a list of strings"),
        ("Poetin = [1]\n", "the names of target 'Poetin' must be a list of strings"),
        ('Poetin = ["Putin", " "]\n', "is blank"),
        ('" " = []\n', "is blank"),
    ],
)
def test_aliases_that_cannot_be_used_are_refused(content, message, tmp_path):
    path = tmp_path / "targets.toml"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_aliases(path)


@pytest.mark.data
def test_the_shared_table_of_headlines(shared):
    frame = read_table(shared / "tone" / "ecosent" / "train.jsonl")
    assert len(frame) == 6038
    assert set(frame["label"]) == {"negative", "neutral", "positive"}


def test_a_table_may_be_named_by_a_string(tmp_path):
    path = tmp_path / "artikelen.csv"
    path.write_text("id,text\n7,Kabinet valt.\n", encoding="utf-8")
    assert read_table(str(path)).to_dict("records") == read_table(path).to_dict("records")
