"""What is to be estimated: of which variable, in which groups, compared with which, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from stance.coding.codebook import Variable
from stance.errors import InputError, did_you_mean

__all__ = ["Method", "Question", "codes_of", "parse_covariates"]

Method: TypeAlias = Literal["auto", "ppi", "dsl"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be estimated.

    Attributes:
        variable: whose labels are counted.
        by: columns of the predictions that make the groups; ``month``, ``quarter`` and ``year`` are taken from ``date``.
        versus: the group of the first column of ``by`` that the others are compared with; the largest one if not given, and each
            group with each other if ``all``.
        cluster: column of the story (or outlet) that makes units alike; units of one cluster count as dependent. If not given, the column
            ``cluster`` of the predictions, where they have one. Units of one article (``id``) or with the same ``text`` always do.
        target: only units toward these targets.
        regress: covariates of a regression of the label, linear for an ordinal variable.
        odds: labels whose log odds are regressed on the covariates instead.
        method: ``ppi`` (coded units are a random sample within each group), ``dsl`` (any sample with known probabilities), or ``auto``:
            the first where it applies.
        random_sample: the coded units are a simple random sample of all units; needed where gold has no column ``sample_prob``.
        equivalent: the largest difference that still counts as none, to test for no difference; on the scale of what is compared.
        margin: half the width of interval that is wanted, to tell how many more units to code.
        minimum: the fewest coded units that a group is estimated from.
        seed: of the folds of ``dsl``.
    """

    variable: Variable
    by: Sequence[str] = ()
    versus: str | None = None
    cluster: str | None = None
    target: Sequence[str] = ()
    regress: Sequence[str] = ()
    odds: Sequence[str] = ()
    method: Method = "auto"
    random_sample: bool = False
    equivalent: float | None = None
    margin: float | None = None
    minimum: int = 10
    seed: int = 42

    def __post_init__(self) -> None:
        _check_sequences(self)
        if self.method not in get_args(Method):
            allowed = get_args(Method)
            raise InputError(f"Method '{self.method}' is unknown; allowed are {', '.join(allowed)}.{did_you_mean(self.method, allowed)}")
        if self.margin is not None and not 0 < self.margin < 1:
            raise InputError(f"A margin of {self.margin:g} is not between 0 and 1; 0.05 asks for intervals of 5 points to either side.")
        if self.equivalent is not None and not self.equivalent > 0:
            raise InputError(f"A difference of {self.equivalent:g} cannot count as none; 0.05 tests that differences are under 5 points.")
        if self.minimum < 5:
            raise InputError(f"Groups of {self.minimum} coded units are too small to be estimated from; take 5 or more.")
        _check_words(self)


def codes_of(variable: Variable) -> npt.NDArray[np.float64] | None:
    """Return the number of each label in a mean, shape (labels,): from -1 to 1 if ordinal, its own if interval, none if nominal.

    >>> codes_of(Variable("tone", ("negative", "neutral", "positive"))).tolist()
    [-1.0, 0.0, 1.0]
    """
    if variable.level == "nominal":
        return None
    return np.linspace(-1, 1, len(variable.labels)) if variable.level == "ordinal" else np.array(variable.values)


def parse_covariates(text: str | None) -> tuple[str, ...]:
    """Return the columns named in a sum.

    >>> parse_covariates("outlet + month")
    ('outlet', 'month')
    """
    if text is None:
        return ()
    names = tuple(name.strip() for name in text.replace(",", "+").split("+"))
    if "" in names or len(set(names)) < len(names):
        raise InputError(f"Covariates '{text}' name nothing, or a column twice; write them as \"outlet + month\".")
    return names


def _check_sequences(question: Question) -> None:
    for name in ("by", "target", "regress", "odds"):
        if isinstance(getattr(question, name), str):
            raise InputError(f"{name} is one string, '{getattr(question, name)}'; write it as a list: [\"{getattr(question, name)}\"].")
    twice = [name for name in question.by if list(question.by).count(name) > 1]
    if twice:
        raise InputError(f"Column '{twice[0]}' makes groups twice; name it once.")


def _check_words(question: Question) -> None:
    """Refuse words that do not fit one another or the variable."""
    variable = question.variable
    for label in question.odds:
        if label not in variable.labels:
            allowed = ", ".join(variable.labels)
            raise InputError(
                f"Odds of '{label}' cannot be regressed: variable '{variable.name}' has {allowed}.{did_you_mean(label, variable.labels)}"
            )
    if question.odds and not question.regress:
        raise InputError(f"Odds of '{question.odds[0]}' need covariates: pass --regress 'outlet + month', or the like.")
    if question.regress and not question.odds and variable.level == "nominal":
        raise InputError(
            f"The labels of '{variable.name}' have no order, so there is no mean to regress; pass --odds LABEL for the odds of a label."
        )
    if question.versus is not None and not question.by:
        raise InputError(f"There are no groups to compare with '{question.versus}': pass --by COLUMN.")
