"""Changes to articles that should leave their label as it is (or, for two, should not), each by its name.

A perturbation changes one thing: every other character stays as it was. What is drawn by chance (which name, which typo) depends on the
seed and on the unit's text only, so that units of one article change alike and their order does not matter.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stance.corpus.records import Units, as_units
from stance.dutch.data import read_list
from stance.dutch.genders import to_feminine, to_masculine
from stance.dutch.negation import negated
from stance.dutch.swaps import Swapper, countries, outlets, parties, politicians
from stance.dutch.targets import target_matcher
from stance.dutch.voices import voice_spans
from stance.errors import InputError, did_you_mean

__all__ = ["MASK", "PERTURBATIONS", "Perturbation", "get_perturbation", "mask_target", "remove_quotes", "typos"]

MASK = "dit onderwerp"
_TYPO_SHARE = 0.05  # of the words of four letters or more
_WORD = re.compile(r"[^\W\d_]{4,}")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_INNER = re.compile(r"(?<=\w)['’.,-](?=\w)")  # marks inside a word or number stay: foto's, 2,5, oud-minister

Row = tuple[str, "str | None", "str | None"]  # text, target, holder
Change = Callable[[Row, np.random.Generator], Row]


@dataclass(frozen=True, slots=True)
class Perturbation:
    """One change to units.

    Attributes:
        name: what the audit calls it.
        change: the change itself, of one unit's text, target and holder.
        tolerance: the share of changed units whose label may flip before the audit warns; None where the label may rightly change.
        flips_wanted: whether a good model changes its label.
        note: how to read its row.
    """

    name: str
    change: Change
    tolerance: float | None
    flips_wanted: bool = False
    note: str = ""

    def apply(self, units: Units, *, rng: np.random.Generator) -> pd.DataFrame:
        """Return the units with a column ``changed``: whether anything in text, target or holder is different.

        >>> lower = get_perturbation("lower case").apply(["Kabinet valt", "weer regen"], rng=np.random.default_rng(1))
        >>> lower["text"].tolist(), lower["changed"].tolist()
        (['kabinet valt', 'weer regen'], [True, False])
        """
        table = as_units(units)
        seed = int(rng.integers(2**32))
        given = list(zip(table["text"], table["target"], table["holder"], strict=True))
        after = [self.change(row, np.random.default_rng([seed, zlib.crc32(row[0].encode())])) for row in given]
        texts, targets, holders = (pd.Series(list(column), dtype=object) for column in zip(*after, strict=True))
        changed = [new != old for new, old in zip(after, given, strict=True)]
        return table.assign(text=texts, target=targets, holder=holders, changed=changed)


def get_perturbation(name: str) -> Perturbation:
    """Return the perturbation of that name."""
    by_name = {one.name: one for one in PERTURBATIONS}
    if name not in by_name:
        raise InputError(f"There is no perturbation '{name}'; there are {', '.join(by_name)}.{did_you_mean(name, by_name)}")
    return by_name[name]


def remove_quotes(text: str) -> str:
    """Return ``text`` without its direct quotes; as it was where nothing else would be left.

    >>> remove_quotes('De raad stemt morgen. "Dit plan deugt niet en kost te veel", zegt wethouder Els Bos.')
    'De raad stemt morgen. , zegt wethouder Els Bos.'
    """
    left = "".join(text[span.start : span.end] for span in voice_spans(text) if span.kind != "direct")
    return left if re.search(r"\w", left) else text


def mask_target(text: str, target: str) -> str:
    """Return ``text`` with the name of its target replaced by *dit onderwerp*; compounds of the name stay.

    >>> mask_target("Poetins leger en het Poetin-bezoek. Poetin lacht.", "Poetin")
    'Dit onderwerp leger en het Poetin-bezoek. Dit onderwerp lacht.'
    """
    pieces, done = [], 0
    for mention in target_matcher(target).find(text):
        if mention.kind == "name":
            opens = not text[: mention.start].rstrip() or text[: mention.start].rstrip()[-1] in ".!?:"
            pieces += [text[done : mention.start], MASK.capitalize() if opens else MASK]
            done = mention.end
    return "".join([*pieces, text[done:]])


def typos(text: str, rng: np.random.Generator) -> str:
    """Return ``text`` with a typo in one of twenty words of four letters or more, at least one: a neighbouring key, or two letters swapped.

    >>> typos("Minister verdedigt begroting", np.random.default_rng(4))
    'Minister verdedigt begrotimg'
    """
    words = list(_WORD.finditer(text))
    if not words:
        return text
    chosen = rng.choice(len(words), size=max(1, round(_TYPO_SHARE * len(words))), replace=False)
    letters = list(text)
    for number in sorted(chosen):
        # The first letter stays: writers look at it.
        place = int(rng.integers(words[number].start() + 1, words[number].end() - 1))
        if rng.random() < 0.5 and letters[place] != letters[place + 1]:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        else:
            letters[place] = _neighbour(letters[place], rng)
    return "".join(letters)


def _neighbour(letter: str, rng: np.random.Generator) -> str:
    row = next((row for row in _KEYBOARD if letter.lower() in row), None)
    if row is None:
        return letter  # no key of its own (é)
    place = row.index(letter.lower())
    beside = [row[other] for other in (place - 1, place + 1) if 0 <= other < len(row)]
    chosen = str(rng.choice(beside))
    return chosen.upper() if letter.isupper() else chosen


def _without_diacritics(text: str) -> str:
    return "".join(char if char.isascii() or not char.isalpha() else unicodedata.normalize("NFD", char)[0] for char in text)


def _without_punctuation(text: str) -> str:
    kept = {match.start() for match in _INNER.finditer(text)}
    left = "".join(char for place, char in enumerate(text) if place in kept or not unicodedata.category(char).startswith("P"))
    return left if left.strip() else text


def _text_only(change: Callable[[str, np.random.Generator], str]) -> Change:
    return lambda row, rng: (change(row[0], rng), row[1], row[2])


def _swapped(swapper: Callable[[], Swapper]) -> Change:
    def change(row: Row, rng: np.random.Generator) -> Row:
        text, target, holder = swapper().swap(row, rng)
        assert text is not None
        return text, target, holder

    return change


def _masked(row: Row, _: np.random.Generator) -> Row:
    text, target, holder = row
    return row if target is None else (mask_target(text, target), MASK, holder)


def _unrelated(row: Row, rng: np.random.Generator) -> Row:
    text, target, holder = row
    if target is None:
        return row
    others = [other for other in read_list("swaps")["targets"]["unrelated"] if other not in text and other != target]
    return text, str(rng.choice(others)), holder


_NAMES = "each name became another of its kind"


def _negated(row: Row, _: np.random.Generator) -> Row:
    text, target, holder = row
    return row if target is None else (text, negated(target) or target, holder)


PERTURBATIONS = (
    Perturbation("parties", _swapped(parties), 0.05, note=_NAMES),
    Perturbation("politicians", _swapped(politicians), 0.05, note=_NAMES),
    Perturbation("outlets", _swapped(outlets), 0.05, note=_NAMES),
    Perturbation("countries", _swapped(countries), 0.10, note=_NAMES),
    Perturbation("men to women", _text_only(to_feminine), 0.05, note="masculine words and first names became feminine"),
    Perturbation("women to men", _text_only(to_masculine), 0.05, note="feminine words and first names became masculine"),
    Perturbation("quotes removed", _text_only(lambda text, _: remove_quotes(text)), None, note="the label may rightly change"),
    Perturbation("target masked", _masked, 0.20, note=f"the target became '{MASK}', in the text too"),
    Perturbation("target unrelated", _unrelated, 0.50, flips_wanted=True, note="units labelled other than neutral; flips are wanted"),
    Perturbation("target negated", _negated, 0.50, flips_wanted=True, note="propositions that say the opposite; flips are wanted"),
    Perturbation("typos", _text_only(typos), 0.10, note="a typo in one of twenty longer words"),
    Perturbation("lower case", _text_only(lambda text, _: text.lower()), 0.10),
    Perturbation("upper case", _text_only(lambda text, _: text.upper()), 0.15),
    Perturbation("diacritics removed", _text_only(lambda text, _: _without_diacritics(text)), 0.05),
    Perturbation("punctuation removed", _text_only(lambda text, _: _without_punctuation(text)), 0.10),
)
