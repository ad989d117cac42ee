"""The predictions that ``stance evaluate`` scores: a model's, made now, or those of a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import BUILTINS, Variable, get_variable
from stance.corpus.columns import truths
from stance.corpus.tables import is_table, read_table
from stance.errors import InputError
from stance.evaluation.matching import match_predictions, probabilities_of
from stance.model.folder import SETTINGS_FILE, ModelSettings, find_model, read_settings
from stance.model.labelling import load
from stance.model.pooling import Aliases
from stance.model.rows import probability_columns
from stance.report.terminal import ask_progress, tell
from stance.signature import data_hash

__all__ = ["Predicted", "predict", "seed_runs", "variable_of"]


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


def predict(source: str, units: pd.DataFrame, variable: Variable, aliases: Aliases) -> Predicted:
    """Return what a model folder, a shipped model or a table of predictions says of ``units``."""
    if is_table(Path(source)):
        table = read_table(Path(source))
        matched = match_predictions(units, table, variable, where=source)
        named = f"{Path(source).name} {data_hash(matched[['id', 'label']])}"
        labels, probabilities = matched["label"].to_numpy(dtype=object), probabilities_of(matched, variable)
        return Predicted(source, named, False, labels, probabilities, _abstained(matched))
    labeller = load(source, aliases=aliases)
    _check_same(labeller.settings, source, variable)
    with ask_progress(f"labelling: {source}", len(units)) as progress:
        rows = labeller.label(units, on_progress=lambda done: progress.advance(progress.task_ids[0], done))
    labels, probabilities = rows["label"].to_numpy(dtype=object), rows[probability_columns(variable.labels)].to_numpy(dtype=np.float64)
    return Predicted(source, labeller.model, True, labels, probabilities, _abstained(rows))


def seed_runs(source: str) -> tuple[str, ...]:
    """Return the folders of the runs that ``stance train`` leaves beside the best of several seeds; none where there are not two."""
    if is_table(Path(source)):
        return ()
    runs = sorted(path for path in find_model(source).glob("seed-*") if (path / SETTINGS_FILE).is_file())
    return tuple(map(str, runs)) if len(runs) > 1 else ()


def variable_of(name: str, sources: tuple[str, ...], codebook: Path | None) -> Variable:
    """Return the variable to score, with its level of measurement: a codebook's, a built-in one, or else as the first model keeps it."""
    known = codebook is not None or name in BUILTINS
    models = [source for source in sources if not is_table(Path(source))]
    if not models:
        return get_variable(name, codebook)
    settings = read_settings(find_model(models[0]))
    if known and settings.variable == name and get_variable(name, codebook).labels == settings.labels:
        return get_variable(name, codebook)
    variable = replace(settings.coded, name=name)
    _check_same(settings, models[0], variable)
    if not settings.codebook:
        tell(f"the labels of '{name}' are taken as ordered ({' < '.join(variable.labels)}); pass --codebook FILE where they are not.")
    return variable


def _abstained(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which rows a model abstained from, as their column ``abstained`` says; none where there is no such column."""
    return truths(rows["abstained"]).to_numpy() if "abstained" in rows else np.zeros(len(rows), dtype=bool)


def _check_same(settings: ModelSettings, source: str, variable: Variable) -> None:
    if settings.variable != variable.name:
        raise InputError(f"Model '{source}' codes variable '{settings.variable}', not '{variable.name}'.")
    if settings.labels != variable.labels:
        raise InputError(f"Model '{source}' codes ({', '.join(settings.labels)}), and the scores are over ({', '.join(variable.labels)}).")
