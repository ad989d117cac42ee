"""The predictions that are scored: a model's, made now, or those of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import BUILTINS, Variable, get_variable
from stance.corpus.columns import truths
from stance.corpus.tables import as_table, is_table
from stance.errors import InputError
from stance.evaluation.matching import match_predictions, probabilities_of
from stance.model.folder import SETTINGS_FILE, ModelSettings, find_model, read_settings
from stance.model.labelling import load
from stance.model.pooling import Aliases
from stance.model.rows import probability_columns
from stance.signature import data_hash
from stance.steps import Progress

__all__ = ["Predicted", "Source", "is_predictions", "predict", "scored_variable", "seed_runs"]

Source: TypeAlias = "str | pd.DataFrame"  # a model or the path of a table, or a table


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Predictions of the units that are scored, in their order.

    Attributes:
        name: the model or table as it was given.
        recipe: what stands in the signature: the model and its hash, or the table and its data hash.
        is_model: whether a model made them.
        labels: shape (units,).
        probabilities: shape (units, labels); None for a table that has none.
        abstained: which labels the model abstained from; shape (units,).
    """

    name: str
    recipe: str
    is_model: bool
    labels: npt.NDArray[np.object_]
    probabilities: npt.NDArray[np.float64] | None
    abstained: npt.NDArray[np.bool_]

    def of(self, units: npt.NDArray[np.bool_]) -> Predicted:
        """Return the predictions of some of the units; ``units`` has shape (units,)."""
        probabilities = None if self.probabilities is None else self.probabilities[units]
        return replace(self, labels=self.labels[units], probabilities=probabilities, abstained=self.abstained[units])


def predict(source: Source, units: pd.DataFrame, variable: Variable, aliases: Aliases, *, progress: Progress) -> Predicted:
    """Return what a model folder, a shipped model or a table of predictions says of ``units``."""
    if isinstance(source, pd.DataFrame) or is_predictions(source):
        name = "predictions" if isinstance(source, pd.DataFrame) else source
        matched = match_predictions(units, as_table(source, where=name), variable, where=name)
        named = f"{Path(name).name} {data_hash(matched[['id', 'label']])}"
        labels, probabilities = matched["label"].to_numpy(dtype=object), probabilities_of(matched, variable)
        return Predicted(name, named, False, labels, probabilities, _abstained(matched))
    labeller = load(source, aliases=aliases)
    _check_same(labeller.settings, source, variable)
    with progress(f"labelling: {source}", len(units)) as advance:
        rows = labeller.label(units, on_progress=advance)
    labels, probabilities = rows["label"].to_numpy(dtype=object), rows[probability_columns(variable.labels)].to_numpy(dtype=np.float64)
    return Predicted(source, labeller.model, True, labels, probabilities, _abstained(rows))


def is_predictions(source: Source) -> bool:
    """Return whether a source is a table of predictions, and not a model."""
    return isinstance(source, pd.DataFrame) or is_table(Path(source))


def seed_runs(source: Source) -> tuple[str, ...]:
    """Return the folders of the runs that ``stance train`` leaves beside the best of several seeds; none where there are not two."""
    if isinstance(source, pd.DataFrame) or is_predictions(source):
        return ()
    runs = sorted(path for path in find_model(source).glob("seed-*") if (path / SETTINGS_FILE).is_file())
    return tuple(map(str, runs)) if len(runs) > 1 else ()


def scored_variable(given: str | Variable, sources: Sequence[Source], codebook: Path | None) -> tuple[Variable, tuple[str, ...]]:
    """Return the variable to score, a codebook's, a built-in one, or as the first model keeps it, and a note where its order is assumed."""
    if isinstance(given, Variable):
        return given, ()
    known = codebook is not None or given in BUILTINS
    models = [source for source in sources if isinstance(source, str) and not is_predictions(source)]
    if not models:
        return get_variable(given, codebook), ()
    settings = read_settings(find_model(models[0]))
    if known and settings.variable == given and get_variable(given, codebook).labels == settings.labels:
        return get_variable(given, codebook), ()
    variable = replace(settings.coded, name=given)
    _check_same(settings, models[0], variable)
    if settings.codebook:
        return variable, ()
    order = " < ".join(variable.labels)
    return variable, (f"the labels of '{given}' are taken as ordered ({order}); pass --codebook FILE where they are not.",)


def _abstained(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows a model abstained from, as their column ``abstained`` says; none where there is no such column."""
    return truths(rows["abstained"]).to_numpy() if "abstained" in rows else np.zeros(len(rows), dtype=bool)


def _check_same(settings: ModelSettings, source: str, variable: Variable) -> None:
    if settings.variable != variable.name:
        raise InputError(f"Model '{source}' codes variable '{settings.variable}', not '{variable.name}'.")
    if settings.labels != variable.labels:
        raise InputError(f"Model '{source}' codes ({', '.join(settings.labels)}), and the scores are over ({', '.join(variable.labels)}).")
