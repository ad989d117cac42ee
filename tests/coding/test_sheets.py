"""Sheets to coders and back: what they show, in which order, and that every id comes home."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from stance.coding.agreement import agreement
from stance.coding.codebook import Variable, builtin
from stance.coding.collecting import collect, read_sheet
from stance.coding.gold import settle
from stance.coding.sheet_files import tool_of, write_sheets
from stance.coding.sheets import SheetPlan, deal_sheets
from stance.corpus.tables import read_table
from stance.errors import CodingError, InputError

TONE, STANCE = builtin("tone"), builtin("stance")


@pytest.fixture
def sample(tone_units):
    drawn = tone_units.rename(columns={"label": "predicted"}).head(30)
    return drawn.assign(outlet="De Merenbode", date="2019-05-17", confidence=0.5, sample_prob=np.linspace(0.1, 0.9, 30))


@pytest.fixture
def answers(sample):
    """The label that coders give, by id."""
    return dict(zip(sample["id"], sample["predicted"], strict=True))


def deal(sample, rng, *, variable=TONE, **plan):
    return deal_sheets(sample, SheetPlan(variable, **plan), rng=rng)


def test_coders_see_neither_the_model_nor_the_sample(sample, rng):
    sheet = deal(sample, rng).by_coder["coder"]
    assert list(sheet.columns) == ["unit", "id", "outlet", "date", "text", "coder", "label", "note"]
    assert sheet[["label", "note"]].isna().all(axis=None)


def test_blind_coders_see_no_outlet(sample, rng):
    sheets = deal(sample, rng, blind=True)
    assert list(sheets.by_coder["coder"].columns) == ["unit", "date", "text", "coder", "label", "note"]
    assert {"id", "outlet", "sample_prob"} <= set(sheets.key.columns)


def test_each_coder_has_an_order_of_their_own(sample, rng):
    sheets = deal(sample, rng, coders=["An", "Bo"])
    an, bo = (sheets.by_coder[name]["unit"].tolist() for name in ("An", "Bo"))
    assert sorted(an) == sorted(bo) == sheets.key["unit"].tolist()
    assert an != bo
    assert an != sorted(an)


def test_an_overlap_is_everyone_s_and_the_rest_is_dealt_out(sample, rng):
    sheets = deal(sample, rng, coders=["An", "Bo", "Cas"], overlap=6)
    units = [set(sheet["unit"]) for sheet in sheets.by_coder.values()]
    assert [len(each) for each in units] == [14, 14, 14]
    assert len(units[0] & units[1] & units[2]) == len(units[0] & units[1]) == 6
    assert len(units[0] | units[1] | units[2]) == 30


def test_what_cannot_be_dealt_is_refused(sample, rng):
    for coders, message in (
        (["An", "An"], "named twice"),
        ([" "], "list of names"),
        (["a/b"], "part of a file name"),
        ("An", "list of names"),
    ):
        with pytest.raises(CodingError, match=message):
            SheetPlan(TONE, coders=coders)
    with pytest.raises(CodingError, match="31 units cannot be coded by everyone, for the sample has 30"):
        deal(sample, rng, overlap=31)
    with pytest.raises(InputError, match="target is missing"):
        deal(sample, rng, variable=STANCE)


def filled(files, sheets, answers, tool):
    """Code the sheets as the tools hand them back, and return the exports."""
    labels = {unit: answers[key] for unit, key in zip(sheets.key["unit"], sheets.key["id"], strict=True)}
    exports = []
    for coder, path in zip(sheets.by_coder, files, strict=False):
        export = path.with_name(f"terug-{coder}{path.suffix}")
        {"csv": _code_csv, "xlsx": _code_xlsx, "label-studio": _code_label_studio, "argilla": _code_argilla, "doccano": _code_doccano}[
            tool
        ](path, export, labels, coder)
        exports.append(export)
    return exports


def _code_csv(path, export, labels, coder):
    table = pd.read_csv(path, dtype=str)
    table.assign(label=table["unit"].map(labels) + " ").to_csv(export, index=False)  # a space slips in


def _code_xlsx(path, export, labels, coder):
    book = openpyxl.load_workbook(path)
    page = book["coding"]
    place = {cell.value: cell.column for cell in page[1]}
    for row in range(2, page.max_row + 1):
        page.cell(row, place["label"]).value = labels[page.cell(row, place["unit"]).value]
    book.save(export)


def _code_label_studio(path, export, labels, coder):
    tasks = json.loads(path.read_text(encoding="utf-8"))
    for number, task in enumerate(tasks, start=1):
        choice = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [labels[task["data"]["unit"]]]}}
        cancelled = {"was_cancelled": True, "completed_by": 9, "result": []}
        task.update(id=number, annotations=[cancelled, {"was_cancelled": False, "completed_by": {"email": coder}, "result": [choice]}])
    export.write_text(json.dumps(tasks), encoding="utf-8")


def _code_argilla(path, export, labels, coder):
    records = json.loads(path.read_text(encoding="utf-8"))
    for record in records:
        record["responses"] = {"label": [{"value": labels[record["id"]], "user_id": coder}]}
        record["_server_id"] = "3f0a"
    export.write_text(json.dumps(records), encoding="utf-8")


def _code_doccano(path, export, labels, coder):
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    coded = [{**line, "id": number, "label": [labels[line["unit"]]], "Comments": []} for number, line in enumerate(lines, start=1)]
    export.write_text("\n".join(map(json.dumps, coded)), encoding="utf-8")


NAMES = {"csv": "blad.csv", "xlsx": "blad.xlsx", "label-studio": "blad.json", "argilla": "blad.json", "doccano": "blad.jsonl"}


@pytest.mark.parametrize("tool", NAMES)
def test_a_round_trip_brings_every_coding_home(sample, answers, rng, tmp_path, tool):
    sheets = deal(sample, rng, coders=["An", "Bo"], overlap=10, blind=True)
    files = write_sheets(sheets, tmp_path / NAMES[tool], tool=None if tool in ("csv", "xlsx") else tool)
    assert all(path.is_file() for path in files)
    found = collect(filled(files, sheets, answers, tool), read_table(files[-1]), TONE)
    skipped = [
        f"terug-{coder}.json: answers that were not submitted are no codings and are left out (20 skipped)." for coder in ("An", "Bo")
    ]
    assert list(found.notes) == (skipped if tool == "label-studio" else [])
    codings = found.codings
    assert len(codings) == 40
    assert set(codings["id"]) == set(answers)
    assert codings["label"].tolist() == [answers[unit] for unit in codings["id"]]
    assert codings["coder"].nunique() == 2
    stated = dict(zip(sample["id"], sample["sample_prob"], strict=True))
    assert codings["sample_prob"].tolist() == pytest.approx([stated[unit] for unit in codings["id"]])
    assert agreement(codings, TONE, rng=rng, draws=50).alpha == 1


def test_sheets_and_key_of_an_earlier_draw_are_never_overwritten(sample, rng, tmp_path):
    sheets = deal(sample, rng, coders=["An", "Bo"])
    files = write_sheets(sheets, tmp_path / "blad.xlsx")
    kept = {path: path.read_bytes() for path in files}
    with pytest.raises(InputError, match=r"blad-An.xlsx is there already, .* choose another name for --out"):
        write_sheets(sheets, tmp_path / "blad.xlsx")
    with pytest.raises(InputError, match=r"blad.key.csv is there already"):  # the key of these sheets would be lost
        write_sheets(sheets, tmp_path / "blad.csv")
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    assert all(path.read_bytes() == content for path, content in kept.items())


def test_a_key_fits_the_sheets_of_its_own_draw_only(sample, rng, tmp_path):
    first, second = (deal(sample.sample(20, random_state=seed), rng, blind=True) for seed in (1, 2))
    files = write_sheets(first, tmp_path / "een.csv")
    with pytest.raises(
        CodingError, match=r"een.csv: unit 'u\d{4}-\w{4}' \(20 such rows\) is not in the key; give the key that was written"
    ):
        collect(files[:1], second.key, TONE)
    assert len(collect(files[:1], first.key, TONE).codings) == 20


def test_the_code_of_a_draw_is_one_for_its_units_and_changes_with_them(sample):
    def code(units, seed=1, variable=TONE):
        names = deal(units, np.random.default_rng(seed), variable=variable, blind=True).key["unit"]
        (found,) = set(names.str.slice(6))  # says nothing of one unit's outlet or label
        assert names.str.fullmatch(r"u\d{4}-[0-9a-f]{4}").all()
        return found

    assert code(sample) == code(sample.copy())
    assert code(sample) == code(sample.assign(predicted="negative", confidence=0.9))
    assert code(sample) != code(sample, seed=2)  # the same units, but another one is the first
    assert code(sample) != code(sample.head(29))
    assert code(sample) != code(sample.assign(text="Iets anders."))  # row numbers as ids are those of any table
    assert code(sample) != code(sample, variable=Variable("toon", TONE.labels))


def test_sheets_and_keys_from_before_draws_had_a_code_are_collected(sample, answers, rng, tmp_path):
    sheets = deal(sample, rng)
    files = write_sheets(sheets, tmp_path / "blad.csv")
    for path in (files[0], files[-1]):
        table = pd.read_csv(path, dtype=str)
        table.assign(unit=table["unit"].str.slice(0, 5)).to_csv(path, index=False)
    key = read_table(files[-1])
    sheet = pd.read_csv(files[0], dtype=str)
    sheet.assign(label=sheet["unit"].map(dict(zip(key["unit"], key["id"].map(answers), strict=True)))).to_csv(files[0], index=False)
    codings = collect(files[:1], key, TONE).codings
    assert codings["label"].tolist() == [answers[unit] for unit in codings["id"]]


def test_a_workbook_offers_the_labels_and_the_instructions(sample, rng, tmp_path):
    sheets = deal(sample.assign(text="=1+1 is geen nieuws"), rng)
    path = write_sheets(sheets, tmp_path / "blad.xlsx")[0]
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["coding", "instructions"]
    assert book["coding"].data_validations.dataValidation[0].formula1 == '"negative,neutral,positive"'
    column = [cell.value for cell in book["coding"][1]].index("text") + 1
    cell = book["coding"].cell(2, column)
    assert (cell.data_type, cell.value) == ("s", "=1+1 is geen nieuws")  # a text, and no formula
    rules = "\n".join(str(row[0].value or "") for row in book["instructions"].iter_rows())
    assert TONE.instructions.splitlines()[0] in rules


def test_a_text_too_long_for_a_workbook_is_refused_not_cut(sample, rng, tmp_path):
    with pytest.raises(InputError, match=r"1 texts .* longer than the 32,767 characters a cell of a workbook holds; write a .csv"):
        write_sheets(deal(sample.head(1).assign(text="a" * 40_000), rng), tmp_path / "blad.xlsx")


def test_label_studio_gets_a_configuration_with_the_codebook(stance_units, rng, tmp_path):
    variable = Variable("stance", ("tegen", "voor"), unit="target", instructions='Kies "voor" & niets anders <tenzij>.')
    files = write_sheets(deal(stance_units.drop(columns="label"), rng, variable=variable), tmp_path / "blad.json")
    view = ET.fromstring(files[1].read_text(encoding="utf-8"))
    assert [choice.get("value") for choice in view.iter("Choice")] == ["tegen", "voor"]
    headers = [header.get("value") for header in view.iter("Header")]
    assert 'Kies "voor" & niets anders <tenzij>.' in headers
    assert "$target" in headers
    assert {"unit", "target", "text"} <= set(json.loads(files[0].read_text(encoding="utf-8"))[0]["data"])


def test_targets_come_back(stance_units, rng, tmp_path):
    drawn = stance_units.rename(columns={"label": "truth"})
    files = write_sheets(deal(drawn, rng, variable=STANCE), tmp_path / "blad.csv")
    table = pd.read_csv(files[0], dtype=str)
    table.assign(label="favor").to_csv(files[0], index=False)
    codings = collect([files[0]], read_table(files[-1]), STANCE).codings
    expected = dict(zip(drawn["id"], drawn["target"], strict=True))
    assert codings["target"].tolist() == [expected[unit] for unit in codings["id"]]
    assert (codings["variable"] == "stance").all()


def test_labels_in_capitals_come_back_as_the_codebook_spells_them(sample, rng, tmp_path):
    files = write_sheets(deal(sample, rng), tmp_path / "vel.csv")
    sheet = pd.read_csv(files[0])
    sheet.assign(label=[[" Positive", "NEUTRAL"][row % 2] for row in range(len(sheet))]).to_csv(files[0], index=False)
    codings = collect([files[0]], read_table(files[-1]), TONE).codings
    assert set(codings["label"]) == {"positive", "neutral"}


def test_what_is_missing_is_told(sample, rng, tmp_path):
    sheets = deal(sample, rng, coders=["An", "Bo"], overlap=0)
    files = write_sheets(sheets, tmp_path / "blad.csv")
    table = pd.read_csv(files[0], dtype=str)
    table.assign(label=np.where(table.index < 4, None, "neutral")).to_csv(files[0], index=False)
    found = collect([files[0]], read_table(files[-1]), TONE)
    assert found.notes == ("4 of 15 codings have no label yet.", "15 of 30 units of the key are in none of the sheets.")


def test_short_forms_are_read(tmp_path):
    short = tmp_path / "kort.json"
    short.write_text(json.dumps([{"id": 7, "unit": "u0001", "text": "Kop", "label": "neutral", "annotator": 3}]), encoding="utf-8")
    assert read_sheet(short)[["unit", "coder", "label"]].to_numpy().tolist() == [["u0001", "3", "neutral"]]
    nested = tmp_path / "An.jsonl"
    nested.write_text(json.dumps({"id": 7, "text": "Kop", "label": [], "meta": {"unit": "u0001"}}), encoding="utf-8")
    assert read_sheet(nested)[["unit", "coder", "label"]].to_numpy().tolist() == [["u0001", "An", None]]
    bare = tmp_path / "Bo.json"
    bare.write_text(
        json.dumps([{"data": {"unit": "u1"}, "annotations": []}, {"id": "u2", "fields": {}, "responses": {}}]), encoding="utf-8"
    )
    assert read_sheet(bare)["label"].isna().all()


def export(tmp_path, content, name="terug.json"):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def rows(path):
    return read_sheet(path)[["unit", "coder", "label"]].to_numpy().tolist()


KEY = pd.DataFrame({"unit": ["u1", "u2", "u3"], "id": ["a", "b", "c"]})


def test_a_table_from_a_tool_names_its_coders(tmp_path):
    studio = "unit,text,annotation_id,annotator,coder,label\nu1,Kop,7,3,An,neutral\nu1,Kop,8,4,An,positive\nu2,Kop,9,3,An,negative\n"
    assert rows(export(tmp_path, studio, "project.csv")) == [["u1", "3", "neutral"], ["u1", "4", "positive"], ["u2", "3", "negative"]]
    doccano = [{"text": "Kop", "labels": ["neutral"], "username": name, "unit": "u1"} for name in ("an", "bo")]
    assert rows(export(tmp_path, doccano)) == [["u1", "an", "neutral"], ["u1", "bo", "neutral"]]


def test_a_table_that_names_no_coder_and_repeats_a_unit_is_refused(tmp_path):
    with pytest.raises(
        CodingError, match=r"project.csv: unit 'u1' is in it twice, and no column \(annotator, username, user, coder\) says who coded it"
    ):
        read_sheet(export(tmp_path, "unit,label\nu1,neutral\nu1,positive\n", "project.csv"))


def test_answers_that_were_not_submitted_do_not_count(tmp_path):
    def record(unit, *answers):
        given = [dict(zip(("user_id", "value", "status"), answer, strict=False)) for answer in answers]
        return {"id": unit, "fields": {}, "responses": {"label": given}}

    path = export(
        tmp_path,
        [
            record("u1", ("an", "neutral", "submitted"), ("bo", "negative", "draft")),
            record("u2", ("an", "positive", "discarded")),
            record("u3", ("bo", "positive")),  # of before there were statuses
        ],
    )
    found = collect([path], KEY, TONE)
    assert found.codings[["id", "coder", "label"]].astype(object).where(found.codings.notna(), None).to_numpy().tolist() == [
        ["a", "an", "neutral"],
        ["b", None, None],
        ["c", "bo", "positive"],
    ]
    assert found.notes == (
        "terug.json: answers that were not submitted are no codings and are left out (1 discarded, 1 draft).",
        "1 of 3 codings have no label yet (1 of them nobody has worked on).",
    )


def test_older_and_flat_records_of_argilla(tmp_path):
    people = [{"user_id": "an", "values": {"label": {"value": "neutral"}}, "status": "submitted"}, {"user_id": "bo", "status": "discarded"}]
    older = export(tmp_path, [{"id": None, "external_id": "u1", "fields": {}, "responses": people}])
    assert rows(older) == [["u1", "an", "neutral"]]
    flat = {"id": "u1", "label.responses": ["neutral", "positive"], "label.responses.users": ["an", "bo"]}
    assert rows(export(tmp_path, [flat])) == [["u1", "an", "neutral"], ["u1", "bo", "positive"]]


def test_of_several_choices_the_one_called_label_counts(tmp_path):
    result = [
        {"type": "choices", "from_name": name, "value": {"choices": [word]}} for name, word in (("zeker", "ja"), ("label", "neutral"))
    ]
    task = {"data": {"unit": "u1"}, "annotations": [{"completed_by": 3, "result": result}]}
    assert rows(export(tmp_path, [task])) == [["u1", "3", "neutral"]]


def test_units_that_nobody_has_worked_on_belong_to_nobody(tmp_path):
    choice = [{"type": "choices", "value": {"choices": ["neutral"]}}]
    tasks = [{"data": {"unit": unit}, "annotations": []} for unit in ("u1", "u2", "u3")]
    tasks[0]["annotations"] = [{"completed_by": coder, "result": choice} for coder in (3, 4)]
    found = collect([export(tmp_path, tasks), export(tmp_path, tasks[1:], "later.json")], KEY, TONE)
    assert found.codings["coder"].fillna("nobody").tolist() == ["3", "4", "nobody", "nobody"]  # in two files, and one row all the same
    assert settle(found.codings, TONE)["note"].tolist() == ["", "no coding", "no coding"]


def test_remarks_between_the_rows_are_left_out_and_told(tmp_path):
    sheet = "unit,id,text,coder,label,note\nu1,a,Kop,An,neutral,\n,,,,,\n,,Dit was lastig,,,\nKlaar tot hier,,,,,\n,,,An,vraag Bo,\nu2,b,Kop,An,positive,\n"
    found = collect([export(tmp_path, sheet, "An.csv")], KEY, TONE)
    assert found.codings["id"].tolist() == ["a", "b"]
    assert found.notes[0] == "An.csv: rows that name no unit are left out (3): 'Dit was lastig', 'Klaar tot hier', 'vraag Bo'."


WRONG = {
    "unit,label\nu0001,neutral\n,positive": "a row has label 'positive' .* and no unit",
    '[{"text": "Kop", "unit": "u0001", "annotations": [{"label": 2, "user": 1}]}]': "numbers for labels, not their names",
    '[{"unit": "u0001", "text": "Kop", "entities": []}]': "there is no 'label' in it; found are unit, text, entities",
    "unit,label\nu0001,slecht": "label 'slecht' is not in variable 'tone'",
    "unit,label\nu9999,neutral": "unit 'u9999' .* is not in the key",
    "unit,label,coder\nu0001,neutral,An\nu0001,neutral,An": "Coder 'An' coded unit 'u0001' twice",
    "code,label\nu0001,neutral": "column 'unit' is missing",
    '[{"text": "Kop", "label": "neutral"}]': "there is no 'unit' in it",
    '[{"unit": "u0001", "label": ["neutral", "positive"]}]': "2 labels .* remove the others",
    '[{"id": "u0001", "fields": {}, "responses": {"toon": [], "thema": []}}]': "none of the questions toon, thema is called 'label'",
    '["u0001"]': "this is no record",
    '{"unit": ': "neither a table nor JSON",
    "[]": "no coding is in this file",
}


@pytest.mark.parametrize("content", WRONG, ids=range(len(WRONG)))
def test_sheets_that_do_not_fit_are_refused(sample, rng, tmp_path, content):
    path = tmp_path / ("terug.csv" if content[0] in "uc" else "terug.json")
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=WRONG[content]):
        collect([path], deal(sample, rng).key.assign(unit=[f"u{number:04d}" for number in range(1, 31)]), TONE)


def test_the_ending_tells_the_tool():
    assert [tool_of(Path(name), None) for name in ("a.csv", "a.XLSX", "a.json", "a.jsonl")] == [
        "spreadsheet", "spreadsheet", "label-studio", "doccano"]  # fmt: skip
    assert tool_of(Path("a.json"), "argilla") == "argilla"
    with pytest.raises(InputError, match=r"There are no sheets for 'docano'.* Did you mean 'doccano'"):
        tool_of(Path("a.json"), "docano")
    with pytest.raises(InputError, match=r"'.csv' is no ending of a sheet for argilla; choose .json"):
        tool_of(Path("a.csv"), "argilla")
    with pytest.raises(InputError, match=r"'.parquet' is no ending of a sheet; choose .csv or .json or .jsonl or .xlsx"):
        tool_of(Path("a.parquet"), None)
