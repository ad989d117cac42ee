"""Units of one article, one text or one story count as one draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.coding.clusters import cluster_note, clusters_of
from stance.coding.codebook import Variable
from stance.errors import InputError
from stance.estimation.estimates import estimate
from stance.estimation.question import Question


def test_an_id_a_text_and_a_column_each_link():
    units = pd.DataFrame(
        {"id": ["a", "a", "b", "c", "d"], "text": ["Een.", "Twee.", "Drie.", " DRIE. ", "Vier."], "cluster": [None, "x", " ", None, "x"]}
    )
    assert clusters_of(units).tolist() == [0, 0, 1, 1, 0]
    assert clusters_of(units[["id"]]).tolist() == [0, 0, 1, 2, 3]
    assert clusters_of(units.assign(story=["s", None, "s", None, None])[["id", "story"]], "story").tolist() == [0, 0, 0, 1, 2]
    with pytest.raises(InputError, match="column 'storey' is missing"):
        clusters_of(units, "storey")


def test_units_on_their_own_need_no_note():
    assert cluster_note(np.arange(3)) == ""
    assert "(units with one id, text or story)" in cluster_note(np.array([0, 0]), by="story")


def test_ten_copies_of_an_article_do_not_make_intervals_narrow(rng):
    """Wire reports that ten outlets print, right or wrong as a whole: 40 of them coded, and no column cluster."""
    rows, gold = [], []
    for study in range(100):
        report = np.repeat(np.arange(200), 10)
        truth = np.repeat(rng.random(200) < 0.5, 10)
        predicted = np.where(np.repeat(rng.random(200) < 0.8, 10), truth, ~truth)
        frame = pd.DataFrame(
            {"id": [f"{study}-{unit}" for unit in range(2_000)], "label": np.where(predicted, "yes", "no"), "study": study}
        )
        rows.append(frame.assign(text=[f"Bericht {study}-{number}." for number in report]))
        chosen = np.isin(report, rng.choice(200, 40, replace=False))
        gold.append(frame.assign(label=np.where(truth, "yes", "no"))[chosen][["id", "label"]])
    question = Question(Variable("mentioned", ("no", "yes")), by=["study"], random_sample=True)
    found = estimate(pd.concat(rows, ignore_index=True), pd.concat(gold, ignore_index=True), question)
    share = found.table[(found.table["part"] == "share") & (found.table["measure"] == "yes")]
    assert ((share["low"] <= 0.5) & (share["high"] >= 0.5)).mean() >= 0.9
    assert any("200,000 units make up 20,000 clusters" in note for note in found.notes)
