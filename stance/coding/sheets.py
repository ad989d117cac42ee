"""Coding sheets: what each coder gets, in an order of their own, and the key that stays with the researcher.

A sheet shows a unit's text, its target and a name for it (``u0001-3fa2``); never the model's label, which coders would lean to, nor the
probability with which it was drawn. The key holds, for each such name, the id and all that a coding is joined with afterwards
(`stance.coding.collecting`). The second part of the name is the code of the draw, one for all its units: sheets of one draw fit no key of
another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable
from stance.corpus.records import check_targets, check_units
from stance.errors import CodingError

__all__ = ["KEY_COLUMNS", "SheetPlan", "Sheets", "deal_sheets"]

KEY_COLUMNS = ("unit", "id", "variable", "target", "holder", "date", "outlet", "cluster", "sample_prob", "drawn", "corpus")
_SHOWN = ("target", "holder", "date", "title", "text")
_TELLING = ("id", "outlet")  # what a blind coder does not see


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """Who codes what.

    Attributes:
        variable: what is coded.
        coders: their names.
        overlap: how many units every coder codes, to measure agreement; the others are dealt out. All of them if not given.
        blind: whether outlet and id, which often names it, are left out of the sheets.
    """

    variable: Variable
    coders: Sequence[str] = ("coder",)
    overlap: int | None = None
    blind: bool = False

    def __post_init__(self) -> None:
        names = list(self.coders)
        if isinstance(self.coders, str) or not names or any(not name.strip() for name in names):
            raise CodingError(f"coders are {self.coders!r}; give a list of names, one for each coder.")
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise CodingError(f"Coder '{twice[0]}' is named twice; give each coder a name of their own.")
        strange = [name for name in names if set(name) & set('/\\:*?"<>|')]
        if strange:
            raise CodingError(f"Coder '{strange[0]}' cannot be part of a file name; use letters, figures, spaces and hyphens.")
        if self.overlap is not None and self.overlap < 0:
            raise CodingError(f"{self.overlap} units cannot be coded by everyone; give 0 or more.")


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    """The sheet of each coder, and the key.

    Attributes:
        plan: who codes what.
        by_coder: one table a coder: ``unit``, what is shown of it, then ``coder`` and the empty ``label`` and ``note``.
        key: one row a unit, with the columns of `KEY_COLUMNS` that are known.
    """

    plan: SheetPlan
    by_coder: Mapping[str, pd.DataFrame]
    key: pd.DataFrame


def deal_sheets(units: pd.DataFrame, plan: SheetPlan, *, rng: np.random.Generator) -> Sheets:
    """Return a sheet for each coder, in an order of its own, so that fatigue and learning do not fall on the same units.

    >>> units = pd.DataFrame({"id": ["a", "b", "c"], "text": ["Een.", "Twee.", "Drie."]})
    >>> tone = Variable("tone", ("negative", "neutral", "positive"))
    >>> sheets = deal_sheets(units, SheetPlan(tone, coders=["An", "Bo"], overlap=1), rng=np.random.default_rng(1))
    >>> [len(sheet) for sheet in sheets.by_coder.values()], list(sheets.by_coder["An"].columns)
    ([2, 2], ['unit', 'id', 'text', 'coder', 'label', 'note'])
    """
    checked = check_units(units, where="the sample").reset_index(drop=True)
    if plan.variable.has_target:
        check_targets(checked, where="the sample")
    if plan.overlap is not None and plan.overlap > len(checked):
        raise CodingError(f"{plan.overlap} units cannot be coded by everyone, for the sample has {len(checked)}; give at most that.")
    checked = checked.iloc[rng.permutation(len(checked))].reset_index(drop=True)
    coded = checked.assign(variable=plan.variable.name)
    width, draw = max(4, len(str(len(coded)))), _draw_code(coded)
    coded = coded.assign(unit=[f"u{number:0{width}d}-{draw}" for number in range(1, len(coded) + 1)])
    shown = ["unit", *(() if plan.blind else _TELLING), *_SHOWN]
    sheets = {}
    for place, coder in enumerate(plan.coders):
        own = coded.iloc[rng.permutation(_dealt(len(coded), place, plan))]
        columns = [name for name in shown if name in own.columns and own[name].notna().any()]
        sheets[coder] = own[columns].assign(coder=coder, label=None, note=None).reset_index(drop=True)
    return Sheets(plan, sheets, coded[[name for name in KEY_COLUMNS if name in coded.columns]])


def _draw_code(drawn: pd.DataFrame) -> str:
    """Return four figures that change with the units drawn and their order, and tell nothing of any one of them."""
    told = drawn[[name for name in (*KEY_COLUMNS, "text") if name in drawn.columns and name not in ("unit", "drawn", "corpus")]]
    return hashlib.sha256(told.to_csv(index=False).encode(errors="backslashreplace")).hexdigest()[:4]


def _dealt(units: int, coder: int, plan: SheetPlan) -> list[int]:
    """Return the places of the units that a coder gets: the first are everyone's, the others are dealt out in turn."""
    shared = units if plan.overlap is None else plan.overlap
    return [place for place in range(units) if place < shared or (place - shared) % len(plan.coders) == coder]
