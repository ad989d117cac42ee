"""Gold settled from codings: by majority, by weighted vote, or by the Dawid-Skene model.

A tie is never broken, neither by chance nor toward the middle of a scale: where coders say neutral in 20% of units each, a median of two
codings would say it in 40%. A tied unit has no label, and the share of its codings that each label got.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable
from stance.coding.codings import Codings, tidy
from stance.errors import CodingError, did_you_mean

__all__ = ["Settling", "label_shares", "settle", "share_columns"]

Settling: TypeAlias = Literal["majority", "weighted", "dawid-skene"]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_SAME = 1e-9  # votes nearer than this are a tie
_ROUNDED = 0.02  # how far shares read from a file may be from adding up to 1
_FLOOR = 1e-10  # a coder who never made an error may still make one
_ROUNDS = 500


def settle(codings: pd.DataFrame, variable: Variable, *, method: str = "majority") -> pd.DataFrame:
    """Return one row a unit, in the order of the table: its key, ``label, share, codings, tie, note``, and ``share_LABEL`` of each label.

    - *majority*: each coding is one vote.
    - *weighted*: a coder's vote weighs as often as that coder agrees with the majority, over units that others coded too, ties aside.
    - *dawid-skene*: the most probable label when each coder has an error rate of their own for each label
      (Dawid & Skene 1979, Journal of the Royal Statistical Society C 28(1), 20-28); asks for coders who share many units.

    ``share`` is the label's share of the votes, or its probability. Where labels tie, ``tie`` is true and the label empty, as it is in a
    unit without codings; ``note`` says why. The columns ``share_LABEL`` hold the shares of all labels, which is how
    `stance.estimation.estimates.estimate` counts a tied unit.

    >>> codings = pd.DataFrame({"id": ["a", "a", "a", "b", "b"], "coder": ["An", "Bo", "Cas", "An", "Bo"],
    ...     "label": ["positive", "positive", "neutral", "negative", "positive"]})
    >>> settle(codings, Variable("tone", ("negative", "neutral", "positive")))[["id", "label", "share", "tie", "share_negative"]].round(2)
      id     label  share    tie  share_negative
    0  a  positive   0.67  False             0.0
    1  b       NaN    NaN   True             0.5
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


def share_columns(variable: Variable) -> list[str]:
    """Return the columns that hold the share of a unit's codings each label got, in the order of the labels.

    >>> share_columns(Variable("tone", ("negative", "positive")))
    ['share_negative', 'share_positive']
    """
    return [f"share_{label}" for label in variable.labels]


def label_shares(gold: pd.DataFrame, variable: Variable, codes: Integers) -> Floats:
    """Return the share of each label in the gold of each unit, shape (units, labels): 1 for its label (``codes``, -1 for none).

    A unit without a label that coders tied on has the shares in the columns of `share_columns`; one without either has zeros.

    >>> tied = pd.DataFrame({"share_no": [0.0, 0.5], "share_yes": [1.0, 0.5]})
    >>> label_shares(tied, Variable("mentioned", ("no", "yes")), np.array([1, -1])).tolist()
    [[0.0, 1.0], [0.5, 0.5]]
    """
    shares: Floats = np.eye(len(variable.labels) + 1)[codes][:, :-1]
    columns = share_columns(variable)
    if not set(columns) <= set(gold.columns):
        return shares
    counted = gold[columns].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    tied = (codes < 0) & (np.abs(counted.sum(axis=1) - 1) < _ROUNDED) & (counted >= 0).all(axis=1)
    return np.where(tied[:, None], counted, shares)


def _settled(coded: Codings, votes: Floats) -> pd.DataFrame:
    top, uncoded = _top(votes), coded.counts.sum(axis=1) == 0
    tie = (top.sum(axis=1) > 1) & ~uncoded
    places = np.where(tie | uncoded, -1, votes.argmax(axis=1))
    labels = np.array([*coded.variable.labels, None], dtype=object)  # place -1 is no label
    shares = _shares(votes)
    share = np.where(places >= 0, shares[np.arange(len(votes)), places], np.nan)
    settled = coded.units.assign(
        label=labels[places], share=share, codings=coded.counts.sum(axis=1), tie=tie, note=_notes(coded.variable, top, uncoded)
    )
    return settled.assign(**dict(zip(share_columns(coded.variable), shares.T, strict=True)))


def _notes(variable: Variable, top: npt.NDArray[np.bool_], uncoded: npt.NDArray[np.bool_]) -> list[str]:
    notes = ["no coding" if none else "" for none in uncoded]
    for unit in np.flatnonzero((top.sum(axis=1) > 1) & ~uncoded):
        tied = ", ".join(np.array(variable.labels)[top[unit]])
        notes[unit] = f"tie of {tied}: no label; the coders have to settle it"
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
