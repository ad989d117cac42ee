"""From a table of units to a table of labels: one row a unit, in input order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.corpus.ngrams import chunks
from stance.corpus.records import Units, as_units, check_targets
from stance.errors import ModelError
from stance.model.choice import chosen_members
from stance.model.device import Device, choose_device
from stance.model.folder import ModelSettings, find_model, model_id, read_settings
from stance.model.opening import open_scorer
from stance.model.pooling import Aliases
from stance.model.risk import threshold_of
from stance.model.rows import RowContract, kept_kinds, probability_columns
from stance.model.scoring import Scorer, Scores
from stance.progress import Done, notebook_counter

__all__ = ["Labeller", "load"]

# Units looked ahead, and their characters: enough to fill batches of one length, few enough to hold in memory.
BLOCK = 1_024
BLOCK_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Labeller:
    """A model ready to label units; needs no torch.

    >>> labeller = load("tone")
    >>> labeller.predict(["Verkiezingen zijn op woensdag"]).shape
    (1,)
    """

    settings: ModelSettings
    scorer: Scorer
    model: str
    min_confidence: float | tuple[float, ...] = 0.0  # of a choice one a member, where a risk asks for it
    device: Device = "cpu"

    @property
    def classes_(self) -> npt.NDArray[np.str_]:
        """The labels, in the order of the probability columns."""
        return np.array(self.settings.labels, dtype=np.str_)

    def predict(self, units: Units) -> npt.NDArray[np.str_]:
        """Return the most probable label of each unit, shape (units,)."""
        predicted: npt.NDArray[np.str_] = self.classes_[self.predict_proba(units).argmax(axis=1)]
        return predicted

    def predict_proba(self, units: Units) -> npt.NDArray[np.float64]:
        """Return the calibrated probabilities, shape (units, labels)."""
        table = as_units(units)
        with notebook_counter("labelling", len(table)) as on_progress:
            return np.concatenate([scores.probabilities for _, scores in self._scored(table, on_progress)])

    def label(self, units: Units, *, keep: Sequence[str] = (), on_progress: Done | None = None) -> pd.DataFrame:
        """Return one row a unit, in input order, with the columns of `stance.model.rows`.

        Of the input ``date outlet cluster archive_id`` come along where it has them, and the columns in ``keep``. Units whose confidence is under
        ``min_confidence`` are marked ``abstained`` and keep their label. ``on_progress`` is called after each batch with the units done since
        its last call, parts of units included; without it, a notebook shows a line of progress.
        """
        table = as_units(units)
        contract = RowContract(tuple(probability_columns(self.settings.labels)), kept_kinds(table, keep))
        shown = notebook_counter("labelling", len(table)) if on_progress is None else nullcontext(on_progress)
        with shown as on_done:
            blocks = [contract.frame(self._rows(block, scores)) for block, scores in self._scored(table, on_done)]
        return pd.concat(blocks, ignore_index=True)

    def _scored(self, units: pd.DataFrame, on_done: Done) -> Iterator[tuple[pd.DataFrame, Scores]]:
        """Yield blocks of units with their calibrated scores; a model without targets does not see those of the units."""
        if self.settings.needs_target:
            check_targets(units, where="units")
        blocks = _blocks(units)
        # A GPU is kept busy: the windows of one block are cut while it computes those of another.
        score = partial(self._score, on_done=on_done)
        scored = map(score, blocks) if self.device == "cpu" else _ahead(score, blocks)
        for block, scores in scored:
            yield block, replace(scores, probabilities=self.settings.calibration.apply(scores.probabilities))

    def _score(self, block: pd.DataFrame, on_done: Done) -> tuple[pd.DataFrame, Scores]:
        return block, self.scorer.score(block if self.settings.with_target else block.assign(target=None, holder=None), on_done)

    def _least(self, block: pd.DataFrame) -> npt.NDArray[np.float64] | float:
        """Return the confidence below which a unit is abstained from, one for all or one a unit."""
        if isinstance(self.min_confidence, float):
            return self.min_confidence
        least: npt.NDArray[np.float64] = np.array(self.min_confidence)[chosen_members(block, self.settings.choices)]
        return least

    def _rows(self, block: pd.DataFrame, scores: Scores) -> pd.DataFrame:
        """Return the units of ``block`` with what the model says of them."""
        probabilities = scores.probabilities
        confidence = probabilities.max(axis=1)
        sought = block["target"].notna().to_numpy() & self.settings.with_target
        named = pd.Series(~scores.fallback, index=block.index, dtype="boolean").where(sought)
        return block.assign(
            variable=self.settings.variable,
            label=self.classes_[probabilities.argmax(axis=1)],
            confidence=confidence,
            **dict(zip(probability_columns(self.settings.labels), probabilities.T, strict=True)),
            abstained=confidence < self._least(block),
            windows=scores.windows,
            coverage=scores.coverage,
            model=self.model,
            target_named=named,
        )


def load(
    model: str | Path,
    *,
    aliases: Aliases | None = None,
    min_confidence: float = 0.0,
    risk: float | None = None,
    threads: int = 0,
    device: str = "auto",
) -> Labeller:
    """Return the labeller of a shipped model (``tone``, ``stance``) or of a model folder; needs no torch.

    ``aliases`` are other names of targets; ``threads`` is how many cores to use (0: all). ``risk`` sets ``min_confidence`` so that, as far
    as the model's dev units show, at most this share of the labels above it is wrong (`stance.model.risk`). ``device`` is ``cpu``, ``cuda``
    or ``auto``: a CUDA GPU where there is one, torch is installed (extra ``train``) and the folder holds a checkpoint, as those made by
    ``stance train`` do and the shipped models do not. A GPU gives the same rows; probabilities differ by the rounding of half precision.
    """
    if not 0.0 <= min_confidence <= 1.0:
        raise ModelError(f"A confidence lies between 0 and 1; min_confidence is {min_confidence}.")
    if risk is not None and min_confidence:
        raise ModelError(f"min_confidence {min_confidence:g} and risk {risk:g} both say when to abstain; pass one of them.")
    folder = find_model(model)
    settings = read_settings(folder)
    least: float | tuple[float, ...] = float(min_confidence)
    if risk is not None and settings.choices:
        least = tuple(threshold_of(folder / member, risk) for member in settings.members)
    elif risk is not None:
        least = threshold_of(folder, risk)
    where = choose_device(folder, settings, device)
    scorer = open_scorer(folder, settings, aliases or {}, threads=threads, device=where)
    return Labeller(settings, scorer, model_id(folder, settings), least, where)


def _blocks(units: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield ``units`` in blocks of at most ``BLOCK``, fewer where they are long (a longer unit stands alone)."""
    for start in range(0, len(units), BLOCK):
        block = units.iloc[start : start + BLOCK]
        for part in chunks(block["text"].tolist(), characters=BLOCK_CHARACTERS):
            yield block.iloc[part]


def _ahead(
    score: Callable[[pd.DataFrame], tuple[pd.DataFrame, Scores]], blocks: Iterable[pd.DataFrame]
) -> Iterator[tuple[pd.DataFrame, Scores]]:
    """Yield what ``score`` gives for each block, in order, with the next one always under way."""
    under_way: deque[Future[tuple[pd.DataFrame, Scores]]] = deque()
    with ThreadPoolExecutor(2) as pool:
        for block in blocks:
            under_way.append(pool.submit(score, block))
            if len(under_way) == 2:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
