"""Units counted by group and cluster, and groups with too few coded ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stance.estimation.inference import Cells, cell_units
from stance.estimation.material import Material
from stance.estimation.shares import Counted

__all__ = ["FEWEST_CLUSTERS", "count_units", "counted_units", "equally_probable", "shortages"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEWEST_CLUSTERS = 5
_SAME = 1e-6
_LEAST = 0.05  # of a residual that is left where one cluster is nearly all there is


def count_units(material: Material, group: Ints) -> tuple[Counted, Cells]:
    """Return the units counted by group, and the pairs of cluster and group they make."""
    weight = np.zeros(len(group))
    weight[material.coded] = 1 / material.probability[material.coded]
    cells = cell_units(material.cluster, group)
    return counted_units(group, material.coded, weight, cells), cells


def counted_units(group: Ints, coded: npt.NDArray[np.bool_], weight: Floats, cells: Cells) -> Counted:
    """Return units counted by group, given for how many units each coded one stands (0 if not coded), and their clusters."""
    groups, pairs = int(group.max()) + 1, len(cells.group)
    with_coded = np.unique(cells.cell[coded])
    weights, squares = (np.bincount(cells.cell, weights=weight**power, minlength=pairs) for power in (1, 2))
    whole, sums, fourths = (np.bincount(cells.group, weights=each, minlength=groups) for each in (weights, squares, squares**2))
    pull = np.divide(weights, whole[cells.group], out=np.zeros(pairs), where=weights > 0)
    worth = np.divide(sums**2, fourths, out=np.zeros(groups), where=fourths > 0)  # equal to the coded clusters where all weigh the same
    return Counted(
        group=group,
        coded=coded,
        weight=weight,
        sizes=np.bincount(group, minlength=groups).astype(np.int64),
        clusters=np.bincount(cells.group, minlength=groups).astype(np.int64),
        coded_clusters=np.bincount(cells.group[with_coded], minlength=groups).astype(np.int64),
        enlarged=1 / np.sqrt(np.maximum(1 - pull, _LEAST))[cells.cell],
        freedom=worth - 1,
    )


def equally_probable(counted: Counted) -> bool:
    """Return whether the coded units of each group were all equally probable to be drawn."""
    weight, group = counted.weight[counted.coded], counted.group[counted.coded]
    lowest, highest = np.full(len(counted.sizes), np.inf), np.zeros(len(counted.sizes))
    np.minimum.at(lowest, group, weight)
    np.maximum.at(highest, group, weight)
    return bool((highest <= lowest * (1 + _SAME)).all())


def shortages(counted: Counted, minimum: int) -> list[str]:
    """Return why each group cannot be estimated from its coded units, or an empty string."""
    reasons = []
    for units, clusters in zip(counted.coded_sizes.tolist(), counted.coded_clusters.tolist(), strict=True):
        if units < minimum:
            reasons.append(f"{units} coded unit{'' if units == 1 else 's'}, under {minimum}")
        elif clusters < FEWEST_CLUSTERS:
            reasons.append(f"coded units of {clusters} cluster{'' if clusters == 1 else 's'}, under {FEWEST_CLUSTERS}")
        else:
            reasons.append("")
    return reasons
