"""How many units to code, before any is coded: from what is known or guessed of shares, accuracy, agreement and clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from scipy.special import ndtri

from stance.errors import InputError

__all__ = ["Plan", "plan"]

FEWEST = 10  # coded units a group, under which stance estimate corrects nothing
POWER, LEVEL = 0.8, 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known or guessed before coding.

    Attributes:
        units: the articles (or units) of each group that are labelled.
        groups: the groups that are compared, such as outlets.
        share: the share of the label in question.
        accuracy: how often the model's label is right, of units with the label and of others alike.
        alpha: the coders' Krippendorff's alpha.
        cluster_size: coded units of one story, on average.
        within: how alike units of a story are, the intraclass correlation.
        difference: the smallest difference between two groups that is to be found in 80% of studies.
        margin: the margin of error that shares are to have at most.
    """

    units: int
    groups: int = 2
    share: float = 0.3
    accuracy: float = 0.8
    alpha: float = 0.8
    cluster_size: float = 1.0
    within: float = 0.0
    difference: float | None = 0.1
    margin: float | None = None

    def __post_init__(self) -> None:
        for name, lowest, highest in (("share", 0, 1), ("accuracy", 0, 1), ("alpha", 0, 1), ("difference", 0, 1), ("margin", 0, 1)):
            value = getattr(self, name)
            if value is not None and not (lowest < value < highest or (value == 1 and name in ("accuracy", "alpha"))):
                raise InputError(f"{name} must be between 0 and 1, got {value:g}; write a share, such as 0.3.")
        if self.units < FEWEST or self.groups < 1 or self.cluster_size < 1 or not 0 <= self.within <= 1:
            raise InputError(
                f"A plan needs {FEWEST} units or more a group, 1 group or more, clusters of 1 unit or more and an intraclass correlation from 0 to 1,"
                f" got {self.units}, {self.groups}, {self.cluster_size:g} and {self.within:g}."
            )
        if self.difference is None and self.margin is None:
            raise InputError("A plan needs something to reach: pass a difference to find, or a margin of error.")

    @property
    def correlation(self) -> float:
        """The correlation of the predicted label with one coder's, whose errors lower it.

        >>> round(Plan(1_000, share=0.5, accuracy=0.9, alpha=1).correlation, 2)
        0.8
        """
        said = self.share * self.accuracy + (1 - self.share) * (1 - self.accuracy)
        together = self.share * (self.accuracy - said)
        return together / math.sqrt(self.share * (1 - self.share) * said * (1 - said)) * math.sqrt(self.alpha)

    @property
    def variance(self) -> float:
        """The variance of the label times what clusters multiply it by: 1 + (units of a story - 1) x how alike they are (Kish 1965)."""
        return self.share * (1 - self.share) * (1 + (self.cluster_size - 1) * self.within)


def plan(given: Plan) -> pd.DataFrame:
    """Return one row an aim: ``aim, value, comparisons, per_group, total, without_model, note``, the units to code with the model and without it.

    The variance of a corrected share is that of the label times (1 - r^2) / n + r^2 / N, of n coded units of N, with r the correlation of
    predicted and coded label (PPI++, Angelopoulos, Duchi & Zrnic 2023, prop. 2). Coders who know the label in a part of cases and else guess
    agree by alpha and shrink a difference by its square root. With several groups, p-values are adjusted for all comparisons with one group.

    >>> plan(Plan(units=2_000, share=0.3, accuracy=0.85, difference=0.1, margin=0.05))[["aim", "per_group", "total", "without_model"]]
              aim  per_group  total  without_model
    0  difference        286    572            826
    1      margin        221    442            646
    """
    comparisons = max(given.groups - 1, 1)
    aims = []
    if given.difference is not None and given.groups > 1:
        reached = float(ndtri(1 - LEVEL / 2 / comparisons) + ndtri(POWER))
        aims.append(("difference", given.difference, comparisons, (given.difference * math.sqrt(given.alpha) / reached) ** 2 / 2))
    if given.margin is not None:
        aims.append(("margin", given.margin, 1, (given.margin / float(ndtri(1 - LEVEL / 2))) ** 2))
    rows = []
    for aim, value, tests, wanted in aims:
        number, alone = _needed(given, wanted, given.correlation), _needed(given, wanted, 0.0)
        per_group = None if number is None else min(max(number, FEWEST), given.units)
        note = "" if number is not None else "label more units: coding alone does not get there"
        rows.append(
            {
                "aim": aim,
                "value": value,
                "comparisons": tests,
                "per_group": per_group,
                "total": None if per_group is None else per_group * given.groups,
                "without_model": None if alone is None else alone * given.groups,
                "note": note,
            }
        )
    return pd.DataFrame(rows).astype({"per_group": "Int64", "total": "Int64", "without_model": "Int64"})


def _needed(given: Plan, variance: float, correlation: float) -> int | None:
    """Return how many units of a group to code until a share has this variance, or None where not even all are enough."""
    left = variance / given.variance - correlation**2 / given.units
    number = math.ceil((1 - correlation**2) / left) if left > 0 else given.units + 1
    return number if number <= given.units or correlation == 0 else None
