"""Scores of the shipped models beside TF-IDF: ``python benchmarks/quality.py`` reprints the table of ``quality.md`` and rewrites it.

The tests that no shipped model was trained on are scored anew at each run (TF-IDF is trained anew, too). The cross-validated rows need
training; they are made with ``--cross-validate`` and else kept, with their date, as they stand in ``quality.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from research_data import ecosent, issue_positions, net_stance, net_tone, stemwijzer

from stance.coding.codebook import builtin
from stance.coding.splits import folds
from stance.corpus.records import as_units
from stance.evaluation.baselines import TfidfClassifier
from stance.evaluation.metrics import Evaluation, evaluate
from stance.evaluation.resampling import bootstrap, paired_difference
from stance.evaluation.signature import data_hash
from stance.model.blend import blend
from stance.model.fitting import fit_blend
from stance.model.labelling import load

HERE = Path(__file__).resolve().parent
Floats = npt.NDArray[np.float64]
SEED = 42


class Model(Protocol):
    """Anything with probabilities for units."""

    def predict_proba(self, units: pd.DataFrame) -> Floats:
        """Return the probabilities, shape (units, labels)."""
        ...


@dataclass(frozen=True)
class Test:
    """Units with gold, the labels that are scored, and the name of the row."""

    name: str
    variable: str
    units: pd.DataFrame
    scored: tuple[str, ...]
    metrics: tuple[str, ...]


def outcome(test: Test, probabilities: Floats) -> Evaluation:
    """Return how ``probabilities`` compare with gold; where only some labels are scored, the prediction is among these."""
    labels = builtin(test.variable).labels
    places = [labels.index(label) for label in test.scored]
    kept = test.units["label"].isin(test.scored).to_numpy()
    predicted = np.asarray(test.scored)[probabilities[np.ix_(kept, places)].argmax(axis=1)]
    units = test.units[kept]
    clusters = units.get("cluster")
    return evaluate(units["label"].tolist(), predicted.tolist(), labels=test.scored, clusters=clusters)


def rows(test: Test, models: dict[str, Floats], *, against: str, notes: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield a row a model and metric: score, interval, and the difference to the baseline with its interval and p."""
    reference = outcome(test, models[against])
    for name, probabilities in models.items():
        found = outcome(test, probabilities)
        scores = bootstrap(found, rng=np.random.default_rng(SEED)).set_index("metric")
        paired = paired_difference(found, reference, rng=np.random.default_rng(SEED), draws=2_000).set_index("metric")
        for metric in test.metrics:
            yield {
                "test": test.name,
                "model": name,
                "metric": metric,
                "n": found.n,
                **scores.loc[metric, ["score", "low", "high"]].astype(float).to_dict(),
                **({} if name == against else paired.loc[metric, ["difference", "p"]].astype(float).to_dict()),
                "data": data_hash(test.units[["id", "text", "label"]]),
                "note": notes.get(name, ""),
            }


def blind(units: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return ``units`` with every text, or every target, replaced by the same word."""
    return units.assign(**{column: "iets", "id": [str(number) for number in range(len(units))]})


def shipped_rows() -> Iterator[dict[str, Any]]:
    """Yield the rows of the shipped models on tests they were not trained on."""
    train, gold = ecosent("train"), ecosent("gold")
    tone = load("tone")
    words = TfidfClassifier(variable="tone").fit(train[["id", "text"]], train["label"])
    test = Test("ecosent gold", "tone", gold, builtin("tone").labels, ("accuracy", "alpha", "macro_f1"))
    models = {"TF-IDF": words.predict_proba(gold), "shipped": tone.predict_proba(gold)}
    yield from rows(test, models, against="TF-IDF", notes={"TF-IDF": "trained on all 6,038", "shipped": tone.model})
    stance = load("stance")
    statements = stemwijzer("train")
    words = TfidfClassifier(variable="stance").fit(statements.drop(columns="label"), statements["label"])
    for part in ("test_new_target", "test_new_place", "dev_new_election"):
        units = stemwijzer(part)
        test = Test(f"StemWijzer {part}", "stance", units, ("against", "favor"), ("macro_f1", "accuracy"))
        models = {
            "TF-IDF": words.predict_proba(units),
            "shipped": stance.predict_proba(units),
            "shipped, target-blind": stance.predict_proba(blind(units, "target")),
            "shipped, text-blind": stance.predict_proba(blind(units, "text")),
        }
        yield from rows(test, models, against="TF-IDF", notes={"shipped": stance.model})


def cross_validated_rows(encoder: str, epochs: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of the recipe in five folds by article: encoder, TF-IDF and their blend."""
    tests = [
        Test("NET tone 2021, 5-fold", "tone", net_tone(), builtin("tone").labels, ("macro_f1", "alpha")),
        Test("NET stance 2021, 5-fold", "stance", net_stance(), builtin("stance").labels, ("macro_f1", "alpha")),
        Test("issue positions 2023, 5-fold", "stance", issue_positions(), builtin("stance").labels, ("macro_f1", "alpha")),
    ]
    for test in tests:
        units = as_units(test.units)
        parted = folds(units, rng=np.random.default_rng(SEED), count=5)["fold"].to_numpy()
        tables = {name: np.zeros((len(units), len(test.scored))) for name in ("TF-IDF", "encoder", "blend")}
        for fold in range(5):
            inside, outside = units[parted != fold], units[parted == fold]
            for name, table in _fold(inside, outside, test.variable, encoder, epochs).items():
                tables[name][parted == fold] = table
            print(f"{test.name}: fold {fold + 1} of 5", flush=True)
        note = f"one seed, from {Path(encoder).name}"
        yield from rows(test, tables, against="TF-IDF", notes={"encoder": note, "blend": note})


def _fold(inside: pd.DataFrame, outside: pd.DataFrame, variable: str, encoder: str, epochs: int) -> dict[str, Floats]:
    from stance.training.building import hold_out, train_model  # only this part needs torch
    from stance.training.settings import TrainConfig

    train, dev = hold_out(inside, 0.1, seed=SEED)
    config = TrainConfig(encoder=encoder, epochs=epochs, patience=2, batch_size=32, learning_rate=2e-4, window=192, seed=SEED)
    with tempfile.TemporaryDirectory() as folder:
        train_model(train, dev, variable=builtin(variable), config=config, out=Path(folder) / "model")
        model = load(Path(folder) / "model")
        partly = TfidfClassifier(variable=variable).fit(train.drop(columns="label"), train["label"])
        gold = builtin(variable).codes(dev["label"])
        weights = fit_blend([model.predict_proba(dev), partly.predict_proba(dev)], gold)
        wholly = TfidfClassifier(variable=variable).fit(inside.drop(columns="label"), inside["label"])
        tables = [model.predict_proba(outside), partly.predict_proba(outside)]
        return {"TF-IDF": wholly.predict_proba(outside), "encoder": tables[0], "blend": blend(tables, weights)}


def page(results: Sequence[dict[str, Any]]) -> str:
    """Return the results as a Markdown page."""
    lines = [
        "# Quality",
        "",
        "`make quality` reprints and rewrites this page. Intervals: 95%, cluster bootstrap, 10,000 draws. Difference and p: against TF-IDF on the",
        "same units, randomisation test by cluster. Each row has the date, the package version and the hash of its data in `quality.json`.",
        "`shipped` is what `stance label` uses by default; StemWijzer rows score favor and against only. A row that needs the hub is not filled in.",
        "",
        "| test | model | metric | n | score | 95% interval | difference (p) | note |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in results:
        difference = f"{row['difference']:+.3f} ({row['p']:.3f})" if row.get("difference") is not None else ""
        interval = f"{row['low']:.3f} to {row['high']:.3f}"
        note = f"{row['note']}, {row['date']}" if row["note"] else row["date"]
        lines.append(
            f"| {row['test']} | {row['model']} | {row['metric']} | {row['n']} | {row['score']:.3f} | {interval} | {difference} | {note} |"
        )
    lines.append(
        "| ecosent gold | robbert-2023-base, seeds 42 302 668 745 343 | accuracy | | needs the hub | | | `stance train --encoder robbert-2023-base` |"
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Score, print, and write ``quality.json`` and ``quality.md``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cross-validate", action="store_true", help="also train and score in five folds (an hour or so on two cores)")
    parser.add_argument("--encoder", default="mini", help="encoder that cross-validation starts from")
    parser.add_argument("--epochs", type=int, default=4)
    asked = parser.parse_args()
    path = HERE / "quality.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    stamp = {"date": datetime.now(timezone.utc).date().isoformat(), "stance-nl": version("stance-nl")}
    fresh = [{**row, **stamp} for row in shipped_rows()]
    crossed = [row for row in known if "fold" in row["test"]]
    if asked.cross_validate:
        crossed = [{**row, **stamp} for row in cross_validated_rows(asked.encoder, asked.epochs)]
    results = [*fresh, *crossed]
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (HERE / "quality.md").write_text(page(results), encoding="utf-8")
    print(page(results))


if __name__ == "__main__":
    main()
