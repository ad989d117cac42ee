"""Units counted by group and cluster, and groups with too few coded ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stance.estimation.inference import Cells, cell_units
from stance.estimation.material import Material
from stance.estimation.shares import Counted

__all__ = ["FEWEST_CLUSTERS", "count_units", "equally_probable", "shortages"]

Ints = npt.NDArray[np.int64]

FEWEST_CLUSTERS = 5
_SAME = 1e-6


def count_units(material: Material, group: Ints) -> tuple[Counted, Cells]:
    """Return the units counted by group, and the pairs of cluster and group they make."""
    cells = cell_units(material.cluster, group)
    groups = int(group.max()) + 1
    with_coded = np.unique(cells.cell[material.coded])
    weight = np.zeros(len(group))
    weight[material.coded] = 1 / material.probability[material.coded]
    counted = Counted(
        group=group,
        coded=material.coded,
        weight=weight,
        sizes=np.bincount(group, minlength=groups).astype(np.int64),
        clusters=np.bincount(cells.group, minlength=groups).astype(np.int64),
        coded_clusters=np.bincount(cells.group[with_coded], minlength=groups).astype(np.int64),
    )
    return counted, cells


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
