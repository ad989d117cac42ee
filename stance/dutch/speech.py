"""The words that tell who speaks in Dutch news, and the name or description of a speaker at the start of some words.

The lists are in ``data/speech.toml``. A list of words ends a description; the name in it is its first run of capitals, particles and initials with it, titles
and functions without (*mr. A.B. de Vries*, *premier Jansen*).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stance.dutch.data import read_list

__all__ = [
    "DETERMINERS",
    "LISTS",
    "PRONOUNS",
    "ROLES",
    "SKIP",
    "STARTERS",
    "STOPS",
    "VERBS",
    "WORD",
    "description",
    "is_role",
    "name_in",
    "speaker",
    "without_role",
]

LISTS = {name: frozenset(words.replace(",", " ").split()) for name, words in read_list("speech").items()}
_ABBREVIATIONS = read_list("abbreviations")
VERBS, STOPS, SKIP = LISTS["verbs"], LISTS["stops"], LISTS["skip"]
PRONOUNS, ROLES, DETERMINERS = LISTS["pronouns"], LISTS["roles"], LISTS["determiners"]
STARTERS = frozenset([*_ABBREVIATIONS["starters"], "De"])
_PARTICLES = frozenset(
    [
        "van",
        "de",
        "der",
        "den",
        "het",
        "'t",
        "ten",
        "ter",
        "te",
        "von",
        "al",
        "el",
        "di",
        "da",
        "la",
        "le",
        "bin",
        "van 't",
        "in 't",
        "op 't",
    ]
)
_IN_NAMES = frozenset(["der", "den", "van 't", "in 't", "op 't"])  # particles that stand in names only
_LONGEST = 12  # words in the description of a speaker

_INITIALS = r"(?:[A-ZÀ-Þ][a-zß-ÿ]?\.-?)+(?=\s)"
WORD = re.compile(rf"(?=[^\W_])(?:(?:van|in|op) ['’]t(?=\s[A-ZÀ-Þ])|{_INITIALS}|[^\W_](?:[\w&/-]|['’.](?=[^\W_]))*)|'[tsn]\b")
_TITLES = re.compile(rf"\b(?:(?i:{'|'.join(_ABBREVIATIONS['titles'])})\.\s*)+(?=\S)")
_ADVERB = re.compile(r"(?:daar|hier|waar)[a-z]+\Z")
_CLAUSE_END = re.compile(r"[,;:!?()\"“”„]|(?<!\bd)[‘’](?!t\s)|(?<!\b[A-ZÀ-Þ])(?<!\b[A-ZÀ-Þ][a-zß-ÿ])\.(?!\w)|\s[–-]\s")
_LABEL = re.compile(r"-[a-z]|['’]er$")
_RANK = re.compile(r"(?:Tweede|Eerste|[A-ZÀ-Þ]\w+(?:s|sch|se|sche))\Z")


def speaker(rest: str) -> str | None:
    """Return the name at the start of ``rest``, or else the pronoun or description there."""
    words = description(rest)
    if not words:
        return None
    return words[0] if words[0].lower() in PRONOUNS else " ".join(name_in(words) or _noun_phrase(words)) or None


def description(rest: str) -> list[str]:
    """Return the words up to the first that ends a description, leading adverbs left out."""
    words: list[str] = []
    clause = _CLAUSE_END.split(_TITLES.sub("", rest.lstrip(" ,")), maxsplit=1)[0]
    for word in WORD.findall(clause):
        if not words and (word.lower() in SKIP or _ADVERB.match(word.lower())) and not word[1:].isupper():
            continue
        if len(words) == _LONGEST or (_ends(word, bool(words)) and (words or word not in PRONOUNS)):
            break
        words.append(word)
        if word.lower() in PRONOUNS:
            break
    return words


def _ends(word: str, inside: bool) -> bool:
    """Return whether ``word`` ends a description; a capital counts only on its first word (*Tegen het einde*)."""
    plain = word if inside else word.lower()
    return plain in STOPS or plain in VERBS


def _noun_phrase(words: list[str]) -> list[str]:
    """Return article, adjectives and noun at the start of ``words``, with *van ...* after them; empty where there is no noun."""
    noun = 0
    if words[0].lower() in DETERMINERS:
        noun = 1
        while noun + 1 < len(words) and (words[noun].endswith("e") or words[noun] in DETERMINERS) and words[noun + 1] not in _PARTICLES:
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


def name_in(words: list[str]) -> list[str]:
    """Return the person or body named in a description: its first run of capitals that is no adjective and no genitive (*van de Raad*)."""
    for start, end in _runs(words):
        adjective = end - start == 1 and (words[start] in STARTERS or (end < len(words) and words[start].endswith("se")))
        genitive = start > 0 and words[start - 1] in _PARTICLES and words[0].lower() not in _PARTICLES - {"de", "het"}
        if genitive and (start > 1 or words[0][0].islower()) and words[start - 1] not in ("de", "het"):
            if cut := _after_genitive(words[start:end]):
                return cut
        elif not adjective and not (genitive and start > 1):
            return without_role(words[start:end])
    return []


def _runs(words: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where runs of capitalised words stand, with particles inside them (*Jan van der Haas*)."""
    place = 0
    while place < len(words):
        end = place
        while end < len(words) and (_capital(words[end]) or (end > place and _joins(words, place, end))):
            end += 1
        if end > place and not (end - place == 1 and words[place].lower() in DETERMINERS | ROLES):
            yield place, end
        place = max(end, place + 1)


def _capital(word: str) -> bool:
    return word[0].isupper() or (word.startswith(("d'", "d’")) and word[2:3].isupper())  # d'Hondt


def _joins(words: list[str], start: int, place: int) -> bool:
    """Return whether particles at ``place`` go on the name from ``start``: *Jan van Dijk*, not *Jan Bos van Trein* or *Bos van VNO-NCW*."""
    following = place
    while following < len(words) and _plain(words[following]) in _PARTICLES:
        following += 1
    if not place < following < len(words) or not _capital(words[following]):
        return False
    genitive = start > 0 and words[start - 1] in _PARTICLES
    named = [word for word in without_role(words[start:place]) if word not in _PARTICLES]
    complete = len(named) > 1 and not genitive and not _IN_NAMES.intersection(_plain(word) for word in words[place:following])
    return not complete and sum(map(str.isupper, words[following])) == 1


def _plain(word: str) -> str:
    return word.replace("’", "'")


def _after_genitive(run: list[str]) -> list[str]:
    """Return the person after a body: *(commandant der) Landstrijdkrachten Mart de Kruif* gives the last three words."""
    particle = next((place for place, word in enumerate(run) if word in _PARTICLES), 0)
    return run[particle - 1 :] if particle > 1 else []


def without_role(run: list[str]) -> list[str]:
    """Return the run without a leading function or label (*Premier*, *PSV-verdediger*), if a name is left."""
    if len(run) > 2 and is_role(run[1]) and _RANK.match(run[0]):  # Tweede Kamerlid, Vlaams Parlementslid
        run = run[2:]
    while len(run) > 1 and (is_role(run[0]) or run[0].lower() in SKIP or _LABEL.search(run[0])):
        run = run[1:]
    return run


def is_role(word: str) -> bool:
    """Return whether ``word`` is what someone does (*minister*, *CDA-leider*), which is no part of a name."""
    return word.lower().rpartition("-")[2] in ROLES or word.lower().endswith(
        ("minister", "meester", "voorzitter", "leider", "specialist", "verslaggever")
    )
