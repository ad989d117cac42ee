"""Which sentences of an article are about a target: those that name it, by its full name, an alias or its last name.

An article names a person in full once and by the last name after that. A measure or an issue is rarely named twice in the same words, so where no
sentence names it, those that share most of its longer words with it count; a name must be found as a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stance.dutch.targets import names_target

__all__ = ["sentences_about"]

BoolArray = npt.NDArray[np.bool_]

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_PARTICLES = frozenset({"van", "de", "der", "den", "ter", "ten", "te", "het", "la", "le", "di", "da", "dos", "el", "al", "von", "'t", "’t"})
_STEM = 5  # letters by which two longer words count as one: protest, protesten, protesteerders
_SHARE = 0.5  # of the target's longer words that a sentence shares at least


def sentences_about(sentences: Sequence[str], target: str, aliases: Sequence[str] = ()) -> BoolArray:
    """Return which of ``sentences`` are about ``target``, shape (sentences,); none where nothing of it is found.

    >>> said = ["Vladimir Poetin reist naar Minsk.", "Poetin eist steun.", "Het regent."]
    >>> sentences_about(said, "Vladimir Poetin").tolist()
    [True, True, False]
    >>> sentences_about(["De gemeente wil de kazerne sluiten.", "Dat kost geld."], "sluiting van de kazerne").tolist()
    [True, False]
    """
    forms = tuple(dict.fromkeys((target, *aliases, *_last_names((target, *aliases)))))
    named = names_target(sentences, forms)
    return named if named.any() or _is_name(target) else _sharing_words(sentences, target)


def _last_names(forms: Sequence[str]) -> list[str]:
    """Return the last name in each form that is a name of several words, all but its particles with a capital."""
    parts = [[word for word in form.split() if word.casefold() not in _PARTICLES] for form in forms if _is_name(form)]
    return [names[-1] for names in parts if len(names) > 1 and names[-1][1:2].islower() and len(names[-1]) > 2]


def _is_name(form: str) -> bool:
    """Return whether every word of ``form`` but the particles of names has a capital."""
    return all(word[:1].isupper() for word in form.split() if word.casefold() not in _PARTICLES)


def _sharing_words(sentences: Sequence[str], target: str) -> BoolArray:
    """Return which sentences share the most of the target's longer words, and at least half of them."""
    sought = _stems(target)
    if not sought:
        return np.zeros(len(sentences), dtype=bool)
    shared = np.array([len(sought & _stems(sentence)) for sentence in sentences])
    most = int(shared.max(initial=0))
    return np.asarray(shared >= max(_SHARE * len(sought), 1, most / 2), dtype=bool)


@lru_cache(maxsize=8192)
def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM].casefold() for word in _WORD.findall(text) if len(word) >= _STEM)
