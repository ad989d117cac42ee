"""Gold settled from codings: by majority, by weighted vote, or by the Dawid-Skene model; ties are told, never broken by chance."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable
from stance.coding.codings import Codings, tidy
from stance.errors import CodingError, did_you_mean

__all__ = ["Settling", "settle"]

Settling: TypeAlias = Literal["majority", "weighted", "dawid-skene"]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_SAME = 1e-9  # votes nearer than this are a tie
_FLOOR = 1e-10  # a coder who never made an error may still make one
_ROUNDS = 500


def settle(codings: pd.DataFrame, variable: Variable, *, method: str = "majority") -> pd.DataFrame:
    """Return one row a unit, in the order of the table: its key, ``label, share, codings, tie, note``.

    - *majority*: each coding is one vote.
    - *weighted*: a coder's vote weighs as often as that coder agrees with the majority, over units that others coded too, ties aside.
    - *dawid-skene*: the most probable label when each coder has an error rate of their own for each label
      (Dawid & Skene 1979, Journal of the Royal Statistical Society C 28(1), 20-28); asks for coders who share many units.

    ``share`` is the label's share of the votes, or its probability. Where labels tie, ``tie`` is true; an ordered variable then
    takes the median of the codings, and where that falls between two labels the one nearer the middle of the scale. What still ties
    has an empty label, as a unit without codings has; ``note`` says why.

    >>> codings = pd.DataFrame({"id": ["a", "a", "a", "b", "b"], "coder": ["An", "Bo", "Cas", "An", "Bo"],
    ...     "label": ["positive", "positive", "neutral", "negative", "positive"]})
    >>> settle(codings, Variable("tone", ("negative", "neutral", "positive")))[["id", "label", "share", "codings", "tie"]].round(2)
      id     label  share  codings    tie
    0  a  positive   0.67        3  False
    1  b   neutral   0.00        2   True
    """
    if method not in get_args(Settling):
        allowed = get_args(Settling)
        raise CodingError(f"method '{method}' is unknown; allowed are {', '.join(allowed)}.{did_you_mean(method, allowed)}")
    coded = tidy(codings, variable)
    if not len(coded.code):
        raise CodingError("codings: no row has a label, so there is nothing to settle.")
    votes = {"majority": _majority, "weighted": _weighted, "dawid-skene": _dawid_skene}[method](coded)
    return _settled(coded, votes)


def _majority(coded: Codings) -> Floats:
    return coded.counts.astype(np.float64)


def _weighted(coded: Codings) -> Floats:
    """Return the votes with each coder weighing by the share of their codings that the majority shares; shape (units, labels).

    A unit that one coder coded judges no one, for the majority is that coder.
    """
    plain = _majority(coded)
    top = _top(plain)
    sure = (top.sum(axis=1) == 1)[coded.unit] & coded.shared
    agrees = top[coded.unit, coded.code] & sure
    judged = np.bincount(coded.coder[sure], minlength=len(coded.coders))
    weight = np.bincount(coded.coder, weights=agrees, minlength=len(coded.coders)) / np.maximum(judged, 1)
    # one who never sat in a clear majority is judged by nothing, and weighs as the coders do on average
    weight[judged == 0] = weight[judged > 0].mean() if (judged > 0).any() else 1.0
    votes = _sums(coded, weight[coded.coder])
    # where no coder of a unit weighs anything, each coding is one vote
    return np.where(votes.any(axis=1, keepdims=True), votes, plain)


def _dawid_skene(coded: Codings) -> Floats:
    """Return the probability of each label for each unit by expectation-maximisation, started at the majority; (units, labels)."""
    posterior = _shares(_majority(coded))
    for _ in range(_ROUNDS):
        before, posterior = posterior, _expect(coded, *_maximise(coded, posterior))
        if np.abs(posterior - before).max() < _SAME:
            break
    return posterior


def _maximise(coded: Codings, posterior: Floats) -> tuple[Floats, Floats]:
    """Return the prior of each label, and each coder's P(coding | label), shape (labels, coders, labels)."""
    width, coders = posterior.shape[1], len(coded.coders)
    cells = coded.coder * width + coded.code
    counts = np.stack([np.bincount(cells, weights=share[coded.unit], minlength=coders * width) for share in posterior.T])
    errors = _shares(np.asarray(counts.reshape(width, coders, width), dtype=np.float64))
    return _shares(posterior.sum(axis=0)), np.maximum(errors, _FLOOR)


def _expect(coded: Codings, prior: Floats, errors: Floats) -> Floats:
    """Return the posterior of each unit's label; its own log likelihood is the sum over its codings."""
    logs = np.log(errors)[:, coded.coder, coded.code]  # (labels, codings)
    units = len(coded.units)
    likelihood = np.stack([np.bincount(coded.unit, weights=log, minlength=units) for log in logs], axis=1)
    joint = likelihood + np.log(np.maximum(prior, _FLOOR))
    posterior = _shares(np.exp(joint - joint.max(axis=1, keepdims=True)))
    return np.where(coded.counts.any(axis=1, keepdims=True), posterior, 0)


def _settled(coded: Codings, votes: Floats) -> pd.DataFrame:
    top, uncoded = _top(votes), coded.counts.sum(axis=1) == 0
    tie = (top.sum(axis=1) > 1) & ~uncoded
    places = np.where(tie, -1, votes.argmax(axis=1))
    if coded.variable.level != "nominal":
        places[tie] = _median(votes[tie])
    places[uncoded] = -1
    labels = np.array([*coded.variable.labels, None], dtype=object)  # place -1 is no label
    share = np.where(places >= 0, _shares(votes)[np.arange(len(votes)), places], np.nan)
    return coded.units.assign(
        label=labels[places], share=share, codings=coded.counts.sum(axis=1), tie=tie, note=_notes(coded.variable, top, places, uncoded)
    )


def _median(votes: Floats) -> Integers:
    """Return the median place of each unit's votes, a half going to the middle of the scale, -1 where that settles nothing."""
    reached = np.cumsum(_shares(votes), axis=1)
    low, high = (reached < 0.5 - _SAME).sum(axis=1), (reached < 0.5 + _SAME).sum(axis=1)
    between, middle = (low + high) / 2, (votes.shape[1] - 1) / 2
    nearer = np.where(between < middle, np.ceil(between), np.floor(between)).astype(np.int64)
    return np.where((between % 1 == 0.5) & (between == middle), -1, nearer)


def _notes(variable: Variable, top: npt.NDArray[np.bool_], places: Integers, uncoded: npt.NDArray[np.bool_]) -> list[str]:
    notes = [""] * len(places)
    for unit in np.flatnonzero((top.sum(axis=1) > 1) & ~uncoded):
        tied = ", ".join(np.array(variable.labels)[top[unit]])
        notes[unit] = f"tie of {tied}: {'median' if places[unit] >= 0 else 'no label, settle it by hand'}"
    for unit in np.flatnonzero(uncoded):
        notes[unit] = "no coding"
    return notes


def _top(votes: Floats) -> npt.NDArray[np.bool_]:
    """Return which labels have the most votes; shape (units, labels)."""
    return np.asarray(votes >= votes.max(axis=1, keepdims=True) - _SAME)


def _sums(coded: Codings, weights: Floats) -> Floats:
    """Return the summed weight of each label for each unit; shape (units, labels)."""
    width = len(coded.variable.labels)
    cells = np.bincount(coded.unit * width + coded.code, weights=weights, minlength=len(coded.units) * width)
    return np.asarray(cells.reshape(-1, width), dtype=np.float64)


def _shares(votes: Floats) -> Floats:
    """Return the votes over the last axis as shares; zeros where there are none."""
    total = votes.sum(axis=-1, keepdims=True)
    return np.asarray(votes / np.where(total > 0, total, 1))
