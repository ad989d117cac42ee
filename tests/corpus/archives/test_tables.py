from __future__ import annotations

import json
import logging

import pandas as pd
import pytest

from stance.corpus.archives import read_archives
from stance.corpus.records import Columns
from stance.errors import InputError

KANAAL = {"publisher": "Het Kanaal"}
AMCAT = [
    {
        "_id": "x1",
        "date": "2022-12-17T00:00:00",
        "title": "Sluis dicht",
        "text": "De sluis is dicht.",
        "url": "https://kanaal.example/1",
        **KANAAL,
    },
    {"_id": "x2", "date": "2022-12-18T09:30:00", "text": "De sluis is open.", "author": "Roos Terpstra", "section": "Regio", **KANAAL},
]


@pytest.mark.parametrize("ending", ["csv", "ndjson", "jsonl", "xlsx", "parquet"])
def test_what_amcat_exports(ending, tmp_path):
    path = tmp_path / f"amcat.{ending}"
    frame = pd.DataFrame(AMCAT)
    if ending in ("ndjson", "jsonl"):
        path.write_text("\n".join(json.dumps(row) for row in AMCAT), encoding="utf-8")
    else:
        {"csv": frame.to_csv, "xlsx": frame.to_excel, "parquet": frame.to_parquet}[ending](path, index=False)
    found = read_archives([path])
    assert found.problems.empty
    assert found.articles["date"].tolist() == ["2022-12-17", "2022-12-18"]
    assert found.articles["outlet"].tolist() == ["Het Kanaal", "Het Kanaal"]
    assert found.articles["archive_id"].tolist() == ["x1", "x2"]
    assert found.articles["byline"].dropna().tolist() == ["Roos Terpstra"]
    assert found.articles["url"].dropna().tolist() == ["https://kanaal.example/1"]


COOSTO = (
    "datum;bron;bericht titel;bericht tekst;url;sentiment\n17-12-2022 10:15;nos.example;Kop;De sluis is dicht.;https://nos.example/1;-1\n"
)


def test_columns_go_by_the_names_that_are_given(save, caplog):
    path = save("coosto.csv", COOSTO)
    with caplog.at_level(logging.WARNING):
        found = read_archives([path], Columns(text="bericht tekst", title="bericht titel"))
    article = found.articles.iloc[0]
    assert (article["date"], article["outlet"], article["title"], article["text"]) == (
        "2022-12-17",
        "nos.example",
        "Kop",
        "De sluis is dicht.",
    )
    assert "read 'datum' as date, 'bron' as outlet; name other columns with --NAME-column (text, title, date, outlet, id)." in caplog.text
    assert "not read 'sentiment'; keep a column in the corpus with --keep COLUMN." in caplog.text


@pytest.mark.parametrize("name", ["id", "ID"])
def test_the_own_id_of_a_table_is_kept_though_it_only_counts_the_rows(name, save, caplog):
    with caplog.at_level(logging.WARNING):
        found = read_archives([save("t.csv", f"{name},text\n1,Een stuk.\n2,Nog een stuk.\n")])
    assert found.articles["archive_id"].tolist() == ["1", "2"]
    assert f"read '{name}' as archive_id" in caplog.text
    without = read_archives([save("u.csv", "text\nEen stuk.\n"), save("v.csv", "id,text\n,Nog een stuk.\n8,En nog een.\n")])
    assert without.articles["archive_id"].fillna("").tolist() == ["", "", "8"]  # no row number stands in for an id


def test_columns_that_are_to_be_kept_come_along(save):
    table = save("t.csv", "id,tekst,thema,jaar\n1,De zorg loopt vast.,zorg,2023\n2,De sluis is dicht.,,2024\n")
    rows = save("u.ndjson", '{"text": "Het plan is af."}\n{"text": "De raad stemt.", "thema": "bestuur"}\n')
    found = read_archives([table, rows, save("los.txt", "De dijk houdt.")], keep=["thema", "jaar"])
    assert found.articles["thema"].fillna("").tolist() == ["zorg", "", "", "bestuur", ""]
    assert found.articles["jaar"].fillna("").tolist() == ["2023", "2024", "", "", ""]
    assert found.problems[["reason", "kept"]].values.tolist() == [
        ["it has no column 'jaar' to keep (columns: text, thema). Its articles are kept without.", True]
    ]
    assert found.articles["id"].tolist()[:2] == read_archives([table]).articles["id"].tolist()
    with pytest.raises(InputError, match="The corpus has a column 'outlet' of its own"):
        read_archives([table], keep=["outlet"])


def test_a_table_whose_text_is_not_known_is_told_its_columns(save):
    found = read_archives([save("coosto.csv", COOSTO)])
    assert (
        "none of its columns (datum, bron, bericht titel, bericht tekst, url, sentiment) is known to hold the text"
        in found.problems["reason"][0]
    )
    found = read_archives([save("coosto.csv", COOSTO)], Columns(text="berichttekst"))
    assert "column 'berichttekst' is missing" in found.problems["reason"][0]
    assert "Did you mean 'bericht tekst'?" in found.problems["reason"][0]


def test_rows_that_cannot_be_read_are_told_and_the_others_read(save):
    path = save("t.csv", "id,datum,tekst,woorden\n7,12/17/2022,Een.,\n8,2022-12,,\n9,mei 2021,Drie.,1.024\n")
    found = read_archives([path])
    assert found.articles[["archive_id", "text"]].values.tolist() == [["7", "Een."], ["9", "Drie."]]
    assert found.articles["date"].tolist() == ["2022-12-17", "2021-05"]
    assert found.articles["length_words"].tolist()[1] == 1024
    assert found.problems[["article", "kept"]].values.tolist() == [["", True], ["row 2", False], ["row 3", True]]
    assert "column 'datum' writes the month first" in found.problems["reason"][0]


def test_rows_before_a_broken_line_are_kept(save):
    lines = [json.dumps({"text": f"Stuk {number}."}) for number in range(4500)]
    found = read_archives([save("t.ndjson", "\n".join([*lines, "{kapot"]))])
    assert len(found.articles) == 4000  # whole batches
    assert "line 4501: this is no JSON" in found.problems["reason"][0]


@pytest.mark.parametrize("value", ["\ud83d", "\ud83d\ude00", "a\x00b", "\x0c\x1f"])
def test_text_that_no_file_can_hold_is_mended(value, save, tmp_path):
    path = save("t.ndjson", json.dumps({"text": f"Stuk {value}.", "section": value, "url": value}))
    found = read_archives([path])
    found.articles.to_parquet(tmp_path / "uit.parquet")
    assert len(found.articles) == 1


def dated(save, dates):
    rows = "".join(f"{number},{written},De Havenbode,Bericht {number} over de haven.\n" for number, written in enumerate(dates))
    return read_archives([save("datums.csv", f"id,datum,krant,tekst\n{rows}")])


def test_a_column_shows_whether_day_or_month_comes_first(save):
    assert dated(save, ["3/6/2023", "14/3/2023"]).articles["date"].tolist() == ["2023-06-03", "2023-03-14"]
    found = dated(save, ["3/6/2023", "3/14/2023", "2023-03-15"])
    assert found.articles["date"].tolist() == ["2023-03-06", "2023-03-14", "2023-03-15"]
    assert found.problems["reason"].tolist() == ["its column 'datum' writes the month first (as in 12/31/2022); its dates are read so."]
    found = dated(save, ["3/6/2023", "3/14/2023", "14/3/2023", "5-6-2023"])
    assert found.articles["date"].fillna("").tolist() == ["", "", "", "2023-06-05"]
    assert "the day first in some rows and the month first in others" in found.problems["reason"][0]


def test_the_order_may_show_only_far_down_the_table(save):
    assert dated(save, [*["3/6/2023"] * 2_000, "3/14/2023"]).articles["date"].unique().tolist() == ["2023-03-06", "2023-03-14"]


def test_cells_that_hold_html_or_a_list_come_without_the_marks(save):
    rows = [
        {"id": "1", "text": "<p>De kraan is stuk.</p><p>Hij wordt <b>morgen</b> gemaakt.</p>", "author": ["Fenna Wiersma", "Bram Smeets"]},
        {"id": "2", "text": "Een x < y blijft staan.", "author": "['Fenna Wiersma', 'Bram Smeets']"},
        {"id": "3", "text": ["Eerste alinea.", "Tweede alinea."], "author": None},
    ]
    found = read_archives([save("t.ndjson", "\n".join(map(json.dumps, rows)))])
    assert found.articles["text"].tolist() == [
        "De kraan is stuk.\nHij wordt morgen gemaakt.",
        "Een x < y blijft staan.",
        "Eerste alinea.\nTweede alinea.",
    ]
    assert found.articles["byline"].dropna().tolist() == ["Fenna Wiersma, Bram Smeets"] * 2


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_json_array_is_read_as_json_lines_are(wrapped, save):
    lines, array = save("a.ndjson", "\n".join(map(json.dumps, AMCAT))), json.dumps({"total": 3, "results": AMCAT} if wrapped else AMCAT)
    assert read_archives([save("a.json", array)]).articles["id"].tolist() == read_archives([lines]).articles["id"].tolist()
    assert "save it as JSON Lines" in read_archives([save("b.json", '{"a": 1}')]).problems["reason"][0]


def test_a_column_of_lengths_that_counts_no_words_is_told_once_and_not_read(save):
    rows = "".join(f"{number},{'schip ' * (number + 20)},{(number + 20) * 6}\n" for number in range(9))
    found = read_archives([save("l.csv", f"id,tekst,lengte\n{rows}")])
    assert len(found.problems) == 1
    assert "column 'lengte' does not tell the words of its texts" in found.problems["reason"][0]
    assert found.articles["length_words"].isna().all()
