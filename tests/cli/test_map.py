"""``--map``: labels in other words, Dutch ones and numbers, in every command that reads labels of people."""

from __future__ import annotations

import json

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


def test_only_labels_in_other_words_are_scored(command, coded, dutch):
    scored = ["--variable", "tone", "--predictions", coded, *MAP]
    status, printed, told = command("evaluate", dutch / "een.csv", *scored, "--only", "Negatief", "--only", "+1")
    assert status == 0, told
    assert "only negative,positive" in printed
    status, _, told = command("evaluate", dutch / "een.csv", *scored, "--only", "slecht")
    assert status == 1
    assert "no unit has gold slecht" in told


def test_an_audit_reads_gold_in_other_words(command, coded, dutch):
    model = dutch / "model"
    assert command("train", coded, "--variable", "tone", "--baseline", "majority", "--out", model)[0] == 0
    status, _, told = command("audit", model, dutch / "een.csv")
    assert status == 1
    assert "--map" in told
    assert command("audit", model, coded, "--json", dutch / "a.json")[0] == 0
    status, _, told = command("audit", model, dutch / "een.csv", *MAP, "--json", dutch / "b.json")
    assert status == 0, told
    rows = [json.loads((dutch / name).read_text(encoding="utf-8"))["rows"] for name in ("a.json", "b.json")]
    assert rows[0] == rows[1]


def test_a_report_reads_gold_and_codings_in_other_words(command, coded, dutch):
    pd.read_csv(coded).assign(variable="tone", model="x@1").to_csv(dutch / "rows.csv", index=False)
    asked = [dutch / "rows.csv", "--gold", dutch / "een.csv", "--codings", dutch / "codings.csv", "--random-sample", "--out", dutch / "r"]
    status, _, told = command("report", *asked)
    assert status == 1
    assert "--map" in told
    status, printed, told = command("report", *asked, *MAP)
    assert status == 0, told
    assert "coded 72" in printed


def test_each_part_of_a_split_has_its_share_of_a_label_in_two_words(command, coded, dutch):
    mixed = pd.read_csv(coded)
    mixed.loc[::2, "label"] = mixed["label"][::2].map(WORDS)
    mixed.to_csv(dutch / "mixed.csv", index=False)
    status, printed, told = command("split", dutch / "mixed.csv", "--folds", "3", "--out", dutch / "parts", *MAP)
    assert status == 0, told
    assert "negatief" not in printed
    parts = [pd.read_csv(path, dtype=str) for path in sorted((dutch / "parts").iterdir())]
    assert pd.concat(parts)["label"].value_counts().to_dict() == mixed["label"].astype(str).value_counts().to_dict()  # as given
    known = {word: label for label, word in WORDS.items()}
    for part in parts:
        assert part["label"].replace(known).value_counts().to_dict() == {"negative": 8, "neutral": 8, "positive": 8}


def test_a_blend_is_fitted_on_dev_units_in_other_words(command, coded, dutch):
    for kind in ("majority", "tfidf"):
        assert command("train", coded, "--variable", "tone", "--baseline", kind, "--out", dutch / kind)[0] == 0
    status, _, told = command("blend", dutch / "majority", dutch / "tfidf", "--dev", dutch / "een.csv", "--out", dutch / "blend", *MAP)
    assert status == 0, told
