"""The encoder as a scorer: cut units into windows, run the session, pool the windows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from stance.model.pooling import Aliases, pool, windows_that_count
from stance.model.reading import read_units
from stance.model.scoring import Scores
from stance.model.session import Session
from stance.model.windows import WindowCutter, first_texts
from stance.progress import Done, silent

__all__ = ["EncoderScorer"]


@dataclass(frozen=True, slots=True)
class EncoderScorer:
    """Probabilities of a fine-tuned encoder for units of any length."""

    labels: tuple[str, ...]
    cutter: WindowCutter
    session: Session
    aliases: Aliases = field(default_factory=dict)

    def score(self, units: pd.DataFrame, on_done: Done = silent) -> Scores:
        """Return the scores of ``units``; of a unit with a target, what is read is what the policy's scope says."""
        policy = self.cutter.policy
        read = read_units(units, self.aliases, policy)
        windows = self.cutter.cut(read.texts, first_texts(units))
        counts, fallback = windows_that_count(windows, units, self.aliases, policy)
        # Windows that do not count are never run: a long article that names its target once costs one window.
        kept = windows.keep(counts)
        share = len(units) / max(len(kept.ids), 1)  # a unit has several windows
        scores = pool(self.session.probabilities(kept, lambda windows: on_done(windows * share)), kept, fallback | read.fallback, policy)
        return replace(scores, coverage=scores.coverage * read.share)
