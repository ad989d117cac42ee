"""The coded units of a sample: one row each, with the label their codings give, and how probable it was that they would be coded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.gold import label_shares, settle, share_columns
from stance.corpus.columns import truths
from stance.corpus.records import as_strings, require_column
from stance.errors import InputError
from stance.estimation.question import Question

__all__ = [
    "CORPUS_COLUMN",
    "DRAWN_COLUMN",
    "KEY",
    "SAMPLE_COLUMN",
    "CodedTwice",
    "ProbabilitySample",
    "coded_twice",
    "drawn_elsewhere",
    "joined_keys",
    "one_a_unit",
    "places_of",
    "sample_of",
    "units_hash",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SAMPLE_COLUMN = "sample_prob"
DRAWN_COLUMN = "drawn"
CORPUS_COLUMN = "corpus"
KEY = ("id", "target", "holder")
FEWEST_SHARED = 20  # second codings under which nothing is known of the coders
_UNLIKELY = 4.0  # standard errors between the units there are and those that the sample stands for
_SAME = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class ProbabilitySample:
    """The drawn units, in the order of the gold table.

    Attributes:
        gold: the share of each label, shape (drawn, labels); zeros where a unit has none.
        coded: whether it is a unit of the predictions and has gold, shape (drawn,).
        probability: how probable it was that the unit would be drawn and coded, shape (drawn,).
        notes: what was settled or left out, in sentences.
    """

    gold: Floats
    coded: Bools
    probability: Floats
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CodedTwice:
    """The codings of units of which several coders coded some; one entry a coding, shape (codings,).

    Attributes:
        unit: the place of the unit among the coded units of the predictions, in the order of these.
        coder: the number of the coder.
        code: the place of the label.
    """

    unit: Ints
    coder: Ints
    code: Ints


def coded_twice(rows: pd.DataFrame, gold: pd.DataFrame, variable: Variable, *, coded: Bools) -> CodedTwice | None:
    """Return the codings of the coded units, where two coders or more share enough units to show how often they err; None otherwise."""
    if "coder" not in gold.columns:
        return None
    gold = gold.assign(**{name: as_strings(gold[name]) for name in KEY if name in gold.columns})
    codes = check_codings(gold.assign(target=gold.get("target")), variable, where="gold")
    place, _ = places_of(rows, gold)
    number = np.cumsum(coded) - 1
    used = (codes >= 0) & (place >= 0) & gold["coder"].notna().to_numpy()
    unit = number[place[used]]
    if len(unit) - len(np.unique(unit)) < FEWEST_SHARED:
        return None
    coder = pd.factorize(gold["coder"].astype(str).to_numpy()[used], sort=True)[0].astype(np.int64)
    return CodedTwice(unit.astype(np.int64), coder, codes[used])


def sample_of(drawn: pd.DataFrame, question: Question, *, inside: Bools, units: int) -> ProbabilitySample:
    """Return the sample that gold is, one row a unit; ``inside`` says which are among the ``units`` predictions.

    Units that were drawn and have no gold, in the table or deleted from it, lower the probability of the others.
    """
    codes = check_codings(drawn.assign(target=drawn.get("target")), question.variable, where="gold")
    gold = label_shares(drawn, question.variable, codes)
    given: Bools = np.asarray(gold.any(axis=1))
    coded = given & inside
    if not coded.any():
        raise InputError("gold: no unit has a label; code some of the sample first.")
    deleted = _deleted(drawn)
    answered = float(coded.sum() / inside.sum()) * len(drawn) / (len(drawn) + deleted)
    probability = _probabilities(drawn, coded=int(coded.sum()), units=units, answered=answered, question=question)
    scaled, told = _rescaled(probability, coded, units=units, stated=SAMPLE_COLUMN in drawn.columns)
    notes = (*_tied(drawn, given & (codes < 0)), *_uncoded(given[inside]), *_missing(deleted, drawn), *told)
    return ProbabilitySample(gold, coded, scaled, notes)


def one_a_unit(gold: pd.DataFrame, variable: Variable) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return gold with one row a unit, and what was settled to get there."""
    require_column(gold, "id", where="gold")
    require_column(gold, "label", where="gold")
    filled = {name: as_strings(gold[name]) for name in KEY if name in gold.columns}
    gold = gold.assign(**filled).reset_index(drop=True)
    key = [name for name in KEY if name in gold.columns and (name == "id" or gold[name].notna().any())]
    repeated = gold.duplicated(key)
    if not repeated.any():
        return gold, ()
    if "coder" not in gold.columns:
        first = gold.loc[repeated, "id"].iloc[0]
        raise InputError(f"gold: unit '{first}' stands twice ({int(repeated.sum())} such rows) and no column 'coder' says who coded it.")
    label = settle(gold.drop(columns="variable", errors="ignore"), variable)
    settled = ["label", "tie", *share_columns(variable)]
    one = gold.drop_duplicates(key).reset_index(drop=True).drop(columns=settled, errors="ignore")
    merged = one.merge(label[[*key, *settled]], on=key, how="left", validate="one_to_one")
    return merged, (f"gold: {len(gold)} codings of {len(merged)} units were settled by majority.",)


def places_of(rows: pd.DataFrame, gold: pd.DataFrame) -> tuple[Ints, tuple[str, ...]]:
    """Return the row of each gold unit, -1 for none, and how many have none."""
    key = [name for name in KEY if name in gold.columns and (name == "id" or gold[name].notna().any())]
    if rows.duplicated(key).any():
        lacking = next(name for name in KEY if name not in key and rows[name].notna().any())
        raise InputError(
            f"gold: column '{lacking}' is missing, and predictions hold several rows of one id; say which each label is about."
        )
    place = pd.Index(joined_keys(rows, key)).get_indexer(pd.Index(joined_keys(gold, key))).astype(np.int64)
    lost = int((place < 0).sum())
    if lost == len(gold):
        raise InputError(f"gold: none of its {lost} units is among the predictions (first id '{gold['id'].iloc[0]}'); give matching ids.")
    return place, (f"gold: {lost} of {len(gold)} units are not among the predictions and were left out.",) if lost else ()


def units_hash(rows: pd.DataFrame) -> str:
    """Return a 12-character hash of which units a table holds, whatever their order; the key of a sample holds that of the table it was drawn from.

    >>> units_hash(pd.DataFrame({"id": ["a", "b"]})) == units_hash(pd.DataFrame({"id": ["b", "a"], "target": None}))
    True
    """
    names = rows.reindex(columns=list(KEY)).astype(object)
    joined = sorted(joined_keys(names.where(names.notna(), ""), KEY))
    return hashlib.sha256("\x1e".join(joined).encode(errors="backslashreplace")).hexdigest()[:12]


def drawn_elsewhere(rows: pd.DataFrame, gold: pd.DataFrame) -> tuple[str, ...]:
    """Report gold that was drawn from another table than the predictions, by the hash that its key gave it."""
    if CORPUS_COLUMN not in gold.columns:
        return ()
    drawn = gold[CORPUS_COLUMN].dropna().astype(str).unique()
    if len(drawn) == 0 or units_hash(rows) in drawn:
        return ()
    return (
        f"gold: its units were drawn from another table than these {len(rows):,} predictions (column '{CORPUS_COLUMN}'): units were added or left out"
        " since, and the sample says nothing of those that were added.",
    )


def joined_keys(frame: pd.DataFrame, key: Sequence[str]) -> pd.Series:
    """Return one name for each unit, from the columns in ``key``."""
    joined = frame[key[0]].fillna("").astype(str)
    for name in key[1:]:
        joined = joined + "\x1f" + frame[name].fillna("").astype(str)
    return joined


def _probabilities(drawn: pd.DataFrame, *, coded: int, units: int, answered: float, question: Question) -> Floats:
    """Return the probability that each drawn unit would be coded; refuses a sample of which that is not known."""
    if SAMPLE_COLUMN not in drawn.columns:
        if not question.random_sample:
            raise InputError(
                f"gold: column '{SAMPLE_COLUMN}' is missing, so it is not known how its units were chosen; draw them with stance sample, or"
                " pass --random-sample if they are a simple random sample of the predictions (units chosen by hand cannot correct anything)."
            )
        return np.full(len(drawn), coded / units)
    if question.random_sample:
        raise InputError(f"gold: column '{SAMPLE_COLUMN}' says how units were drawn; leave out --random-sample, or that column.")
    probability = pd.to_numeric(drawn[SAMPLE_COLUMN], errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~((probability > 0) & (probability <= 1)))
    if bad.size:
        value = drawn[SAMPLE_COLUMN].iloc[bad[0]]
        raise InputError(
            f"gold: unit '{drawn['id'].iloc[bad[0]]}' has {SAMPLE_COLUMN} {value}, which must be above 0 and at most 1 ({bad.size} such units)."
        )
    lowered: Floats = probability * answered
    return lowered


def _rescaled(probability: Floats, coded: Bools, *, units: int, stated: bool) -> tuple[Floats, tuple[str, ...]]:
    """Return the probabilities such that the coded units stand for the units there are, with a note where they did not.

    A sample whose stated probabilities are wrong by one factor, such as 1 for every unit, is put right by this (the R package dsl takes the
    share of coded units in that case).
    """
    own = probability[coded]
    stands_for = float((1 / own).sum())
    spread = float(np.sqrt(((1 - own) / own**2).sum()))
    certain = bool((own >= 1 - _SAME).all()) and len(own) < units
    if not stated or (not certain and abs(stands_for - units) <= _UNLIKELY * spread + 0.01 * units):
        return probability, ()
    told = (
        f"gold: by their {SAMPLE_COLUMN} its units stand for {stands_for:,.0f} units, but there are {units:,} predictions; was the sample"
        " drawn from another table? The probabilities were rescaled to the units there are."
    )
    return probability * stands_for / units, (told,)


def _deleted(drawn: pd.DataFrame) -> int:
    """Return how many units of the draw are not in the gold table, from the column ``drawn`` that the key gives it; 0 where it has none."""
    if DRAWN_COLUMN not in drawn.columns:
        return 0
    sizes = pd.to_numeric(drawn[DRAWN_COLUMN], errors="coerce").dropna().unique()
    return max(0, int(sizes.sum()) - len(drawn))


def _missing(deleted: int, drawn: pd.DataFrame) -> tuple[str, ...]:
    if not deleted:
        return ()
    return (
        f"gold: {deleted} of the {deleted + len(drawn)} units that were drawn are not in the table; the others stand for them too, which is right"
        " only if it is chance which were left out.",
    )


def _tied(drawn: pd.DataFrame, tied: Bools) -> tuple[str, ...]:
    """Report how many units coders tied on, where several coders may have."""
    ties = int((truths(drawn["tie"]) | tied).sum()) if "tie" in drawn.columns else int(tied.sum())
    if not ties:
        return ("gold: no unit is a tie between coders.",) if "tie" in drawn.columns else ()
    return (
        f"gold: {ties} of {len(drawn)} units are ties between coders; each counts as the shares of its codings,"
        " never as a label that nobody chose.",
    )


def _uncoded(given: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    left = int((~given).sum())
    if not left:
        return ()
    return (
        f"gold: {left} of {len(given)} sampled units have no label; the others stand for them too, which is right only if it is chance"
        " which were left uncoded.",
    )
