"""The encoder as a scorer: cut units into windows, run the session, pool the windows."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from stance.model.pooling import Aliases, pool, windows_that_count
from stance.model.scoring import Scores
from stance.model.session import Session
from stance.model.windows import WindowCutter, first_texts

__all__ = ["EncoderScorer"]


@dataclass(frozen=True, slots=True)
class EncoderScorer:
    """Probabilities of a fine-tuned encoder for units of any length."""

    labels: tuple[str, ...]
    cutter: WindowCutter
    session: Session
    aliases: Aliases = field(default_factory=dict)

    def score(self, units: pd.DataFrame) -> Scores:
        """Return the scores of ``units``; a unit's windows are those that name its target or one of its aliases."""
        windows = self.cutter.cut(units["text"].tolist(), first_texts(units))
        counts, fallback = windows_that_count(windows, units, self.aliases, self.cutter.policy)
        # Windows that do not count are never run: a long article that names its target once costs one window.
        kept = windows.keep(counts)
        return pool(self.session.probabilities(kept), kept, fallback, self.cutter.policy)
