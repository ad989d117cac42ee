"""Who is quoted: the name or description that a speech verb, *volgens* or *aldus* ties to a quote, by rules on the words around it.

No parser: a list of Dutch speech verbs (``data/speech.toml``) finds the verb, word order tells the side the speaker stands on (*zei Jansen* after a quote,
*Jansen zei:* before one, *Daarna zei Jansen:* after an opening adverb), and a list of words ends the speaker's description. A later short form (*Jansen*) goes
back to the full name the article gave; a pronoun goes to whoever spoke or was named last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stance.corpus.data import read_list

__all__ = ["Names", "by_indirect", "is_title", "source_after", "source_before", "subject"]

_LIST = {name: frozenset(words.replace(",", " ").split()) for name, words in read_list("speech").items()}
_VERBS, _INDIRECT, _STOPS, _SKIP = _LIST["verbs"], _LIST["indirect"], _LIST["stops"], _LIST["skip"]
_PRONOUNS, _ROLES, _DETERMINERS = _LIST["pronouns"], _LIST["roles"], _LIST["determiners"]
_PARTICLES = frozenset(["van", "de", "der", "den", "het", "'t", "ten", "ter", "te", "von", "al", "el", "di", "da", "la", "le", "bin", "d'"])
_NO_VERB = _STOPS | _DETERMINERS | _PRONOUNS | {"van", "te", "volgens"}
_NO_SOURCE = frozenset(["planning", "afspraak", "schema", "verwachting", "plan", "traditie", "eigen", "mij", "ons", "dit", "deze", "dat"])
_NOMINATIVE = frozenset(["hij", "zij", "ze", "ik"])
_STARTERS = frozenset([*read_list("abbreviations")["starters"], "De"])
_LONGEST = 12  # words in the description of a speaker

_WORD = re.compile(r"[^\W_](?:[\w&/-]|['’.](?=[^\W_]))*|'[tsn]\b")
_AFTER = re.compile(r"[\s,.]*(?:zo\s+|dan\s+|en\s+)?(?P<verb>[^\W\d_][\w-]*)(?P<rest>[^\n\"“”„»«:;!?]{0,160})")
_VERB_LIKE = re.compile(r"^[a-zà-ÿ].*(?:t|de|te|[^aeiou]en)$")
_STANDPOINT = re.compile(r"\s*,?\s*(?:is|was|luidt|luidde)\s+(?:het|de)\s+[\w-]+\s+(?:van|bij|volgens)\b([^\n\"“”„]{0,160})")
_ACCORDING = re.compile(r"\b(?:[Vv]olgens|[Aa]ldus|[Nn]aar zeggen van|[Ii]n de (?:woorden|ogen) van)\s+(?P<rest>[^\n\"“”„;:!?]{1,160})")
_INVERTS = re.compile(rf"(?:{'|'.join(sorted(_LIST['inverts']))}|(?:daar|hier|waar)[a-z]+)\Z")
_ADVERB = re.compile(r"(?:daar|hier|waar)[a-z]+\Z")
_CLAUSE_END = re.compile(r"[,;:!?()\"“”„‘’]|\.(?!\w)|\s[–-]\s")


def source_after(text: str, offset: int, end: int, *, any_verb: bool = True) -> str | None:
    """Return the speaker named right after a quote that ends at ``offset``, as it stands there; None where no verb or *aldus* follows.

    With ``any_verb`` a comma and any verb-like word do (*", knort Jansen*): so it is after a quote that begins its sentence.

    >>> text = '"Ja", zegt correspondent Eva Jansen tegen de krant.'
    >>> source_after(text, 4, len(text))
    'Eva Jansen'
    """
    if standpoint := _STANDPOINT.match(text, offset, end):
        return _speaker(standpoint[1])
    found = _AFTER.match(text, offset, end)
    if not found:
        return None
    verb, comma = found["verb"], "," in text[max(0, offset - 2) : found.start("verb")]
    listed = verb in _VERBS or verb in ("aldus", "Aldus") or (verb == "volgens" and comma)
    if not (listed or (any_verb and comma and _VERB_LIKE.search(verb) and verb not in _NO_VERB)):
        return None
    return _speaker(found["rest"])


def source_before(lead: str) -> str | None:
    """Return the speaker in ``lead``, the words of a sentence before a colon or a part quote; None where nobody is named.

    >>> source_before("Daarover zei minister Jansen gisteren:"), source_before("De Ligt:"), source_before("Ze noemt het plan ")
    ('Jansen', 'De Ligt', 'Ze')
    """
    words = list(_WORD.finditer(lead))
    verbs = [word for word in words if word[0] in _VERBS]
    if not verbs:
        return subject(lead) if lead.rstrip().endswith(":") else None
    verb = verbs[-1] if lead.rstrip().endswith(":") else verbs[0]
    before, after = _speaker(lead[: verb.start()]), _speaker(lead[verb.end() :])
    inverted = words[0] is verb or _INVERTS.match(words[0][0].lower()) or (after or "").lower() in _NOMINATIVE
    return (after or before) if inverted else (before or after)


def subject(sentence: str) -> str | None:
    """Return the name or pronoun that ``sentence`` opens with; None where it opens otherwise.

    >>> subject("Schrijver Jan de Boer, die de schuld op zich neemt")
    'Jan de Boer'
    """
    words = _description(sentence)
    if not words or words[0].lower() in _PRONOUNS:
        return words[0] if words else None
    return " ".join(_name(words)) or None


def by_indirect(sentence: str) -> tuple[int, str] | None:
    """Return where reported speech begins in ``sentence`` and its speaker: *volgens X*, *..., zegt X* (from 0) or *X vindt dat ...* (from *dat*).

    >>> by_indirect("Minister Jansen vindt dat het plan deugt.")
    (22, 'Jansen')
    >>> by_indirect("Volgens haar deugt het niet.")
    (0, 'haar')
    """
    for according in _ACCORDING.finditer(sentence):
        if (source := _speaker(according["rest"])) and source.split()[-1].lower() not in _NO_SOURCE:
            return 0, source
    return _said_after(sentence) or _that_clause(sentence)


def is_title(text: str, start: int) -> bool:
    """Return whether the words right before ``start`` announce a title or a name (*de campagne '...'*)."""
    before = _WORD.findall(text[max(0, start - 40) : start])
    return bool(before) and text[start - 1 : start].isspace() and before[-1].lower() in _LIST["titles"]


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
            words = _without_role(run)
            placed = match["placed"] and (match["before"] or "de") in _DETERMINERS
            if len(words) < 2 or placed or not _FIRST_NAME.match(words[0]) or {words[0], words[-1]} & _STARTERS:
                continue
            name = full.setdefault(" ".join(words[1:]).lower(), " ".join(words))
            for role in (match["before"], match["after"], *run[: len(run) - len(words)]):
                if role and _is_role(role):
                    roles.setdefault(role.rpartition("-")[2].lower(), name)
        by_first = {name.split()[0]: name for name in reversed(full.values())}
        for match in _ROLE_AND_NAME.finditer(text):
            if _is_role(match["role"]):
                full.setdefault(match["name"].lower(), by_first.get(match["name"], match["name"]))
        full = {
            last: name for last, name in full.items() if full.get(name.split()[0].lower(), name) == name
        }  # not: als Jansen Oekraïne (noemt)
        return cls(full, {role: name for role, name in roles.items() if name in full.values()})

    def resolve(self, source: str | None, last: str | None) -> str | None:
        """Return the full name for a short one or a function, and for a pronoun ``last``, whoever spoke or was named before."""
        if source is None or source.lower() in _PRONOUNS:
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
        words = _without_role(name.split())
        tails = [" ".join(words[place:]).lower() for place in range(len(words))]
        return next((self.full[tail] for tail in tails if tail in self.full), None)


_CAPITAL = r"[A-ZÀ-ÖØ-Þ](?:[\w'’]|-(?=[A-ZÀ-Þ]))+"
_FIRST_NAME = re.compile(r"(?!.*sche\Z)[A-ZÀ-Þ][a-zß-ÿ'’]")
_PARTICLE = r"(?: (?:van|de|der|den|het|'t|ten|ter|te|von|al|el))"
_FULL_NAME = re.compile(
    rf"(?<![\w-])(?:(?P<placed>[Dd]e|[Hh]et|[Ee]en|[Ii]n|[Nn]aar|[Uu]it|[Tt]e|bij|der) )?(?:(?P<before>[\w-]{{0,40}}[a-z]) )??"
    rf"(?P<name>{_CAPITAL}(?: {_CAPITAL})?{_PARTICLE}{{0,3}}(?: {_CAPITAL}){{1,2}})(?:,? (?:\(\d+\), )?(?:de |een )?(?P<after>[a-z-]+))?"
)
_OF_A_BODY = re.compile(r" van (?:de |het )?(?=[A-Z][\w-]*[A-Z])")  # Els Bos van de SGP
_ROLE_AND_NAME = re.compile(rf"\b(?P<role>[A-Za-z][\w-]{{0,40}}[a-z]) (?P<name>(?:V[ao]n (?:de[rn]? )?|De )?{_CAPITAL})(?! [A-ZÀ-Þ]|[\w-])")
_MENTION = re.compile(rf"\b[Dd]e (?P<role>[a-z-]+)|(?<![\w-])(?P<name>{_CAPITAL}(?:{_PARTICLE}{{0,3}}(?: {_CAPITAL}))*)")


def _is_role(word: str) -> bool:
    return word.lower().rpartition("-")[2] in _ROLES or word.lower().endswith(
        ("minister", "meester", "voorzitter", "leider", "specialist", "verslaggever")
    )


def _said_after(sentence: str) -> tuple[int, str] | None:
    for comma in re.finditer(r",\s+(?:zo\s+)?([a-zà-ÿ]+)\s", sentence):
        if comma[1] in _VERBS and len(sentence[: comma.start()].split()) > 2 and (source := _speaker(sentence[comma.end() :])):
            return 0, source
    return None


def _that_clause(sentence: str) -> tuple[int, str] | None:
    words = list(_WORD.finditer(sentence))
    for place, word in enumerate(words):
        if word[0] not in _INDIRECT:
            continue
        clause = next((later for later in words[place + 1 : place + 8] if later[0] == "dat"), None)
        if clause and (source := source_before(sentence[: clause.start()])):
            return clause.start(), source
    return None


def _speaker(rest: str) -> str | None:
    """Return the name at the start of ``rest``, or else the pronoun or description there."""
    words = _description(rest)
    if not words:
        return None
    return words[0] if words[0].lower() in _PRONOUNS else " ".join(_name(words) or _noun_phrase(words)) or None


def _noun_phrase(words: list[str]) -> list[str]:
    """Return article, adjectives and noun at the start of ``words``, with *van ...* after them; empty where there is no noun."""
    noun = 0
    if words[0].lower() in _DETERMINERS:
        noun = 1
        while noun + 1 < len(words) and (words[noun].endswith("e") or words[noun] in _DETERMINERS) and words[noun + 1] not in _PARTICLES:
            noun += 1
    if noun >= len(words) or (noun == 0 and not words[0].lower().endswith(("s", "n", "i", "r"))):
        return []
    phrase = words[: noun + 1]
    if words[noun + 1 : noun + 2] == ["van"]:
        phrase += ["van", *_noun_phrase_of_body(words[noun + 2 :])]
    return phrase if phrase[-1] != "van" else phrase[:-1]


def _noun_phrase_of_body(words: list[str]) -> list[str]:
    start, end = next(_runs(words), (len(words), len(words)))
    return words[:end] if start <= 1 else _noun_phrase(words) if words else []


def _description(rest: str) -> list[str]:
    """Return the words up to the first that ends a description, leading adverbs left out."""
    words: list[str] = []
    clause = _CLAUSE_END.split(rest.lstrip(" ,"), maxsplit=1)[0]
    for word in _WORD.findall(clause):
        if not words and (word.lower() in _SKIP or _ADVERB.match(word.lower())) and not word[1:].isupper():
            continue
        if len(words) == _LONGEST or (_ends(word, bool(words)) and (words or word not in _PRONOUNS)):
            break
        words.append(word)
        if word.lower() in _PRONOUNS:
            break
    return words


def _ends(word: str, inside: bool) -> bool:
    """Return whether ``word`` ends a description; a capital counts only on its first word (*Tegen het einde*)."""
    plain = word if inside else word.lower()
    return plain in _STOPS or plain in _VERBS


def _name(words: list[str]) -> list[str]:
    """Return the person or body named in a description: its first run of capitals that is no adjective and no genitive (*van de Raad*)."""
    for start, end in _runs(words):
        adjective = end - start == 1 and (words[start] in _STARTERS or (end < len(words) and words[start].endswith("se")))
        genitive = start > 0 and words[start - 1] in _PARTICLES and words[0].lower() not in _PARTICLES - {"de", "het"}
        if genitive and (start > 1 or words[0][0].islower()) and words[start - 1] not in ("de", "het"):
            if cut := _after_genitive(words[start:end]):
                return cut
        elif not adjective and not (genitive and start > 1):
            return _without_role(words[start:end])
    return []


def _runs(words: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where runs of capitalised words stand, with particles inside them (*Jan van der Haas*)."""
    place = 0
    while place < len(words):
        end = place
        while end < len(words) and (words[end][0].isupper() or (end > place and _joins(words, place, end))):
            end += 1
        if end > place and not (end - place == 1 and words[place].lower() in _DETERMINERS | _ROLES):
            yield place, end
        place = max(end, place + 1)


def _joins(words: list[str], start: int, place: int) -> bool:
    """Return whether particles at ``place`` go on the name from ``start``: *Jan van Dijk*, not *Jan Bos van Trein* or *Bos van VNO-NCW*."""
    following = place
    while following < len(words) and words[following] in _PARTICLES:
        following += 1
    if not place < following < len(words) or not words[following][0].isupper():
        return False
    genitive = start > 0 and words[start - 1] in _PARTICLES
    named = [word for word in _without_role(words[start:place]) if word not in _PARTICLES]
    complete = len(named) > 1 and not genitive
    return not complete and sum(map(str.isupper, words[following])) == 1


def _after_genitive(run: list[str]) -> list[str]:
    """Return the person after a body: *(commandant der) Landstrijdkrachten Mart de Kruif* gives the last three words."""
    particle = next((place for place, word in enumerate(run) if word in _PARTICLES), 0)
    return run[particle - 1 :] if particle > 1 else []


def _without_role(run: list[str]) -> list[str]:
    """Return the run without a leading function or label (*Premier*, *PSV-verdediger*), if a name is left."""
    while len(run) > 1 and (_is_role(run[0]) or run[0].lower() in _SKIP or re.search(r"-[a-z]|['’]er$", run[0])):
        run = run[1:]
    return run
