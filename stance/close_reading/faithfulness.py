"""How far the words an explanation names are the ones the model went by: leave them out, or keep only them, and see what the probability does.

Source: DeYoung et al. 2020, ERASER (ACL), section 4. Comprehensiveness is what the probability of the label loses without the heaviest words (high is good);
sufficiency is what it loses when only these are kept (low is good). Both are averaged over shares of the words and over the parts of the article, and stand beside
the same numbers for as many words drawn by chance: an explanation is worth something only as far as it differs from chance. Occlusion picks its words by leaving
out one at a time, so some gain in comprehensiveness is built in; sufficiency has no such advantage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stance.close_reading.explaining import Explanation, Part, Word, score_texts, without_words
from stance.model.labelling import Labeller

__all__ = ["SHARES", "faithfulness"]

SHARES = (0.2, 0.5)
FEWEST = 4  # words in a part: of fewer, half or a tenth says little
DRAWS = 3


@dataclass(frozen=True, slots=True)
class _Variant:
    """A part of an article with words left out; ``kept`` is whether the chosen words are what is left."""

    part: Part
    text: str
    kept: bool
    by_chance: bool


def faithfulness(labeller: Labeller, found: Explanation, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return comprehensiveness and sufficiency of the heaviest words and of words drawn by chance.

    Columns: measure, heaviest, chance, difference (in the direction that is better), parts. Empty where no part has four words.
    """
    variants = [variant for part in found.parts if len(part.words) >= FEWEST for variant in _variants(found, part, rng)]
    columns = ["measure", "heaviest", "chance", "difference", "parts"]
    if not variants:
        return pd.DataFrame(columns=columns)
    scores = score_texts(labeller, [(one.text, one.part.segment.source) for one in variants], found.target)
    places = [found.labels.index(str(one.part.label)) for one in variants]
    full = np.array([one.part.probabilities[place] for one, place in zip(variants, places, strict=True)])
    lost = full - scores[np.arange(len(variants)), places]
    kept, by_chance = (np.array([getattr(one, name) for one in variants]) for name in ("kept", "by_chance"))
    parts = len({one.part.segment.start for one in variants})
    rows = []
    for measure, chosen, sign in (("comprehensiveness", ~kept, 1), ("sufficiency", kept, -1)):
        heaviest, chance = float(lost[chosen & ~by_chance].mean()), float(lost[chosen & by_chance].mean())
        rows.append((measure, heaviest, chance, sign * (heaviest - chance), parts))
    return pd.DataFrame(rows, columns=columns)


def _variants(found: Explanation, part: Part, rng: np.random.Generator) -> Iterator[_Variant]:
    heaviest = sorted(part.words, key=lambda word: -word.weight)
    for share in SHARES:
        number = max(1, round(share * len(heaviest)))
        chosen = [heaviest[:number]] + [[heaviest[place] for place in rng.permutation(len(heaviest))[:number]] for _ in range(DRAWS)]
        for place, words in enumerate(chosen):
            others = [word for word in part.words if word not in words]
            yield _Variant(part, _without(found, part, words), kept=False, by_chance=place > 0)
            yield _Variant(part, _without(found, part, others), kept=True, by_chance=place > 0)


def _without(found: Explanation, part: Part, words: Sequence[Word]) -> str:
    start, end = part.segment.start, part.segment.end
    return without_words(found.text[start:end], sorted((word.start - start, word.end - start) for word in words))
