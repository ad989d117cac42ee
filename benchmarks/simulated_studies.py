"""Simulated studies of the situations in which estimates went wrong: predictions, gold, and a truth that is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

LABELS = np.array(["negative", "neutral", "positive"], dtype=object)


@dataclass(frozen=True)
class Study:
    """One simulated study: predictions, gold, and the truth of what is asked."""

    rows: pd.DataFrame
    gold: pd.DataFrame


def words(yes: np.ndarray) -> np.ndarray:
    """Return the labels of a yes-or-no variable."""
    return np.where(yes, "yes", "no")


def together(draw: Callable[[np.random.Generator], Study], rng: np.random.Generator, studies: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of several studies below one another."""
    drawn = [draw(rng) for _ in range(studies)]
    rows, gold = (
        pd.concat(
            [part.assign(id=f"{place}-" + part["id"].astype(str), study=f"{place:04d}") for place, part in enumerate(parts)],
            ignore_index=True,
        )
        for parts in ([each.rows for each in drawn], [each.gold for each in drawn])
    )
    return rows, gold


def binary(rng: np.random.Generator, truth: np.ndarray, *, hit: float | np.ndarray = 0.8) -> np.ndarray:
    """Return predictions that are right, or else a toss of a coin."""
    return np.where(rng.random(len(truth)) < hit, truth, rng.random(len(truth)) < 0.5)


def two_coders(rng: np.random.Generator) -> Study:
    """No difference in truth; both coders guess more often in the second outlet."""
    units, coded = 1_000, 400
    outlet = rng.choice(["a", "b"], size=units)
    truth = rng.choice(3, size=units, p=[0.4, 0.2, 0.4])
    predicted = np.where(rng.random(units) < 0.7, truth, rng.integers(3, size=units))
    rows = pd.DataFrame({"id": np.arange(units), "label": LABELS[predicted], "outlet": outlet})
    chosen = rng.choice(units, coded, replace=False)
    guesses = np.where(outlet == "b", 0.6, 0.1)[chosen]
    said = [np.where(rng.random(coded) < guesses, rng.choice(3, size=coded, p=[0.4, 0.2, 0.4]), truth[chosen]) for _ in range(2)]
    gold = pd.concat([pd.DataFrame({"id": chosen, "coder": name, "label": LABELS[codes]}) for name, codes in zip("AB", said, strict=True)])
    return Study(rows, gold)


def outlets(number: int, having: int) -> Callable[[np.random.Generator], Study]:
    """Articles of an outlet are alike; some outlets are regional, which means nothing."""

    def draw(rng: np.random.Generator) -> Study:
        outlet = np.repeat(np.arange(number), 40)
        level = np.clip(0.5 + 0.25 * rng.normal(size=number), 0.05, 0.95)[outlet]
        truth = rng.random(len(outlet)) < level
        rows = pd.DataFrame({"id": np.arange(len(outlet)), "label": words(binary(rng, truth)), "outlet": outlet.astype(str)})
        chosen = rng.choice(len(outlet), len(outlet) // 2, replace=False)
        return Study(
            rows.assign(regional=np.where(outlet < having, "yes", "no")), pd.DataFrame({"id": chosen, "label": words(truth[chosen])})
        )

    return draw


def copies(rng: np.random.Generator) -> Study:
    """Wire reports that ten outlets print, right or wrong as a whole, with no column that says so."""
    report = np.repeat(np.arange(150), 10)
    truth = np.repeat(rng.random(150) < 0.5, 10)
    predicted = np.where(np.repeat(rng.random(150) < 0.8, 10), truth, ~truth)
    name = rng.integers(1_000_000_000)
    rows = pd.DataFrame({"id": np.arange(1_500), "label": words(predicted), "text": [f"Bericht {name} {number}" for number in report]})
    chosen = np.isin(report, rng.choice(150, 40, replace=False))
    return Study(rows, pd.DataFrame({"id": np.flatnonzero(chosen), "label": words(truth[chosen])}))


def equal_outlets(rng: np.random.Generator) -> Study:
    """Eight equal outlets."""
    units = 8 * 100
    truth = rng.random(units) < 0.4
    rows = pd.DataFrame({"id": np.arange(units), "label": words(binary(rng, truth, hit=0.7)), "outlet": np.repeat(list("abcdefgh"), 100)})
    coded = np.tile(np.arange(100) < 30, 8)
    return Study(rows, pd.DataFrame({"id": np.flatnonzero(coded), "label": words(truth[coded])}))


def weights_of_sixteen(rng: np.random.Generator) -> Study:
    """Eighty coded units, those predicted yes drawn sixteen times as often."""
    truth = rng.random(2_000) < 0.3
    predicted = binary(rng, truth, hit=0.6)
    probability = np.where(predicted, 16.0, 1.0)
    probability *= 80 / probability.sum()
    chosen = np.flatnonzero(rng.random(2_000) < probability)
    rows = pd.DataFrame({"id": np.arange(2_000), "label": words(predicted)})
    return Study(rows, pd.DataFrame({"id": chosen, "label": words(truth[chosen]), "sample_prob": probability[chosen]}))


def rare(coded: int) -> Callable[[np.random.Generator], Study]:
    """A label of 2%, of which the model finds half."""

    def draw(rng: np.random.Generator) -> Study:
        truth = rng.random(4_000) < 0.02
        predicted = np.where(truth, rng.random(4_000) < 0.5, rng.random(4_000) < 0.02)
        rows = pd.DataFrame({"id": np.arange(4_000), "label": words(predicted)})
        chosen = rng.choice(4_000, coded, replace=False)
        return Study(rows, pd.DataFrame({"id": chosen, "label": words(truth[chosen])}))

    return draw


def all_probabilities_one(rng: np.random.Generator) -> Study:
    """A random sample whose table says that every unit was certain to be drawn."""
    truth = rng.random(2_000) < 0.3
    rows = pd.DataFrame({"id": np.arange(2_000), "label": words(binary(rng, truth, hit=0.6))})
    chosen = rng.choice(2_000, 200, replace=False)
    return Study(rows, pd.DataFrame({"id": chosen, "label": words(truth[chosen]), "sample_prob": 1.0}))


def careless_coders(rng: np.random.Generator) -> Study:
    """A label of 20%, and three coders who are right in three of four cases whatever the label."""
    units, coded = 600, 300
    truth = rng.random(units) < 0.2
    rows = pd.DataFrame({"id": np.arange(units), "label": words(binary(rng, truth, hit=0.6))})
    chosen = rng.choice(units, coded, replace=False)
    said = [np.where(rng.random(coded) < 0.75, truth[chosen], ~truth[chosen]) for _ in range(3)]
    return Study(
        rows, pd.concat([pd.DataFrame({"id": chosen, "coder": name, "label": words(yes)}) for name, yes in zip("ABC", said, strict=True)])
    )
