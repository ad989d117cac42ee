"""What a report is asked to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

from stance.coding.codebook import Variable

__all__ = ["ReportRequest"]


@dataclass(frozen=True, slots=True, eq=False)
class ReportRequest:
    """What a report is made from; a part that is not given is named as missing in the page.

    Attributes:
        predictions: the rows of ``stance label``; those of other variables are left out.
        variable: what was coded.
        gold: the coded sample: ``id`` (with ``target, holder`` where the variable has them), ``label``, and ``sample_prob``; with ``coder``
            it may hold several codings of a unit, which are settled by majority.
        random_sample: gold without ``sample_prob`` is a simple random sample of the predictions.
        codings: one row a coding: ``id, coder, label``.
        audit: what ``stance audit --json`` wrote: ``{"signature": {...}, "rows": [...]}``.
        by: columns of the predictions to compare groups by, besides ``outlet`` and the month of ``date`` (or ``quarter``, ``year``).
        title: the heading of the page; without it the variable's.
        language: ``en`` or ``nl``.
        seed: of all that is drawn by chance.
    """

    predictions: pd.DataFrame
    variable: Variable
    gold: pd.DataFrame | None = None
    random_sample: bool = False
    codings: pd.DataFrame | None = None
    audit: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    by: tuple[str, ...] = ()
    title: str = ""
    language: str = "en"
    seed: int = 42
