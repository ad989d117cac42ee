"""Layouts of Nexis and LexisNexis that other interfaces, languages and years give: each article is read, or told."""

from __future__ import annotations

import zipfile

import pytest

from stance.corpus.archives import read_archives

INTERFACES = {
    "nl": ("Lengte: 24 woorden", "Sectie: Regio; Blz. 7", "Auteur: Fenna Wiersma", "Tekst", "Laaddatum: 4 mei 2021", "Einde van document"),
    "en": ("Length: 24 words", "Section: Regio; Blz. 7", "Byline: Fenna Wiersma", "Body", "Load-Date: May 4, 2021", "End of Document"),
    "de": ("Länge: 24 Wörter", "Rubrik: Regio; Blz. 7", "Autor: Fenna Wiersma", "Text", "Ladedatum: 4. Mai 2021", "Ende des Dokuments"),
    "fr": (
        "Longueur: 24 mots",
        "Rubrique: Regio; Blz. 7",
        "Auteur: Fenna Wiersma",
        "Texte",
        "Date de chargement: 4 mai 2021",
        "Fin du document",
    ),
}
TEXT = [
    "De veerpont bij Oudewaarde blijft liggen tot het water is gezakt.",
    "De schipper rekent op een week. Reizigers moeten omrijden over de dijk.",
]


def uni(title="Veerpont ligt stil", date="5 mei 2021", language="nl", text=TEXT, end=None, outlet="De Rivierbode"):
    """Return the lines of one article as Nexis Uni writes it in a language of its interface."""
    length, section, byline, body, loaded, mark = INTERFACES[language]
    return [
        "", title, outlet, date, "", "Copyright 2021 Rivierpers", section, length, byline, body, "", *text,
        "Classification", "", "Language: DUTCH", loaded, "", mark if end is None else end, "",
    ]  # fmt: skip


def one(number, *, date="5 mei 2021 woensdag", tail=("LOAD-DATE: 4 mei 2021",), labels=("LENGTH: 24 woorden",), above=()):
    """Return the lines of one article as LexisNexis writes it."""
    return [
        f"{number} of 2 DOCUMENTS",
        "",
        "De Rivierbode",
        "",
        *above,
        date,
        "",
        f"Kop {number}",
        "",
        *labels,
        "",
        f"{TEXT[0]} {number}",
        "",
        *tail,
        "",
    ]


@pytest.mark.parametrize("language", INTERFACES)
def test_the_interface_may_be_in_another_language(language, save_docx):
    lines = [line for day in (5, 6, 7) for line in uni(f"Kop {day}", f"{day} mei 2021", language)]
    found = read_archives([save_docx("u.docx", lines)])
    assert found.problems.empty
    assert found.articles["date"].tolist() == ["2021-05-05", "2021-05-06", "2021-05-07"]
    assert found.articles["text"].tolist() == ["\n".join(TEXT)] * 3
    for column, value in {"byline": "Fenna Wiersma", "length_words": 24, "load_date": "2021-05-04", "section": "Regio; Blz. 7"}.items():
        assert set(found.articles[column]) == {value}


@pytest.mark.parametrize("end", ["Slut på dokument", "Koniec dokumentu", ""])
def test_a_mark_of_end_that_is_not_known_parts_articles_by_their_load_dates(end, save_docx):
    lines = [line for day in (5, 6, 7) for line in uni(f"Kop {day}", f"{day} mei 2021", end=end)]
    found = read_archives([save_docx("u.docx", lines)])
    assert found.articles["title"].tolist() == ["Kop 5", "Kop 6", "Kop 7"]
    assert found.articles["text"].tolist() == ["\n".join(TEXT)] * 3


@pytest.mark.parametrize("mark", ["{} of 2 DOCUMENTS", "{} van 2 documenten", "Dokument {} von 2", "Document {} de 2", "Document {} of 2"])
def test_articles_are_numbered_in_several_languages(mark, save):
    lines = [line if place else mark.format(number) for number in (1, 2) for place, line in enumerate(one(number))]
    found = read_archives([save("l.txt", "\n".join(lines))])
    assert found.problems.empty
    assert found.articles["text"].tolist() == [f"{TEXT[0]} 1", f"{TEXT[0]} 2"]


@pytest.mark.parametrize(
    "after",
    ["14:05 EST", "Wednesday 2:05 PM EDT", "woensdag 14:05 uur MEZ", "2:05 PM GMT+2", "14:05 Western European Summer Time",
     "Wednesday 14:05:00 - 15:00:00 Eastern Time", "Wednesday, De Rivierbode op internet", "à 14h05"],
)  # fmt: skip
def test_a_date_is_read_whatever_hour_and_zone_stand_behind_it(after, save_docx):
    article = read_archives([save_docx("u.docx", uni(date=f"May 5, 2021 {after}"))]).articles.iloc[0]
    assert (article["date"], article["outlet"], article["title"]) == ("2021-05-05", "De Rivierbode", "Veerpont ligt stil")


@pytest.mark.parametrize("title", ["Bron: schipper sliep", "Datum: 1 april", "Titel: kampioen van het veer", "Door: wind en water"])
def test_a_headline_that_looks_like_a_label_is_a_headline(title, save_docx):
    text = ["Door: de wind sloeg de tros los.", *TEXT, "Organisatie: dat liet te wensen over."]
    article = read_archives([save_docx("u.docx", uni(title, text=text))]).articles.iloc[0]
    assert (article["title"], article["outlet"], article["date"]) == (title, "De Rivierbode", "2021-05-05")
    assert article["text"] == "\n".join(text)


def test_a_note_on_a_correction_is_neither_outlet_nor_title(save_docx):
    lines = ["REGIO;", "Veerpont ligt stil", "De Rivierbode", "", "Correction Appended", *uni()[5:]]
    found = read_archives([save_docx("u.docx", lines)])
    assert found.articles[["title", "outlet"]].values.tolist() == [["REGIO; Veerpont ligt stil", "De Rivierbode"]]
    assert found.articles["date"].isna().all()
    assert found.problems["reason"].tolist() == ["no line of its head is a date; it is kept without one."]


def test_labels_may_stand_behind_the_text_and_the_hour_below_the_date(save):
    tail = ("SECTION: Regio", "", "LENGTH: 24 woorden", "", "LOAD-DATE: 4 mei 2021")
    dated = ["May 5, 2021, woensdag", "23:22 Central European Time"]
    lines = [
        line
        for number in (1, 2)
        for line in [f"{number} of 2 DOCUMENTS", "", "Persbureau Rivier", "", f"Kop {number}", "", *dated, "", *TEXT, "", *tail, ""]
    ]  # fmt: skip
    found = read_archives([save("anp.txt", "\n".join(lines))])
    assert found.problems.empty
    assert found.articles[["outlet", "title", "date", "section", "length_words"]].values.tolist() == [
        ["Persbureau Rivier", f"Kop {number}", "2021-05-05", "Regio", 24] for number in (1, 2)
    ]
    assert found.articles["text"].tolist() == [" ".join(TEXT)] * 2 or found.articles["text"].tolist() == ["\n".join(TEXT)] * 2


def test_an_address_above_the_date_is_the_url_and_a_bare_length_the_length(save):
    address = ["https://www.rivierbode.example/regio/2021/05/05/veerpont", "-ligt-stil.html", ""]
    lines = [line for number in (1, 2) for line in one(number, above=address, labels=("24 words",), tail=())]
    found = read_archives([save("web.txt", "\n".join(lines))])
    assert found.problems.empty
    assert found.articles[["outlet", "title", "length_words", "url"]].values.tolist() == [
        ["De Rivierbode", f"Kop {number}", 24, "".join(address)] for number in (1, 2)
    ]
    assert found.articles["text"].tolist() == [f"{TEXT[0]} 1", f"{TEXT[0]} 2"]


def test_labels_that_are_not_known_belong_to_the_tail_where_all_are_in_capitals(save):
    tail = ("LANGUAGE: DUTCH", "", "PUB-SUBJECT: Veerdiensten (92%)", "", "PUBLICATION-TYPE: Krant", "", "LOAD-DATE: 4 mei 2021")
    lines = [line for number in (1, 2) for line in one(number, tail=tail)]
    assert read_archives([save("l.txt", "\n".join(lines))]).articles["text"].tolist() == [f"{TEXT[0]} 1", f"{TEXT[0]} 2"]


def test_the_text_may_begin_below_a_label_tekst(save):
    lines = [line for number in (1, 2) for line in one(number, labels=("LENGTE: 24 words", "", "AUTEUR: WIERSMA, FENNA", "", "TEKST:"))]
    found = read_archives([save("l.txt", "\n".join(lines))])
    assert found.articles["text"].tolist() == [f"{TEXT[0]} 1", f"{TEXT[0]} 2"]
    assert found.articles["byline"].tolist() == ["WIERSMA, FENNA"] * 2


COVER = [
    "User Name: F. Wiersma", "Date and Time: woensdag 5 mei 2021 15:58:00 CEST", "Job Number: 4471", "Documents (1)",
    "1. Veerpont ligt stil", "Client/Matter: -None-", "Search Terms: veerpont", "Narrowed by:", "Content Type", "Narrowed by", "News",
    "Publisher: Rivierpers; Timeline: Jan 20, 2017 to Jun 02, 2019",
]  # fmt: skip


def test_the_cover_belongs_to_no_article_and_its_number_is_compared(save_docx):
    found = read_archives([save_docx("u.docx", [*COVER, *uni(date="5 mei 2021 14:05 XYZT")])])
    assert found.articles[["title", "outlet"]].values.tolist() == [["Veerpont ligt stil", "De Rivierbode"]]
    assert found.problems.empty
    short = read_archives([save_docx("v.docx", [*COVER[:3], "Documents (7)", *COVER[4:], *uni()])])
    assert short.problems["reason"].tolist() == ["its cover tells of 7 articles and 1 are in the file; look whether it is whole."]


def test_the_list_of_results_is_told_and_is_no_article(save_docx, tmp_path):
    with zipfile.ZipFile(tmp_path / "Files.ZIP", "w") as archive:
        for name, lines in {"Files_doclist.DOCX": COVER, "Veerpont ligt stil.DOCX": uni()}.items():
            archive.write(save_docx("een.docx", lines), name)
    found = read_archives([tmp_path / "Files.ZIP"])
    assert found.articles["title"].tolist() == ["Veerpont ligt stil"]
    assert len(found.problems) == 1
    assert "list of results" in found.problems["reason"][0]
