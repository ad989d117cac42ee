"""Splits that do not leak: whole clusters of near-duplicates and of one story, and on request whole outlets, targets or dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.clusters import linked
from stance.coding.duplicates import THRESHOLD, near_duplicates
from stance.corpus.columns import number_values
from stance.corpus.records import as_strings, as_units, require_column
from stance.errors import CodingError

__all__ = ["SHARES", "cut_at", "folds", "groups", "split"]

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

SHARES: Mapping[str, float] = {"train": 0.8, "dev": 0.1, "test": 0.1}


def split(
    units: pd.DataFrame,
    *,
    rng: np.random.Generator,
    by: Sequence[str] = (),
    shares: Mapping[str, float] = SHARES,
    threshold: float = THRESHOLD,
) -> pd.DataFrame:
    """Return ``units`` with a column ``split``, each part with about its share of the units of every label.

    Units of one near-duplicate text, one ``cluster`` and one value of each column in ``by`` (``outlet``, ``target``, ``holder``, ...) stay
    together. With ``date`` in ``by`` the parts follow one another in time: the first part is the oldest, a date is never divided, and
    what belongs together goes where its last unit goes, so that no part holds anything newer than the parts after it begin with.

    >>> articles = pd.DataFrame({"text": ["Regen", "Zon", "Regen!", "Mist"], "date": ["2019-01", "2019-02", "2019-03", "2019-04"]})
    >>> rng = np.random.default_rng(0)
    >>> split(articles, rng=rng, by=["date"], shares={"train": 0.4, "test": 0.6})["split"].tolist()
    ['test', 'train', 'test', 'test']
    """
    wanted = _wanted(shares)
    names = [name for name in by if name != "date"]
    together = groups(units, by=names, threshold=threshold)
    in_time = "date" in by
    parts = _by_date(_last_dates(units, together), wanted) if in_time else _stratified(together, _label_numbers(units), wanted, rng)
    _refuse_empty(parts, list(shares), by, together)
    return units.assign(split=np.array(list(shares), dtype=object)[parts])


def folds(
    units: pd.DataFrame,
    *,
    rng: np.random.Generator,
    count: int = 5,
    by: Sequence[str] = (),
    threshold: float = THRESHOLD,
) -> pd.DataFrame:
    """Return ``units`` with a column ``fold`` (0 to ``count`` - 1), whole groups and labels spread as in ``split``."""
    if count < 2:
        raise CodingError(f"{count} folds are too few; take 2 or more.")
    if "date" in by:
        raise CodingError("Folds by date would test on the past; take split(by=['date']) or cut_at instead.")
    together = groups(units, by=by, threshold=threshold)
    parts = _stratified(together, _label_numbers(units), np.full(count, 1 / count), rng)
    _refuse_empty(parts, [f"fold {number}" for number in range(count)], by, together)
    return units.assign(fold=parts)


def cut_at(units: pd.DataFrame, *, starts: Mapping[str, str], threshold: float = THRESHOLD) -> pd.DataFrame:
    """Return ``units`` with a column ``split``: ``train`` before the first of ``starts``, then each part from its own date on.

    >>> articles = pd.DataFrame({"text": ["Regen", "Zon"], "date": ["2019-01-31", "2019-02-01"]})
    >>> cut_at(articles, starts={"test": "2019-02"})["split"].tolist()
    ['train', 'test']
    """
    dates = list(starts.values())
    if not dates or dates != sorted(set(dates)) or "train" in starts:
        raise CodingError(f"Cut points {dict(starts)} must name parts after 'train', each with a later date than the one before.")
    together = groups(units, by=[], threshold=threshold)
    parts = np.searchsorted(np.array(dates), _last_dates(units, together), side="right").astype(np.int64)
    names = ["train", *starts]
    _refuse_empty(parts, names, ["date"], together)
    return units.assign(split=np.array(names, dtype=object)[parts])


def groups(units: pd.DataFrame, *, by: Sequence[str] = (), threshold: float = THRESHOLD) -> Ints:
    """Return the number of the group of each unit: units linked by a near-duplicate text, a ``cluster`` or a value of a column in ``by``.

    A missing or blank value links nothing.

    >>> groups(pd.DataFrame({"text": ["Regen", "Zon", "Regen."], "outlet": ["A", "B", "B"]}), by=["outlet"]).tolist()
    [0, 0, 0]
    """
    columns = [*by, *(["cluster"] if "cluster" in units.columns and "cluster" not in by else [])]
    for column in columns:
        require_column(units, column, where="units")
    links = [near_duplicates(as_units(units)["text"].tolist(), threshold=threshold)]
    links += [number_values(units[column]) for column in columns]
    return linked(len(units), links)


def _wanted(shares: Mapping[str, float]) -> Floats:
    wanted = np.array(list(shares.values()), dtype=np.float64)
    if len(wanted) < 2 or (wanted <= 0).any() or abs(wanted.sum() - 1) > 1e-6:
        raise CodingError(f"Shares {dict(shares)} must be two or more numbers above 0 that sum to 1, such as train .8, dev .1, test .1.")
    return wanted


def _label_numbers(units: pd.DataFrame) -> Ints:
    """Return the number of each unit's label; units without one are a label of their own."""
    if "label" not in units.columns:
        return np.zeros(len(units), dtype=np.int64)
    return pd.factorize(units["label"], use_na_sentinel=False)[0].astype(np.int64)


def _last_dates(units: pd.DataFrame, together: Ints) -> npt.NDArray[np.str_]:
    """Return the last date in the group of each unit."""
    require_column(units, "date", where="units")
    dates = as_strings(units["date"])
    missing = np.flatnonzero(dates.isna())
    if missing.size:
        raise CodingError(
            f"units row {missing[0] + 1}: date is missing ({missing.size} such rows), so it has no place in time; fill it in."
        )
    return dates.groupby(together).transform("max").to_numpy().astype(np.str_)


def _by_date(dates: npt.NDArray[np.str_], wanted: Floats) -> Ints:
    """Return the part of each unit, such that parts follow one another in time with about the wanted shares."""
    _, place, counts = np.unique(dates, return_inverse=True, return_counts=True)
    middles = (np.cumsum(counts) - counts / 2) / len(dates)
    return np.searchsorted(np.cumsum(wanted)[:-1], middles, side="left")[place].astype(np.int64)


def _stratified(together: Ints, labels: Ints, wanted: Floats, rng: np.random.Generator) -> Ints:
    """Return the part of each unit: whole groups, the largest first, each where its labels are most lacking.

    Groups of one unit come last and fill each part up to its share of every label. Where few groups are left, such as six outlets of like
    size, they go to the parts that have none.
    """
    counts = np.zeros((int(together.max()) + 1, int(labels.max()) + 1))  # shape (groups, labels)
    np.add.at(counts, (together, labels), 1)
    sizes = counts.sum(axis=1)
    lacking = np.outer(wanted, counts.sum(axis=0))  # shape (parts, labels)
    goals = np.maximum(lacking.copy(), 1e-9)
    part_of = np.zeros(len(counts), dtype=np.int64)
    shuffled = rng.permutation(len(counts))
    empty = np.ones(len(wanted), dtype=bool)
    for place, group in enumerate(shuffled[np.argsort(-sizes[shuffled], kind="stable")]):
        if sizes[group] == 1:
            break
        few = len(counts) - place <= empty.sum()
        part_of[group] = np.where(empty, wanted, -1).argmax() if few else _neediest(lacking, goals, counts[group])
        lacking[part_of[group]] -= counts[group]
        empty[part_of[group]] = False
    single = shuffled[sizes[shuffled] == 1]
    label_of = counts.argmax(axis=1)
    for label in range(counts.shape[1]):
        own = single[label_of[single] == label]
        dealt = _dealt(len(own), lacking[:, label], first=np.lexsort((rng.random(len(wanted)), -lacking.sum(axis=1))))
        part_of[own] = rng.permutation(dealt)
        lacking[:, label] -= np.bincount(dealt, minlength=len(wanted))
    return part_of[together]


def _neediest(lacking: Floats, goals: Floats, group: Floats) -> int:
    """Return the part that lacks the labels of ``group`` most, relative to its goal, among the parts it fits in."""
    need = (lacking / goals) @ group
    fits = lacking.sum(axis=1) >= group.sum()
    if not fits.any():
        return int((lacking @ group).argmax())
    return int(np.where(fits, need, -np.inf).argmax())


def _dealt(count: int, lacking: Floats, *, first: Ints) -> Ints:
    """Return a part for each of ``count`` units, in proportion to what the parts lack; of equal remainders those in ``first`` go first."""
    lacking = np.maximum(lacking, 0)
    exact = lacking / lacking.sum() * count if lacking.sum() > 0 else np.full(len(lacking), count / len(lacking))
    whole = np.floor(exact + 1e-9).astype(np.int64)
    remainders = (whole - exact).round(9)[first]
    whole[first[np.argsort(remainders, kind="stable")[: count - whole.sum()]]] += 1
    return np.repeat(np.arange(len(lacking)), whole)


def _refuse_empty(parts: Ints, names: Sequence[str], by: Sequence[str], together: Ints) -> None:
    empty = [name for number, name in enumerate(names) if not (parts == number).any()]
    if empty:
        apart = f" by {', '.join(by)}" if by else ""
        whole, largest = together.max() + 1, np.bincount(together).max()
        raise CodingError(
            f"Split{apart}: part '{empty[0]}' stays empty, because the {len(parts)} units form {whole} groups that must stay whole,"
            f" the largest of {largest}; split by fewer columns, or into fewer parts."
        )
