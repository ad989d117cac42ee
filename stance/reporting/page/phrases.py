"""The sentences, words and numbers of a report in its language: Dutch or English."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from stance.errors import InputError, did_you_mean

__all__ = ["LANGUAGES", "Phrases", "phrases"]

LANGUAGES = ("en", "nl")
MINUS = "−"
_NO_NUMBER = "–"


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences by their key, and numbers as the language writes them.

    >>> english, dutch = phrases("en"), phrases("nl")
    >>> english.count(94075), dutch.count(94075), english.number(-0.5), dutch.number(0.6667, places=3)
    ('94,075', '94.075', '−0.50', '0,667')
    >>> dutch.word("negative"), dutch.word("NOS"), dutch.share(0.345)
    ('negatief', 'NOS', '34,5%')
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **facts: object) -> str:
        """Return the sentence of ``key`` with its facts filled in; whole numbers are grouped by thousands."""
        shown = {name: self.count(fact) if isinstance(fact, int) else fact for name, fact in facts.items()}
        return self.texts[key].format(**shown)

    def word(self, value: str) -> str:
        """Return a label, a metric or another word of the package in this language; a word it does not know stays as it is."""
        if value.startswith("f1_"):
            return f"F1 {self.word(value[3:])}"
        return self.texts.get(f"words.{value}", value)

    def column(self, name: str) -> str:
        """Return the heading of a column, from its name in the package."""
        if name.startswith("predicted_"):
            return f"{self.texts['columns.predicted']} {self.word(name[10:])}"
        return self.texts.get(f"columns.{name}", self.word(name))

    def count(self, number: int) -> str:
        """Return a whole number with its thousands apart."""
        return self._marked(f"{number:,d}")

    def number(self, number: float, *, places: int = 2) -> str:
        """Return a number with its decimals; a dash where there is none."""
        if not math.isfinite(number):
            return _NO_NUMBER
        text = self._marked(f"{number:,.{places}f}")
        return text.replace("-", MINUS)

    def share(self, share: float, *, places: int = 1) -> str:
        """Return a share as a percentage."""
        return _NO_NUMBER if not math.isfinite(share) else f"{self.number(100 * share, places=places)}%"

    def interval(self, low: float, high: float, *, places: int = 2) -> str:
        """Return the bounds of an interval between brackets; a dash where there is none."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return _NO_NUMBER
        between = "; " if self.language == "nl" else ", "
        return f"[{self.number(low, places=places)}{between}{self.number(high, places=places)}]"

    def _marked(self, text: str) -> str:
        return text.translate(str.maketrans(",.", ".,")) if self.language == "nl" else text


@cache
def phrases(language: str) -> Phrases:
    """Return the phrases of a language."""
    if language not in LANGUAGES:
        raise InputError(f"language '{language}' is unknown; a report is in {' or '.join(LANGUAGES)}.{did_you_mean(language, LANGUAGES)}")
    text = files("stance.reporting.page").joinpath("data", f"{language}.toml").read_text(encoding="utf-8")
    return Phrases(language, MappingProxyType(dict(_flat(tomllib.loads(text)))))


def _flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", str(value)
