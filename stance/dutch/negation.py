"""A proposition that says the opposite, so that one can see whether a model reads what it is asked about."""

from __future__ import annotations

import re

__all__ = ["negated"]

_NOT = re.compile(r"\b(niet|geen) ?")
# The verb of a proposition, first the one that most have; plurals that are infinitives or possessives too (zijn, hebben) are no sign of one.
_VERBS = (
    re.compile(r"\b(moet|moeten|mag|mogen|hoeft|hoeven)\b( een\b)?"),
    re.compile(r"\b(kan|kunnen|wil|willen|is|wordt|worden|blijft|blijven|heeft|krijgt|krijgen|gaat|gaan)\b( een\b)?"),
)


def negated(proposition: str) -> str | None:
    """Return a Dutch proposition that says the opposite, None where no verb for it is found; plain, not always pretty.

    A negation is taken out, or put behind the first verb.

    >>> negated("De gemeente moet een zwembad bouwen."), negated("In Zwolle mogen geen hoge flats komen.")
    ('De gemeente moet geen zwembad bouwen.', 'In Zwolle mogen hoge flats komen.')
    >>> negated("kernenergie") is None
    True
    """
    if found := _NOT.search(proposition):
        return proposition[: found.start()] + proposition[found.end() :]
    found = next(filter(None, (verbs.search(proposition) for verbs in _VERBS)), None)
    if found is None:
        return None
    return proposition[: found.start()] + found[1] + (" geen" if found[2] else " niet") + proposition[found.end() :]
