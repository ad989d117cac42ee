"""Rows of ``quality.md`` on whole articles, and on sentences with a target: the shipped models beside TF-IDF trained on the same Dutch data.

TF-IDF gets what the encoder gets: the passage about a target, the title in front, each set of the recipe that has the label. ``again`` is the
coder a second time: a bound on what can be learned from these codings, not the truth, and not agreement between people.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from research_data import label_probabilities

from stance.coding.codebook import builtin
from stance.model.labelling import load
from stance.model.reading import read_units
from stance.model.windows import WindowPolicy
from stance.training.baselines import TfidfClassifier

sys.path.append(str(Path(__file__).resolve().parents[1] / "recipes"))
from sources import AUTHOR, HEADS, PASSAGE, TONE, TOWARD, Example, coded_articles, dutch, lines

Floats = npt.NDArray[np.float64]
SEED = 42
READ = WindowPolicy(scope="passage", passage=PASSAGE, title=True)


@dataclass(frozen=True)
class Known:
    """Units with gold, the variable and head that labels them, and labels of the same units that are no model's."""

    name: str
    variable: str
    head: int
    units: pd.DataFrame
    again: list[str] | None = None


def article_tests() -> Iterator[Known]:
    """Yield the tests that the recipe never saw: coded articles of ``eval``, and the official Dutch test of MAD-TSC."""
    rows = coded_articles("eval")
    own = [{"id": row["id"], "text": row["text"], "title": row["title"], "cluster": row["id"], "target": None} for row in rows]
    whole = pd.DataFrame([{**unit, "label": row["tone"]} for unit, row in zip(own, rows, strict=True)], dtype=object).assign(holder=None)
    yield Known("whole articles, tone", "tone", TONE, whole, [row["tone_again"] for row in rows])
    pairs = [({**unit, "target": one["target"]}, one) for unit, row in zip(own, rows, strict=True) for one in row["targets"]]
    for name, variable, head, key in (
        ("tone toward a target", "tone", TOWARD, "tone"),
        ("stance of the journalist", "stance", AUTHOR, "stance"),
    ):
        units = pd.DataFrame([{**unit, "label": one[key]} for unit, one in pairs], dtype=object).assign(holder=None)
        yield Known(f"whole articles, {name}", variable, head, units, [one[f"{key}_again"] for _, one in pairs])
    sentences = [row for row in lines("transfer/mad_tsc_nl.jsonl.gz") if row["split"] == "test"]
    told = [{"id": str(place), **{name: row[name] for name in ("text", "target", "label")}} for place, row in enumerate(sentences)]
    yield Known(
        "MAD-TSC Dutch test", "tone", TOWARD, pd.DataFrame(told, dtype=object).assign(holder=None, cluster=[row["text"] for row in told])
    )


@cache
def _learned() -> list[Example]:
    """Return every Dutch example of the recipe."""
    return dutch(np.random.default_rng(SEED), more=True, sentences=1.0)


@cache
def words_of(head: int, variable: str) -> TfidfClassifier:
    """Return TF-IDF trained on every Dutch example of the recipe that has a label of this head."""
    labels = builtin(variable).labels
    examples = [one for one in _learned() if head in one.labels]
    units = pd.DataFrame(
        {"id": list(map(str, range(len(examples)))), "text": [one.text for one in examples], "target": [one.first for one in examples]}
    )
    return TfidfClassifier(variable=variable).fit(units.assign(holder=None), [labels[int(np.argmax(one.labels[head]))] for one in examples])


def read(units: pd.DataFrame) -> pd.DataFrame:
    """Return units with what is read of them as their text."""
    return units.assign(text=read_units(units, {}, READ).texts).drop(columns="title", errors="ignore")


def one_hot(labels: list[str], variable: str) -> Floats:
    """Return labels as probabilities, shape (units, labels)."""
    return np.eye(len(builtin(variable).labels))[builtin(variable).codes(labels)]


def article_models(known: Known) -> tuple[dict[str, Floats], dict[str, str]]:
    """Return the probabilities of each model for a test, and what a note says of each."""
    labeller = load(known.variable)
    models = {
        "TF-IDF": label_probabilities(words_of(known.head, known.variable), read(known.units), labeller.settings.labels),
        "shipped": labeller.predict_proba(known.units),
    }
    if known.again is not None:
        models["the coder again"] = one_hot(known.again, known.variable)
    return models, {"TF-IDF": f"trained on the same Dutch data ({HEADS[known.head]})", "shipped": labeller.model}


def neutral_shares(known: Known, models: dict[str, Floats]) -> dict[str, Any]:
    """Return how often each model says neutral, and how often it occurs."""
    place = builtin(known.variable).labels.index("neutral")
    return {"gold": float((known.units["label"] == "neutral").mean())} | {
        name: float((table.argmax(axis=1) == place).mean()) for name, table in models.items()
    }
