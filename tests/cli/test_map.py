"""``--map``: labels in other words, Dutch ones and numbers, in every command that reads labels of people."""

from __future__ import annotations

import pandas as pd
import pytest

WORDS = {"negative": "negatief", "neutral": "0", "positive": "+1"}
MAP = ["--map", "negatief=negative", "--map", "0=neutral", "--map", "1=positive"]


@pytest.fixture
def dutch(coded, tmp_path):
    """The table of headlines with labels in other words, coded by two."""
    table = pd.read_csv(coded)
    for name, coder in (("een", "An"), ("twee", "Bo")):
        table.assign(label=table["label"].map(WORDS), coder=coder).to_csv(tmp_path / f"{name}.csv", index=False)
    both = pd.concat([pd.read_csv(tmp_path / f"{name}.csv", dtype=str) for name in ("een", "twee")])
    both.to_csv(tmp_path / "codings.csv", index=False)
    return tmp_path


def test_other_words_are_refused_without_it_and_read_with_it(command, dutch):
    status, _, told = command("agree", dutch / "codings.csv", "--variable", "tone")
    assert status == 1 and "--map negatief=LABEL" in told
    for chosen in ([], ["--variable", "tone"]):
        assert command("agree", dutch / "codings.csv", *chosen, *MAP)[0] == 0


def test_models_are_trained_and_scored_on_other_words(command, coded, dutch):
    model = dutch / "model"
    status, _, told = command("train", dutch / "een.csv", "--variable", "tone", "--baseline", "majority", "--out", model, *MAP)
    assert status == 0, told
    scored = ["--variable", "tone", "--predictions", coded, "--codings", dutch / "codings.csv"]
    status, printed, told = command("evaluate", dutch / "een.csv", *scored, *MAP)
    assert status == 0, told
    assert "1.000" in printed


def test_gold_in_other_words_corrects_labels(command, coded, dutch):
    rows = pd.read_csv(coded).assign(variable="tone", model="x@1")
    rows.to_csv(dutch / "rows.csv", index=False)
    status, _, told = command("estimate", dutch / "rows.csv", "--gold", dutch / "een.csv", "--random-sample", *MAP)
    assert status == 0, told


def test_sheets_in_other_words_come_back_in_the_variable_s(command, dutch):
    pd.DataFrame({"unit": ["u1", "u2"], "id": ["a", "b"], "variable": "tone"}).to_csv(dutch / "key.csv", index=False)
    pd.DataFrame({"unit": ["u1", "u2"], "label": ["Negatief", "1"]}).to_csv(dutch / "An.csv", index=False)
    status, _, told = command("collect", dutch / "An.csv", "--key", dutch / "key.csv", "--out", dutch / "c.csv", *MAP)
    assert status == 0, told
    assert pd.read_csv(dutch / "c.csv")["label"].tolist() == ["negative", "positive"]
