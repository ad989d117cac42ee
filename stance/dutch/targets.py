"""Where an article names a target: its name, its aliases, their possessives, and the compounds built on them.

One pattern a target, matched on the original text, so that offsets always slice it: every letter stands for itself in both cases and with
any accent (written as one character or as letter plus combining mark), every space for any white space.

**Case.** A name of five letters or more is found in any case. A shorter one is too easily a word: given with two capitals or more it is
found only as given (``DENK``, ``VVD``, ``PvdA``, ``NS``: never the words *denk* and *ns*), given with one capital it needs that capital
(``Volt``, ``Kok``).

**Names that are words.** A name of ``data/names.toml`` (*Vooruit*, *Groen*, *De Tijd*) keeps its capital at any length, begins no glued compound (*Groenland*) and
no longer name (*Groen Links*), and where it begins a sentence, a verb must show that it acts (*Vooruit wil*). A longer name with a capital inside
(*GroenLinks*) names no other target.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.dutch.data import read_list
from stance.errors import InputError

__all__ = ["Mention", "TargetMatcher", "find_mentions", "names_target", "political_actors", "target_matcher"]

Kind = Literal["name", "compound"]

_SHORT = 4  # letters: up to here case tells a name from a word
_MARKS = "[\u0300-\u036f]*"  # combining accents of decomposed text
_HYPHENS = "-\u2010\u2011"
_LONGEST_PREFIX = 40  # characters looked back for the first part of a compound ("anti-Poetin")
_PREFIX = re.compile(rf"[\w'’]+(?:[{_HYPHENS}][\w'’]+)*[{_HYPHENS}]\Z")
_NAMES = {kind: frozenset(words.split()) for kind, words in read_list("names").items()}
_ARTICLES = frozenset(["de", "het", "een", "van", "der", "den", "'t"])
_INSIDE = r"(?:(?<=[\w,;)][ \u00a0])|(?<=\w-)|(?<=[(/]))"  # what stands before a word that does not begin a sentence
_VERBS = "|".join(sorted({*read_list("speech")["verbs"].replace(",", " ").split(), *read_list("names")["acts"].split()}))
_ACTS = rf"(?=['’]?s\s|(?:['’]?s)?(?:[{_HYPHENS}]\w|:|\s+(?:\(|(?:{_VERBS})\b)))"  # what shows that the word before it is a name
_DAY = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch ``text[start:end]`` that names a target by ``form``, as the name itself or inside a compound."""

    start: int
    end: int
    form: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class TargetMatcher:
    """A target with the forms it goes by (the name first) and the pattern that finds them."""

    target: str
    forms: tuple[str, ...]
    pattern: re.Pattern[str]

    def find(self, text: str) -> list[Mention]:
        """Return the mentions in ``text``, in order and without overlap."""
        return [self._mention(text, match) for match in self.pattern.finditer(text)]

    def names(self, texts: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Return for each text whether it mentions the target, by name or in a compound."""
        return np.fromiter((self.pattern.search(text) is not None for text in texts), dtype=np.bool_)

    def _mention(self, text: str, match: re.Match[str]) -> Mention:
        index = match.lastgroup or ""  # the outermost group closes last: form f<number>
        prefix = _PREFIX.search(text, max(0, match.start() - _LONGEST_PREFIX), match.start())
        tail = text[match.end(index) : match.end()]
        compound = prefix is not None or tail.strip("'’") not in ("", "s")
        start = prefix.start() if prefix else match.start()
        return Mention(start, match.end(), self.forms[int(index[1:])], "compound" if compound else "name")


def target_matcher(target: str, aliases: Sequence[str] = ()) -> TargetMatcher:
    """Return the matcher for ``target`` and its other forms; made once for each set of forms.

    >>> matcher = target_matcher("Vladimir Poetin", ["Poetin", "de Russische president"])
    >>> [(mention.form, mention.kind) for mention in matcher.find("Poetins leger; het Poetin-bezoek; de Russische president.")]
    [('Poetin', 'name'), ('Poetin', 'compound'), ('de Russische president', 'name')]
    """
    return _matcher(tuple(dict.fromkeys((target, *aliases))))


def find_mentions(text: str, target: str, aliases: Sequence[str] = ()) -> list[Mention]:
    """Return the mentions of ``target`` or one of its aliases in ``text``, in order and without overlap.

    >>> find_mentions("Ik denk dat DENK wint.", "DENK")
    [Mention(start=12, end=16, form='DENK', kind='name')]
    """
    return target_matcher(target, aliases).find(text)


def names_target(texts: Sequence[str], forms: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return for each text (an article, a window) whether it mentions the target that goes by ``forms``; compounds count.

    >>> names_target(["Oekraïnebeleid", "OEKRAINE", "Rusland"], ["Oekraïne"])
    array([ True,  True, False])
    """
    return _matcher(tuple(forms)).names(texts)


def political_actors(*, on: str | None = None) -> pd.DataFrame:
    """Return Dutch and Flemish parties, party leaders and cabinet members, all or those of one day ``on`` (``2019-05-23``, ``2019-05``).

    Columns: name, aliases (a tuple), role (party, leader, minister), party, office, since, until (year or year-month; None: still, or not
    known), source. The list is in ``stance/dutch/data/political_actors.toml``; it ends where its own ``checked`` says.

    >>> actors = political_actors(on="2019-03")
    >>> actors.loc[(actors["role"] == "leader") & (actors["party"] == "CDA"), "name"].tolist()
    ['Sybrand Buma']
    """
    if on is not None and not _DAY.fullmatch(on):
        raise InputError(f"on={on!r} is no date; give a year, month or day such as 2019, 2019-05 or 2019-05-23.")
    table = read_list("political_actors")
    rows = [
        {"role": role} | row | {"aliases": tuple(row.get("aliases", ()))} for role in ("party", "leader", "minister") for row in table[role]
    ]
    in_force = [row for row in rows if on is None or _in_force(row, on)]
    columns = ["name", "aliases", "role", "party", "office", "since", "until", "source"]
    return pd.DataFrame([[row.get(column) for column in columns] for row in in_force], columns=columns, dtype=object)


def _in_force(row: Mapping[str, str], on: str) -> bool:
    """Return whether the period of ``row`` touches the year, month or day ``on``; ``~`` sorts after every digit and dash."""
    return row["since"] <= on + "~" and on <= row.get("until", "9999") + "~"


@lru_cache(maxsize=4096)
def _matcher(forms: tuple[str, ...]) -> TargetMatcher:
    if not forms:
        raise InputError("a target has no name; give at least one form it goes by.")
    for form in forms:
        if not any(map(str.isalnum, form)):
            raise InputError(f"target form {form!r} holds no letter or digit; give the name as it stands in the news.")
    longest_first = sorted(range(len(forms)), key=lambda number: -len(forms[number]))
    alternatives = "|".join(_alternative(number, forms[number]) for number in longest_first)
    return TargetMatcher(forms[0], forms, re.compile(rf"(?<!\w)(?P<capital>(?=[A-ZÀ-ÖØ-Þ]))?(?:{alternatives})"))


def _alternative(number: int, form: str) -> str:
    """Return the pattern for one form, in the group ``f<number>``, with what may stand before and after it."""
    letters = _letters(form)
    if form[:1].isupper() and form[1:].islower() and form.casefold() in _NAMES["bodies"]:
        return rf"(?:{_INSIDE}|(?={letters}{_ACTS}))(?P<f{number}>{letters}){_tail(form)}(?!\s[A-ZÀ-ÖØ-Þ][a-zß-ÿ])"
    return f"(?P<f{number}>{letters}){_tail(form)}"


def _is_word(form: str) -> bool:
    """Return whether ``form`` is a name, written as one, that is a Dutch word as well, with or without its article."""
    content = [word for word in form.split() if word.casefold() not in _ARTICLES]
    known = _NAMES["bodies"] | _NAMES["people"]
    return len(content) == 1 and content[0][:1].isupper() and content[0].casefold() in known


def _letters(form: str) -> str:
    """Return the pattern for ``form``: any accent, any white space, and any case as far as its length, and whether it is a word, allow."""
    words = unicodedata.normalize("NFC", form).split()
    letters, capitals = (sum(map(test, form)) for test in (str.isalpha, str.isupper))
    short, exact = letters <= _SHORT, letters <= _SHORT and capitals > 1
    patterns = []
    for place, word in enumerate(words):
        keeps = (short and place == 0) or (_is_word(form) and word.casefold() not in _ARTICLES)
        patterns.append("".join(_letter(char, exact or (keeps and first == 0 and char.isupper())) for first, char in enumerate(word)))
    return r"\s+".join(patterns)


def _letter(char: str, exact_case: bool) -> str:
    if char in _HYPHENS:
        return f"[{_HYPHENS}]"
    if char in "'’":
        return "['’]"
    variants = "".join(case for case in _accented(_base(char)) if not exact_case or case.isupper() == char.isupper())
    return f"[{re.escape(variants)}]{_MARKS}" if variants else re.escape(char)


def _tail(form: str) -> str:
    """Return the pattern for the rest of the word after ``form``: possessive s, a hyphenated part, and, after a long name, a glued part."""
    hyphenated = rf"(?:['’]?[{_HYPHENS}]\w[\w'’]*)*"
    derived = r"['’]\w+"  # Poetin's, VVD'er
    if sum(map(str.isalpha, form)) <= _SHORT:
        own = r"|s(?=\s+\w)" if _takes_s(form) else ""  # Kaags kritiek
        return rf"(?:{derived}{own})?{hyphenated}(?!\w)"
    lower = r"(?:[^\W\dA-ZÀ-ÖØ-Þ]*|[A-ZÀ-ÖØ-Þ]*)"  # GroenLinks is no compound of Groen
    glued = (
        r"\w*" if form[0].islower() else "s?" if _is_word(form) else rf"(?:s|(?(capital){lower}))"
    )  # Oekraïnebeleid, but not oekraïner for "Oekraïne"
    return rf"(?:{derived}|{glued})?{hyphenated}(?!\w)"


def _takes_s(form: str) -> bool:
    """Return whether the possessive of a short name is that name with an s: *Kaags*, not *Bos'*, *NS'* or *Anna's*."""
    return form[:1].isupper() and sum(map(str.isupper, form)) == 1 and form[-1:].lower() not in "aiouysxz" and form[-1:].isalpha()


def _base(char: str) -> str:
    return unicodedata.normalize("NFD", char)[0].lower()


@lru_cache(maxsize=1)
def _variants() -> dict[str, str]:
    """Return for each base letter the letters of Latin-1 and Latin Extended that differ from it by case or accent only."""
    table: dict[str, str] = {}
    for code in range(0x30, 0x250):
        if (char := chr(code)).isalnum():
            table[_base(char)] = table.get(_base(char), "") + char
    return table


def _accented(base: str) -> str:
    return _variants().get(base, base + base.upper() if base.isalpha() else "")
