"""Article files of every format, and all that a command line may name."""

from __future__ import annotations

import logging
import time
import zipfile

import docx
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stance.corpus import Columns, read_article, read_inputs, write_table
from stance.errors import InputError, StanceError

PAGE = """<html><head><title>Brug open | De Veenbode</title><meta property="og:title" content="Brug open">
<meta property="og:site_name" content="De Veenbode"><meta property="article:published_time" content="2024-03-05T10:00:00+01:00"></head>
<body><nav><a href="/">Voorpagina</a></nav><article><h1>Brug open</h1>
<p>De brug over het Lange Diep in Oosterveen is sinds dinsdag weer open voor fietsers, na een half jaar van omrijden en geklaag.</p>
<p>Wethouder Smeets sprak van een mooie dag voor café&#235;n en winkels. Omwonenden waren minder tevreden over de kosten.</p></article>
<footer>Alle rechten voorbehouden</footer></body></html>"""


def put(folder, name, content):
    """Write ``content`` under ``folder`` and return the path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "date", "text"),
    [
        (" date 2022-12 Vladimir spreekt.", "2022-12", "Vladimir spreekt."),
        ("date 2022-12-19\nVladimir spreekt.", "2022-12-19", "Vladimir spreekt."),
        ("Date: 2022-12-19\r\n\r\nVladimir spreekt.", "2022-12-19", "Vladimir spreekt."),
        ("\ufeffdate 2022-12\n\nVladimir spreekt.", "2022-12", "Vladimir spreekt."),
        ("Vladimir noemt date 2022-12 vaag.", None, "Vladimir noemt date 2022-12 vaag."),
        ("date 2022 was goed.", None, "date 2022 was goed."),
        ("update 2022-12 komt.", None, "update 2022-12 komt."),
        ("x", None, "x"),
    ],
)
def test_the_date_at_the_head_of_a_text_is_its_date(content, date, text, tmp_path):
    article = read_article(put(tmp_path, "stuk.txt", content))
    assert (article.id, article.date, article.text) == ("stuk", date, text)


def test_a_date_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"stuk.txt: 'date 2024-02-31' at its head is no date; write date 2022-12"):
        read_article(put(tmp_path, "stuk.txt", "date 2024-02-31 Het regent."))


def test_a_table_with_tabs_is_no_article(tmp_path):
    path = put(tmp_path, "uit.txt", "nr\tDatum\tkrant\ttekst\r\n1\t2023-03-01\tHet Kanaal\tDe sluis is dicht.\r\n")
    with pytest.raises(InputError, match=r"uit.txt: this is a table with tabs, .* rename it to uit.tsv"):
        read_article(path)
    tabs = "Partij\tZetels\tin de raad\nD66\t3\t9"  # no known name, so a text with tabs
    assert read_article(put(tmp_path, "raad.txt", tabs)).text.startswith("Partij")


def test_dates_of_a_table_become_iso_and_those_that_cannot_are_told(tmp_path, caplog):
    path = put(tmp_path, "t.csv", "datum;text\n1-3-2023;Een.\n12/17/2022;Twee.\n2022-12-17T10:00:00;Drie.\n;Vier.\nmei 2021;Vijf.\n")
    with caplog.at_level(logging.WARNING):
        units = read_inputs([path], Columns(date="datum"))
    assert units["date"].fillna("").tolist() == ["2023-03-01", "12/17/2022", "2022-12-17T10:00:00", "", "2021-05"]
    assert "t.csv: dates such as '12/17/2022' (1 in all) cannot be read for certain and stay as they are; write 2022-12-17" in caplog.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_a_text(encoding, tmp_path):
    text = "Eén café in België — ‘zeer’ geliefd."
    assert read_article(put(tmp_path, "a.txt", text.encode(encoding))).text == text


def test_a_short_text_of_windows_is_read_as_such(tmp_path):
    assert read_article(put(tmp_path, "a.txt", "één".encode("cp1252"))).text == "één"


def test_markdown_with_a_heading_has_a_title(tmp_path):
    article = read_article(put(tmp_path, "a.md", "# Brug open #\n\nEindelijk.\n"))
    assert (article.title, article.text) == ("Brug open", "Eindelijk.")
    assert read_article(put(tmp_path, "b.md", "# Alleen een kop\n")).text == "# Alleen een kop"


def test_a_web_page_gives_the_article_and_what_it_states_of_itself(tmp_path):
    article = read_article(put(tmp_path, "a.html", PAGE))
    assert (article.title, article.date, article.outlet) == ("Brug open", "2024-03-05", "De Veenbode")
    assert article.text.startswith("De brug over het Lange Diep")
    assert "caféën" in article.text
    assert "Voorpagina" not in article.text
    assert "rechten" not in article.text


def test_a_bare_page_gives_its_text_and_nothing_invented(tmp_path):
    article = read_article(put(tmp_path, "a.htm", "<html><body><p>Kort bericht van 3 mei 2021.</p></body></html>"))
    assert (article.text, article.date, article.title, article.outlet) == ("Kort bericht van 3 mei 2021.", None, None, None)


def test_word_gives_paragraphs_and_tables_in_order(tmp_path):
    document = docx.Document()
    document.add_paragraph("date 2024-03")
    document.add_paragraph("De raad is vóór.")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Partij", "Zetels"
    document.add_paragraph("Tot slot.")
    document.save(str(tmp_path / "a.docx"))
    article = read_article(tmp_path / "a.docx")
    assert (article.date, article.text) == ("2024-03", "De raad is vóór.\nPartij\nZetels\nTot slot.")


def test_rich_text(tmp_path):
    rich = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Caf\'e9 dicht.\par Tweede \u8216?stuk\u8217?.}"
    assert read_article(put(tmp_path, "a.rtf", rich)).text == "Café dicht.\nTweede ‘stuk’."


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "the file is empty"),
        ("a.txt", b" \n\t", "the file holds no text"),
        ("a.txt", b"date 2022-12\n", "the file holds no text"),
        ("a.txt", b"PK\x03\x04word", "a zip, Word or Excel file, not text as its ending '.txt' says"),
        ("a.txt", b"%PDF-1.7", "a PDF file"),
        ("a.txt", b"half\x00tekst hier en daar", "no text file"),
        ("a.txt", "één België, coëfficiënt ".encode() + b"\xff\xe9", "its encoding is broken"),
        ("a.txt", b"caf\xe9 \x81\x8d", "likeliest encoding"),
        ("a.html", b"<html><body></body></html>", "the file holds no text"),
        ("a.docx", b"gewone tekst", "cannot be read as a .docx file"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "encrypted or of a Word or Excel before 2007"),
        ("a.rtf", b"gewone tekst", "no RTF file"),
        ("a.rtf", rb"{\rtf1\ansi\ansicpg65001 \'e9}", "cannot be read as an RTF file"),
        ("a.pdf", b"x", r"'\.pdf' is no ending of an article file \(\.txt, \.md"),
        ("a", b"x", "'' is no ending of an article file"),
    ],
)
def test_a_file_that_is_no_article_is_refused_in_one_sentence(name, content, message, tmp_path):
    path = put(tmp_path, name, content)
    with pytest.raises(InputError, match=message) as refusal:
        read_article(path)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)


def test_a_zip_that_is_no_word_file_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("readme.txt", "geen Word")
    with pytest.raises(InputError, match=r"a.docx: cannot be read as a Word file"):
        read_article(tmp_path / "a.docx")


def test_a_word_file_cut_short_or_of_broken_xml_is_refused(tmp_path):
    docx.Document().save(str(tmp_path / "heel.docx"))
    whole = (tmp_path / "heel.docx").read_bytes()
    with pytest.raises(InputError, match="cannot be read"):
        read_article(put(tmp_path, "half.docx", whole[: len(whole) // 2]))
    with zipfile.ZipFile(tmp_path / "heel.docx") as source, zipfile.ZipFile(tmp_path / "stuk.docx", "w") as target:
        for name in source.namelist():
            target.writestr(name, "<w:niet" if name == "word/document.xml" else source.read(name))
    with pytest.raises(InputError, match="cannot be read as a Word file"):
        read_article(tmp_path / "stuk.docx")


def test_a_word_file_that_unpacks_to_hundreds_of_megabytes_is_not_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "bom.docx", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as member:
        for _ in range(210):
            member.write(bytes(10**6))
    with pytest.raises(InputError, match=r"bom.docx: the file unpacks to 210 MB"):
        read_article(tmp_path / "bom.docx")


def test_an_article_of_twenty_megabytes_is_read(tmp_path):
    line = "De gemeenteraad van Oosterveen vergaderde opnieuw over de ‘groene’ ring; café’s zijn vóór, omwonenden tegen.\n"
    path = put(tmp_path, "groot.txt", "date 2024-03 " + line * (20 * 10**6 // len(line.encode())))
    began = time.perf_counter()
    article = read_article(path)
    assert time.perf_counter() - began < 10  # measured: 1 s
    assert (article.date, len(article.text.encode()) > 19 * 10**6) == ("2024-03", True)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=30).map(lambda text: text.encode("utf-16"))))
@example(b"\xff\xfe\x00")
@example(b"\xc3")
@example(b"\xff\xfe\x00\x00abc")
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "bytes.txt"
    path.write_bytes(content)
    try:
        assert read_article(path).text.strip()
    except StanceError as refusal:
        assert str(path) in str(refusal)


@pytest.mark.parametrize("ending", [".rtf", ".docx", ".html", ".md"])
@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=60))
def test_any_bytes_under_any_ending_are_read_or_refused(ending, content, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / f"bytes{ending}"
    path.write_bytes(b"{\\rtf1" + content if ending == ".rtf" else content)
    try:
        assert read_article(path).text.strip()
    except StanceError as refusal:
        assert str(path) in str(refusal)


def test_files_folders_and_tables_become_one_table_in_their_order(tmp_path):
    put(tmp_path, "map/b.txt", "date 2024-03 Stuk b.")
    put(tmp_path, "map/diep/a.md", "Stuk a.")
    put(tmp_path, "map/.verborgen.txt", "x")
    put(tmp_path, "map/.git/c.txt", "x")
    put(tmp_path, "map/~$b.docx", "x")
    write_table(pd.DataFrame({"text": ["Rij."], "target": ["Vos"], "outlet": ["De Veenbode"]}), tmp_path / "t.csv")
    put(tmp_path, "los.txt", "Los stuk.")
    units = read_inputs([tmp_path / "los.txt", tmp_path / "t.csv", tmp_path / "map"])
    assert units["id"].tolist() == ["los", "t:1", "b", "a"]
    assert units["text"].tolist() == ["Los stuk.", "Rij.", "Stuk b.", "Stuk a."]
    assert units["target"].tolist() == [None, "Vos", None, None]
    assert units["date"].dropna().tolist() == ["2024-03"]
    assert units["outlet"].dropna().tolist() == ["De Veenbode"]
    assert units.index.tolist() == [0, 1, 2, 3]


def test_one_table_keeps_its_row_numbers_and_takes_the_users_names(tmp_path):
    path = put(tmp_path, "t.csv", "artikel\nEen.\nTwee.\n")
    assert read_inputs([path], Columns(text="artikel"))["id"].tolist() == ["1", "2"]


def test_files_of_one_name_are_told_apart_by_their_path(tmp_path):
    files = [put(tmp_path, name, "Tekst.") for name in ("2023/maart.txt", "2024/maart.txt", "2024/april.txt", "2024/maart.md")]
    assert read_inputs(files)["id"].tolist() == ["2023/maart.txt", "2024/maart.txt", "april", "2024/maart.md"]


def test_what_a_folder_holds_besides_articles_is_told(tmp_path, caplog):
    for name in ("a.txt", "b.pdf", "c.pdf", "d.csv"):
        put(tmp_path, name, "text\nx\n")
    with caplog.at_level(logging.WARNING):
        assert len(read_inputs([tmp_path])) == 1
    assert "passed over files that are no articles: 2 .pdf, 1 .csv" in caplog.text


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "No input is named"),
        (["weg.txt"], "weg.txt: there is no such file or folder"),
        (["leeg"], r"leeg: there is no article file in this folder \(\.txt"),
        (["tabellen"], "no article file in this folder .* Name its tables themselves"),
        (["a.txt", "a.txt"], "a.txt: this file is named twice"),
        (["a.pdf"], r"'\.pdf' is no ending"),
        (["a.csv"], r"a.csv row 2: text is missing"),
        (["x.csv", "y.csv"], r"inputs rows 1 and 2: both have id '7'"),
    ],
)
def test_inputs_that_cannot_be_read_are_refused(names, message, tmp_path):
    (tmp_path / "leeg").mkdir()
    put(tmp_path, "tabellen/t.csv", "text\nx\n")
    put(tmp_path, "a.txt", "Tekst.")
    put(tmp_path, "a.pdf", "%PDF")
    put(tmp_path, "a.csv", "id,text\n1,a\n2,\n")
    put(tmp_path, "x.csv", "id,text\n7,a\n")
    put(tmp_path, "y.csv", "id,text\n7,b\n")
    with pytest.raises(InputError, match=message):
        read_inputs([tmp_path / name for name in names])


@pytest.mark.data
def test_the_article_that_the_project_started_from(shared):
    (path,) = (shared.parent / "seed").glob("*.txt")
    article = read_article(path)
    assert article.date == "2022-12"
    assert article.text.startswith("Vladimir Poetin spreekt")
