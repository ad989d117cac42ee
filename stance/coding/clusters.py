"""Which units are alike, and must count as one draw: those of one article, of one text, and of one value of a column such as the story.

Targets of one article, and copies of one text, are right and wrong together. Taking them for independent makes intervals too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.duplicates import components
from stance.corpus.columns import number_values
from stance.corpus.records import as_strings, require_column

__all__ = ["cluster_note", "clusters_of", "linked"]

Ints = npt.NDArray[np.int64]


def clusters_of(units: pd.DataFrame, by: str | None = None, *, where: str = "units", option: str = "--cluster") -> Ints:
    """Return the number of the cluster of each unit, shape (units,): units that share an id, a text, or a value of ``by``.

    ``by`` is the column ``cluster`` where none is named and the table has one. Texts are the same if they differ in capitals and white space alone.
    A missing or blank value links nothing.

    >>> clusters_of(pd.DataFrame({"id": ["a", "a", "b", "c"], "target": ["VVD", "D66", "VVD", "VVD"], "text": ["Zon", "Zon", "Regen", "regen "]})).tolist()
    [0, 0, 1, 1]
    """
    if by is not None:
        require_column(units, by, where=where, option=option)
    named = [by if by is not None else "cluster", "id"]
    links = [number_values(units[name]) for name in named if name in units.columns]
    if "text" in units.columns:
        links.append(number_values(as_strings(units["text"]).str.lower().str.split().str.join(" ")))
    return linked(len(units), links)


def linked(units: int, links: Sequence[Ints]) -> Ints:
    """Return the number of the group of each unit; units are linked by an equal number in any of ``links``, shape (units,), -1 linking nothing."""
    together = np.arange(units)
    for values in links:
        given = np.flatnonzero(values >= 0)
        # A unit is linked to a point that stands for its value.
        joined = components(units + int(values.max(initial=0)) + 1, together[given], units + values[given])
        together = joined[:units][together]
    return pd.factorize(together)[0].astype(np.int64)


def cluster_note(clusters: Ints, *, by: str | None = None) -> str:
    """Return that units were taken together, in a sentence; an empty string where each is its own cluster.

    >>> cluster_note(np.array([0, 0, 1]))
    '3 units make up 2 clusters (units with one id or text); intervals and p-values take a cluster as one draw.'
    """
    count = len(np.unique(clusters))
    if count == len(clusters):
        return ""
    alike = f"units with one id, text or {by}" if by else "units with one id or text"
    return f"{len(clusters):,} units make up {count:,} clusters ({alike}); intervals and p-values take a cluster as one draw."
