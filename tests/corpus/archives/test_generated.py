"""Generated exports: articles in any order with marks of four languages come back one by one, and none is lost or merged in silence."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from stance.corpus.archives.records import ArchiveArticle, Problem
from stance.corpus.archives.texts import read_text_archive
from stance.corpus.records import Article

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
OUTLETS = ["De Rivierbode", "Het Avondnieuws", "Dagblad Merenland"]
SENTENCES = [
    "De raad van Oudewaarde stemt donderdag over de nieuwe haven.",
    "Volgens de wethouder is er genoeg geld, maar niet genoeg tijd.",
    "Bewoners vrezen drukte op de dijk en vragen om een rotonde.",
    "De schipper zegt dat hij het water nooit zo laag heeft gezien.",
]


def text_of(number, rng):
    """Return the paragraphs of an article; the first names it."""
    return [f"Bericht nummer {number} gaat over de haven.", *rng.choice(SENTENCES, size=int(rng.integers(1, 4)), replace=False).tolist()]


def nexis_uni(number, text, language, outlet):
    length, section, loaded = LABELS[language]
    date = f"{number % 27 + 1} {MONTHS[language]} 2021"
    told = [f"{section}: Regio", f"{length}: {len(' '.join(text).split())} {WORDS[language]}"]
    head = [f"Kop van {number}", outlet, date, "", "Copyright 2021 Rivierpers", *told, "Body", ""]
    return [*head, *text, "Classification", "", f"{loaded}: {date}", "", ENDS[language], ""]


def lexisnexis(number, text, language, outlet):
    length, section, loaded = (label.upper() for label in LABELS[language])
    date = f"{number % 27 + 1} {MONTHS[language]} 2021"
    told = [f"{section}: Regio", "", f"{length}: {len(' '.join(text).split())} {WORDS[language]}", ""]
    head = [COUNTS[language].format(number, 99), "", outlet, "", date, "", f"Kop van {number}", "", *told]
    return [*head, *text, "", f"{loaded}: {date}", ""]


def factiva(number, text, language, outlet):
    date = f"{number % 27 + 1} {MONTHS[language]} 2021"
    told = [f"{len(' '.join(text).split())} {WORDS[language]}", date, outlet, "RIVIER", "Dutch", f"Copyright 2021 {outlet}"]
    return [f"Kop van {number}", "", "Fenna Wiersma", *told, "", *text, "", f"Document RIVIER0020210505eh5500{number:03d}", ""]


def gopress(number, text, language, outlet):
    source = f"{outlet}* - {number % 27 + 1} {MONTHS[language]} 2021, Pagina 4"
    return [f"Kop van {number}", source, "Fenna Wiersma", "", *text, "", "Copyright © 2021 Rivierpers. Alle rechten voorbehouden", ""]


LAYOUTS: dict[str, Callable[..., list[str]]] = {"nexis_uni": nexis_uni, "lexisnexis": lexisnexis, "factiva": factiva, "gopress": gopress}


def written(layout, numbers, rng):
    """Return the texts of articles, and the lines of each, in a layout; its marks are in a language drawn for each."""
    texts = [text_of(number, rng) for number in numbers]
    languages, outlets = rng.choice(list(MONTHS), size=len(texts)).tolist(), rng.choice(OUTLETS, size=len(texts)).tolist()
    return texts, [LAYOUTS[layout](*one) for one in zip(numbers, texts, languages, outlets, strict=True)]


def read(lines):
    """Return the articles and the problems in lines as a Word file has them."""
    items = list(read_text_archive(Article(id="x", text="\n".join(lines)), ending=".docx", name="x"))
    return [item for item in items if isinstance(item, ArchiveArticle)], [item for item in items if isinstance(item, Problem)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_articles_come_back_one_by_one_with_marks_of_four_languages(layout):
    rng = np.random.default_rng(20210505)
    numbers = rng.permutation(60).tolist()
    texts, joined = written(layout, numbers, rng)
    articles, problems = read([line for lines in joined for line in lines])
    assert [problem for problem in problems if problem.article] == []
    assert [article.title for article in articles] == [f"Kop van {number}" for number in numbers]
    assert [article.text for article in articles] == ["\n".join(text) for text in texts]
    assert all(article.date and article.outlet in OUTLETS for article in articles)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_line_that_is_lost_doubled_or_unknown_loses_or_merges_no_article_in_silence(layout):
    rng = np.random.default_rng(20210506)
    told = 0
    for _ in range(60):
        texts, joined = written(layout, list(range(5)), rng)
        lines = [(line, line in text) for one, text in zip(joined, texts, strict=True) for line in one]
        place = int(rng.choice([place for place, (line, is_text) in enumerate(lines) if line and not is_text]))
        changed = lines[place]
        lines[place : place + 1] = [[], [changed] * 2, [("Ukjent linje", False)]][int(rng.integers(3))]
        articles, problems = read([line for line, _ in lines])
        held = [re.findall(r"Bericht nummer (\d+)", f"{article.title} {article.text}") for article in articles]
        left_out = sum(not problem.kept for problem in problems)
        assert len({number for numbers in held for number in numbers}) + left_out >= len(texts), changed
        assert problems or [len(numbers) for numbers in held] == [1] * len(texts), (changed, held)
        told += bool(problems)
    assert told < 60  # most of it does no harm
