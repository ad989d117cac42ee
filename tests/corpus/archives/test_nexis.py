from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.corpus.archives import read_archives
from stance.corpus.archives.nexis import nexis_articles

COLUMNS = ["date", "outlet", "title", "section", "byline", "length_words", "load_date", "text"]


def check(path, expected):
    found = read_archives([path])
    assert found.problems.empty, found.problems["reason"].tolist()
    articles = found.articles[COLUMNS].astype(object).where(found.articles[COLUMNS].notna(), None)
    pd.testing.assert_frame_equal(articles, expected.astype(object).where(expected.notna(), None), check_dtype=False)
    assert found.articles["source_file"].eq(str(path)).all()


@pytest.mark.parametrize("name", ["lexisnexis_nl", "nexis_uni_nl", "nexis_uni_en"])
@pytest.mark.parametrize("ending", ["txt", "rtf", "docx"])
def test_every_layout_in_every_format_gives_the_same_table(name, ending, sample, expected, save, save_docx, rtf):
    lines = sample(name)
    if ending == "docx" and name == "lexisnexis_nl":  # in a Word file a paragraph is a line
        lines = unwrapped(lines)
    if ending == "docx":
        path = save_docx("export.docx", [re.sub(r"^([\w-]+): ", "\\1:\u00a0", line) for line in lines])
    else:
        path = save(f"export.{ending}", rtf(lines) if ending == "rtf" else "\r\n".join(lines))
    check(path, expected)


def unwrapped(lines):
    """The lines of a page of text as a Word file has them: each paragraph whole, blank ones between."""
    blocks = [" ".join(line.strip() for line in block.split("\n")).strip() for block in "\n".join(lines).split("\n\n")]
    return [line for block in blocks for line in (block, "")]


def test_ids_are_those_of_the_article_whatever_the_layout(sample, save):
    ids = [
        read_archives([save(f"{name}.txt", "\n".join(sample(name)))]).articles["id"].tolist()
        for name in ("lexisnexis_nl", "nexis_uni_nl", "nexis_uni_en")
    ]
    assert ids[0] == ids[1] == ids[2] == ["aaf2a915a7bfc6fab", "af3fa918bc5260043", "a0e84ec3889e88129"]


def test_a_page_in_two_columns_is_read_down_one_and_then_the_other(sample, expected, save, rtf):
    content = rtf(sample("nexis_uni_nl"), head=r"\sectd\cols2\colsx720").decode()
    content = content.replace("\\par\n\\pard \\u8216?We hebben", "\\par\\column\n\\pard \\u8216?We hebben")
    content = content.replace("Ruim twee maanden later", "\\column Ruim twee maanden later")
    found = read_archives([save("kolommen.rtf", content)])
    texts = expected["text"].str.replace("sluis. Ruim", "sluis. \nRuim").str.replace(". \nRuim", ".\nRuim")
    assert found.articles["text"].tolist() == texts.tolist()
    assert found.articles[COLUMNS[:5]].notna().sum().tolist() == [3, 3, 3, 3, 2]


def test_labels_in_the_left_column_of_a_table_and_their_values_in_the_right(save, expected):
    def row(left, right):
        return rf"\trowd\cellx2000\cellx9000 {left}\cell {right}\cell\row "

    cells = [("Sectie", "Binnenland; Blz. 3"), ("Lengte:", "62 woorden"), ("Auteur:", "ROOS TERPSTRA; DAAN KUIPERS")]
    first, second = expected["text"][0].replace("‘", "\\u8216?").replace("’", "\\u8217?").split("\n")
    head = r"\pard Kabinet-Van Halderen trekt stikstofplan in na nacht van overleg\par De Veenbode\par zaterdag 17 december 2022\par "
    body = rf"\pard Body\par \trowd\cellx4000\cellx9000 {first}\cell {second}\cell\row \pard Load-Date: 16 december 2022\par Einde document\par"
    path = save("tabel.rtf", r"{\rtf1\ansi\ansicpg1252 " + head + "".join(row(*pair) for pair in cells) + body + "}")
    check(path, expected.head(1))


HEAD = "De Veenbode\n\n17 december 2022 zaterdag\n\nKop\n\nLENGTH: 9 woorden\n\n"


@pytest.mark.parametrize(
    ("export", "title", "outlet", "date"),
    [
        (f"1 of 2 DOCUMENTS\n\n{HEAD}Tekst.\n", "Kop", "De Veenbode", "2022-12-17"),
        # The headline is a date and nothing else.
        ("1 of 2 DOCUMENTS\n\nHet Kanaal\n\n3 maart 2021\n\n17 december 2020\n\nLENGTH: 9 woorden\n\nTekst.\n", "17 december 2020", "Het Kanaal", "2021-03-03"),
        ("Zaterdag 17 december 2022\nHet Kanaal\n19 december 2022\nLength: 9 words\nBody\nTekst.\nEnd of Document", "Zaterdag 17 december 2022", "Het Kanaal", "2022-12-19"),  # noqa: E501
        # A monthly gives no day.
        ("Kop\nMerenmaand\ndecember 2022\nLength: 9 words\nBody\nTekst.\nEnd of Document", "Kop", "Merenmaand", "2022-12"),
        # Everything under a label, as older exports have it.
        ("Document 1 van 2\nDATUM: 17-12-2022\nBRON: De Veenbode\nKOP: Kop\nLENGTE: 9 woorden\nBODY: Tekst.\n", "Kop", "De Veenbode", "2022-12-17"),
        # No labels at all.
        ("1 of 2 DOCUMENTS\n\nDe Veenbode\n\n17 december 2022\n\nKop\n\nTekst.\n\nLOAD-DATE: 18 december 2022\n", "Kop", "De Veenbode", "2022-12-17"),
        ("No Headline In Original\nDe Veenbode\n17 december 2022\nLength: 9 words\nBody\nTekst.\nEnd of Document", None, "De Veenbode", "2022-12-17"),
        # Saved by itself, without marks.
        ("Kop\nDe Veenbode\n17 december 2022\nLength: 9 words\nBody\nTekst.\nLoad-Date: December 18, 2022\n", "Kop", "De Veenbode", "2022-12-17"),
    ],
)  # fmt: skip
def test_heads_that_are_unlike_the_rest(export, title, outlet, date, save):
    found = read_archives([save("export.txt", export)])
    assert found.problems.empty
    article = found.articles.iloc[0]
    assert (article["title"] if pd.notna(article["title"]) else None, article["outlet"], article["date"]) == (title, outlet, date)
    assert article["text"] == "Tekst."


def test_text_that_looks_like_a_tail_stays_text(save):
    text = "Zij noemde drie punten.\n\nTaal: die moet beter.\n\nOnderwerp: scholen. Daar sprak de raad over."
    found = read_archives(
        [save("e.txt", f"1 of 1 DOCUMENTS\n\n{HEAD}{text}\n\nTot zover.\n\nLOAD-DATE: 18 december 2022\n\nSUBJECT: ONDERWIJS (90%)\n")]
    )
    assert found.articles["text"].tolist() == [f"{text}\n\nTot zover.".replace("\n\n", "\n")]
    assert found.articles["load_date"].tolist() == ["2022-12-18"]


@pytest.mark.parametrize(
    ("export", "reason", "kept"),
    [
        ("1 of 1 DOCUMENTS\n\nDe Veenbode\n\nKop\n\nLENGTH: 9 woorden\n\nTekst.\n", "no line of its head is a date; it is kept", True),
        (f"1 of 1 DOCUMENTS\n\n{HEAD}LOAD-DATE: 18 december 2022\n", "it has no text", False),
        (f"1 of 9 DOCUMENTS\n\n{HEAD}Een.\n\n3 of 9 DOCUMENTS\n\n{HEAD}Drie.\n\n6 of 9 DOCUMENTS\n\n{HEAD}Zes.\n", r"3 articles are not .* \(number 2, 4, 5\)", False),  # noqa: E501
        (f"1 of 1 DOCUMENTS\n\n{HEAD}Een.\n\nLOAD-DATE: morgen\n", "its load date 'morgen' is no date .* it is kept without one", True),
        ("1 of 1 DOCUMENTS\n\n", "marks of a Nexis export, but no article", False),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_export_is_told(export, reason, kept, save):
    found = read_archives([save("export.txt", export)])
    assert len(found.problems) == 1
    assert re.search(reason, found.problems["reason"][0])
    assert found.problems["kept"].tolist() == [kept]
    assert len(found.articles) == {True: 1, False: 0}[kept] or "3 articles" in found.problems["reason"][0]


def test_an_article_before_the_first_mark_is_no_cover(save):
    found = read_archives([save("export.txt", f"1 og 2 DOCUNENTS\n\n{HEAD}Een.\n\n2 of 2 DOCUMENTS\n\n{HEAD}Twee.\n")])
    assert found.articles["text"].tolist() == ["Een.", "Twee."]


MARKS = [
    "",
    "1 of 3 DOCUMENTS",
    "2 of 3 DOCUMENTS",
    "Einde document",
    "Body",
    "BODY: Begin.",
    "Graphic",
    "Classification",
    "Documenten (2)",
]
HEADS = [
    "De Veenbode",
    "17 december 2022",
    "Kop van het stuk",
    "LENGTH: 9 woorden",
    "Sectie:",
    "BYLINE: Roos",
    "Highlight: Kort.",
    "1. Kop",
]
PIECES = [*MARKS, *HEADS, "LOAD-DATE: 3 mrt. 2021", "Copyright 2022 Veenbode", "De raad vergadert."]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.booleans())
def test_pieces_in_any_order_do_not_spoil_the_next_article(pieces, wrapped):
    """Whatever stands before it, in whatever order: a whole article is read as it is."""
    lines = [*pieces, "1 of 9 DOCUMENTS", "Het Kanaal", "3 maart 2021", "Kop", "LENGTH: 9 woorden", "De sluis is dicht."]
    last = list(nexis_articles(lines, wrapped=wrapped))[-1]
    assert (last["text"], last["title"], last["date"]) == ("De sluis is dicht.", "Kop", "2021-03-03")
    for facts in nexis_articles(pieces, wrapped=wrapped):
        assert set(facts) >= {"text", "title", "outlet", "date"}
