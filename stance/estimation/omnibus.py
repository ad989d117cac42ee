"""One test for each measure of whether all groups are equal, as rows of the table of estimates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.estimation.comparisons import Setting, least_of
from stance.estimation.groups import Groups
from stance.estimation.multiplicity import holm, welch
from stance.estimation.shares import Shares

__all__ = ["omnibus_rows"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEWEST_GROUPS = 3  # two groups have their difference


def omnibus_rows(
    shares: Shares, setting: Setting, groups: Groups, *, by: Sequence[str], shortage: Sequence[str], shown: Floats
) -> pd.DataFrame:
    """Return one row a measure (and a value of the other columns in ``by``), with the p-value that all groups are equal in it.

    Groups with too few coded units are left out. ``shown`` is what the coded units show, as in `stance.estimation.comparisons.bounded`.
    """
    rows = []
    for members in _compared(groups, by, shortage):
        for measure, (name, weights) in enumerate(zip(setting.measures.names, setting.measures.weights, strict=True)):
            covariance = setting.cells.covariance(shares.influence @ weights)[members][:, members].toarray()
            least = least_of(shown, setting, measure)[members]
            np.fill_diagonal(covariance, np.maximum(np.diag(covariance), least))
            found = welch(shares.estimate[members] @ weights, covariance, setting.counted.freedom[members])
            held = {column: groups.table[column].iloc[members[0]] for column in by[1:]}
            counts = {"n": setting.counted.sizes[members].sum(), "coded": setting.counted.coded_sizes[members].sum()}
            rows.append({"part": "omnibus", by[0]: f"({len(members)} groups)", **held, "measure": name, **counts, "p": found.p, "note": ""})
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p"].to_numpy())) if len(table) else table


def _compared(groups: Groups, by: Sequence[str], shortage: Sequence[str]) -> Iterator[Ints]:
    """Yield the groups that differ in the first column alone, where there are enough to compare all at once."""
    if not by:
        return
    usable = np.array([not reason for reason in shortage])
    stratum = groups.table.groupby(list(by[1:]), sort=False).ngroup().to_numpy() if len(by) > 1 else np.zeros(len(groups), dtype=np.int64)
    for number in np.unique(stratum):
        members = np.flatnonzero((stratum == number) & usable)
        if len(members) >= FEWEST_GROUPS:
            yield members
