"""Invented exports in the layouts of real archives, as text files under ``tests/data/archives`` and, made from those, as Word files and RTF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import pandas as pd
import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "archives"
COLUMNS = ["date", "outlet", "title", "section", "byline", "length_words", "load_date", "text"]


def to_rtf(lines: Sequence[str], *, head: str = "") -> bytes:
    """Return ``lines`` as RTF of Windows, one paragraph each; the first line of an article is a link, as Nexis writes it."""

    def escaped(line: str) -> str:
        return "".join(
            letter if letter.isascii() else f"\\'{letter.encode('cp1252')[0]:02x}" if letter in "éëï" else f"\\u{ord(letter)}?"
            for letter in line.replace("\\", "\\\\")
        )

    def linked(line: str) -> str:
        address = r"{\*\fldinst{HYPERLINK \"https://archief.example/x?id={1}\"}}".replace("{1}", "1")
        return rf"{{\field{address}{{\fldrslt{{\rtlch\ltrch\ul {line}}}}}}}"

    texts = [linked(escaped(line)) if place == 0 else escaped(line) for place, line in enumerate(lines)]
    body = "\\par\n\\pard ".join(texts)
    return (rf"{{\rtf1\ansi\ansicpg1252\deff0{{\fonttbl{{\f0 Arial;}}}}{{\header Blz. 2 van 5\par}}{head}\pard " + body + r"\par}").encode()


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """A function that writes a file, in folders if need be, and returns its path."""

    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture
def save_docx(tmp_path: Path) -> Callable[[str, Sequence[str]], Path]:
    """A function that writes a Word file of the paragraphs given."""

    def written(name: str, paragraphs: Sequence[str]) -> Path:
        document = docx.Document()
        for paragraph in paragraphs:
            document.add_paragraph(paragraph)
        document.save(str(tmp_path / name))
        return tmp_path / name

    return written


@pytest.fixture
def rtf() -> Callable[..., bytes]:
    """`to_rtf`."""
    return to_rtf


@pytest.fixture(scope="session")
def sample() -> Callable[[str], list[str]]:
    """A function that returns the lines of an invented export by its name."""

    def lines(name: str) -> list[str]:
        return (SAMPLES / f"{name}.txt").read_text(encoding="utf-8").split("\n")

    return lines


@pytest.fixture(scope="session")
def expected() -> pd.DataFrame:
    """The three articles that every invented Nexis export holds."""
    rows = [
        (
            "2022-12-17",
            "De Veenbode",
            "Kabinet-Van Halderen trekt stikstofplan in na nacht van overleg",
            "Binnenland; Blz. 3",
            "ROOS TERPSTRA; DAAN KUIPERS",
            62,
            "2022-12-16",
            "Het kabinet-Van Halderen trekt het omstreden stikstofplan in. Dat heeft de minister-president zaterdag bekendgemaakt na een"
            " nacht van overleg met de boerenorganisaties in Oosterveen.\n‘We hebben te lang niet geluisterd’, zei Van Halderen. De"
            " oppositie noemt het besluit ‘een knieval’; de milieubeweging stapt naar de rechter.",
        ),
        (
            "2021-03-03",
            "Het Kanaal",
            "17 december 2020: de dag waarop de sluis het begaf",
            "Regio; Blz. 11",
            None,
            59,
            "2021-03-02",
            "Om 4.12 uur brak de deur van de Noordersluis. Ruim twee maanden later wacht Merenwijk nog altijd op een verklaring.\n"
            "Lengte: 40 meter, breedte: 9 meter. Zo staat de sluis in de boeken van het waterschap, dat zelf onderzoek doet naar de"
            " oorzaak.",
        ),
        (
            "2023-05-09",
            "Dagblad Merenland",
            "Wethouder Smeets: ‘Deze dijk houdt het nog honderd jaar’",
            "Opinie & Debat",
            "Van onze verslaggever",
            47,
            "2023-05-08",
            "Bewoners van de Lage Kade geloven er niets van.\nDe nieuwe dijk is sterker dan ooit, zegt wethouder Jolanda Smeets. Metingen"
            " van de provincie geven haar gelijk.",
        ),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
