"""Samples of units to be coded by people, each drawn with a probability that is known and kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.errors import InputError
from stance.estimation.coded_units import SAMPLE_COLUMN
from stance.estimation.groups import group_units

__all__ = ["draw_sample", "uncertainty"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

AT_RANDOM = 0.5  # the part of a sample by uncertainty that every unit has an equal chance in


def draw_sample(
    units: pd.DataFrame, *, n: int, rng: np.random.Generator, by: Sequence[str] = (), by_uncertainty: bool = False
) -> pd.DataFrame:
    """Return ``n`` of the units, in random order, with the probability that each had to be drawn in ``sample_prob``.

    - With nothing else, a simple random sample.
    - ``by``: the same number from each group, or all of a group that has fewer; the rest goes to the other groups. This is the sample for
      comparing groups: a random one would hold few units of a small outlet. With fewer units than groups, each group has the same chance
      to give one, so that no unit is without a chance to be drawn.
    - ``by_uncertainty``: units the model is unsure of are drawn more often. Half the sample is drawn in proportion to the spread of the
      predicted label, the square root of 1 - sum of p^2, which is where coding tells most (Zrnic & Candes 2024, "Active statistical inference",
      ICML, section 4); the other half keeps every probability well above 0, so that no weight gets large.

    Probabilities are exact, above 0 for every unit, and sum to ``n``: systematic sampling from a random order (Madow 1949, Annals of
    Mathematical Statistics 20, 333-354).

    >>> units = pd.DataFrame({"id": range(100), "outlet": ["NOS"] * 90 + ["Trouw"] * 10})
    >>> drawn = draw_sample(units, n=16, rng=np.random.default_rng(1), by=["outlet"])
    >>> drawn.groupby("outlet", as_index=False).agg(units=("id", "size"), sample_prob=("sample_prob", "first")).round(3)
      outlet  units  sample_prob
    0    NOS      8        0.089
    1  Trouw      8        0.800
    """
    if SAMPLE_COLUMN in units.columns:
        raise InputError(f"The table has a column '{SAMPLE_COLUMN}' already, as a sample has; draw from the table of all units.")
    if not 1 <= n <= len(units):
        raise InputError(f"A sample of {n} cannot be drawn from {len(units)} units; choose a number from 1 to {len(units)}.")
    size = uncertainty(units) if by_uncertainty else np.ones(len(units))
    groups = group_units(units, by, where="the table")
    probability = np.empty(len(units))
    for number, wanted in enumerate(_allotted(groups.sizes, n)):
        here = groups.number == number
        probability[here] = _probabilities(size[here], wanted)
    order = rng.permutation(len(units))
    turn = np.arange(len(groups)) if n >= len(groups) else rng.permutation(len(groups))  # else neighbours never come together
    order = order[np.argsort(turn[groups.number[order]], kind="stable")]  # groups one after the other keeps their numbers exact
    drawn = _systematic(probability[order], rng)
    chosen = rng.permutation(order[drawn])
    return units.iloc[chosen].assign(**{SAMPLE_COLUMN: probability[chosen]}).reset_index(drop=True)


def uncertainty(units: pd.DataFrame) -> Floats:
    """Return how spread out the predicted label of each unit is, from 0 (certain) to below 1; shape (units,).

    From the probability columns of ``stance label`` if all are filled, else from ``confidence``.
    """
    names = [name for name in units.columns if name.startswith("p_") and units[name].notna().all()]
    if len(names) > 1:
        squares = (units[names].to_numpy(dtype=np.float64) ** 2).sum(axis=1)
    elif "confidence" in units.columns:
        squares = pd.to_numeric(units["confidence"], errors="coerce").to_numpy(dtype=np.float64) ** 2
    else:
        raise InputError("A sample by uncertainty needs the rows of stance label (column 'confidence'); give those, with --texts FILE.")
    if not np.isfinite(squares).all():
        raise InputError(f"Column 'confidence' is missing in {int((~np.isfinite(squares)).sum())} rows; label all units first.")
    spread: Floats = np.sqrt(np.clip(1 - squares, 0, 1))
    return spread


def _allotted(sizes: Ints, n: int) -> Floats:
    """Return how many units to draw from each group: as equal as sizes allow, the larger groups first where it does not come out even.

    Where there are more groups than units to draw, each is allotted the same part of one.

    >>> _allotted(np.array([90, 10, 4]), 20), _allotted(np.array([90, 10]), 1)
    (array([8., 8., 4.]), array([0.5, 0.5]))
    """
    if n < len(sizes):
        return np.full(len(sizes), n / len(sizes))
    wanted = np.zeros(len(sizes), dtype=np.int64)
    while (left := n - int(wanted.sum())) > 0:
        open_ = np.flatnonzero(wanted < sizes)
        each, over = divmod(left, len(open_))
        first = open_[np.lexsort((-sizes[open_], wanted[open_]))[:over]]
        share = np.zeros(len(sizes), dtype=np.int64)
        share[open_] = each
        share[first] += 1
        wanted = np.minimum(wanted + share, sizes)
    return wanted.astype(np.float64)


def _probabilities(size: Floats, n: float) -> Floats:
    """Return probabilities that add up to ``n``: half in proportion to ``size``, half equal, none above 1."""
    equal = np.full(len(size), 1 / len(size))
    wanted = AT_RANDOM * equal + (1 - AT_RANDOM) * size / size.sum() if size.sum() > 0 else equal
    certain = np.zeros(len(size), dtype=bool)
    while True:
        probability = np.where(certain, 1.0, wanted * (n - certain.sum()) / max(wanted[~certain].sum(), 1e-300))
        above = (probability > 1) & ~certain
        if not above.any():
            return probability
        certain |= above


def _systematic(probability: Floats, rng: np.random.Generator) -> Ints:
    """Return the places that are drawn: where the running sum of probabilities passes a whole number plus a random start."""
    reached = np.floor(np.cumsum(probability) - rng.random() + 1e-9)
    return np.flatnonzero(np.diff(reached, prepend=-1.0) > 0)
