"""The error of gold itself: labels of coders who disagree are uncertain, and that uncertainty belongs in the interval.

Coders are taken to err independently, each with rates of their own for each label (the latent classes of Dawid & Skene 1979, Journal of the Royal
Statistical Society C 28, 20-28). The label of each coded unit is then drawn many times from what its codings, its predicted label and its
group say, error rates included, each completed sample is estimated from, and the estimates are pooled (multiple imputation: Rubin 1987; for
measurement error Blackwell, Honaker & King 2017, Sociological Methods & Research 46, 303-341). Why it matters: Bachl & Scharkow 2017
(Communication Methods and Measures 11, 87-104), TeBlunthuis, Hase & Chan 2024 (ibid. 18, 278-299).

Two coders do not determine their error rates (three do), so a weak prior, that coders are right in about 8 of 10 cases, decides in part; what it
leaves open widens the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from stance.estimation.coded_units import CodedTwice
from stance.estimation.inference import CONFIDENCE, Bounded

__all__ = ["drawn_gold", "pooled"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

IMPUTATIONS = 20
_WARM_UP, _APART = 60, 5  # sweeps before the first draw that is kept, and between two of them
_RIGHT, _WRONG = 8.0, 2.0  # codings that the prior is worth: right ones, and wrong ones over all other labels
_BORROWED = 2.0  # units of its predicted label that a group borrows from all groups


def drawn_gold(codings: CodedTwice, stratum: Ints, *, labels: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield gold with each coded unit's label drawn from its posterior, shape (coded, labels), `IMPUTATIONS` times (Gibbs sampling).

    ``stratum`` is the number of the pair of group and predicted label of each coded unit; labels are as frequent as they are in its pair, so that a
    difference between groups is not smoothed away.
    """
    marks = np.eye(labels)
    votes = np.zeros((len(stratum), labels))
    np.add.at(votes, (codings.unit, codings.code), 1.0)
    truth = (votes + rng.random(votes.shape) * 1e-6).argmax(axis=1)
    prior = np.full((labels, labels), _WRONG / max(labels - 1, 1)) + marks * (_RIGHT - _WRONG / max(labels - 1, 1))
    for sweep in range(_WARM_UP + IMPUTATIONS * _APART):
        errors = np.tile(prior, (int(codings.coder.max()) + 1, 1, 1))  # (coders, labels, labels): P(coding | label)
        np.add.at(errors, (codings.coder, truth[codings.unit], codings.code), 1.0)
        frequency = np.tile(_BORROWED * np.bincount(truth, minlength=labels) / len(truth) + 1e-3, (int(stratum.max()) + 1, 1))
        np.add.at(frequency, (stratum, truth), 1.0)
        logs = np.log(_dirichlet(errors, rng))[codings.coder, :, codings.code]  # (codings, labels)
        likelihood = np.stack([np.bincount(codings.unit, weights=column, minlength=len(stratum)) for column in logs.T], axis=1)
        likelihood += np.log(_dirichlet(frequency, rng))[stratum]
        truth = (likelihood + rng.gumbel(size=likelihood.shape)).argmax(axis=1)
        if sweep >= _WARM_UP and (sweep - _WARM_UP) % _APART == _APART - 1:
            yield marks[truth]


def pooled(estimates: Iterator[Bounded], *, clip: Callable[[Bounded], Bounded]) -> Bounded:
    """Return the estimates of completed samples pooled by Rubin's rules, with the degrees of freedom of Barnard & Rubin 1999 (Biometrika 86, 948-955)."""
    found = list(estimates)
    count = len(found)
    values, variances = np.array([each.estimate for each in found]), np.array([each.error**2 for each in found])
    within, between = variances.mean(axis=0), values.var(axis=0, ddof=1) * (1 + 1 / count)
    total, complete = within + between, np.array([each.freedom for each in found]).mean(axis=0)
    share = np.divide(between, total, out=np.zeros_like(total), where=total > 0)
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    freedom = 1 / (share**2 / (count - 1) + 1 / np.maximum(observed, 1e-6))
    error, middle = np.sqrt(total), values.mean(axis=0)
    reach = stdtrit(freedom, (1 + CONFIDENCE) / 2) * error
    return clip(Bounded(middle, error, reach, middle - reach, middle + reach, np.full(len(middle), np.nan), freedom))


def _dirichlet(counts: Floats, rng: np.random.Generator) -> Floats:
    """Return shares drawn from Dirichlet distributions over the last axis."""
    drawn = np.maximum(rng.standard_gamma(counts), 1e-300)
    return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True))
