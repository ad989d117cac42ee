"""What a model's label rests on: does it flip when something changes that should not matter, and is it as good for each group?

Works with anything that has ``classes_`` and ``predict_proba(units)``: a labeller, a baseline, your own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.clusters import clusters_of
from stance.coding.codebook import Level, Variable, check_codings
from stance.corpus.records import Units, as_units
from stance.dutch.passages import titled
from stance.evaluation.groups import GroupScores, score_groups
from stance.evaluation.metrics import compare
from stance.evaluation.perturbations import MASK, PERTURBATIONS, Perturbation
from stance.evaluation.proportions import clustered_share
from stance.evaluation.resampling import bootstrap

__all__ = ["AuditResult", "Audited", "audit"]

Floats = npt.NDArray[np.float64]

FEWEST = 20  # changed units under which a flip rate is not judged
BLIND = 0.95  # share of the macro F1 that a control may keep before the audit warns
CONTROL_METRICS = ("accuracy", "macro_f1", "alpha")
AS_GIVEN, TARGET_HIDDEN, TEXT_HIDDEN = "as given", "target hidden", "text hidden"
_NO_TEXT = "-"


class Audited(Protocol):
    """A model that gives probabilities over its labels ``classes_``, in order."""

    @property
    def classes_(self) -> npt.NDArray[np.str_]:
        """The labels, in the order of the probability columns."""

    def predict_proba(self, units: pd.DataFrame, /) -> Floats:
        """Return the probabilities of each unit, shape (units, labels)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ordered:
    """A model with its columns in the order of ``labels``: scikit-learn's classifiers have them in alphabetical order."""

    model: Audited
    labels: tuple[str, ...]

    @property
    def classes_(self) -> npt.NDArray[np.str_]:
        return np.array(self.labels, dtype=np.str_)

    def predict_proba(self, units: pd.DataFrame, /) -> Floats:
        places = [self.model.classes_.tolist().index(label) for label in self.labels]
        return self.model.predict_proba(units)[:, places]


@dataclass(frozen=True, slots=True, eq=False)
class AuditResult:
    """What an audit found.

    Attributes:
        table: one row a perturbation: ``perturbation, units_changed, units, flips, flip_rate, low, high, mean_shift, note``. Rates are over
            changed units; ``mean_shift`` is how far the label moves toward the last one (positive, favor), in labels, and empty at the nominal level.
        controls: the score of the model as given and with its target or its text hidden: ``control, n, metric, score, low, high, note``;
            empty without gold.
        groups: the scores by each column asked for; empty without gold.
        warnings: one sentence for each thing a user of the labels must know.
    """

    table: pd.DataFrame
    controls: pd.DataFrame
    groups: tuple[GroupScores, ...]
    warnings: tuple[str, ...]


def audit(
    model: Audited,
    units: Units,
    *,
    rng: np.random.Generator,
    level: Level = "ordinal",
    labels: Sequence[str] | None = None,
    by: Sequence[str] = (),
    perturbations: Sequence[Perturbation] = PERTURBATIONS,
    on_progress: Callable[[str], None] | None = None,
) -> AuditResult:
    """Return how often the model's label flips under each perturbation, what the controls score, and the scores by group.

    Intervals of flip rates are exact ones for clustered shares (`stance.evaluation.proportions`); units of one article, text or ``cluster`` are
    one cluster, so that an article with five targets counts once (`stance.coding.clusters`). With a column ``label`` (gold; may be empty in
    some rows) the controls and the groups in ``by`` are scored too; ``level`` and the order of ``labels`` (default: that of ``classes_``) are
    what alpha and ``mean_shift`` rest on.
    ``on_progress`` is called with the name of each perturbation.

    >>> from stance.training.baselines import MajorityClassifier
    >>> model = MajorityClassifier(variable="tone").fit(["Een.", "Twee.", "Drie."], ["neutral", "neutral", "positive"])
    >>> found = audit(model, ["De VVD wint.", "De PvdA verliest.", "Het regent."], rng=np.random.default_rng(1))
    >>> found.table.loc[:0, ["perturbation", "units_changed", "units", "flips", "flip_rate"]]
      perturbation  units_changed  units  flips  flip_rate
    0      parties              2      3      0        0.0
    """
    table = _with_titles(as_units(units))
    clusters = pd.Series(clusters_of(table), index=table.index)
    model = model if labels is None else _Ordered(model, tuple(labels))
    variable = Variable("label", tuple(str(label) for label in model.classes_), level)
    before = _probabilities(model, table)
    rows = []
    for one in perturbations:
        if on_progress is not None:
            on_progress(one.name)
        rows.append(_flips(model, table, before, one, variable=variable, clusters=clusters, rng=rng))
    found = pd.DataFrame(rows)
    controls, groups = _scored(model, table.assign(cluster=clusters), before, variable, by=by, rng=rng)
    warnings = (*_flip_warnings(found, perturbations), *_control_warnings(controls), *_group_warnings(groups))
    return AuditResult(found, controls, groups, warnings)


def _with_titles(table: pd.DataFrame) -> pd.DataFrame:
    """Return the units with their titles in front of their texts, so that a change reaches what a model reads of both."""
    if "title" not in table:
        return table
    texts = [titled(text, title if isinstance(title, str) else None) for text, title in zip(table["text"], table["title"], strict=True)]
    return table.drop(columns="title").assign(text=texts)


def _flips(
    model: Audited,
    table: pd.DataFrame,
    before: Floats,
    one: Perturbation,
    *,
    variable: Variable,
    clusters: pd.Series,
    rng: np.random.Generator,
) -> dict[str, object]:
    """Return the row of one perturbation."""
    after = one.apply(table, rng=rng)
    changed = after["changed"].to_numpy(dtype=bool)
    if one.flips_wanted:  # a label that is neutral already has nowhere to go
        changed = changed & (np.asarray(model.classes_)[before.argmax(axis=1)] != "neutral")
    row: dict[str, object] = {"perturbation": one.name, "units_changed": int(changed.sum()), "units": len(table), "flips": 0}
    if not changed.any():
        return row | {"flip_rate": np.nan, "low": np.nan, "high": np.nan, "mean_shift": np.nan, "note": "changes no unit of this table"}
    old, new = before[changed], _probabilities(model, after[changed])
    flipped = old.argmax(axis=1) != new.argmax(axis=1)
    interval = clustered_share(flipped, clusters[changed])
    return row | {
        "flips": int(flipped.sum()),
        "flip_rate": float(flipped.mean()),
        "low": interval.low,
        "high": interval.high,
        "mean_shift": np.nan if variable.level == "nominal" else float(((new - old) @ np.arange(old.shape[1])).mean()),
        "note": one.note,
    }


def _probabilities(model: Audited, table: pd.DataFrame) -> Floats:
    """Return the probabilities of each unit; ids are numbered anew, because a change may make two units of an article alike."""
    return model.predict_proba(table.drop(columns="changed", errors="ignore").assign(id=[str(number) for number in range(len(table))]))


def _scored(
    model: Audited, table: pd.DataFrame, before: Floats, variable: Variable, *, by: Sequence[str], rng: np.random.Generator
) -> tuple[pd.DataFrame, tuple[GroupScores, ...]]:
    """Return the controls and the scores by group, over the units that have a gold label."""
    columns = ["control", "n", "metric", "score", "low", "high", "note"]
    coded = table["label"].notna().to_numpy() if "label" in table else np.zeros(len(table), dtype=bool)
    if not coded.any():
        return pd.DataFrame(columns=columns), ()
    gold = table[coded]
    names = np.asarray(variable.labels, dtype=object)
    gold = gold.assign(label=names[check_codings(gold, variable, where="units")])
    scores = []
    for name, probabilities in _controls(model, gold, before[coded]):
        predicted = names[probabilities.argmax(axis=1)]
        scored = compare(gold["label"], predicted, labels=variable.labels, level=variable.level, clusters=gold["cluster"])
        found = bootstrap(scored, rng=rng)
        scores.append(found[found["metric"].isin(CONTROL_METRICS)].assign(control=name, n=len(gold)))
    outcome = gold.assign(gold=gold["label"], predicted=names[before[coded].argmax(axis=1)])
    groups = tuple(score_groups(outcome, [column], variable=variable, rng=rng) for column in by)
    return pd.concat(scores, ignore_index=True)[columns], groups


def _controls(model: Audited, gold: pd.DataFrame, before: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield the probabilities of the model as given, and with the target (where all units have one) and the text hidden."""
    yield AS_GIVEN, before
    if gold["target"].notna().all():
        yield TARGET_HIDDEN, _probabilities(model, gold.assign(target=MASK))
    yield TEXT_HIDDEN, _probabilities(model, gold.assign(text=_NO_TEXT))


def _flip_warnings(table: pd.DataFrame, perturbations: Sequence[Perturbation]) -> Iterator[str]:
    """Yield a sentence for each flip rate that is too high (or too low, where flips are wanted) on enough units."""
    for row, one in zip(table.to_dict("records"), perturbations, strict=True):
        if one.tolerance is None or row["units_changed"] < FEWEST:
            continue
        rate = f"{row['flip_rate']:.1%} (95% interval {row['low']:.1%} to {row['high']:.1%}) of {row['units_changed']} changed units"
        if one.flips_wanted and row["flip_rate"] < one.tolerance:
            yield f"{one.name}: the label changes in only {rate}, so it rests on the text more than on what is asked about it."
        elif not one.flips_wanted and row["flip_rate"] > one.tolerance:
            yield f"{one.name}: the label flips in {rate}, where at most {one.tolerance:.0%} is tolerated."


def _control_warnings(controls: pd.DataFrame) -> Iterator[str]:
    """Yield a sentence for each control that scores about as well as the model."""
    rows = controls[controls["metric"] == "macro_f1"]
    scores = dict(zip(rows["control"], rows["score"], strict=True))
    for name, what in ((TARGET_HIDDEN, "target"), (TEXT_HIDDEN, "text")):
        if name in scores and scores[name] >= BLIND * scores[AS_GIVEN]:
            yield f"{name}: macro F1 is {scores[name]:.3f}, and {scores[AS_GIVEN]:.3f} as given, so the model makes next to no use of the {what}."


def _group_warnings(groups: Sequence[GroupScores]) -> Iterator[str]:
    """Yield a sentence for each column with groups whose accuracies are farther apart than chance makes them."""
    for scores in groups:
        (column,), apart = scores.by, scores.apart().to_dict("records")
        if apart:
            worst, best = apart
            yield (
                f"{column}: accuracy is {worst['score']:.3f} for {worst[column]} ({worst['n']} units) and {best['score']:.3f} for "
                f"{best[column]} ({best['n']} units), and the {len(scores.together)} groups are not equally accurate (chi-square by cluster, p = {scores.p:.2g}); "
                "do not compare these groups uncorrected."
            )
