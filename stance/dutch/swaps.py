"""Swapping names in an article for others of their kind: each name gets one other name throughout, and nothing else changes.

Agreement is kept: names change places only with names of the same article (*de VVD*, *het CDA*, *D66*), gender and grammatical form, and
the possessive is made anew (*Ruttes*, *Wilders'*, *VVD's*). The lists are in ``stance/dutch/data/swaps.toml``, with what was left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from stance.dutch.data import read_list
from stance.dutch.targets import political_actors

__all__ = ["Group", "Swapper", "countries", "outlets", "parties", "politicians", "with_possessive"]

_TAIL = r"(?P<tail>['’](?:s|ers?)|s|(?<=[sxz])['’](?= \w))?(?!\w|\.\w)"  # not NOS.nl
_ARTICLE = re.compile(r"\b(?P<article>de|het)(?: \w+e)? \Z", re.IGNORECASE)
_FIRST_NAME = re.compile(r"[\w,;:)-] [A-ZÀ-ÖØ-Þ]\w+ \Z")  # a capital inside a sentence: another person of that last name
_REACH = 40  # characters before a name that are searched for its article
_SIBILANTS = ("s", "x", "z")


@dataclass(frozen=True, slots=True)
class Group:
    """Names that may stand for one another: the forms of each (equal forms at equal places), and the article they all take."""

    names: tuple[tuple[str, ...], ...]
    article: str | None = None  # de, het, "" (none), or None: does not matter
    derived: frozenset[str] = frozenset()  # forms that take 'er


@dataclass(frozen=True, slots=True)
class _Place:
    """A form of a name: which group, which name in it, which form."""

    group: int
    name: int
    form: int


class Swapper:
    """Swaps the names of some groups in the texts of a unit."""

    def __init__(self, groups: Sequence[Group], *, ambiguous: Sequence[str] = (), people: bool = False) -> None:
        self.groups = tuple(groups)
        self._ambiguous = frozenset(ambiguous)
        self._people = people
        self._places: dict[str, list[_Place]] = {}
        for group, members in enumerate(self.groups):
            for name, forms in enumerate(members.names):
                for form, text in enumerate(forms):
                    self._places.setdefault(text, []).append(_Place(group, name, form))
        self._upper = {text.upper(): text for text in self._places if text.upper() not in self._places}
        longest = sorted([*self._places, *self._upper], key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?P<form>{'|'.join(map(re.escape, longest))}){_TAIL}")

    def swap(self, texts: Sequence[str | None], rng: np.random.Generator) -> list[str | None]:
        """Return the texts of one unit (its text, target, holder) with each name replaced by one other, the same in all of them.

        >>> swapper = Swapper([Group((("VVD",), ("SP",)), "de", frozenset({"VVD", "SP"}))])
        >>> swapper.swap(["De VVD wint, zegt VVD'er Bos. Ook VVD's lijst.", "VVD", None], np.random.default_rng(1))
        ["De SP wint, zegt SP'er Bos. Ook SP's lijst.", 'SP', None]
        """
        whole = "\n".join(text for text in texts if text is not None)
        others = self._others(whole, rng)

        def replaced(match: re.Match[str]) -> str:
            place = self._place(match, whole)
            if place is None or (place.group, place.name) not in others:
                return match[0]
            forms = others[place.group, place.name]
            return self._written(match, forms[place.form] if place.form < len(forms) else forms[0])

        return [None if text is None else self._pattern.sub(replaced, text) for text in texts]

    def _others(self, whole: str, rng: np.random.Generator) -> dict[tuple[int, int], tuple[str, ...]]:
        """Return the forms of the name that each name in ``whole`` is replaced by; no two get the same, none itself."""
        found = [(match, place) for match in self._pattern.finditer(whole) if (place := self._place(match, whole)) is not None]
        articles: dict[tuple[int, int], set[str]] = {}
        for match, place in found:
            articles.setdefault((place.group, place.name), set()).update(_article_before(whole, match))
        takes_er = any("er" in (match["tail"] or "") for match, _ in found)
        others: dict[tuple[int, int], tuple[str, ...]] = {}
        for pool in self._pools(articles, takes_er=takes_er):
            order = [pool[place] for place in rng.permutation(len(pool))]
            for name, other in zip(order, [*order[1:], order[0]], strict=True):
                if name in articles and self._agrees(name, articles[name]):
                    others[name] = self.groups[other[0]].names[other[1]]
        return others

    def _pools(self, articles: dict[tuple[int, int], set[str]], *, takes_er: bool) -> Iterator[list[tuple[int, int]]]:
        """Yield the names (group, name) that change places with one another, for a unit that uses these articles.

        Where names that take an article stand without (a headline), *de* and *het* no longer keep them apart; where one takes *'er*,
        those that cannot stay apart.
        """
        used = set().union(*(found for (group, _), found in articles.items() if self.groups[group].article in ("de", "het")))
        merged = [group for group, members in enumerate(self.groups) if members.article in ("de", "het") and not used]
        for groups in [merged, *([group] for group in range(len(self.groups)) if group not in merged)]:
            names = [(group, name) for group in groups for name in range(len(self.groups[group].names))]
            with_er = [name for name in names if takes_er and self.groups[name[0]].names[name[1]][0] in self.groups[name[0]].derived]
            for pool in (with_er, [name for name in names if name not in with_er]):
                if len(pool) > 1:
                    yield pool

    def _agrees(self, name: tuple[int, int], found: set[str]) -> bool:
        """Return whether the name is used with its own article only, so that another one fits in its place."""
        article = self.groups[name[0]].article
        return article is None or not found - {article}

    def _place(self, match: re.Match[str], whole: str) -> _Place | None:
        """Return which name a match is; None where it may be something else or one of several."""
        form = self._upper.get(match["form"], match["form"])
        if self._people and " " not in form and _FIRST_NAME.search(whole, max(0, match.start() - _REACH), match.start()):
            return None
        places = self._places[form]
        named = [place for place in places if place.form == 0 or self._full(place) in whole or self._full(place).upper() in whole]
        if len(named) == 1:
            place = named[0]
        elif len(places) == 1 and form not in self._ambiguous:
            place = places[0]
        else:
            return None
        takes_er = self.groups[place.group].derived
        return place if "er" not in (match["tail"] or "") or form in takes_er else None

    def _full(self, place: _Place) -> str:
        return self.groups[place.group].names[place.name][0]

    def _written(self, match: re.Match[str], other: str) -> str:
        other = other.upper() if match["form"] in self._upper else other
        tail = match["tail"] or ""
        if not tail or "er" in tail:
            return other + tail
        return with_possessive(other, apostrophe="’" if "’" in tail else "'")


def with_possessive(name: str, *, apostrophe: str = "'") -> str:
    """Return the possessive of a name, by the rules of Dutch spelling.

    >>> [with_possessive(name) for name in ("Rutte", "Wilders", "Marokko", "VVD", "D66", "Baudet")]
    ['Ruttes', "Wilders'", "Marokko's", "VVD's", "D66's", 'Baudets']
    """
    if name.lower().endswith(_SIBILANTS) and name[-1].islower():
        return name + apostrophe
    if not name[-1].islower() or name[-1] in "aiouy":
        return f"{name}{apostrophe}s"
    return name + "s"


@lru_cache(maxsize=1)
def parties() -> Swapper:
    """Return the swapper of Dutch and Flemish parties."""
    actors = political_actors()
    rows = actors[actors["role"] == "party"].set_index("name")["aliases"]
    lists = read_list("swaps")["parties"]
    derived = frozenset(lists["derived"])
    articles = {"de": "de", "het": "het", "none": "", "flemish": ""}
    return Swapper([Group(tuple((name, *rows[name]) for name in lists[key]), article, derived) for key, article in articles.items()])


@lru_cache(maxsize=1)
def politicians() -> Swapper:
    """Return the swapper of party leaders and cabinet members, women and men apart."""
    actors = political_actors()
    people = actors[actors["role"] != "party"].drop_duplicates("name")
    lists = read_list("swaps")["politicians"]
    women = people["name"].isin(lists["women"])
    groups = [
        Group(tuple((name, *aliases) for name, aliases in zip(part["name"], part["aliases"], strict=True)))
        for part in (people[women], people[~women])
    ]
    return Swapper(groups, ambiguous=lists["ambiguous"], people=True)


@lru_cache(maxsize=1)
def outlets() -> Swapper:
    """Return the swapper of news outlets."""
    lists = read_list("swaps")["outlets"]
    articles = {"de": "de", "het": "het", "none": ""}
    return Swapper([Group(tuple(map(tuple, lists[key])), article) for key, article in articles.items()])


@lru_cache(maxsize=1)
def countries() -> Swapper:
    """Return the swapper of countries, with their adjectives, inhabitants and capitals."""
    lists = read_list("swaps")["countries"]
    capitals = [forms[-1] for forms in lists["none"]]
    return Swapper([Group(tuple(map(tuple, lists["none"])))], ambiguous=[*lists["ambiguous"], *capitals])


def _article_before(whole: str, match: re.Match[str]) -> set[str]:
    """Return the article that a name stands with; that of a compound (*de D66-leider*) is not the name's."""
    if whole[match.end() : match.end() + 1] == "-" or "er" in (match["tail"] or ""):
        return set()
    found = _ARTICLE.search(whole, max(0, match.start() - _REACH), match.start())
    return {found["article"].lower()} if found else set()
