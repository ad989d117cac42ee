"""Pairs of text and target turned round: the target says the opposite, so against becomes favor and favor becomes against.

A model that learns from propositions as parties get them need not read the proposition to the end: most ask for more of something. Turned
pairs make it do so, and show whether it does.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stance.dutch.negation import negated

TURNED = {"against": "favor", "favor": "against", "neutral": "neutral"}


def turned(units: pd.DataFrame, opposites: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return ``units`` with opposite targets and labels, without those that have none; ``opposites`` names what is no proposition.

    Ids are new, so that the units may stand beside those they were made of.
    """
    targets = units["target"].map(negated if opposites is None else lambda target: opposites.get(target))
    found = units.assign(target=targets, label=units["label"].map(TURNED), id=units["id"].astype(str) + "-turned")
    return found[targets.notna()]


def partly_turned(units: pd.DataFrame, share: float, *, seed: int, opposites: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return ``units`` with about this share of them turned, drawn by chance; those without an opposite stay as they are."""
    drawn = np.random.default_rng(seed).random(len(units)) < share
    changed = turned(units[drawn], opposites)
    return pd.concat([units.drop(index=changed.index), changed]).sort_index()
