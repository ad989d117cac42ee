"""Reported speech: who says what is told without quotation marks, and in which part of a sentence.

*Volgens X ...*, *..., zegt X*, *X vindt dat ...*. Two clauses with a speaker each part at the conjunction. What someone denies, or does not say, is not his word:
there the verb belongs to what is reported (*ontkent dat ...*, *zegt niet dat ...*).
"""

from __future__ import annotations

import re

from stance.dutch.attribution import source_before
from stance.dutch.speech import LISTS, PRONOUNS, VERBS, WORD, description, name_in, speaker

__all__ = ["by_clauses", "by_indirect", "denies", "leading_in", "speaker_beside"]

_NO_SOURCE = frozenset(["planning", "afspraak", "schema", "verwachting", "plan", "traditie", "eigen", "mij", "ons", "dit", "deze", "dat"])
_ACCORDING = re.compile(r"\b(?:[Vv]olgens|[Aa]ldus|[Nn]aar zeggen van|[Ii]n de (?:woorden|ogen) van)\s+(?P<rest>[^\n\"“”„;:!?]{1,160})")
_ACCORDING_SIGNS = ("olgens", "ldus", "aar zeggen van", "n de woorden van", "n de ogen van")  # of which it needs one
_SAID_AFTER = re.compile(r",\s+(?:zo\s+)?([a-zà-ÿ]+)\s")
_WORDS_BETWEEN = r"(?:maar|en|terwijl|want|doch|of)\s"
_BORDER = re.compile(rf",?\s+(?={_WORDS_BETWEEN})")
_CLAUSE_END = re.compile(rf"[.,;:!?]|{_BORDER.pattern}")
_CONJUNCTION = re.compile(rf"{_WORDS_BETWEEN}\s*")
_INDIRECT = LISTS["indirect"]
_GAPPED = re.compile(r"(?P<who>[^,]{2,60}?)\sdat\s")


def by_indirect(sentence: str) -> tuple[int, str] | None:
    """Return where reported speech begins in ``sentence`` and its speaker: *volgens X*, *..., zegt X* (from 0) or *X vindt dat ...* (from *dat*).

    >>> by_indirect("Minister Jansen vindt dat het plan deugt.")
    (22, 'Jansen')
    >>> by_indirect("Volgens haar deugt het niet.")
    (0, 'haar')
    """
    for according in _ACCORDING.finditer(sentence) if any(sign in sentence for sign in _ACCORDING_SIGNS) else ():
        if (source := speaker(according["rest"])) and source.split()[-1].lower() not in _NO_SOURCE:
            return 0, source
    return _said_after(sentence) or _that_clause(sentence)


def by_clauses(sentence: str) -> list[tuple[int, int, str]]:
    """Return the stretches of ``sentence`` that are reported speech, each with where it begins and ends and its speaker; two where two clauses have one each.

    >>> by_clauses("Volgens Jansen deugt het plan niet, maar de raad vindt het prima.")
    [(0, 36, 'Jansen'), (36, 65, 'de raad')]
    """
    reported = by_indirect(sentence)
    if not reported:
        return []
    for border in (match.end() for match in _BORDER.finditer(sentence)):
        first, second = _said_in(sentence[:border]), _said_in(sentence[border:])
        if first and second and first[1] != second[1]:
            return [(first[0], border, first[1]), (border + second[0], len(sentence), second[1])]
        if second and not first and _ACCORDING.search(sentence[border : border + 20]):
            return [(border, len(sentence), second[1])]
    return [(reported[0], len(sentence), reported[1])]


def denies(clause: str) -> bool:
    """Return whether ``clause`` tells what its speaker denies or does not say, from which no stance of his follows.

    >>> denies("Jansen ontkent dat het plan deugt."), denies("Jansen zegt niet dat het deugt."), denies("Jansen zegt dat het niet deugt.")
    (True, True, False)
    """
    found = _that_clause(clause)
    return found is not None and found[0] == 0


def leading_in(lead: str) -> tuple[int, str] | None:
    """Return where the words that lead into a part quote are reported speech, and whose: from *dat*, or the whole of a denial.

    >>> leading_in("Jansen zei dat het plan "), leading_in("Jansen noemt het plan ")
    ((11, 'Jansen'), None)
    """
    return _that_clause(lead)


def speaker_beside(lead: str, after: str = "") -> str | None:
    """Return the speaker in the last clause of ``lead``, the words before a part quote, and ``after``; None where it is one clause or names nobody.

    >>> speaker_beside("De burgemeester zei dat het plan deugt, maar Jansen sprak van "), speaker_beside("Jansen sprak van ")
    ('Jansen', None)
    >>> speaker_beside("De burgemeester noemt het een ramp, terwijl Jansen het ", " noemt.")
    'Jansen'
    """
    borders = list(_BORDER.finditer(lead))
    if not borders:
        return None
    first, last = lead[: borders[-1].start()], f"{lead[borders[-1].end() :].rstrip()} {_CLAUSE_END.split(after, maxsplit=1)[0].strip()}"
    joins = last.startswith(("en ", "of ")) and not _said_in(first)  # een musicoloog en een psycholoog
    said = None if joins else _said_in(last)
    return said[1] if said else None


def _said_in(clause: str) -> tuple[int, str] | None:
    """Return where reported speech or an opinion begins in ``clause`` and whose it is, by name or description; None for a pronoun, who is the speaker so far."""
    joined = _CONJUNCTION.match(clause)
    skipped = joined.end() if joined else 0
    inner = clause[skipped:]
    first = WORD.match(inner)
    if joined and first and first[0] in VERBS:  # Volgens X wil de raad dat en vindt de burgemeester dit: all of it X's
        return None
    said = by_indirect(inner) or (_gapped(inner) if joined else None) or _opinion(inner)
    if not said or said[1].lower() in PRONOUNS:
        return None
    return (said[0] + skipped if said[0] else 0), said[1]


def _gapped(clause: str) -> tuple[int, str] | None:
    """Return where *dat* stands and whose word it opens, of a clause whose verb is that of the clause before: *(en) Jansen dat het deugt*."""
    gapped = _GAPPED.match(clause)
    who = name_in(description(gapped["who"])) if gapped else []
    return (gapped.end("who") + 1, " ".join(who)) if gapped and who else None


def _opinion(clause: str) -> tuple[int, str] | None:
    """Return 0 and whose opinion ``clause`` gives without *dat*: *(maar) de raad vindt het prima*."""
    verb = next((word for word in WORD.finditer(clause) if word[0] in LISTS["opinions"]), None)
    holder = speaker(clause[: verb.start()]) if verb and "," not in clause[: verb.start()] else None
    return (0, holder) if holder else None


def _said_after(sentence: str) -> tuple[int, str] | None:
    for comma in _SAID_AFTER.finditer(sentence):
        if comma[1] in VERBS and len(sentence[: comma.start()].split()) > 2 and (source := speaker(sentence[comma.end() :])):
            return 0, source
    return None


def _that_clause(sentence: str) -> tuple[int, str] | None:
    words = list(WORD.finditer(sentence)) if "dat" in sentence else []
    for place, word in enumerate(words):
        if word[0] not in _INDIRECT:
            continue
        clause = next((later for later in words[place + 1 : place + 8] if later[0] == "dat"), None)
        if clause and (source := source_before(sentence[: clause.start()])):
            denied = word[0] in LISTS["denials"] or _denied(words[max(0, place - 1) : place + 8], clause.start())
            return (0 if denied else clause.start()), source
    return None


def _denied(words: list[re.Match[str]], clause: int) -> bool:
    """Return whether ``words``, from the one before a verb of saying up to the offset ``clause``, say that it is not said."""
    return any(word[0] in LISTS["negations"] for word in words if word.start() < clause)
