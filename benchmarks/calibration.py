"""Can the confidence of the shipped models be believed? ``python benchmarks/calibration.py`` reprints and rewrites ``calibration.md``.

Measured on folds of the dev units, which no model learned from, as they stand in ``dev.csv`` of a model folder: no data are needed, and no
gold is touched. What a blend fits on dev units, its weights and with them its temperature, is fitted anew without the fold that is then
judged; a fold keeps articles, propositions and repeated texts whole. The same for ``--risk``: the threshold comes from the other folds, the
error is counted on the fold. Model folders may be named instead of the shipped models; then the page is printed and not written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.errors import ModelError
from stance.evaluation.proportions import clustered_share
from stance.model.blend import blend
from stance.model.fitting import fit_blend, fit_frequencies
from stance.model.folder import SHIPPED, ModelSettings, model_id, read_settings
from stance.model.risk import confidence_for_risk, read_dev_columns

OUT = Path(__file__).with_suffix(".md")
SEED = 42
FOLDS = 5
BINS = 15
RAW = "raw {}"  # the column of a label's probability before it was scaled
RISKS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
SHIPPED_MODELS = tuple(SHIPPED / name for name in ("tone/article", "tone/sentence", "tone/target", "stance/journalist", "stance/holder"))
SHUFFLES = 500  # draws of what a model whose every confidence is true would score

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

HEAD = f"""\
# Calibration and risk

`python benchmarks/calibration.py` reprints and rewrites this page, from {FOLDS} folds of each shipped model's dev units (`dev.csv` in its
folder). What is fitted on dev units is fitted without the fold it is judged on. ECE: 15 bins, all folds together; *by chance* is the mean
ECE of a model whose every confidence is true, on as many units: a number near it cannot be told from perfect. Risk: `--risk r` learns its
threshold from the other folds (Learn then Test, a promise of 90%), and the error is counted on the fold; *refused* are folds where no
threshold can be promised, which label nothing. Intervals: 95%, exact for clustered shares.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Dev:
    """Dev units of a model: how sure it is of each label and whether that is right, off the fold of the unit; all of shape (units,)."""

    title: str
    confidence: Floats
    correct: npt.NDArray[np.bool_]
    clusters: Integers
    fold: Integers
    note: str


def read_units(folder: Path) -> Dev:
    """Return the dev units of a model folder, calibrated off their folds."""
    settings, columns = read_settings(folder), read_dev_columns(folder)
    units = len(columns["confidence"])
    clusters = columns.get("cluster", np.arange(units)).astype(np.int64)
    fold = np.random.default_rng(SEED).permutation(int(clusters.max()) + 1)[clusters] % FOLDS
    title = model_id(folder, settings)
    if RAW.format(settings.labels[0]) in columns:
        confidence, correct = rescaled(settings, columns, fold)
        return Dev(title, confidence, correct, clusters, fold, "calibrated on the other folds")
    if not settings.members or "label" not in columns:
        return Dev(title, columns["confidence"], columns["correct"] > 0.5, clusters, fold, "calibrated on these units")
    confidence, correct = refitted(settings, columns, fold)
    return Dev(title, confidence, correct, clusters, fold, "calibrated on the other folds")


def rescaled(settings: ModelSettings, columns: dict[str, Floats], fold: Integers) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return confidence and correctness of each dev unit under a vector scaling fitted on the other folds."""
    raw = np.stack([columns[RAW.format(label)] for label in settings.labels], axis=1)
    gold = columns["label"].astype(np.int64)
    found = np.empty_like(raw)
    for number in range(FOLDS):
        out = fold == number
        found[out] = fit_frequencies(raw[~out], gold[~out]).apply(raw[out])
    return found.max(axis=1), found.argmax(axis=1) == gold


def refitted(settings: ModelSettings, columns: dict[str, Floats], fold: Integers) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return confidence and correctness of each dev unit under weights fitted on the other folds."""
    tables = [np.stack([columns[f"{member} {label}"] for label in settings.labels], axis=1) for member in settings.members]
    gold = columns["label"].astype(np.int64)
    found = np.empty_like(tables[0])
    for number in range(FOLDS):
        out, rest = fold == number, fold != number
        found[out] = blend([table[out] for table in tables], fit_blend([table[rest] for table in tables], gold[rest]))
    return found.max(axis=1), found.argmax(axis=1) == gold


def calibration_row(dev: Dev) -> dict[str, object]:
    """Return accuracy and calibration error of a model, and the error that chance alone would give."""
    rng = np.random.default_rng(SEED)
    drawn = [_ece(dev.confidence, rng.random(len(dev.confidence)) < dev.confidence) for _ in range(SHUFFLES)]
    numbers = {"accuracy": float(dev.correct.mean()), "mean confidence": float(dev.confidence.mean())}
    found = {"ECE": _ece(dev.confidence, dev.correct), "by chance": float(np.mean(drawn))}
    return {
        "model": dev.title,
        "dev units": len(dev.confidence),
        "clusters": len(np.unique(dev.clusters)),
        **numbers,
        **found,
        "note": dev.note,
    }


def risk_rows(dev: Dev) -> Iterator[dict[str, object]]:
    """Yield for each risk what was labelled on the folds, and how much of it is wrong."""
    for risk in RISKS:
        labelled, refused = np.zeros(len(dev.fold), dtype=bool), 0
        for number in range(FOLDS):
            out, rest = dev.fold == number, dev.fold != number
            try:
                threshold = confidence_for_risk(dev.confidence[rest], dev.correct[rest], risk, clusters=dev.clusters[rest])
            except ModelError:
                refused += 1
                continue
            labelled[out] = dev.confidence[out] >= threshold
        row = {"model": dev.title, "risk": risk, "refused": f"{refused} of {FOLDS}", "labelled": float(labelled.mean())}
        if not labelled.any():
            yield row | {"error": "", "95% interval": ""}
            continue
        bounds = clustered_share(~dev.correct[labelled], dev.clusters[labelled])
        yield row | {"error": float((~dev.correct[labelled]).mean()), "95% interval": f"{bounds.low:.3f} to {bounds.high:.3f}"}


def markdown(rows: list[dict[str, object]]) -> str:
    """Return rows as a Markdown table, numbers to three places."""
    table = pd.DataFrame(rows)
    cells = table.map(lambda cell: f"{cell:.3f}" if isinstance(cell, float) else str(cell)).to_numpy()
    lines = [table.columns, ["---"] * len(table.columns), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Measure the models, print the page, and write it where they are those that ship."""
    named = [Path(folder) for folder in sys.argv[1:]]
    models = [read_units(folder) for folder in named or SHIPPED_MODELS]
    calibrated = markdown([calibration_row(dev) for dev in models])
    page = f"{HEAD}\n## Calibration\n\n{calibrated}\n\n## Risk\n\n{markdown([row for dev in models for row in risk_rows(dev)])}\n"
    print(page)
    if not named:
        OUT.write_text(page, encoding="utf-8")


def _ece(confidence: Floats, correct: npt.NDArray[np.bool_]) -> float:
    """Return the expected calibration error over 15 bins (`stance.evaluation.reliability`), from confidence and correctness alone."""
    place = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    return float(np.abs(np.bincount(place, weights=confidence - correct)).sum() / len(confidence))


if __name__ == "__main__":
    main()
