"""Several models of one variable as one: which of them labels a unit depends on whether it has a target and a holder.

The tone of an article and the tone toward a target are different questions with the same labels; so are the journalist's own stance and that
of an actor in the text. A target that is a whole sentence is a proposition: its text argues for or against it, as party explanations do, and
so the model that learned these labels it, whether a holder is named or not. Headlines and single sentences may have a model of their own, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.errors import InputError
from stance.model.calibration import Calibration
from stance.model.scoring import Scorer, Scores
from stance.progress import Done, silent

__all__ = ["CHOICES", "ChoiceScorer", "chosen_members"]

CHOICES = ("article", "sentence", "target", "holder")
SENTENCE_WORDS = 40  # a text of no more words, without a target, is a headline or a sentence
_SENTENCE = re.compile(r"\S+(?:\s+\S+){3,}(?<![\s.][A-Z])[.!?]\s*\Z")  # four words or more, and a full stop that is not an initial's


@dataclass(frozen=True, slots=True)
class ChoiceScorer:
    """Probabilities of the model that each unit is for, calibrated as that model is.

    Attributes:
        members: the models, which share their labels.
        calibrations: how each one's probabilities are scaled.
        choices: which units each one labels, of ``CHOICES``.
    """

    members: tuple[Scorer, ...]
    calibrations: tuple[Calibration, ...]
    choices: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the probability columns."""
        return self.members[0].labels

    def score(self, units: pd.DataFrame, on_done: Done = silent) -> Scores:
        """Return the scores of ``units``, one row each, in input order."""
        chosen = chosen_members(units, self.choices)
        count = len(units)
        found = Scores(np.empty((count, len(self.labels))), np.zeros(count, dtype=np.int64), np.zeros(count), np.zeros(count, dtype=bool))
        for place in np.unique(chosen):
            rows = chosen == place
            own = units[rows] if self.choices[place] == "holder" else units[rows].assign(holder=None)
            scores = self.members[place].score(own, on_done)
            found.probabilities[rows] = self.calibrations[place].apply(scores.probabilities)
            found.windows[rows], found.coverage[rows], found.fallback[rows] = scores.windows, scores.coverage, scores.fallback
        return found


def chosen_members(units: pd.DataFrame, choices: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return which member labels each unit, by its place in ``choices``, shape (units,).

    A headline or sentence goes to the member for articles where none is for sentences. A holder that no member is for is not looked at; a unit
    without a target is refused where no member is for articles. A proposition goes to the member for holders, where there is one.

    >>> units = pd.DataFrame({"target": [None, "Oekraïne", "Oekraïne"], "holder": [None, None, "D66"]}, dtype=object)
    >>> chosen_members(units, ("article", "target")).tolist(), chosen_members(units[1:], ("target", "holder")).tolist()
    ([0, 1, 1], [0, 1])
    >>> chosen_members(units[1:2].assign(target="De belasting moet omlaag."), ("target", "holder")).tolist()
    [1]
    """
    place = {name: number for number, name in enumerate(choices)}
    targeted, held = units["target"].notna().to_numpy(), units["holder"].notna().to_numpy()
    if "article" not in place and not targeted.all():
        raise InputError(f"Unit {int((~targeted).argmax()) + 1} has no target; this model codes toward one, so name it.")
    chosen = np.where(targeted, place.get("target", place.get("holder", -1)), place.get("article", -1))
    if "sentence" in place:
        short = np.array([len(text.split(maxsplit=SENTENCE_WORDS)) <= SENTENCE_WORDS for text in units["text"]], dtype=bool)
        chosen = np.where(~targeted & short, place["sentence"], chosen)
    if "holder" not in place:
        return chosen
    proposed = np.array([isinstance(target, str) and _SENTENCE.match(target) is not None for target in units["target"]], dtype=bool)
    return np.where(targeted & (held | proposed), place["holder"], chosen)
