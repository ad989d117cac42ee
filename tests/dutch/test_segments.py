"""Segments: sentences and voices joined, and each mention with its offset, sentence and voice."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.dutch.segments import locate_mentions, segments, segments_that_name
from stance.dutch.sentences import sentence_spans
from stance.dutch.voices import voice_spans

ARTICLE = (
    "De raad is een ramp voor de stad. \"De raad deugt niet. Ze liegt\", zegt wethouder Els Bos tegen de NOS. "
    "Volgens Jan Smit is de raad juist nuttig. Het Bos-plan volgt morgen, en de raad wacht af met wat Bos 'gekibbel' noemt."
)  # fmt: skip
PIECES = [
    '"',
    "'",
    "“",
    "”",
    "„",
    "‘",
    "’",
    ",,",
    " ",
    "– ",
    "\n",
    "de raad ",
    "Bc",
    ". ",
    ": ",
    ", zegt Jan ",
    "volgens ",
    "zei hij",
    "dat ",
]


def check_cover(text: str) -> None:
    parts = segments(text)
    assert "".join(text[part.start : part.end] for part in parts) == text
    assert all(before.end == after.start and before.sentence <= after.sentence for before, after in pairwise(parts))
    borders = {start for start, _ in sentence_spans(text)} | {span.start for span in voice_spans(text)}
    assert {part.start for part in parts} == borders


def test_a_sentence_with_a_quote_is_two_segments_and_its_attribution_states_nothing():
    told = [(ARTICLE[part.start : part.end].strip(), part.sentence, part.source, part.states) for part in segments(ARTICLE)]
    assert told == [
        ("De raad is een ramp voor de stad.", 0, None, True),
        ('"De raad deugt niet.', 1, "Els Bos", True),
        ('Ze liegt"', 2, "Els Bos", True),
        (", zegt wethouder Els Bos tegen de NOS.", 2, None, True),  # seven words beside two: longer than what is quoted
        ("Volgens Jan Smit is de raad juist nuttig.", 3, "Jan Smit", True),
        ("Het Bos-plan volgt morgen, en de raad wacht af met wat Bos 'gekibbel' noemt.", 4, None, True),
    ]


def test_a_fragment_of_under_three_words_states_nothing():
    text = 'De brug noemt Smit "een ramp". "De brug", zegt Maas, "is mooi geworden." "Weg ermee!"'
    told = [(text[part.start : part.end].strip(), part.states) for part in segments(text) if part.voice == "quoted"]
    assert told == [
        ('"een ramp"', False),
        ('"De brug"', False),
        ('"is mooi geworden."', True),
        ('"Weg ermee!"', True),
    ]  # the last is a sentence


@pytest.mark.parametrize("verb", ["ontkent dat", "zegt niet dat", "betwist dat"])
def test_what_a_source_denies_is_no_statement_of_his(verb):
    (part,) = segments(f"Raadslid Smit {verb} de brug een ruïne is.")
    assert (part.voice, part.source, part.states) == ("quoted", "Smit", False)


def test_segments_that_name_a_target():
    parts = segments(ARTICLE)
    assert [(part.sentence, part.source) for part in segments_that_name(ARTICLE, parts, ["de raad"])] == [
        (0, None),
        (1, "Els Bos"),
        (3, "Jan Smit"),
        (4, None),
    ]
    assert segments_that_name(ARTICLE, parts, ["Rusland"]) == []


def test_mentions_have_their_offset_sentence_and_voice():
    table = locate_mentions(ARTICLE, {"de raad": [], "Els Bos": ["Bos"]})
    assert [ARTICLE[start:end] for start, end in zip(table["start"], table["end"], strict=True)][:3] == ["De raad", "De raad", "Els Bos"]
    assert table["kind"].tolist().count("compound") == 1  # Bos-plan
    assert table["source"].tolist() == [None, "Els Bos", None, "Jan Smit", None, None, None]
    assert table["start"].is_monotonic_increasing
    assert locate_mentions("Niets hier.", {"Rusland": []}).empty


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_segments_cover_the_text_exactly_once(text):
    check_cover(text)


def test_ten_thousand_random_strings_never_crash():
    draw = random.Random(20221217)
    for _ in range(10_000):
        segments("".join(draw.choices(PIECES, k=draw.randrange(10))))


@pytest.mark.parametrize("piece", ['"De raad deugt niet", zegt Els Bos. De raad stemt morgen over het plan. ', "de raad ", "'a "])
def test_time_is_linear(piece):
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        begin = time.process_time()
        locate_mentions(text, {"de raad": []})
        return time.process_time() - begin

    seconds(50_000)
    assert seconds(800_000) < 16 * max(seconds(200_000), 0.02)  # quadratic would be 16 times, linear is 4


@pytest.mark.data
def test_the_seed_article_tells_who_says_what_about_whom(shared):
    (path,) = (shared.parent / "seed").glob("*.txt")
    text = path.read_text(encoding="utf-8")
    table = locate_mentions(text, {name: [] for name in ("Poetin", "Loekasjenko", "Rusland", "Belarus", "Oekraïne")})
    voices = table.groupby("target")["source"].agg(lambda sources: [source or "narrator" for source in sources])
    assert voices["Poetin"] == ["narrator"] * 3 + ["Eva Hartog"] + ["narrator"] * 2
    assert voices["Loekasjenko"] == ["narrator"] * 2 + ["Eva Hartog", "narrator"]
    assert voices["Rusland"] == ["narrator"] + ["Eva Hartog"] * 2 + ["narrator"]
    assert voices["Belarus"] == ["narrator"] + ["Eva Hartog"] * 3 + ["Mart de Kruif", "narrator"]
    assert voices["Oekraïne"] == ["narrator"] + ["Eva Hartog"] * 2 + ["narrator"] * 2
    compounds = table[table["kind"] == "compound"]
    assert [text[start:end] for start, end in zip(compounds["start"], compounds["end"], strict=True)] == [
        "Belarussische",
        "Oekraïne-offensief",
        "Belarussische",
    ]
    assert {span.source: span.outlet for span in voice_spans(text) if span.source} == {"Eva Hartog": "RTL Nieuws", "Mart de Kruif": None}
