"""Exports of Factiva, Europresse, Mediargus, GoPress and press reviews, as text and as saved pages."""

from __future__ import annotations

import docx
import pytest

from stance.corpus.archives import read_archives

ARTICLES = [
    ("Trambaan krijgt gras", "Ilse Maes", "De Merelbeekse Courant", "12 November 2021", "2021-11-12"),
    ("Ziekenhuis zoekt vrijwilligers", "Joris Pauwels", "Het Avondnieuws", "13 November 2021", "2021-11-13"),
    ("Kermis keert terug", None, "Het Avondnieuws", "14 November 2021", "2021-11-14"),
]
TEXTS = [
    ["De stad zaait dit najaar gras tussen de sporen.", "Buurtbewoners zijn blij met de stilte die dat geeft."],
    ["Vooral voor het vervoer van patiënten zijn handen nodig.", "Wie kan helpen, meldt zich aan de balie."],
    ["Na twee jaar staan er weer botsauto’s op het plein.", "De burgemeester opent de kermis om vier uur."],
]
FACTS = [[title, byline, outlet, iso] for title, byline, outlet, _, iso in ARTICLES]


def check(found):
    articles = found.articles.astype(object).where(found.articles.notna(), None)
    assert articles[["title", "byline", "outlet", "date"]].values.tolist() == FACTS
    assert articles["text"].tolist() == ["\n".join(text) for text in TEXTS]
    assert found.problems.empty


def factiva(number, *, words="{} words", language="Dutch", document="Document"):
    title, byline, outlet, date, _ = ARTICLES[number]
    head = [title, "", *([byline] if byline else []), words.format(16), date, outlet, "MEREL", "8", language, f"Copyright 2021 {outlet}."]
    return [*head, "", TEXTS[number][0], "", TEXTS[number][1], "", f"{document} MEREL00020211112ehbc0000{number}", ""]


def coded(number):
    title, byline, outlet, date, _ = ARTICLES[number]
    by = [("BY", byline)] if byline else []
    return [("HD", title), *by, ("WC", "16 words"), ("PD", date), ("SN", outlet), ("SC", "MEREL"), ("LA", "Dutch"), ("CY", f"Copyright 2021 {outlet}"),
            ("LP", TEXTS[number][0]), ("TD", TEXTS[number][1]), ("NS", "gcat : News"), ("PUB", "Merelpers"),
            ("AN", f"Document MEREL00020211112ehbc0000{number}")]  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [("{} words", "Dutch", "Document"), ("{} woorden", "Nederlands", "Document"), ("{} Wörter", "Niederländisch", "Dokument"),
     ("{} mots", "Néerlandais", "Document")]
)  # fmt: skip
@pytest.mark.parametrize("ending", ["txt", "rtf", "docx"])
def test_factiva_as_text(words, ending, save, save_docx, rtf):
    lines = [line for number in range(3) for line in factiva(number, words=words[0], language=words[1], document=words[2])]
    path = (
        save_docx("f.docx", lines) if ending == "docx" else save(f"f.{ending}", rtf(["", *lines]) if ending == "rtf" else "\n".join(lines))
    )
    found = read_archives([path])
    check(found)
    assert found.articles["archive_id"].tolist() == [f"MEREL00020211112ehbc0000{number}" for number in range(3)]
    assert found.articles["length_words"].tolist() == [16] * 3


def test_factiva_with_codes_in_a_column(save, tmp_path):
    rows = "".join(f"<tr><td><b>{code}</b></td><td>{value}</td></tr>" for number in range(3) for code, value in coded(number))
    check(read_archives([save("f.html", f"<html><body><table>{rows}</table></body></html>")]))
    document = docx.Document()
    for number in range(3):
        table = document.add_table(rows=0, cols=2)
        for code, value in coded(number):
            table.add_row().cells[0].text = code
            table.rows[-1].cells[1].text = value
    document.save(str(tmp_path / "f.docx"))
    check(read_archives([tmp_path / "f.docx"]))


def test_factiva_as_a_page(save):
    def one(number):
        title, byline, outlet, date, _ = ARTICLES[number]
        head = "".join(f"<div>{line}</div>" for line in ("16 words", date, outlet, "MEREL", "Dutch", f"Copyright 2021 {outlet}"))
        author = f'<div class="author">{byline}</div>' if byline else ""
        end = f"Document MEREL00020211112ehbc0000{number}"
        text = "".join(f'<p class="articleParagraph">{line}</p>' for line in TEXTS[number])
        return f'<div class="article"><div id="hd"><span>{title}</span></div>{author}{head}{text}<p>{outlet} NV</p><p>{end}</p></div>'

    check(read_archives([save("f.html", f"<html><head><title>Factiva</title></head><body>{''.join(map(one, range(3)))}</body></html>")]))


def test_lexisnexis_as_a_page(save):
    def one(number):
        title, byline, outlet, date, _ = ARTICLES[number]
        lines = [f"{number + 1} of 3 DOCUMENTS", outlet, date, title, *([f"BYLINE: {byline}"] if byline else []), "LENGTH: 16 words"]
        head = "".join(f"<BR><DIV><P><SPAN>{line}</SPAN></P></DIV>" for line in lines)
        text = "".join(f"<P><SPAN>{line}</SPAN></P>" for line in TEXTS[number])
        tail = f"<DIV><P>LOAD-DATE: {date}</P></DIV><DIV><P>Copyright 2021 {outlet}<BR>All Rights Reserved</P></DIV>"
        return f'<A NAME="DOC_ID_0_{number}"></A><!-- <DOCFULL> -->{head}<DIV>{text}</DIV>{tail}'

    check(read_archives([save("l.html", f"<HTML><BODY>{''.join(map(one, range(3)))}</BODY></HTML>")]))


@pytest.mark.parametrize("header", ["{date} {outlet} Pagina 8", "Binnenland, {date}, p. 8, 16 mots"])
def test_europresse(header, save):
    def one(number):
        title, byline, outlet, date, _ = ARTICLES[number]
        author = f'<p class="docAuthors">{byline}</p>' if byline else ""
        return (
            f'<article><header><span class="DocPublicationName">{outlet}, no. 12</span>'
            f'<span class="DocHeader">{header.format(date=date, outlet=outlet)}</span>'
            f'<div class="titreArticle"><p class="titreArticleVisu">{title}</p></div>{author}</header>'
            f'<div class="docOcurrContainer">{"".join(f"<p>{line}</p>" for line in TEXTS[number])}</div><footer>Alle rechten voorbehouden.</footer></article>'
        )

    found = read_archives([save("e.html", f"<html><body>{''.join(map(one, range(3)))}</body></html>")])
    check(found)
    assert found.articles["section"].tolist() == ["Pagina 8"] * 3


def test_mediargus_gives_the_list_first_and_then_the_texts(save):
    listed = [line for number, (title, _, outlet, _, _) in enumerate(ARTICLES) for line in
              (f"{number + 1}. {title}", "", f"{outlet}, vrijdag {12 + number} november 2021, p. 8, 16w.", "", f"{TEXTS[number][0][:20]} ...", "", "")]  # fmt: skip
    texts = [line for number, (title, *_) in enumerate(ARTICLES) for line in
             ("", "", f"{12 + number}-11-2021, p.8", "", title, "", *[part for line in TEXTS[number] for part in (line, "")], " © Merelpers", "")]  # fmt: skip
    found = read_archives([save("m.txt", "\n".join([*listed, *texts]))])
    assert found.problems.empty
    assert found.articles[["title", "outlet", "date"]].values.tolist() == [[title, outlet, iso] for title, _, outlet, _, iso in ARTICLES]
    assert found.articles["text"].tolist() == ["\n".join(text) for text in TEXTS]
    short = read_archives([save("n.txt", "\n".join([*listed, *texts[: len(texts) // 3]]))])
    assert len(short.articles) == 1
    assert len(short.problems) == 2  # entries of the list without a text are told


@pytest.mark.parametrize(
    "sources",
    [
        ("{}* - 12 nov. 2021, Pagina 8", "{} online - 13 nov. 2021 10:15", "{}* - 14 nov. 2021, Pagina 1"),
        ("{}* - 12 nov. 2021, Pagina 8", "{} - samedi 13 novembre 2021", "{}* - dimanche 14 novembre 2021, Page 1"),
    ],
)
def test_gopress_with_web_and_french_articles_between(sources, save):
    lines = []
    for (title, byline, outlet, _, _), source, text in zip(ARTICLES, sources, TEXTS, strict=True):
        lines += [
            title,
            source.format(outlet),
            *([byline] if byline else []),
            "",
            text[0],
            "",
            text[1],
            "",
            "Copyright © 2021 Merelpers. Tous droits réservés",
            "",
        ]
    found = read_archives([save("g.txt", "\n".join(lines))])
    assert found.problems.empty
    assert found.articles["title"].tolist() == [title for title, *_ in ARTICLES]
    assert found.articles["date"].tolist() == [iso for *_, iso in ARTICLES]
    assert found.articles["text"].tolist() == ["\n".join(text) for text in TEXTS]


def test_a_press_review_on_one_page_is_parted(save):
    items = "".join(
        f"<div><h2>{title}</h2><p><b>{outlet}</b> {iso[8:]}-{iso[5:7]}-{iso[:4]}, pag. 3</p>{''.join(f'<p>{line}</p>' for line in text)}</div>"
        for (title, _, outlet, _, iso), text in zip(ARTICLES, TEXTS, strict=True)
    )
    found = read_archives([save("k.html", f"<html><body><h1>Knipsels - 15 november 2021</h1>{items}</body></html>")])
    assert found.articles[["title", "outlet", "date"]].values.tolist() == [[title, outlet, iso] for title, _, outlet, _, iso in ARTICLES]
