"""Doubts: more than one article in one, or not all of an article."""

from __future__ import annotations

import pytest

from stance.corpus.archives import read_archives
from stance.corpus.archives.doubts import doubts, likely_format, marks_in

TEXT = "De molen van Hoogkerspel draait weer na een herstel van drie jaar.\n" * 3


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("Lengte: 412 woorden", "length"), ("Longueur : 412 mots", "length"), ("412 Wörter", "length"),
        ("Laaddatum: 4 mei 2021", "load date"), ("LOAD-DATE: May 4, 2021", "load date"), ("Ladedatum: 4. Mai 2021", "load date"),
        ("Document HOOGBO0020210505eh550001a", "id of Factiva"),
        ("3 of 20 DOCUMENTS", "begin or end of a document"), ("Dokument 3 von 20", "begin or end of a document"),
        ("Fin du document", "begin or end of a document"), ("Einde van het document", "begin or end of a document"),
    ],
)  # fmt: skip
def test_a_mark_that_each_article_has_once_is_doubtful_in_a_text(mark, kind):
    assert marks_in(f"{TEXT}{mark}\n{TEXT}") == {kind: 1}
    assert list(doubts(f"{TEXT}{mark}\n{TEXT}", None, headed=True)) == [
        f"its text holds marks of further articles ({kind}); it may be several in one, so look at it."
    ]
    assert list(doubts(f"{TEXT}{mark}\n{TEXT}", None, headed=False)) == []  # the only one may be its own


def test_rights_are_doubtful_where_those_of_the_article_were_taken_off_and_an_outlet_the_second_time():
    rights, outlet = "© 2021 Molenpers. Alle rechten voorbehouden", "De Molenbode* - 5 mei 2021, pagina 4"
    assert len(list(doubts(f"{TEXT}{rights}\n{TEXT}", None, headed=True))) == 1
    assert list(doubts(f"{TEXT}{rights}\n{TEXT}", None, headed=False)) == []
    assert list(doubts(f"{TEXT}{outlet}\n{TEXT}", None, headed=True)) == []
    assert len(list(doubts(f"{TEXT}{outlet}\n{TEXT}{outlet}\n{TEXT}", None, headed=True))) == 1


@pytest.mark.parametrize(
    "line", ["Lengte: 40 meter, breedte: 9 meter.", "5 mei 2021", "Document: het plan", "Van 3 of 4 mensen", "Alle molens draaien."]
)
def test_lines_of_a_text_are_no_marks(line):
    assert marks_in(f"{TEXT}{line}\n{line}\n{TEXT}") == {}


@pytest.mark.parametrize(
    ("told", "read", "doubtful"),
    [
        (900, 26, True),
        (100, 200, True),
        (100, 159, False),
        (80, 31, False),
        (90, 30, True),
        (1000, 601, False),
        (1000, 599, True),
        (None, 9, False),
    ],
)
def test_the_length_told_is_compared_with_the_words_read(told, read, doubtful):
    found = list(doubts("woord " * read, told, headed=True))
    assert len(found) == doubtful
    if doubtful:
        assert f"{told:,} words and {read:,} were read" in found[0]


def test_a_text_of_more_than_20000_words_is_told_whatever_file_it_comes_in(save):
    for ending in ("txt", "md", "csv"):
        text = "molen " * 20_001
        found = read_archives([save(f"lang.{ending}", f"text\n{text}\n" if ending == "csv" else text)])
        assert len(found.articles) == 1
        assert found.problems["reason"].tolist() == [
            "it has 20,001 words, more than an article has; it may be several in one, so look at it."
        ]
        assert found.problems["kept"].all()


def test_a_file_with_repeated_marks_that_no_reader_knows_is_refused_with_the_format_it_looks_like(save):
    found = read_archives([save("x.txt", "\n".join(f"{TEXT}Document HOOGBO0020210505eh55000{number}a" for number in range(3)))])
    assert found.articles.empty
    assert "looks like an export of Factiva with several articles" in found.problems["reason"][0]
    assert likely_format(marks_in("Kop\nTekst.\nDocument HOOGBO0020210505eh550001a")) is None
