"""Invented predictions, a coded sample, codings and an audit: all that a report can show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import builtin
from stance.reporting.page import ReportRequest

SENTENCE = "De zorgbond is boos op het kabinet na de brand in Zutphen."
OUTLETS = ("De Merenbode", "Het Kanaal", "Stad & <Streek>")


def invented(variable: str, *, units: int = 240, targets: tuple[str | None, ...] = (None,)) -> pd.DataFrame:
    """Predictions of articles of three outlets in four months, each toward each target."""
    rng, labels = np.random.default_rng(7), np.array(builtin(variable).labels)
    articles = pd.DataFrame(
        {
            "id": [f"a{number}" for number in range(units)],
            "outlet": np.array(OUTLETS, dtype=object)[rng.choice(3, units, p=[0.5, 0.3, 0.2])],
            "date": [f"2019-{3 + number % 4:02d}-{1 + number % 27:02d}" for number in range(units)],
            "cluster": [f"verhaal{number // 2}" for number in range(units)],
            "section": np.array(["binnenland", "sport"], dtype=object)[rng.integers(0, 2, units)],
        }
    )
    rows = articles.loc[articles.index.repeat(len(targets))].reset_index(drop=True)
    truth = rng.integers(0, 3, len(rows))
    predicted = np.where(rng.random(len(rows)) < 0.75, truth, rng.integers(0, 3, len(rows)))
    probabilities = rng.dirichlet([1, 1, 1], len(rows)) * 0.4
    probabilities[np.arange(len(rows)), predicted] += 0.6
    own = {f"p_{label}": probabilities[:, place] for place, label in enumerate(labels)}
    rows = rows.assign(variable=variable, target=list(targets) * units, holder=None, label=labels[predicted], truth=labels[truth], **own)
    return rows.assign(
        confidence=probabilities.max(axis=1),
        abstained=probabilities.max(axis=1) < 0.65,
        coverage=np.where(np.arange(len(rows)) % 10, 1.0, 0.6),
        model=f"{variable}@0123abcd",
        target_named=pd.array([None if target is None else True for target in rows["target"]], dtype="boolean"),
        text=[f"{SENTENCE} ({name})" for name in rows["id"]],  # articles of one text would count as one
    )


def sample(rows: pd.DataFrame, units: int) -> pd.DataFrame:
    """A simple random sample of the predictions with the labels that people gave."""
    drawn = rows.sample(units, random_state=11)
    keys = ["id", "target"] if drawn["target"].notna().any() else ["id"]
    return drawn[keys].assign(label=drawn["truth"].to_numpy(), sample_prob=units / len(rows))


def coded_by(gold: pd.DataFrame, labels: tuple[str, ...]) -> pd.DataFrame:
    """Three coders who give the gold label nine times of ten."""
    rng = np.random.default_rng(13)
    keys = [name for name in ("id", "target") if name in gold]
    tables = []
    for coder in ("An", "Bo", "Cas"):
        own = np.where(rng.random(len(gold)) < 0.9, gold["label"], rng.choice(list(labels), len(gold)))
        tables.append(gold[keys].assign(coder=coder, label=own))
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="session")
def audited() -> dict[str, Any]:
    """What ``stance audit --json`` writes, shortened."""
    flips = {"part": "perturbation", "units": 60, "mean_shift": 0.01, "control": None, "metric": None, "score": None, "n": None}
    controls = {"part": "control", "n": 60, "perturbation": None, "units": None, "flips": None, "flip_rate": None, "mean_shift": None}
    return {
        "signature": {"model": "tone@0123abcd", "data": "0123456789ab"},
        "rows": [
            flips | {"perturbation": "parties", "units_changed": 20, "flips": 1, "flip_rate": 0.05, "low": 0.001, "high": 0.249},
            flips | {"perturbation": "upper case", "units_changed": 60, "flips": 12, "flip_rate": 0.2, "low": 0.108, "high": 0.323},
            flips | {"perturbation": "target masked", "units_changed": 0, "flips": 0, "flip_rate": None, "low": None, "high": None},
            controls | {"control": "as given", "metric": "accuracy", "score": 0.75, "low": 0.6, "high": 0.85, "units_changed": None},
            controls | {"part": "warning", "note": "upper case: the label flips in 20.0% of 60 changed units.", "units_changed": None},
        ],
    }


@pytest.fixture(scope="session")
def everything(audited: dict[str, Any]) -> ReportRequest:
    """A request with all that can be given."""
    rows, tone = invented("tone"), builtin("tone")
    gold = sample(rows, 120)
    return ReportRequest(rows.drop(columns="truth"), tone, gold, codings=coded_by(gold, tone.labels), audit=audited, by=("section",))


@pytest.fixture(scope="session")
def toward_targets() -> ReportRequest:
    """A request about stance toward two targets, in Dutch, with gold only."""
    rows = invented("stance", units=200, targets=("kernenergie", "het windpark"))
    return ReportRequest(rows.drop(columns="truth"), builtin("stance"), sample(rows, 150), language="nl")


@pytest.fixture(scope="session")
def predictions_only() -> ReportRequest:
    """A request with predictions and nothing else."""
    return ReportRequest(invented("tone").drop(columns="truth"), builtin("tone"))
