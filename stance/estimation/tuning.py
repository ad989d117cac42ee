"""How much predictions count in a corrected share: the weight of least variance, fitted to other units than it is used for.

A weight fitted to the very units it corrects leans with them: where the sample happens to hold many units of a rare label, it is lower. That made
shares of 2% low by 5 to 25% of themselves. With cross-fitting (Zrnic & Candès 2024, "Cross-prediction-powered inference", PNAS 121) the
units of a fold are corrected with the weight fitted to the other folds, and nothing leans.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stance.estimation.inference import Cells
from stance.estimation.shares import Counted, group_sums

__all__ = ["tuned_weights"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def tuned_weights(gold: Floats, predictor: Floats, counted: Counted, cells: Cells, *, fold: Ints | None = None) -> Floats:
    """Return the weight of the predictions, from 0 to 1, for each unit: that of its group, fitted without its fold; shape (units,).

    The weight is that of least variance of PPI++ (Angelopoulos, Duchi & Zrnic 2023, arXiv 2311.01453, prop. 2), one for all labels of a group so
    that shares add up to 1; the products are of the sums of clusters, for units of a cluster err together. Without ``fold`` it is fitted to
    all coded units, as there.
    """
    tuning = _Tuning(gold, predictor, counted, cells)
    if fold is None:
        return tuning.weights(np.ones(len(cells.group), dtype=bool))[counted.group]
    of_cell = np.zeros(len(cells.group), dtype=np.int64)
    of_cell[cells.cell] = fold
    found = np.zeros(len(counted.group))
    for number in np.unique(fold[counted.coded]):
        here = fold == number
        found[here] = tuning.weights(of_cell != number)[counted.group[here]]
    return found


class _Tuning:
    """The sums that weights follow from, one a pair of cluster and group, kept while folds are left out in turn."""

    def __init__(self, gold: Floats, predictor: Floats, counted: Counted, cells: Cells) -> None:
        count, cell, coded = len(cells.group), cells.cell, counted.coded
        self.group, self.groups = cells.group, len(counted.sizes)
        self.coded = np.bincount(cell[coded], minlength=count).astype(np.float64)
        self.rest = np.bincount(cell[~coded], minlength=count).astype(np.float64)
        self.gold = group_sums(gold[coded], cell[coded], count)
        self.predicted = group_sums(predictor[coded], cell[coded], count)
        self.among_rest = group_sums(predictor[~coded], cell[~coded], count)
        self.squares = np.bincount(cell[coded], weights=(predictor[coded] ** 2).sum(axis=1), minlength=count).astype(np.float64)
        mean = group_sums(predictor, counted.group, self.groups) / counted.sizes[:, None]
        away = ((predictor - mean[counted.group]) ** 2).sum(axis=1)
        spread: Floats = np.bincount(counted.group, weights=away, minlength=self.groups).astype(np.float64)
        self.spread = spread / np.maximum(counted.sizes - 1.0, 1.0)

    def weights(self, kept: Bools) -> Floats:
        """Return the weight of each group from the coded units in the pairs that are ``kept``, shape (groups,)."""
        n, rest = self._summed(self.coded * kept), self._summed(self.rest)
        gold, predicted = (self._away(sums * kept[:, None], self.coded * kept) for sums in (self.gold, self.predicted))
        others = self._away(self.among_rest, self.rest)
        n, rest = np.maximum(n, 1.0), np.maximum(rest, 1.0)
        together = self._product(gold, predicted) / n**2 - self._product(gold, others) / (n * rest)
        alike: Floats = self._product(predicted, predicted)
        alone = self._summed(self.squares * kept) - (self._sums(self.predicted * kept[:, None]) ** 2).sum(axis=1) / n
        alike = np.divide(alike, alone, out=np.ones(self.groups), where=alone > 1e-12)  # what clusters multiply the variance by
        variance = self.spread * alike / n + self._product(others, others) / rest**2 - 2 * self._product(predicted, others) / (n * rest)
        usable = (variance > 0) & (self._summed(self.rest) > 0)
        best: Floats = np.divide(together, variance, out=np.zeros(self.groups), where=usable)
        return np.clip(best, 0.0, 1.0)

    def _away(self, sums: Floats, number: Floats) -> Floats:
        """Return the sums of each pair less what the mean of its group makes of them."""
        mean = self._sums(sums) / np.maximum(self._summed(number), 1.0)[:, None]
        return np.asarray(sums - number[:, None] * mean[self.group])

    def _product(self, one: Floats, other: Floats) -> Floats:
        return self._summed(np.asarray((one * other).sum(axis=1), dtype=np.float64))

    def _summed(self, values: Floats) -> Floats:
        return np.bincount(self.group, weights=values, minlength=self.groups).astype(np.float64)

    def _sums(self, values: Floats) -> Floats:
        return group_sums(values, self.group, self.groups)
