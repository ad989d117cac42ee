"""One way to label: the rows, their types and what happens to a bad row do not depend on where the rows go."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.corpus.blocks import Source, find_sources
from stance.corpus.records import Columns
from stance.corpus.tables import read_table
from stance.errors import InputError, RowError
from stance.labelling.jobs import Request, opener
from stance.labelling.resuming import label_to_folder
from stance.labelling.running import label_source
from stance.labelling.surveying import survey_source
from stance.model.rows import RowContract, kind_of, shared_kind

GOOD = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "date": ["1-3-2023", "14 maart 2023", "2023-03-15"],
        "outlet": ["De Merenbode", "Het Kanaal", "De Merenbode"],
        "archive_id": ["007", "8", "9"],
        "page": [1, 12, 3],
        "share": [0.5, 1.0, 2.25],
        "front": [True, False, False],
        "code": ["007", "x", "9"],
        "text": ["Haven viert groot succes.", "Minister in crisis na ramp.", "Raad vergadert dinsdag."],
    }
)
BAD = GOOD.assign(text=[GOOD["text"][0], "  ", GOOD["text"][2]])
KEPT = ["--keep", "page", "--keep", "share", "--keep", "front", "--keep", "code"]
KINDS = {"page": pa.int64(), "share": pa.float64(), "front": pa.bool_(), "code": pa.string(), "archive_id": pa.string()}


def written(frame: pd.DataFrame, folder: Path) -> Path:
    path = folder / "artikelen.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("on_error", ["stop", "mark"])
def test_a_file_and_a_folder_hold_the_same_rows_of_the_same_types(command, tone_model, tmp_path, on_error):
    table = written(GOOD, tmp_path)
    for out in ("file.parquet", "file.csv", "file.jsonl", "folder/"):
        asked = ["--model", tone_model, *KEPT, "--on-error", on_error, "--out", f"{tmp_path}/{out}"]
        status, _, told = command("label", table, *asked)
        assert status == 0, told
    (part,) = (tmp_path / "folder").glob("part-*.parquet")
    schemas = [pq.read_schema(path) for path in (tmp_path / "file.parquet", part)]
    assert schemas[0].equals(schemas[1])
    assert {name: schemas[0].field(name).type for name in KINDS} == KINDS
    assert ("failed" in schemas[0].names) is (on_error == "mark")
    file, folder = pd.read_parquet(tmp_path / "file.parquet"), pd.read_parquet(tmp_path / "folder")
    pd.testing.assert_frame_equal(file, folder)
    assert file["target_named"].dtype == "boolean"
    assert file["date"].tolist() == ["2023-03-01", "2023-03-14", "2023-03-15"]
    assert file["archive_id"].tolist() == ["007", "8", "9"]
    pd.testing.assert_frame_equal(read_table(tmp_path / "file.parquet"), read_table(tmp_path / "folder"))
    csv = pd.read_csv(tmp_path / "file.csv")
    lines = [json.loads(line) for line in (tmp_path / "file.jsonl").read_text(encoding="utf-8").splitlines()]
    assert list(csv) == list(lines[0]) == list(file)
    assert csv["confidence"].tolist() == pytest.approx(file["confidence"].tolist())
    assert [line["page"] for line in lines] == [1, 12, 3]


def test_a_bad_row_stops_or_is_marked_in_every_kind_of_output(command, tone_model, tmp_path):
    table, outs = written(BAD, tmp_path), [["--out", f"{tmp_path}/{name}"] for name in ("a.csv", "a.jsonl", "a.parquet", "a/")]
    for out in [*outs, []]:
        status, printed, told = command("label", table, "--model", tone_model, "--on-error", "stop", *out)
        assert (status, printed) == (1, "")
        assert told.startswith(f"error {table} row 2: text is empty; fill it in or leave the row out. Pass --on-error mark")
    assert sorted(path.name for path in tmp_path.iterdir()) == [table.name]
    for out in [*outs, []]:
        status, printed, told = command("label", table, "--model", tone_model, "--on-error", "mark", *out)
        assert status == 0, told
        assert "1 of 3 rows could not be labelled; the column 'failed' says why." in told
    assert "text is empty; fill it in or leave the row out." in printed  # on the terminal too
    found = [read_table(Path(name)).drop(columns="abstained") for _, name in outs]
    for other in found:
        assert other["label"].notna().tolist() == other["failed"].isna().tolist() == [True, False, True]
        assert other[["id", "outlet", "failed"]].values.tolist()[1] == [
            "b",
            "Het Kanaal",
            "text is empty; fill it in or leave the row out.",
        ]


def test_without_being_asked_a_file_stops_and_a_folder_marks(command, tone_model, tmp_path):
    table = written(BAD, tmp_path)
    assert command("label", table, "--model", tone_model, "--out", tmp_path / "a.csv")[0] == 1
    assert command("label", table, "--model", tone_model, "--out", f"{tmp_path}/a/")[0] == 0
    status, _, told = command("label", table, "--model", tone_model, "--on-error", "skip")
    assert status == 1
    assert "--on-error must be stop or mark, not 'skip'." in told


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("option", ["--by-voice", "--net"])
def test_voices_mark_bad_rows_too(command, tmp_path, option):
    texts = ["De VVD prijst kernenergie.", "", "De raad vindt kernenergie slecht."]
    table = written(pd.DataFrame({"id": list("abc"), "text": texts}), tmp_path)
    asked = ["--variable", "stance", "--target", "kernenergie", option]
    assert command("label", table, *asked)[0] == 1
    status, _, told = command("label", table, *asked, "--on-error", "mark", "--out", tmp_path / "v.csv")
    assert status == 0, told
    rows = pd.read_csv(tmp_path / "v.csv")
    assert rows["id"].drop_duplicates().tolist() == ["a", "b", "c"]
    assert rows.loc[rows["failed"].notna(), "id"].tolist() == ["b"]


def test_a_table_may_call_its_columns_as_tables_of_news_do(command, tone_model, tmp_path, caplog):
    names = {"id": "artikel_id", "date": "datum", "outlet": "krant", "text": "tekst"}
    table = written(GOOD.rename(columns=names), tmp_path)
    status, _, told = command("label", table, "--model", tone_model, "--out", tmp_path / "a.csv")
    assert status == 0, told
    assert caplog.text.count("read 'tekst' as text, 'datum' as date, 'krant' as outlet, 'artikel_id' as id;") == 1  # not once a pass
    rows = pd.read_csv(tmp_path / "a.csv")
    assert rows[["id", "date", "outlet"]].values.tolist()[1] == ["b", "2023-03-14", "Het Kanaal"]


def test_types_hold_for_all_rows_of_the_input(tone_model, tmp_path):
    frame = pd.DataFrame({"text": [f"Kop {row}" for row in range(12)], "a": range(12), "b": range(12), "c": [*range(11), None]})
    frame = frame.astype({"b": object}).assign(b=[*range(11), "x"], d=[None] * 12)
    frame.to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    source, request = find_sources([tmp_path / "t.jsonl"], Columns()), Request(model=str(tone_model), keep=("a", "b", "c", "d"), threads=1)
    label_to_folder(source, tmp_path / "uit", request, block_rows=5)
    assert len(list((tmp_path / "uit").glob("part-*"))) == 3
    kept = label_source(source, request, block_rows=5).table.schema
    assert [kept.field(name).type for name in "abcd"] == [pa.int64(), pa.string(), pa.float64(), pa.string()]
    assert pq.read_schema(tmp_path / "uit" / "part-00000.parquet").equals(kept)


@pytest.mark.usefixtures("shipped")
def test_an_article_whose_rows_are_apart_has_one_tone(tmp_path):
    targets = ["fusie", "minister", None]
    rows = [(f"k{number}", f"Minister blij met fusie {number}.", target) for target in targets for number in range(4)]
    pd.DataFrame(rows, columns=["id", "text", "target"]).to_csv(tmp_path / "t.csv", index=False)
    source, request = find_sources([tmp_path / "t.csv"], Columns()), Request(threads=1)
    label_to_folder(source, tmp_path / "uit", request, block_rows=3)
    whole, parts = label_source(source, request).rows, pd.read_parquet(tmp_path / "uit")
    assert not parts.duplicated(["id", "variable", "target"]).any()
    names = ["id", "variable", "target", "label"]
    assert whole[names].fillna("").values.tolist() == parts[names].fillna("").values.tolist()


@pytest.mark.usefixtures("shipped")
def test_other_names_are_targets_unless_a_unit_names_its_own(tmp_path):
    """The target that a unit names may be behind the first block."""
    request = Request(aliases={"de fusie": ("fusie",)}, aliases_as_targets=True, threads=1)
    frame = pd.DataFrame({"id": list("abcdef"), "text": [f"Minister blij met fusie {row}." for row in range(6)]})
    for target, asked in ((None, {"de fusie"}), ("minister", {"minister"})):
        frame.assign(target=[None] * 5 + [target]).to_json(tmp_path / "t.jsonl", orient="records", lines=True)
        source = find_sources([tmp_path / "t.jsonl"], Columns())
        assert survey_source(source, request, opener(request)).own_targets is (target is not None)
        assert set(label_source(source, request, block_rows=2).rows["target"].dropna()) == asked


def test_a_table_in_memory_is_labelled_as_a_file_is(tone_model, tmp_path):
    GOOD.to_parquet(tmp_path / "t.parquet")
    request = Request(model=str(tone_model), keep=("page", "code"), threads=1)
    file, memory = (
        label_source(source, request).table for source in (find_sources([tmp_path / "t.parquet"], Columns()), Source.of_table(GOOD))
    )
    assert memory.equals(file)
    with pytest.raises(RowError, match="the articles row 2: text is empty"):
        label_source(Source.of_table(BAD), replace(request, on_error="stop"))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["a,Een", "b,"], r"t\.csv row 2: text is missing"),
        (["a,Een", "a,Twee"], r"t\.csv rows 1 and 2: both have id 'a'"),
    ],
)
def test_nothing_is_labelled_where_a_row_stops_the_run(tone_model, tmp_path, rows, problem):
    (tmp_path / "t.csv").write_text("\n".join(["id,text", *rows]), encoding="utf-8")
    source, request = find_sources([tmp_path / "t.csv"], Columns()), Request(model=str(tone_model), on_error="stop", threads=1)
    with pytest.raises(RowError, match=problem):
        label_to_folder(source, tmp_path / "uit", request)
    assert not (tmp_path / "uit").exists()


def test_a_unit_of_two_files_stops_the_run(tone_model, tmp_path):
    paths = [tmp_path / "een.csv", tmp_path / "twee.csv"]
    for path in paths:
        path.write_text("id,text\na,Kop\n", encoding="utf-8")
    with pytest.raises(RowError, match=r"twee\.csv row 1: id 'a': another row before has the same id"):
        label_source(find_sources(paths, Columns()), Request(model=str(tone_model), on_error="stop", threads=1))


def test_a_contract_gives_its_columns_in_order_and_type():
    contract = RowContract(("p_no", "p_yes"), {"page": "int64", "date": "string"}, fails=True)
    frame = contract.frame(pd.DataFrame({"date": [20230301], "id": [7.0], "p_yes": [1], "page": [3]}))
    assert list(frame)[:8] == ["id", "variable", "target", "holder", "label", "confidence", "p_no", "p_yes"]
    assert list(frame)[8:] == ["abstained", "windows", "coverage", "model", "target_named", "page", "date", "failed"]
    assert frame[["id", "page", "date"]].values.tolist() == [["7", 3, "20230301"]]
    assert frame["windows"].dtype == "Int64"
    with pytest.raises(InputError, match=r"'p_yes' of the input cannot be kept"):
        RowContract(("p_no", "p_yes"), {"p_yes": "float64"})


def test_the_type_of_two_blocks_does_not_depend_on_their_order():
    kinds = [kind_of(pd.Series(values, dtype=object)) for values in ([1], [1, None], [1.5], [True], ["a"], [None])]
    assert kinds == ["int64", "Int64", "float64", "bool", "string", "empty"]
    assert all(shared_kind(one, other) == shared_kind(other, one) for one in kinds for other in kinds)
