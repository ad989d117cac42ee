"""From the probabilities of windows to those of their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.dutch.targets import names_target
from stance.model.scoring import Scores
from stance.model.windows import WindowPolicy, Windows

__all__ = ["Aliases", "pool", "windows_that_count"]

BoolArray = npt.NDArray[np.bool_]
Aliases = Mapping[str, Sequence[str]]


def windows_that_count(windows: Windows, units: pd.DataFrame, aliases: Aliases, policy: WindowPolicy) -> tuple[BoolArray, BoolArray]:
    """Return which windows count for their unit, and for which units none names the target (so that all count).

    Shapes (windows,) and (units,). A unit without a target counts all its windows and is no fallback.
    """
    counts = np.ones(len(windows.unit), dtype=bool)
    if policy.scope != "target" or "target" not in units or not len(units):
        return counts, np.zeros(len(units), dtype=bool)
    texts = units["text"].to_numpy()
    targets = pd.Series(units["target"].to_numpy()[windows.unit])
    for target, rows in targets.groupby(targets).indices.items():
        pieces = [texts[windows.unit[row]][slice(*windows.spans[row])] for row in rows]
        counts[rows] = names_target(pieces, (str(target), *aliases.get(str(target), ())))
    first_windows = np.searchsorted(windows.unit, np.arange(len(units)))
    fallback = ~np.logical_or.reduceat(counts, first_windows)
    return counts | fallback[windows.unit], fallback


def pool(probabilities: npt.NDArray[np.float64], windows: Windows, fallback: BoolArray, policy: WindowPolicy) -> Scores:
    """Return the units' scores: the mean over their windows, weighted by tokens (or each window alike)."""
    units = len(windows.unit_tokens)
    weights = windows.tokens if policy.pooling == "tokens" else np.ones(len(windows.unit))
    pooled = np.stack([np.bincount(windows.unit, weights=weights * column, minlength=units) for column in probabilities.T], axis=1)
    seen = np.bincount(windows.unit, weights=windows.tokens - windows.repeated, minlength=units)
    return Scores(
        probabilities=pooled / pooled.sum(axis=1, keepdims=True),
        windows=np.bincount(windows.unit, minlength=units).astype(np.int64),
        coverage=np.minimum(seen / windows.unit_tokens, 1.0),
        fallback=fallback,
    )
