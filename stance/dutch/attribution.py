"""Who is quoted: the name or description that a speech verb, *volgens* or *aldus* ties to a quote, by rules on the words around it.

No parser: a list of Dutch speech verbs (``data/speech.toml``) finds the verb, word order tells the side the speaker stands on (*zei Jansen* after a quote,
*Jansen zei:* before one, *Daarna zei Jansen:* after an opening adverb), and a list of words ends the speaker's description.
"""

from __future__ import annotations

import re

from stance.dutch.speech import DETERMINERS, LISTS, PRONOUNS, STOPS, VERBS, WORD, description, name_in, speaker

__all__ = ["is_title", "source_after", "source_before", "subject"]

_NO_VERB = STOPS | DETERMINERS | PRONOUNS | {"van", "te", "volgens"}
_NOMINATIVE = frozenset(["hij", "zij", "ze", "ik"])

_AFTER = re.compile(r"[\s,.]*(?:zo\s+|dan\s+|en\s+)?(?P<verb>[^\W\d_][\w-]*)(?P<rest>[^\n\"“”„»«:;!?]{0,160})")
_VERB_LIKE = re.compile(r"^[a-zà-ÿ].*(?:t|de|te|[^aeiou]en)$")
_STANDPOINT = re.compile(r"\s*,?\s*(?:is|was|luidt|luidde)\s+(?:het|de)\s+[\w-]+\s+(?:van|bij|volgens)\b([^\n\"“”„]{0,160})")
_INVERTS = re.compile(rf"(?:{'|'.join(sorted(LISTS['inverts']))}|(?:daar|hier|waar)[a-z]+)\Z")
_WANTED_TO_KNOW = re.compile(r"[^,]{1,80}\sweten\b")


def source_after(text: str, offset: int, end: int, *, any_verb: bool = True) -> str | None:
    """Return the speaker named right after a quote that ends at ``offset``, as it stands there; None where no verb or *aldus* follows.

    With ``any_verb`` a comma and any verb-like word do (*", knort Jansen*): so it is after a quote that begins its sentence.

    >>> text = '"Ja", zegt correspondent Eva Jansen tegen de krant.'
    >>> source_after(text, 4, len(text))
    'Eva Jansen'
    """
    if standpoint := _STANDPOINT.match(text, offset, end):
        return speaker(standpoint[1])
    found = _AFTER.match(text, offset, end)
    if not found:
        return None
    verb, comma = found["verb"], "," in text[max(0, offset - 2) : found.start("verb")]
    asks = verb in ("wil", "wilde", "wilden") and _WANTED_TO_KNOW.match(found["rest"])
    listed = verb in VERBS or verb in ("aldus", "Aldus") or (verb == "volgens" and comma) or asks
    if not (listed or (any_verb and comma and _VERB_LIKE.search(verb) and verb not in _NO_VERB)):
        return None
    return speaker(found["rest"])


def source_before(lead: str) -> str | None:
    """Return the speaker in ``lead``, the words of a sentence before a colon or a part quote; None where nobody is named.

    >>> source_before("Daarover zei minister Jansen gisteren:"), source_before("De Ligt:"), source_before("Ze noemt het plan ")
    ('Jansen', 'De Ligt', 'Ze')
    """
    words = list(WORD.finditer(lead))
    verbs = [word for place, word in enumerate(words) if (word[0] if place else word[0].lower()) in VERBS]
    if not verbs:
        return subject(lead) if lead.rstrip().endswith(":") else None
    verb = verbs[-1] if lead.rstrip().endswith(":") else verbs[0]
    before, after = speaker(lead[: verb.start()]), speaker(lead[verb.end() :])
    inverted = words[0] is verb or _INVERTS.match(words[0][0].lower()) or (after or "").lower() in _NOMINATIVE
    return (after or before) if inverted else (before or after)


def subject(sentence: str) -> str | None:
    """Return the name or pronoun that ``sentence`` opens with; None where it opens otherwise.

    >>> subject("Schrijver Jan de Boer, die de schuld op zich neemt")
    'Jan de Boer'
    """
    words = description(sentence)
    if not words or words[0].lower() in PRONOUNS:
        return words[0] if words else None
    return " ".join(name_in(words)) or None


def is_title(text: str, start: int) -> bool:
    """Return whether the words right before ``start`` announce a title or a name (*de campagne '...'*)."""
    lead = text[max(0, start - 40) : start]
    before = WORD.findall(lead)
    return bool(before) and lead[-1].isspace() and not lead.rstrip().endswith(",") and before[-1].lower() in LISTS["titles"]
