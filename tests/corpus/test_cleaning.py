"""Text as people read it."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stance.corpus import clean_series, clean_text

DUTCH = "De coöperatie in België vond ’t ‘prima’ — zei ze: „ja”… voor € 30,- à 40 % méér."


def mojibake(text: str) -> str:
    """Return ``text`` as it looks when its UTF-8 is read as Windows text."""
    return text.encode().decode("cp1252")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (DUTCH, DUTCH),
        ("", ""),
        ("cafe\u0301", "café"),
        ("kust\u00adlijn\u200b \u200ehier\ufeff", "kustlijn hier"),
        ("een\r\ntwee\rdrie\u2028vier", "een\ntwee\ndrie\nvier"),
        ("Jan\u00a0Vos kreeg 10\u202f000", "Jan Vos kreeg 10 000"),
        (mojibake("één coëfficiënt in België"), "één coëfficiënt in België"),
        (mojibake("‘quote’ – punt"), "‘quote’ – punt"),
        ("Jansen &amp; Zn. &euro; 5", "Jansen & Zn. € 5"),
        ("&amp;amp;", "&"),
        ("ofﬁcieel bĳna", "officieel bijna"),
        ("mooi 👍 weer", "mooi 👍 weer"),
        ("half \ud83d\ude00 en \ud83d", "half 😀 en \ufffd"),
        ("Ærø, São Paulo, Škoda, Erdoğan, Wałęsa", "Ærø, São Paulo, Škoda, Erdoğan, Wałęsa"),
    ],
)
def test_clean_text(text, cleaned):
    assert clean_text(text) == cleaned
    assert clean_series(pd.Series([text], dtype=object)).tolist() == [cleaned]


RAGGED = st.text(st.one_of(st.characters(), st.sampled_from("\u00ad\u200b\u00a0ÂÃâ€™&amp;éëï’“ \r\n\u0301")), max_size=30)


@settings(max_examples=300, deadline=None)
@given(RAGGED)
@example("Ã\u200b©")
@example("Â\u00adÃ\u00ad©")
@example("&amp;amp;shy;")
def test_cleaning_clean_text_changes_nothing(text):
    assert clean_text(clean_text(text)) == clean_text(text)


WORDS = [
    "één",
    "‘prima’",
    "café’s",
    "—",
    "“ja”",
    "€",
    "30,-",
    "wacht…",
    "Zoë’s",
    "„coöp”",
    "’t",
    "½",
    "°C",
    "à",
    "«nee»",
    "ÉÉN",
    "50–60",
    "Curaçao",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12))
def test_dutch_typography_stays(words):
    assert clean_text(" ".join(words)) == " ".join(words)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(RAGGED, st.none()), max_size=6))
def test_a_column_is_cleaned_as_its_texts_are(texts):
    column = pd.Series(texts, dtype=object)
    cleaned = clean_series(column)
    assert [None if pd.isna(value) else value for value in cleaned] == [None if text is None else clean_text(text) for text in texts]
    assert cleaned.index.equals(column.index)


def test_what_is_no_text_stays():
    assert clean_series(pd.Series(["kust\u00adlijn", 3, None], dtype=object)).tolist() == ["kustlijn", 3, None]


def test_a_clean_column_costs_nearly_nothing():
    column = pd.Series([f"Kabinet krijgt kritiek op ‘plan’ nummer {number} in België." for number in range(200_000)], dtype=object)
    began = time.perf_counter()
    assert clean_series(column) is column
    assert time.perf_counter() - began < 2  # measured: 0.03 s


@pytest.mark.data
def test_no_text_of_the_news_that_passes_as_clean_would_change(shared):
    import ftfy

    titles = pd.read_parquet(shared / "news2019.parquet", columns=["title"])["title"].sample(4000, random_state=1)
    passed = titles[titles.eq(clean_series(titles))]
    mended = [ftfy.fix_text(title, uncurl_quotes=False, fix_character_width=False) for title in passed]
    assert mended == passed.tolist()
