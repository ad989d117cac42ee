"""What is read of an article for a target: sentences about it, their neighbours, the title."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.dutch.about import sentences_about
from stance.dutch.passages import passage_spans, titled
from stance.dutch.sentences import sentence_spans

SENTENCES = [
    "Wethouder Jolanda Smeets verdedigt het plan. ",
    "Het regent in Oosterveen. ",
    "Smeets krijgt steun van de kerken. ",
    "Dat doet haar goed. ",
    "De raad stemt donderdag over de komst van een opvangcentrum.",
]
TEXT = "".join(SENTENCES)


def read(target: str, limit: int = 1_000, aliases: tuple[str, ...] = ()) -> list[str]:
    return [TEXT[start:end] for start, end in passage_spans(TEXT, target, aliases, limit=limit)]


@pytest.mark.parametrize(
    ("target", "aliases", "about"),
    [
        ("Jolanda Smeets", (), [True, False, True, False, False]),  # in full, then by the last name
        ("Smeets", (), [True, False, True, False, False]),
        ("de bestuurder", ("wethouder",), [True, False, False, False, False]),
        ("komst van het opvangcentrum", (), [False, False, False, False, True]),  # an issue is named in other words
        ("Jolanda Bakker", (), [False] * 5),  # a first name is not the person
        ("Karel van der Smeets", (), [True, False, True, False, False]),
        ("sluiting van het zwembad", (), [False] * 5),
    ],
)
def test_sentences_about_a_target(target, aliases, about):
    assert sentences_about(SENTENCES, target, aliases).tolist() == about


def test_a_passage_holds_the_neighbours_while_there_is_room():
    assert read("Jolanda Smeets") == SENTENCES[:4]
    assert read("Jolanda Smeets", limit=100) == [SENTENCES[0], SENTENCES[2], SENTENCES[3]]  # the sentence after comes before the one before
    assert read("Jolanda Smeets", limit=85) == [SENTENCES[0], SENTENCES[2]]
    assert read("Jolanda Smeets", limit=1) == SENTENCES[:1]  # what is about the target is read however long it is
    assert read("het zwembad") == []


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=12), st.integers(1, 400))
def test_a_passage_is_made_of_whole_sentences_in_order_within_its_limit(sentences, limit):
    text = "".join(sentences)
    spans = passage_spans(text, "Smeets", limit=limit)
    assert set(spans) <= set(sentence_spans(text))
    assert spans == sorted(spans)
    assert sum(end - start for start, end in spans) <= max(limit, *(end - start for start, end in spans[:1] or [(0, 0)]))
    assert bool(spans) == ("Smeets" in text)


def test_the_title_stands_in_front_once():
    assert titled("De raad stemt.", "Raad verdeeld") == "Raad verdeeld\nDe raad stemt."
    assert titled("Raad verdeeld\nDe raad stemt.", "Raad verdeeld ") == "Raad verdeeld\nDe raad stemt."
    assert titled("De raad stemt.", None) == titled("De raad stemt.", "") == "De raad stemt."
