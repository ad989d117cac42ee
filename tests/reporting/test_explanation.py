"""The page of an explanation: self-contained, safe, readable by eye, keyboard and ear; and the same text on a terminal."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from stance.close_reading.explaining import Explanation, Part, Word
from stance.dutch.segments import segments
from stance.reporting.explanation import explanation_page, explanation_text, shade, weighty_words

TEXT = 'De raad <faalt> & liegt. "De raad deugt", zegt Els Bos tegen de NOS. Einde.'


@pytest.fixture(scope="module")
def found() -> Explanation:
    scores = [(0.8, 0.1, 0.1), (0.1, 0.1, 0.8), (), (0.2, 0.6, 0.2)]
    parts = []
    for segment, probabilities in zip(segments(TEXT)[:2] + segments(TEXT)[2:], scores, strict=True):
        words = tuple(
            Word(segment.start + match.start(), segment.start + match.end(), 0.4 if match[0] in ("faalt", "deugt") else 0.0)
            for match in re.finditer(r"\w+", TEXT[segment.start : segment.end])
        )
        label = ("against", "neutral", "favor")[probabilities.index(max(probabilities))] if probabilities else None
        parts.append(Part(segment, label, probabilities, words if label else (), "raad" in TEXT[segment.start : segment.end]))
    labels = ("against", "neutral", "favor")
    return Explanation("a<1>", TEXT, "de raad", "stance", labels, "neutral", (0.3, 0.4, 0.3), tuple(parts), ((0, 7), (26, 33)), "m@1")


@pytest.fixture(scope="module")
def page(found) -> str:
    voices = pd.DataFrame({"voice": ["whole", "quoted"], "holder": [None, "Els <Bos>"], "probability": [0.5, 0.25]})
    return explanation_page(found, voices, pd.DataFrame({"measure": []}), {"model": "m@1"})


class Reader(HTMLParser):
    """Collects tags with their attributes and the words of the article, and refuses tags that close out of order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.article = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append("tip" if dict(attrs).get("class") == "tip" else tag)

    def handle_endtag(self, tag):
        assert {"tip": "span"}.get(last := self.open.pop(), last) == tag

    def handle_data(self, data):
        if "article" in self.open and not {"tip", "cite"} & set(self.open):
            self.article += data


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    tones = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (tone / 12.92 if tone <= 0.04045 else ((tone + 0.055) / 1.055) ** 2.4 for tone in tones)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("probabilities", [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.6, 0.4, 0.0), (0.0, 1.0, 0.0)])
def test_text_on_every_shade_has_a_contrast_of_seven_to_one(probabilities):
    light, ink = luminance(shade(probabilities)), luminance("#1a1a1a")
    assert (light + 0.05) / (ink + 0.05) >= 7  # WCAG 2.2, 1.4.6, level AAA


def test_the_page_is_whole_and_fetches_nothing(page):
    reader = Reader(page)
    assert reader.open == []
    assert not [tag for tag, _ in reader.tags if tag in ("script", "link", "img", "iframe")]
    assert not re.search(r"https?:|url\(|@import|\bon\w+=", page)
    assert "default-src 'none'" in page


def test_every_labelled_part_is_reached_by_keyboard_and_described(page):
    tags = Reader(page).tags
    tips = {attributes["id"] for _, attributes in tags if attributes.get("role") == "tooltip"}
    parts = [attributes for _, attributes in tags if "tabindex" in attributes]
    assert len(parts) == 3
    assert {part["aria-describedby"] for part in parts} == tips


def test_text_is_escaped_and_complete(page):
    assert "&lt;<span" in page and "a&lt;1&gt;" in page and "Els &lt;Bos&gt;" in page and "<faalt>" not in page
    assert Reader(page).article == TEXT


def test_a_quote_has_its_source_and_outlet_beside_it(page, found):
    assert '<cite lang="en">Els Bos, in NOS</cite>' in page
    assert '"De raad deugt" [Els Bos, in NOS], zegt' in explanation_text(found).plain


def test_the_terminal_shows_the_text_in_the_colour_of_its_label(found):
    shown = explanation_text(found)
    assert shown.plain.replace(" [Els Bos, in NOS]", "") == TEXT
    styles = {shown.plain[span.start : span.end].strip(): str(span.style) for span in shown.spans}
    assert styles["faalt"] == "red bold underline"
    assert styles["deugt"] == "green italic bold underline"


def test_only_words_that_carried_something_are_marked(found):
    assert sorted(TEXT[start:].split()[0].strip('<>",&.') for start in weighty_words(found)) == ["deugt", "faalt"]
