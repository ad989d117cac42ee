"""Scores of the shipped models beside TF-IDF: ``python benchmarks/quality.py`` reprints the table of ``quality.md`` and rewrites it.

The tests that no shipped model was trained on are scored anew at each run (TF-IDF is trained anew, too). The cross-validated rows need
training; ``python benchmarks/cross_validation.py`` makes them, and they are taken, with their date, from the files it writes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from articles import article_models, article_tests, neutral_shares
from opposites import turned
from research_data import ecosent, label_probabilities, stemwijzer

from stance.coding.codebook import builtin
from stance.evaluation.metrics import Evaluation, compare
from stance.evaluation.reliability import expected_calibration_error
from stance.evaluation.resampling import bootstrap, paired_difference
from stance.model.folder import SHIPPED
from stance.model.labelling import load
from stance.reporting.card import write_scores
from stance.signature import data_hash
from stance.training.baselines import TfidfClassifier

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
    clusters = units["cluster"] if "cluster" in units and units["cluster"].notna().any() else None
    return compare(units["label"].tolist(), predicted.tolist(), labels=test.scored, clusters=clusters)


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


def article_rows() -> Iterator[dict[str, Any]]:
    """Yield the rows on whole articles and on sentences with a target, and print what no row tells: neutral labels and calibration."""
    for known in article_tests():
        models, notes = article_models(known)
        test = Test(known.name, known.variable, known.units, builtin(known.variable).labels, ("alpha", "macro_f1", "accuracy"))
        yield from rows(test, models, against="TF-IDF", notes=notes)
        gold = builtin(known.variable).codes(known.units["label"])
        ece = expected_calibration_error(models["shipped"], gold)
        shares = ", ".join(f"{name} {share:.2f}" for name, share in neutral_shares(known, models).items())
        print(f"{known.name}: ECE of shipped {ece:.3f}; share neutral: {shares}", flush=True)


def tone_rows() -> Iterator[dict[str, Any]]:
    """Yield the rows of whole articles, of sentences with a target, and of economic headlines."""
    yield from article_rows()
    train, gold = ecosent("train"), ecosent("gold")
    tone = load("tone")
    words = TfidfClassifier(variable="tone").fit(train[["id", "text"]], train["label"])
    test = Test("ecosent gold", "tone", gold, builtin("tone").labels, ("accuracy", "alpha", "macro_f1"))
    models = {"TF-IDF": words.predict_proba(gold), "shipped": tone.predict_proba(gold)}
    yield from rows(test, models, against="TF-IDF", notes={"TF-IDF": "trained on all 6,038", "shipped": tone.model})


def statement_rows() -> Iterator[dict[str, Any]]:
    """Yield the rows of party explanations, which the model of holders labels."""
    stance = load(SHIPPED / "stance" / "holder")  # also where the control hides that the target is a proposition
    statements = stemwijzer("train")
    words = TfidfClassifier(variable="stance").fit(statements.drop(columns="label"), statements["label"])
    for part in ("test_new_target", "test_new_place", "dev_new_election"):
        units = stemwijzer(part)
        test = Test(f"StemWijzer {part}", "stance", units, ("against", "favor"), ("macro_f1", "accuracy"))
        models = {
            "TF-IDF": label_probabilities(words, units, stance.settings.labels),
            "shipped": stance.predict_proba(units),
            "shipped, target-blind": stance.predict_proba(blind(units, "target")),
            "shipped, text-blind": stance.predict_proba(blind(units, "text")),
        }
        yield from rows(test, models, against="TF-IDF", notes={"shipped": stance.model})
        opposite = turned(units)
        test = Test(f"StemWijzer {part}, targets turned", "stance", opposite, ("against", "favor"), ("macro_f1",))
        models = {"TF-IDF": label_probabilities(words, opposite, stance.settings.labels), "shipped": stance.predict_proba(opposite)}
        yield from rows(test, models, against="TF-IDF", notes={"shipped": stance.model})


def write_cards(found: Sequence[dict[str, Any]]) -> None:
    """Write what the shipped models score into their cards."""
    table = pd.DataFrame(found)
    for test, scores in table[table["model"] == "shipped"].groupby("test", sort=False):
        recipe = {"split": str(test), "model": scores["note"].iloc[0], "n": str(scores["n"].iloc[0]), "data": scores["data"].iloc[0]}
        write_scores(SHIPPED / str(scores["note"].iloc[0]).partition("@")[0], scores, recipe)


def page(results: Sequence[dict[str, Any]]) -> str:
    """Return the results as a Markdown page."""
    lines = [
        "# Quality",
        "",
        "`make quality` reprints and rewrites this page. Intervals: 95%, of accuracy exact ones for clustered shares, of the other metrics cluster",
        "bootstrap, 10,000 draws (before 2026-11-29 of accuracy too). Difference and p: against TF-IDF on the same units, randomisation test by",
        "cluster. Each row has the date, the package version and the hash of its data in `quality.json`.",
        "`shipped` is what `stance label` uses by default; StemWijzer rows score favor and against only. A row that needs the hub is not filled in.",
        "`targets turned`: the same texts with propositions that say the opposite (by a rule, `opposites.py`) and the opposite label: a model that",
        "does not read the target falls as far below .5 here as it stands above it otherwise.",
        "Folds keep near-copies together; `near-copies apart` lets only the article decide, as the numbers published for these sets do, so that a",
        "passage printed by two papers can stand in training and in test: those rows are to compare with such numbers, the others to believe.",
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
    parser.add_argument(
        "--cross-validated-only", action="store_true", help="take the shipped models' rows as recorded, and only the others anew"
    )
    parser.add_argument("--statements-as-recorded", action="store_true", help="take the rows of party explanations as recorded as well")
    asked = parser.parse_args()
    path = HERE / "quality.json"
    stamp = {"date": datetime.now(UTC).date().isoformat(), "stance-nl": version("stance-nl")}
    recorded = [row for row in json.loads(path.read_text(encoding="utf-8")) if "5-fold" not in row["test"]]
    statements = [row for row in recorded if row["test"].startswith("StemWijzer")]
    if asked.cross_validated_only:
        fresh = recorded
    else:
        if not asked.statements_as_recorded:
            statements = [{**row, **stamp} for row in statement_rows()]
        fresh = [*({**row, **stamp} for row in tone_rows()), *statements]
        write_cards([row for row in fresh if row["model"] == "shipped" and row["date"] == stamp["date"]])
    crossed = [row for file in sorted((HERE / "cross_validated").glob("*.json")) for row in json.loads(file.read_text(encoding="utf-8"))]
    results = [*fresh, *crossed]
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (HERE / "quality.md").write_text(page(results), encoding="utf-8")
    print(page(results))


if __name__ == "__main__":
    main()
