"""What a model reads of its units: their texts, with the title in front or cut down to the passage about the target, as its policy says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.dutch.passages import passage_spans, titled
from stance.model.pooling import Aliases
from stance.model.windows import WindowPolicy

__all__ = ["Reading", "read_units"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of a table of units, in its order.

    Attributes:
        texts: what is cut into windows.
        share: shape (units,); share of the unit's own text that stands in it, by characters.
        fallback: shape (units,); true where a passage about the target was sought and not found, so that the whole text is read.
    """

    texts: list[str]
    share: npt.NDArray[np.float64]
    fallback: npt.NDArray[np.bool_]


def read_units(units: pd.DataFrame, aliases: Aliases, policy: WindowPolicy) -> Reading:
    """Return what is read of ``units`` (columns ``text``, maybe ``target`` and ``title``) under ``policy``."""
    texts = units["text"].tolist()
    share, fallback = np.ones(len(texts)), np.zeros(len(texts), dtype=bool)
    if policy.scope == "passage" and "target" in units:
        for row, target in enumerate(units["target"].tolist()):
            if isinstance(target, str):
                spans = passage_spans(texts[row], target, aliases.get(target, ()), limit=policy.passage)
                fallback[row] = not spans
                if spans:
                    share[row] = sum(end - start for start, end in spans) / len(texts[row])
                    texts[row] = "".join(texts[row][start:end] for start, end in spans)
    if policy.title and "title" in units:
        titles = units["title"].tolist()
        texts = [titled(text, title if isinstance(title, str) else None) for text, title in zip(texts, titles, strict=True)]
    return Reading(texts, share, fallback)
