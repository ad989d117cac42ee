"""The people an article names in full, and the short forms that later stand for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stance.dutch.speech import DETERMINERS, LISTS, PRONOUNS, ROLES, SKIP, STARTERS, STOPS, VERBS, is_role, without_role

__all__ = ["Names", "opening_name"]

_CAPITAL = r"(?:[A-ZÀ-ÖØ-Þ]|[dD]['’][A-ZÀ-ÖØ-Þ])(?:[\w'’]|-(?=[A-ZÀ-Þ]))+"
_FIRST_NAME = re.compile(r"(?!.*sche\Z)[A-ZÀ-Þ][a-zß-ÿ'’]")
_PARTICLE = r"(?: (?:(?:van|in|op) ['’]t|van|de|der|den|het|'t|ten|ter|te|von|al|el))"
_FULL_NAME = re.compile(
    rf"(?<![\w-])(?:(?P<placed>[Dd]e|[Hh]et|[Ee]en|[Ii]n|[Nn]aar|[Uu]it|[Tt]e|bij|der) )?(?:(?P<before>[\w-]{{0,40}}[a-z]) )??"
    rf"(?P<name>(?:{_CAPITAL}(?: {_CAPITAL})?|(?:[A-ZÀ-Þ]\.)+){_PARTICLE}{{0,3}}(?: {_CAPITAL}){{1,2}})(?:,? (?:\(\d+\), )?(?:de |een )?(?P<after>[a-z-]+))?"
)
_OF_A_BODY = re.compile(r" van (?:de |het )?(?=[A-Z][\w-]*[A-Z])")  # Els Bos van de SGP
_ROLE_AND_NAME = re.compile(rf"\b(?P<role>[A-Za-z][\w-]{{0,40}}[a-z]) (?P<name>(?:V[ao]n (?:de[rn]? )?|De )?{_CAPITAL})(?! [A-ZÀ-Þ]|[\w-])")
_MENTION = re.compile(rf"\b[Dd]e (?P<role>[a-z-]+)|(?<![\w-])(?P<name>{_CAPITAL}(?:{_PARTICLE}{{0,3}}(?: {_CAPITAL}))*)")
_OPENING = re.compile(rf"(?P<name>{_CAPITAL}) (?:is|was|heeft|had|wil|wilde|kan|kon|knikt|knikte|zwijgt|zweeg|{'|'.join(sorted(VERBS))})\b")
_NO_NAME = (
    SKIP
    | STOPS
    | PRONOUNS
    | DETERMINERS
    | ROLES
    | LISTS["inverts"]
    | {"morgen", "overmorgen", "volgend", "iedereen", "niemand", "iemand", "alles"}
)


@dataclass(frozen=True, slots=True)
class Names:
    """The people an article names in full, by the short forms that later stand for them: a last name, *de minister*."""

    full: dict[str, str]
    roles: dict[str, str]

    @classmethod
    def of(cls, text: str) -> Names:
        """Return the names of two words or more in ``text``; the first full name wins a shared last name or function."""
        full: dict[str, str] = {}
        roles: dict[str, str] = {}
        for match in _FULL_NAME.finditer(text):
            run = _OF_A_BODY.split(match["name"])[0].split()
            words = without_role(run)
            placed = match["placed"] and (match["before"] or "de") in DETERMINERS
            first = words[0].endswith(".") or _FIRST_NAME.match(words[0])
            if len(words) < 2 or placed or not first or {words[0], words[-1]} & STARTERS or words[0].lower() in VERBS:
                continue
            name = full.setdefault(" ".join(words[1:]).lower(), " ".join(words))
            for role in (match["before"], match["after"], *run[: len(run) - len(words)]):
                if role and is_role(role):
                    roles.setdefault(role.rpartition("-")[2].lower(), name)
        by_first = {name.split()[0]: name for name in reversed(full.values())}
        for match in _ROLE_AND_NAME.finditer(text):
            if is_role(match["role"]):
                full.setdefault(match["name"].lower(), by_first.get(match["name"], match["name"]))
        full = {
            last: name for last, name in full.items() if full.get(name.split()[0].lower(), name) == name
        }  # not: als Jansen Oekraïne (noemt)
        return cls(full, {role: name for role, name in roles.items() if name in full.values()})

    def resolve(self, source: str | None, last: str | None) -> str | None:
        """Return the full name for a short one or a function, and for a pronoun ``last``, whoever spoke or was named before."""
        if source is None or source.lower() in PRONOUNS:
            return None if source and source.lower() in ("ik", "we", "wij", "men") else last
        article, _, noun = source.rpartition(" ")
        if article.lower() == "de" and noun in self.roles:
            return self.roles[noun]
        return self.full.get(source.lower(), source)

    def first_in(self, sentence: str) -> str | None:
        """Return the first person ``sentence`` mentions by a known name or function."""
        for match in _MENTION.finditer(sentence):
            if found := self.roles.get(match["role"] or "") or self._known(match["name"] or ""):
                return found
        return None

    def _known(self, name: str) -> str | None:
        words = without_role(name.split())
        tails = [" ".join(words[place:]).lower() for place in range(len(words))]
        return next((self.full[tail] for tail in tails if tail in self.full), None)


def opening_name(sentence: str) -> str | None:
    """Return the one name that ``sentence`` opens with, if a verb follows it: the person it is about, though the article never names him in full.

    >>> opening_name("Bol was duidelijk."), opening_name("Morgen was het klaar."), opening_name("Het was klaar.")
    ('Bol', None, None)
    """
    found = _OPENING.match(sentence)
    name = found["name"] if found else ""
    return None if not name or name in STARTERS or name.lower() in _NO_NAME or name.endswith(("se", "sche")) else name
