"""The look of a report: contrast of its colours, colours for colour-blind readers, and sentences in both languages."""

from __future__ import annotations

import itertools
import re
import string
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import stance.reporting.page as room
from stance.reporting.page.content import Table
from stance.reporting.page.figures import COLOURS, DASHES, INK, MARKERS, SOFT
from stance.reporting.page.latex import latex
from stance.reporting.page.phrases import LANGUAGES, phrases

STYLE = files("stance.reporting.page").joinpath("data", "style.css").read_text(encoding="utf-8")
TEXT, DRAWN = 4.5, 3.0  # WCAG 2.2: success criteria 1.4.3 (text) and 1.4.11 (graphics)


def linear(colour: str) -> npt.NDArray[np.float64]:
    """The linear light of a colour, shape (3,): WCAG 2.2, "relative luminance"."""
    shares = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def rules() -> list[tuple[str, dict[str, str]]]:
    """Every rule of the style with its declarations, those inside a media query too."""
    found = re.findall(r"([^{}]+)\{([^{}]*)\}", STYLE)
    return [(where.strip(), dict(re.findall(r"([\w-]+):\s*([^;]+);?", inside))) for where, inside in found]


def test_contrast_as_the_standard_gives_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the usual example of a grey just too light


def test_all_text_can_be_read() -> None:
    names = dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6});", STYLE))

    def value(declared: str) -> str:
        return names[re.search(r"var\((--[\w-]+)\)", declared).group(1)]

    checked = 0
    for where, inside in rules():
        if "color" not in inside or not inside["color"].startswith("var"):
            continue
        paper = value(inside["background"]) if "background" in inside else names["--paper"]
        assert contrast(value(inside["color"]), paper) >= TEXT, where
        checked += 1
    assert checked >= 15
    # links, quiet words and captions also stand on shaded rows and tags
    for quiet in ("--soft", "--accent", "--ink"):
        assert contrast(names[quiet], names["--shade"]) >= TEXT
    assert not re.findall(r"(?<![\w-])color:\s*#", STYLE), "a colour outside of :root is not checked"


@pytest.mark.parametrize("colour", [*COLOURS, INK, SOFT])
def test_all_that_is_drawn_can_be_seen(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= DRAWN


# Machado, Oliveira & Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency", severity 1.0.
BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(light: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """CIE L*a*b* of linear sRGB under D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(light, 0, 1)
    f = np.where((t := xyz / [0.9505, 1.0, 1.089]) > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eyes", BLIND)
def test_colours_stay_apart_for_every_eye(eyes: str) -> None:
    seen = [lab(np.array(BLIND[eyes]) @ linear(colour)) for colour in COLOURS]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) >= 20  # 2.3 is just noticeable
    assert len(set(zip(MARKERS, DASHES, strict=True))) == len(COLOURS), "nothing is told by colour alone"


def test_both_languages_say_the_same() -> None:
    english, dutch = (phrases(language).texts for language in LANGUAGES)
    assert english.keys() == dutch.keys()
    for key, sentence in english.items():
        facts = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (sentence, dutch[key])]
        assert facts[0] == facts[1], key


def test_every_sentence_that_is_asked_for_exists() -> None:
    folder = Path(room.__file__).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in [*folder.rglob("*.py"), *folder.rglob("*.jinja")])
    asked = set(re.findall(r"say\(\s*[\"']([\w.]+)[\"']", source))
    assert len(asked) > 60
    assert asked <= phrases("en").texts.keys()


def test_numbers_as_the_languages_write_them() -> None:
    english, dutch = phrases("en"), phrases("nl")
    assert (english.number(float("nan")), english.interval(float("nan"), 1.0)) == ("–", "–")
    assert (english.interval(-0.1, 0.25), dutch.interval(-0.1, 0.25)) == ("[−0.10, 0.25]", "[−0,10; 0,25]")
    assert dutch("scores.intro", units=12345).startswith("De labels zijn vergeleken met het goud van 12.345 gecodeerde")
    assert (dutch.column("predicted_negative"), dutch.word("f1_favor")) == ("voorspeld negatief", "F1 voor")


def test_latex_is_whole_and_escaped() -> None:
    frame = pd.DataFrame(
        {"outlet": ["A & B_1", "50% #1 {x} ~^\\"], "n": [1234, 5], "score": [0.5, np.nan], "low": [0.4, np.nan], "high": [0.6, np.nan]}
    )
    written = latex(Table("by_outlet", "Scores & shares, 95%", frame), phrases("en"))
    assert written.startswith("% \\usepackage{booktabs}\n\\begin{table}[htbp]\n")
    assert "\\caption{Scores \\& shares, 95\\%}" in written
    assert "\\label{tab:by-outlet}" in written
    body = written.split("\\toprule")[1].split("\\bottomrule")[0].replace("\\midrule\n", "").strip().splitlines()
    assert [len(re.findall(r"(?<!\\)&", line)) for line in body] == [3, 3, 3]
    assert body[0] == "outlet & n & value & 95\\% interval \\\\"
    assert body[1] == "A \\& B\\_1 & 1,234 & 0.500 & [0.400, 0.600] \\\\"
    assert "50\\% \\#1 \\{x\\} \\textasciitilde \\textasciicircum \\textbackslash " in body[2]
    assert not re.search(r"(?<!\\)[%#_](?!\s*\\usepackage)", "\n".join(body))


def test_long_tables_break_over_pages_in_latex_and_are_cut_in_the_page() -> None:
    written = latex(Table("units", "Units", pd.DataFrame({"id": [f"a{number}" for number in range(90)], "n": 1})), phrases("nl"))
    assert written.startswith("% \\usepackage{booktabs,longtable}\n\\begin{longtable}{lr}")
    assert "a89 & 1" in written
