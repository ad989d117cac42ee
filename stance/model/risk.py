"""Which units to label so that the error among them stays at most a chosen share.

The threshold is learned from dev units, whose confidence and correctness (no text) stand in ``dev.csv`` of a model folder.

**Method.** Error among labelled units, ``P(wrong | confidence >= threshold)``, is no mean over all units and need not fall as the threshold
rises, so plain conformal risk control (Angelopoulos et al. 2024, Theorem 1: the mean of a monotone loss) does not promise it. Learn then
Test does: for each threshold test the hypothesis that the error exceeds the chosen risk, and take the smallest one among those that a test
with family-wise error control rejects (Angelopoulos, Bates, Candès, Jordan & Lei 2021, arXiv:2110.01052, Theorem 1; selective
classification is an example of Angelopoulos & Bates 2023, "Conformal Prediction: A Gentle Introduction"). The p-value is the exact binomial
tail, as in the selective risk bound of Geifman & El-Yaniv 2017 (NeurIPS, Lemma 3.1). The tests go from the surest units down and stop at
the first that does not reject (fixed-sequence testing), so each has the whole level, where a union bound would divide it.

Units of one article or proposition are wrong together, so they tell less than as many independent ones. Where ``dev.csv`` names clusters, the
test counts as many units as the clustered ones are worth (their number over the design effect, Kish 1965, *Survey Sampling*, section 8.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stance.errors import ModelError

__all__ = ["DEV_FILE", "PROMISE", "confidence_for_risk", "read_dev", "read_dev_columns", "threshold_of", "write_dev"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

DEV_FILE = "dev.csv"
PROMISE = 0.9
_STEP = 1.1  # each test looks at a tenth more units than the one before


def confidence_for_risk(
    confidence: Floats, correct: Bools, alpha: float, *, promise: float = PROMISE, clusters: Integers | None = None
) -> float:
    """Return the smallest confidence at and above which the error is at most ``alpha``, shown on dev units; 0 labels every unit.

    ``confidence``, ``correct`` and ``clusters`` (numbers; without them each unit is its own) have shape (dev units,). With probability
    ``promise`` over the draw of the dev units, the share of wrong labels among new units of at least that confidence is at most ``alpha``.
    This holds for clusters drawn as those of the dev units were (not for another outlet or year), where the error, once over ``alpha`` as
    the threshold falls, stays over it. Dev units that also chose the model make it a little too hopeful. Refuses where no threshold can be
    promised.

    >>> sure = np.repeat([0.95, 0.6], 100)
    >>> right = np.concatenate([np.arange(100) >= 2, np.arange(100) >= 40])  # 2% wrong where sure, 40% elsewhere
    >>> round(confidence_for_risk(sure, right, 0.1), 3), confidence_for_risk(sure, right, 0.3)
    (0.6, 0.0)
    """
    _check(confidence, correct, alpha, promise)
    threshold = _threshold(confidence, correct, alpha, promise, clusters)
    if np.isinf(threshold):
        least = _least_risk(confidence, correct, alpha, promise, clusters)
        reached = "no risk can be promised" if least is None else f"the smallest risk that can be promised is {least:g}"
        raise ModelError(
            f"No confidence keeps the error at most {alpha:g} on these {len(confidence)} dev units {_why(confidence, correct, alpha, promise)}; "
            f"{reached}, and a model with a smaller error or more dev units may promise less."
        )
    return threshold


def _threshold(confidence: Floats, correct: Bools, alpha: float, promise: float, clusters: Integers | None) -> float:
    """Return the smallest confidence that passes the tests of ``alpha``, infinite where none does."""
    order = np.argsort(-confidence, kind="stable")
    ordered, wrong = confidence[order], np.concatenate([[0], np.cumsum(~correct[order])])
    threshold = np.inf
    for rank in _ranks(_first_rank(alpha, len(ordered)), len(ordered)):
        units = int(np.searchsorted(-ordered, -ordered[rank - 1], side="right"))  # units of equal confidence come in together
        worth = units if clusters is None else _worth(~correct[order[:units]], clusters[order[:units]])
        # Rounded against the promise: errors up, units down.
        if _binomial_tail(int(np.ceil(wrong[units] * worth / units - 1e-9)), int(worth), alpha) > 1 - promise:
            break
        # Given the confidence next in line, the units above it are a plain sample of all units above it: the binomial tail is exact.
        threshold = 0.0 if units == len(ordered) else float(np.nextafter(ordered[units], np.inf))
    return threshold


def _least_risk(confidence: Floats, correct: Bools, alpha: float, promise: float, clusters: Integers | None) -> float | None:
    """Return the smallest risk over ``alpha``, in whole per cent, that some confidence keeps; None where none does."""
    over = (percent / 100 for percent in range(int(alpha * 100) + 1, 100))
    return next((risk for risk in over if np.isfinite(_threshold(confidence, correct, risk, promise, clusters))), None)


def _why(confidence: Floats, correct: Bools, alpha: float, promise: float) -> str:
    """Return how many of the surest units are wrong, and how many may be."""
    first = _first_rank(alpha, len(confidence))
    wrong = int((~correct[np.argsort(-confidence, kind="stable")[:first]]).sum())
    return f"(of the {first} surest, {wrong} are wrong, and {_most_wrong(first, alpha, promise)} may be for a promise of {promise:.0%})"


def write_dev(folder: Path, confidence: Floats, correct: Bools, *, more: Mapping[str, npt.NDArray[np.generic]] | None = None) -> None:
    """Write the calibrated confidence of each dev unit and whether its label was correct to ``dev.csv``, surest first; no text, no ids.

    ``more`` are columns of numbers that let others judge the model without its dev units: ``cluster``, ``label`` (its place in the order),
    and the probabilities that were weighed.
    """
    columns = {"confidence": confidence, "correct": correct, **(more or {})}
    order = np.lexsort((~correct, -confidence))
    rows = np.stack([np.asarray(column, dtype=np.float64)[order] for column in columns.values()], axis=1)
    whole = [np.issubdtype(column.dtype, np.integer) or column.dtype == np.bool_ for column in columns.values()]
    formats = tuple("%d" if number else "%.6f" for number in whole)
    np.savetxt(folder / DEV_FILE, rows, fmt=formats, delimiter=",", header=",".join(columns), comments="")


def read_dev(folder: Path) -> tuple[Floats, Bools]:
    """Return confidence and correctness of the dev units of a model folder, each of shape (dev units,)."""
    columns = read_dev_columns(folder)
    return columns["confidence"], columns["correct"] > 0.5


def read_dev_columns(folder: Path) -> dict[str, Floats]:
    """Return every column of ``dev.csv``, each of shape (dev units,)."""
    path = folder / DEV_FILE
    if not path.is_file():
        raise ModelError(
            f"{folder} has no {DEV_FILE}, so no risk can be promised; train the model with dev units (stance train), or pass --min-confidence."
        )
    try:
        with path.open(encoding="utf-8") as file:
            names = file.readline().strip().split(",")
            rows = np.loadtxt(file, delimiter=",", ndmin=2)
        columns = dict(zip(names, rows.T, strict=True))
        return {"confidence": columns.pop("confidence"), "correct": columns.pop("correct"), **columns}
    except (KeyError, ValueError) as error:
        raise ModelError(f"{path} is not a table of confidence and correct ({error}); copy or train the model folder again.") from error


def threshold_of(folder: Path, alpha: float) -> float:
    """Return the smallest confidence at which the model in ``folder`` errs in at most ``alpha`` of the units it labels (90% promise)."""
    columns = read_dev_columns(folder)
    clusters = columns["cluster"].astype(np.int64) if "cluster" in columns else None
    try:
        return confidence_for_risk(columns["confidence"], columns["correct"] > 0.5, alpha, clusters=clusters)
    except ModelError as error:
        raise ModelError(f"Model '{folder.resolve().name}': {error}") from None


def _worth(wrong: Bools, clusters: Integers) -> float:
    """Return how many independent units the clustered ones are worth: at most their units; their clusters where all or none are wrong.

    >>> _worth(np.array([True, True, False, False]), np.array([1, 1, 2, 2]))
    1.0
    """
    _, place = np.unique(clusters, return_inverse=True)
    sizes, errors = np.bincount(place), np.bincount(place, weights=wrong)
    units, count, share = len(wrong), len(sizes), float(wrong.mean())
    if count == units:
        return float(units)
    between = count / max(count - 1, 1) * float(((errors - share * sizes) ** 2).sum()) / units**2
    if share in (0.0, 1.0) or between == 0:
        return float(count)
    return float(min(max(share * (1 - share) / between, 1.0), units))


def _first_rank(alpha: float, units: int) -> int:
    """Return on how many of the surest units the first test is made: enough that a few wrong ones by chance do not end it all.

    Six expected errors pass with half as many; a tenth of the dev units found the most to label in simulations of 200 to 1,500.
    """
    return min(max(int(np.ceil(6 / alpha)), units // 10), units)


def _ranks(first: int, units: int) -> list[int]:
    """Return after how many of the surest units a test is made; fixed by numbers of units alone, never by what was right."""
    ranks = []
    while first < units:
        ranks.append(first)
        first = max(first + 1, int(first * _STEP))
    return [*ranks, units]


def _binomial_tail(wrong: int, units: int, share: float) -> float:
    """Return the probability of at most ``wrong`` errors in ``units`` when each errs with probability ``share``.

    >>> round(_binomial_tail(1, 10, 0.5), 4)
    0.0107
    """
    if wrong >= units:
        return 1.0
    errors = np.arange(wrong + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log((units - errors[1:] + 1) / errors[1:]))])
    return float(np.exp(ways + errors * np.log(share) + (units - errors) * np.log1p(-share)).sum())


def _most_wrong(units: int, alpha: float, promise: float) -> str:
    most = -1
    while _binomial_tail(most + 1, units, alpha) <= 1 - promise:
        most += 1
    return str(most) if most >= 0 else "not even none"


def _check(confidence: Floats, correct: Bools, alpha: float, promise: float) -> None:
    if len(confidence) != len(correct) or not len(confidence):
        raise ModelError(f"There are {len(confidence)} confidences for {len(correct)} dev units; give one for each, and at least one.")
    if not 0 < alpha < 1:
        raise ModelError(f"A risk lies between 0 and 1 and is neither; it is {alpha:g}. Pass for instance 0.1: one wrong label in ten.")
    if not 0 < promise < 1:
        raise ModelError(f"A promise lies between 0 and 1 and is neither; it is {promise:g}.")
