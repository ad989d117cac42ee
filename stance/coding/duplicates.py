"""Texts that repeat one another: wire copy in several outlets, updated articles, re-used statements.

Two texts are near-duplicates when their sets of word pairs overlap: the Jaccard similarity (shared pairs / all pairs) is at least the
threshold. The search is exact. Texts whose overlap reaches ``t`` share one of their rarest pairs, so only those are looked up (prefix
filter: Bayardo, Ma & Srikant 2007, Scaling Up All Pairs Similarity Search, WWW, section 4), and each pair that comes up is then
counted in full. Unlike MinHash it misses nothing, reports nothing false and needs no seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from stance.corpus.columns import number_values
from stance.corpus.ngrams import chunks, words
from stance.corpus.records import as_units
from stance.errors import CodingError, LeakError

__all__ = ["LEAK", "THRESHOLD", "check_leaks", "components", "leaks", "near_duplicates"]

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

THRESHOLD = 0.5
"""Share of word pairs two texts have in common from which on they are one text.

At .5 a headline of eight words still matches after one word in the middle was changed, and the clusters of DpgMedia2019 are exactly
its hand-made duplicate groups. Splits keep such texts together.
"""

LEAK = 0.9
"""Similarity from which on a test unit that train repeats makes a score unbelievable.

Higher than `THRESHOLD`, because short statements that say the same thing (*Dit is geen taak van de gemeente*) are no copies.
"""

PAIRS_AT_ONCE = 200_000
SLACK = 1e-9  # of rounding: a pair on the threshold is one above it


@dataclass(frozen=True, slots=True)
class _Sets:
    """Word pairs of texts, as sets; texts with the same set share one row.

    Attributes:
        shingles: shape (sets, distinct word pairs that stand in two sets or more); columns from the rarest pair to the most frequent.
        sizes: shape (sets,); word pairs in the set, those that stand nowhere else included.
        members: shape (texts,); the set of each text, -1 for a text without words.
    """

    shingles: sparse.csr_matrix
    sizes: Ints
    members: Ints


@dataclass(frozen=True, slots=True)
class _Postings:
    """Rare shingles, by key and then by the size of the set they stand in; all arrays of shape (postings,).

    Attributes:
        keys: the shingle.
        owners: the set it stands in.
        left: how many shingles of the set are as frequent or more, itself included.
    """

    keys: npt.NDArray[np.int32]
    owners: Ints
    left: Ints


def near_duplicates(texts: Sequence[str], *, threshold: float = THRESHOLD) -> Ints:
    """Return the cluster number of each text, from 0 in order of appearance: near-duplicates of near-duplicates share a cluster.

    >>> near_duplicates(["Kabinet valt over asiel", "Regen in heel Vlaanderen", "Kabinet valt over asiel!"]).tolist()
    [0, 1, 0]
    """
    sets = _sets(texts, threshold)
    clusters = np.arange(len(sets.sizes))
    for left, right in _candidates(sets, threshold):
        apart = clusters[left] != clusters[right]  # a pair that is linked already need not be counted
        left, right = left[apart], right[apart]
        alike = _jaccard(sets, left, right) >= threshold
        # Clusters linked earlier are one node each, named by their number.
        clusters = components(len(clusters), clusters[left[alike]], clusters[right[alike]])[clusters]
    alone = len(sets.sizes) + np.arange(len(texts))  # a text without words repeats nothing
    known = np.append(clusters, -1)[sets.members]
    return _in_order(np.where(sets.members >= 0, known, alone))


def leaks(train: pd.DataFrame, test: pd.DataFrame, *, threshold: float = LEAK) -> pd.DataFrame:
    """Return every pair of a train and a test unit that share a near-duplicate text or a ``cluster``.

    Columns ``train_id``, ``test_id``, ``similarity`` (NaN where only the cluster is shared) and ``shared`` (``text`` or ``cluster``); the
    most similar pairs stand first.

    >>> leaks(pd.DataFrame({"text": ["Zeker niet, zei zij"]}), pd.DataFrame({"text": ["Zeker niet, zei zij."]}))["similarity"].tolist()
    [1.0]
    """
    left, right = as_units(train), as_units(test)
    found = _shared_texts(left, right, threshold)
    if "cluster" in left.columns and "cluster" in right.columns:
        columns = ["id", "cluster"]
        known = [units.loc[number_values(units["cluster"]) >= 0, columns] for units in (left, right)]
        stories = known[0].merge(known[1], on="cluster", suffixes=("_train", "_test"))
        stories = stories.rename(columns={"id_train": "train_id", "id_test": "test_id"})[["train_id", "test_id"]]
        found = pd.concat([found, stories.assign(similarity=np.nan, shared="cluster")], ignore_index=True)
    found = found.sort_values(["similarity", "train_id", "test_id"], ascending=[False, True, True], na_position="last", kind="stable")
    return found.drop_duplicates(["train_id", "test_id"]).reset_index(drop=True)


def check_leaks(train: pd.DataFrame, test: pd.DataFrame, *, threshold: float = LEAK) -> None:
    """Refuse a test with a unit that train repeats: raises a `LeakError` that names the first pair."""
    found = leaks(train, test, threshold=threshold)
    if found.empty:
        return
    first = found.iloc[0]
    how = "a cluster" if first["shared"] == "cluster" else f"{first['similarity']:.0%} of their word pairs"
    raise LeakError(
        f"{found['test_id'].nunique()} of {len(test)} test units leak from train, first test unit '{first['test_id']}', which shares {how}"
        f" with train unit '{first['train_id']}'; leave such units out of train, or split again with stance split."
    )


def components(nodes: int, left: Ints, right: Ints) -> Ints:
    """Return the component of each of ``nodes`` points, numbered from 0, when ``left[i]`` and ``right[i]`` are linked.

    >>> components(4, np.array([0]), np.array([2])).tolist()
    [0, 1, 0, 2]
    """
    links = sparse.coo_matrix((np.ones(len(left), dtype=bool), (left, right)), shape=(nodes, nodes))
    numbers: Ints = connected_components(links, directed=False)[1].astype(np.int64)
    return numbers


def _shared_texts(train: pd.DataFrame, test: pd.DataFrame, threshold: float) -> pd.DataFrame:
    sets = _sets([*train["text"], *test["text"]], threshold)
    of_train, of_test = sets.members[: len(train)], sets.members[len(train) :]
    in_train, in_test = np.zeros(len(sets.sizes), dtype=bool), np.zeros(len(sets.sizes), dtype=bool)
    in_train[of_train[of_train >= 0]] = True
    in_test[of_test[of_test >= 0]] = True
    both = np.flatnonzero(in_train & in_test)
    tables = [pd.DataFrame({"left": both, "right": both, "similarity": np.ones(len(both))})]
    for left, right in _candidates(sets, threshold):
        across = (in_train[left] & in_test[right]) | (in_test[left] & in_train[right])
        left, right = left[across], right[across]
        pair = pd.DataFrame({"left": left, "right": right, "similarity": _jaccard(sets, left, right)})
        pair = pair[pair["similarity"] >= threshold]
        tables += [pair, pair.rename(columns={"left": "right", "right": "left"})]
    pairs = pd.concat(tables, ignore_index=True)
    named = pairs.merge(pd.DataFrame({"left": of_train, "train_id": train["id"]}), on="left")
    named = named.merge(pd.DataFrame({"right": of_test, "test_id": test["id"]}), on="right")
    return named[["train_id", "test_id", "similarity"]].assign(shared="text")


def _sets(texts: Sequence[str], threshold: float) -> _Sets:
    if not 0 < threshold <= 1:
        raise CodingError(f"A similarity threshold of {threshold} is not between 0 and 1; take {THRESHOLD}, or 1 for the same words.")
    table, keys = _table(texts)
    sizes = np.diff(table.indptr)
    filled = np.flatnonzero(sizes)
    # The sum of its hashes stands for a set: the same words in the same order, whatever the case and punctuation.
    sums = np.add.reduceat(np.append(keys[table.indices], np.uint64(0)), table.indptr[:-1][filled])
    _, first, place = np.unique(sums, return_index=True, return_inverse=True)
    members = np.full(len(texts), -1, dtype=np.int64)
    members[filled] = place
    return _Sets(shingles=_by_rarity(table[filled[first]]), sizes=sizes[filled[first]].astype(np.int64), members=members)


def _table(texts: Sequence[str]) -> tuple[sparse.csr_matrix, npt.NDArray[np.uint64]]:
    """Return the texts by their distinct word pairs, as ones, with the key of each column; a text of one word has that word."""
    rows, keys = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.uint64)]
    for part in chunks(texts):
        found = words(texts[part])
        pairs = found.joined(2)
        inside, lone = pairs.rows >= 0, np.bincount(found.rows)[found.rows] == 1
        rows += [(pairs.rows[inside] + part.start).astype(np.int32), (found.rows[lone] + part.start).astype(np.int32)]
        keys += [pairs.keys[inside], found.keys[lone]]
    distinct, columns = np.unique(np.concatenate(keys), return_inverse=True)
    owners = np.concatenate(rows)
    table = sparse.csr_matrix((np.ones(len(owners), dtype=np.int32), (owners, columns)), shape=(len(texts), len(distinct)))
    table.data[:] = 1  # a pair that a text has twice counts once
    return table, distinct


def _by_rarity(table: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the same sets over the columns that two sets or more hold, the rarest first."""
    frequencies = np.bincount(table.indices, minlength=table.shape[1])
    order = np.argsort(frequencies, kind="stable")
    order = order[np.searchsorted(frequencies[order], 2) :]
    ranks = np.full(len(frequencies), -1, dtype=np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    kept = ranks[table.indices] >= 0
    starts = np.concatenate(([0], np.cumsum(kept)))[table.indptr]
    shared = sparse.csr_matrix((table.data[kept], ranks[table.indices][kept], starts), shape=(table.shape[0], max(len(order), 1)))
    shared.sort_indices()
    return shared


def _candidates(sets: _Sets, threshold: float) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs of sets that may reach ``threshold``, each batch without repeats."""
    buffer: list[tuple[Ints, Ints]] = []
    buffered = 0
    for left, right in _neighbours(_rare_shingles(sets, threshold), sets.sizes, threshold):
        buffer.append((left, right))
        buffered += len(left)
        if buffered >= PAIRS_AT_ONCE:
            yield from _batches(buffer, len(sets.sizes))
            buffer, buffered = [], 0
    if buffer:
        yield from _batches(buffer, len(sets.sizes))


def _batches(buffer: list[tuple[Ints, Ints]], sets: int) -> Iterator[tuple[Ints, Ints]]:
    left = np.concatenate([pair[0] for pair in buffer])
    right = np.concatenate([pair[1] for pair in buffer])
    pairs = np.unique(np.minimum(left, right) * sets + np.maximum(left, right))
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        part = pairs[start : start + PAIRS_AT_ONCE]
        yield part // sets, part % sets


def _rare_shingles(sets: _Sets, threshold: float) -> _Postings:
    """Return the rarest shingles of each set, as many as two sets of this similarity must share one of."""
    starts = sets.shingles.indptr.astype(np.int64)
    shared = np.diff(starts)
    needed = sets.sizes - np.ceil(threshold * sets.sizes - SLACK).astype(np.int64) + 1
    owners = np.repeat(np.arange(len(sets.sizes)), shared)
    # Shingles of no other set are the rarest of all: they take the first places, and find nothing.
    places = np.arange(len(owners)) - starts[owners] + (sets.sizes - shared)[owners]
    rare = places < needed[owners]
    keys, owners, places = sets.shingles.indices[rare], owners[rare], places[rare]
    order = np.lexsort((sets.sizes[owners], keys))
    return _Postings(keys=keys[order], owners=owners[order], left=(sets.sizes[owners] - places)[order])


def _neighbours(postings: _Postings, sizes: Ints, threshold: float) -> Iterator[tuple[Ints, Ints]]:
    """Yield the pairs that share a rare shingle and may reach ``threshold``: postings 1 apart, then 2 apart, and so on."""
    keys, owners, left = postings.keys, postings.owners, postings.left
    active = np.arange(len(keys))
    distance = 0
    while len(active):
        distance += 1
        active = active[: np.searchsorted(active, len(keys) - distance)]
        other = active + distance
        small, large = sizes[owners[active]], sizes[owners[other]]
        # Sets stand by size within a key, so from the first set on that is too large all are.
        near = (keys[active] == keys[other]) & (small >= threshold * large - SLACK)
        active, other, both = active[near], other[near], (small + large)[near]
        # The first shingle that two sets share leaves only those behind it to share (Xiao et al. 2008, PPJoin, WWW, lemma 1).
        enough = np.minimum(left[active], left[other]) >= threshold / (1 + threshold) * both - SLACK
        if enough.any():
            yield owners[active[enough]], owners[other[enough]]


def _jaccard(sets: _Sets, left: Ints, right: Ints) -> Floats:
    """Return the similarity of each pair of sets, shape (pairs,)."""
    common = np.asarray(sets.shingles[left].multiply(sets.shingles[right]).sum(axis=1)).ravel()
    similarity: Floats = common / (sets.sizes[left] + sets.sizes[right] - common)
    return similarity


def _in_order(clusters: Ints) -> Ints:
    """Return the same clusters, numbered by first appearance."""
    return pd.factorize(clusters)[0].astype(np.int64)
