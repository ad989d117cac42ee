"""Is gold the sample it is said to be? The predicted labels of coded units beside those of all units, which are known.

A random sample has the predicted labels of all units but for chance, and a model is as confident of coded units as of the others. Where gold was
picked by hand (only what was predicted negative), or the model was trained on it, that is not so. The difference between the corrected estimate and
the one from coded units alone, which Hausman (1978, Econometrica 46, 1251-1271) would test, is the weight of the predictions times the
difference tested here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtr

from stance.errors import InputError
from stance.estimation.material import Material
from stance.estimation.predictors import one_hot

__all__ = ["check_sample", "sample_warnings"]

Floats = npt.NDArray[np.float64]

ODD = 0.01  # the p-value under which a sample is reported
HOPELESS, FAR = 1e-9, 0.1  # and under which it is refused, if a share is off by this much
FEW = 30  # coded units that may all be right by chance


@dataclass(frozen=True, slots=True)
class _Apart:
    """A mean among the coded units beside that of all units, with the p-value of their difference."""

    coded: float
    everywhere: float
    p: float


def check_sample(material: Material) -> None:
    """Refuse gold whose predicted labels no random sample of these units could have."""
    for label, found in _labels(material):
        if found.p < HOPELESS and abs(found.coded - found.everywhere) >= FAR:
            raise InputError(
                f"gold: {found.coded:.0%} of its units (weighted by their probabilities) are predicted '{label}', and {found.everywhere:.0%} of all"
                " units are, so they are not the random sample they are said to be; draw units with stance sample, and keep all of them."
            )


def sample_warnings(material: Material) -> tuple[str, ...]:
    """Return what makes it doubtful that gold is a random sample the model has not seen, in sentences."""
    found = sorted(_labels(material), key=lambda each: each[1].p)
    notes = []
    if found and found[0][1].p < ODD:
        label, odd = found[0]
        notes.append(
            f"gold: {odd.coded:.1%} of its units (weighted) are predicted '{label}', and {odd.everywhere:.1%} of all units are (p = {odd.p:.2g}):"
            " either they are not a random sample, or the model was trained on them; corrected estimates do not hold in either case."
        )
    return (*notes, *_confidence(material), *_all_right(material))


def _labels(material: Material) -> list[tuple[str, _Apart]]:
    """Return the share of each predicted label among the coded units and all units, p-values adjusted for the number of labels."""
    labels = material.variable.labels
    marks = one_hot(material.predicted, len(labels))
    return [(label, _apart(marks[:, place], material, tests=len(labels))) for place, label in enumerate(labels)]


def _apart(values: Floats, material: Material, *, tests: int) -> _Apart:
    """Return the comparison of the weighted mean of ``values`` among coded units with the mean of all units."""
    coded = material.coded
    everywhere = float(values.mean())
    weight = 1 / material.probability[coded]
    weight = weight / weight.sum()
    away = values[coded] - everywhere
    number = pd.factorize(material.cluster[coded])[0]
    clusters = int(number.max()) + 1
    by_cluster = float((np.bincount(number, weights=weight * away) ** 2).sum())
    variance = max(by_cluster, float(values.var() * (weight**2).sum()))
    difference = float((weight * away).sum())
    if variance <= 0 or clusters < 2 or coded.all():
        return _Apart(everywhere + difference, everywhere, 1.0)
    p = 2 * float(stdtr(clusters - 1, -abs(difference) / np.sqrt(variance)))
    return _Apart(everywhere + difference, everywhere, min(1.0, p * tests))


def _confidence(material: Material) -> Iterator[str]:
    """Yield a warning where the model is more confident of coded units than of all, as of units it was trained on."""
    if "confidence" not in material.rows:
        return
    confidence = pd.to_numeric(material.rows["confidence"], errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(confidence).all():
        return
    found = _apart(confidence, material, tests=1)
    if found.p < ODD / 10 and found.coded > found.everywhere:
        yield (
            f"gold: the model is more confident of its units ({found.coded:.2f} on average) than of all ({found.everywhere:.2f}, p = {found.p:.2g}); if it"
            " was trained on them, corrected estimates do not hold: code units that it has not seen."
        )


def _all_right(material: Material) -> Iterator[str]:
    coded = material.coded
    right = material.gold[coded, material.predicted[coded]] == 1
    if right.all() and len(right) >= FEW:
        yield (
            f"gold: the model is right on all {len(right)} coded units; if it was trained on them, its errors elsewhere cannot be seen, and nothing is"
            " corrected: code units that it has not seen."
        )
