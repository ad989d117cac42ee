"""Invented exports of any size in the layouts of archives: articles in a given order, each with marks in a language drawn for it.

Each paragraph begins with ``Bericht N, alinea K``, so that it is known wherever it ends up.
"""

from __future__ import annotations

import json
import textwrap
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np

MONTHS = {"nl": "mei", "en": "May", "de": "Mai", "fr": "mai"}
WORDS = {"nl": "woorden", "en": "words", "de": "Wörter", "fr": "mots"}
ENDS = {"nl": "Einde van document", "en": "End of Document", "de": "Ende des Dokuments", "fr": "Fin du document"}
COUNTS = {"nl": "{} van {} documenten", "en": "{} of {} DOCUMENTS", "de": "Dokument {} von {}", "fr": "Document {} de {}"}
LABELS = {
    "nl": ("Lengte", "Sectie", "Laaddatum"),
    "en": ("Length", "Section", "Load-Date"),
    "de": ("Länge", "Rubrik", "Ladedatum"),
    "fr": ("Longueur", "Rubrique", "Date de chargement"),
}
TONGUES = {"nl": "Nederlands", "en": "Dutch", "de": "Niederländisch", "fr": "Néerlandais"}
DOCUMENT = {"nl": "Document", "en": "Document", "de": "Dokument", "fr": "Document"}
PAGES = {"nl": "Pagina", "en": "Page", "de": "Seite", "fr": "Page"}
RIGHTS = {
    "nl": "Alle rechten voorbehouden",
    "en": "All Rights Reserved",
    "de": "Alle Rechte vorbehalten",
    "fr": "Tous droits réservés",
}
TEXT = "\ue000"  # before each line of a text while lines are changed, so that what is a mark is known
OUTLETS = ["De Rivierbode", "Het Avondnieuws", "Dagblad Merenland"]
SENTENCES = [
    "De raad van Oudewaarde stemt donderdag over de nieuwe haven.",
    "Volgens de wethouder is er genoeg geld, maar niet genoeg tijd.",
    "Bewoners vrezen drukte op de dijk en vragen om een rotonde.",
    "De schipper zegt dat hij het water nooit zo laag heeft gezien.",
    "‘We hebben te lang gewacht’, zei de voorzitter van de bewonersgroep in mei 2021.",
    "Het onderzoek kost € 40.000 en duurt tot 1 september; daarna beslist de provincie.",
]


@dataclass(frozen=True)
class Made:
    """One invented article, and the language of the marks around it."""

    number: int
    text: list[str]
    language: str
    outlet: str

    @property
    def lines(self) -> list[str]:
        return [TEXT + line for line in self.text]

    @property
    def title(self) -> str:
        return f"Kop van {self.number}"

    @property
    def date(self) -> str:
        return f"{self.number % 27 + 1} {MONTHS[self.language]} 2021"

    @property
    def iso(self) -> str:
        return f"2021-05-{self.number % 27 + 1:02d}"

    @property
    def length(self) -> str:
        return f"{len(' '.join(self.text).split())} {WORDS[self.language]}"


def make_articles(numbers: Sequence[int], rng: np.random.Generator, *, most: int = 4) -> list[Made]:
    """Return an article of each number, of two to ``most`` paragraphs."""
    made = []
    for number in numbers:
        said = [" ".join(rng.choice(SENTENCES, size=int(rng.integers(1, 4)), replace=False)) for _ in range(int(rng.integers(2, most + 1)))]
        text = [f"Bericht {number}, alinea {place}: {line}" for place, line in enumerate(said)]
        made.append(Made(number, text, str(rng.choice(list(MONTHS))), str(rng.choice(OUTLETS))))
    return made


def nexis_uni(one: Made) -> list[str]:
    length, section, loaded = LABELS[one.language]
    head = [one.title, one.outlet, one.date, "", "Copyright 2021 Rivierpers", f"{section}: Regio", f"{length}: {one.length}", "Body", ""]
    return [*head, *one.lines, "Classification", "", f"{loaded}: {one.date}", "", ENDS[one.language], ""]


def lexisnexis(one: Made) -> list[str]:
    length, section, loaded = (label.upper() for label in LABELS[one.language])
    count = COUNTS[one.language].format(one.number + 1, 9999)
    head = [count, "", one.outlet, "", one.date, "", one.title, "", f"{section}: Regio", "", f"{length}: {one.length}", ""]
    wrapped = [line for paragraph in one.text for line in (*(TEXT + part for part in textwrap.wrap(paragraph, 80)), "")]
    return [*head, *wrapped, f"{loaded}: {one.date}", ""]


def lexisnexis_page(one: Made) -> list[str]:
    length, section, loaded = (label.upper() for label in LABELS[one.language])
    count = COUNTS["en"].format(one.number + 1, 9999)
    head = [count, one.outlet, one.date, one.title, f"{section}: Regio", f"{length}: {one.length}"]
    return _blocks([*head, *one.lines, f"{loaded}: {one.date}"])


def factiva(one: Made) -> list[str]:
    told = [one.length, one.date, one.outlet, "RIVIER", TONGUES[one.language], f"Copyright 2021 {one.outlet}"]
    return [one.title, "", "Fenna Wiersma", *told, "", *_spaced(one), f"{DOCUMENT[one.language]} {_factiva_id(one)}", ""]


def factiva_codes(one: Made) -> list[str]:
    head = [("HD", one.title), ("WC", one.length), ("PD", one.date), ("SN", one.outlet), ("LA", TONGUES[one.language])]
    text = [("CY", f"Copyright 2021 {one.outlet}"), ("LP", one.lines[0]), ("TD", one.lines[1])]
    end = f"AN  {DOCUMENT[one.language]} {_factiva_id(one)}"
    return [*(f"{code}  {value}" for code, value in [*head, *text]), *one.lines[2:], end, ""]


def factiva_page(one: Made) -> list[str]:
    title, _, byline, *rest = factiva(one)
    return [f'<div id="hd"><span>{title}</span></div>', f'<div class="author">{byline}</div>', *_blocks(rest)]


def _factiva_id(one: Made) -> str:
    return f"RIVIER0020210505eh55{one.number:05d}"


def gopress(one: Made) -> list[str]:
    source = f"{one.outlet}* - {one.date}, {PAGES[one.language]} 4"
    return [one.title, source, "Fenna Wiersma", "", *one.lines, "", f"Copyright © 2021 Rivierpers. {RIGHTS[one.language]}", ""]


def mediargus(one: Made) -> list[str]:
    return [f"{one.iso[8:]}-05-2021, p.{one.number + 1}", "", one.title, "", *_spaced(one), "© Rivierpers", ""]


def list_of_mediargus(articles: Sequence[Made]) -> list[str]:
    """Return the list of articles that is before the texts."""
    entries = [(one.title, f"{one.outlet}, {one.date}, p. {one.number + 1}, {one.length.split()[0]}w.") for one in articles]
    return [line for place, (title, source) in enumerate(entries, start=1) for line in (f"{place}. {title}", "", source, "", "")]


def europresse(one: Made) -> list[str]:
    return [
        "<article>",
        f'<header><span class="DocPublicationName">{one.outlet}, no. 12</span>',
        f'<span class="DocHeader">Regio, {one.date}, p. 8, {one.length}</span>',
        f'<div class="titreArticle"><p class="titreArticleVisu">{one.title}</p></div></header>',
        f'<div class="docOcurrContainer">{"".join(f"<p>{line}</p>" for line in one.lines)}</div>',
        "</article>",
    ]


def _spaced(one: Made) -> list[str]:
    return [line for paragraph in one.lines for line in (paragraph, "")]


def _blocks(lines: Sequence[str]) -> list[str]:
    return [f"<div><p><span>{line}</span></p></div>" for line in lines if line]


@dataclass(frozen=True)
class Layout:
    """How an archive writes one article as lines, and lines as a file with ``ending``."""

    ending: str
    article: Callable[[Made], list[str]]
    before: Callable[[Sequence[Made]], list[str]] = lambda articles: []

    def lines(self, articles: Sequence[Made]) -> list[str]:
        """Return the lines of a file; those of a text hold the mark ``TEXT``."""
        return [line for part in (self.before(articles), *map(self.article, articles)) for line in part]

    def content(self, lines: Sequence[str]) -> str:
        """Return the file that holds ``lines``."""
        joined = "\n".join(lines).replace(TEXT, "")
        return f"<html><head><title>Archief</title></head><body>{joined}</body></html>" if self.ending == "html" else joined


LAYOUTS = {
    "Nexis Uni": Layout("txt", nexis_uni),
    "LexisNexis": Layout("txt", lexisnexis),
    "LexisNexis, page": Layout("html", lexisnexis_page),
    "Factiva": Layout("txt", factiva),
    "Factiva with codes": Layout("txt", factiva_codes),
    "Factiva, page": Layout("html", factiva_page),
    "GoPress": Layout("txt", gopress),
    "Mediargus": Layout("txt", mediargus, before=list_of_mediargus),
    "Europresse": Layout("html", europresse),
}


TABLES = ("csv", "tsv", "jsonl", "json")


def table(articles: Sequence[Made], ending: str) -> str:
    """Return articles as a table with one row each, in the columns of AmCAT."""
    rows = [
        {"_id": f"x{one.number}", "date": one.iso, "publisher": one.outlet, "title": one.title, "text": "\n".join(one.text)}
        for one in articles
    ]
    if ending in ("json", "jsonl"):
        return json.dumps(rows, ensure_ascii=False) if ending == "json" else "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    mark = "\t" if ending == "tsv" else ","
    quoted = [mark.join('"' + value.replace('"', '""') + '"' for value in row.values()) for row in rows]
    return "\n".join([mark.join(rows[0]), *quoted]) + "\n"


def delpher(articles: Sequence[Made], *, issue: int = 40) -> bytes:
    """Return articles as a zip of the open archive of Delpher: a folder for each ``issue`` articles, which have the paper and day of the first."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, one in enumerate(articles):
            folder = f"DDD_ddd_{place // issue:09d}"
            text = "".join(f"<p>{line}</p>" for line in one.text)
            archive.writestr(f"{folder}/{folder}_{place % issue:04d}_articletext.xml", f"<text><title>{one.title}</title>{text}</text>")
            if place % issue == 0:
                facts = f"<dc:title>{one.outlet}</dc:title><dc:date>{one.iso}</dc:date>"
                described = f'<d:DIDL xmlns:d="urn:didl" xmlns:dc="http://purl.org/dc/elements/1.1/">{facts}</d:DIDL>'
                archive.writestr(f"{folder}/{folder}_didl.xml", described)
    return packed.getvalue()
