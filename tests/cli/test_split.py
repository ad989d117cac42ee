"""``stance split``: in time, by what must stay whole, into folds; and a split that is there already, checked for leaks."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

WORDS = ["kabinet", "haven", "zorg", "stikstof", "trein", "dijk", "markt", "school", "visser", "raad", "brug", "loon", "kerk", "bos"]


@pytest.fixture
def table(rng, tmp_path):
    """120 articles of ten months, six outlets, five topics and twelve holders; two are copies of others."""
    texts = [" ".join(rng.permutation(WORDS)[:9]) for _ in range(120)]
    texts[50], texts[90] = texts[10].upper(), texts[20] + "!"
    units = pd.DataFrame({"id": [f"a{number}" for number in range(120)], "text": texts})
    units["date"] = [f"2023-{1 + number // 12:02d}-{1 + number % 12:02d}" for number in range(120)]
    units["outlet"] = [f"krant {number % 6}" for number in range(120)]
    units["topic"] = [f"thema {number % 5}" for number in range(120)]
    units["holder"] = [f"partij {number % 12}" for number in range(120)]
    units["label"] = np.array(["negative", "neutral", "positive"])[rng.integers(3, size=120)]
    path = tmp_path / "artikelen.csv"
    units.to_csv(path, index=False)
    return path


def parts(folder):
    return {path.stem: pd.read_csv(path) for path in sorted(folder.iterdir())}


def test_by_date_trains_on_the_past(command, table, tmp_path):
    status, _, told = command("split", table, "--by", "date", "--out", tmp_path / "delen")
    assert status == 0, told
    found = parts(tmp_path / "delen")
    assert found["train"]["date"].max() < found["dev"]["date"].min()
    assert found["dev"]["date"].max() < found["test"]["date"].min()
    assert sum(map(len, found.values())) == 120


@pytest.mark.parametrize("column", ["outlet", "topic", "holder"])
def test_values_of_a_column_stay_whole_and_copies_together(command, table, tmp_path, column):
    frame = pd.read_csv(table).drop(index=[50, 90])
    frame.to_csv(table, index=False)
    status, _, told = command("split", table, "--by", column, "--threshold", 0.9, "--out", tmp_path / "delen")
    assert status == 0, told
    found = parts(tmp_path / "delen")
    owners = pd.concat(part.assign(part=name) for name, part in found.items()).groupby(column)["part"].nunique()
    assert (owners == 1).all()


def test_folds_keep_copies_and_stories_together(command, table, tmp_path):
    frame = pd.read_csv(table)
    frame["cluster"] = [f"verhaal {number // 3}" for number in range(120)]
    frame.to_csv(table, index=False)
    assert command("split", table, "--folds", 4, "--threshold", 0.9, "--out", tmp_path / "delen")[0] == 0
    found = parts(tmp_path / "delen")
    assert list(found) == ["fold-0", "fold-1", "fold-2", "fold-3"]
    rows = pd.concat(part.assign(part=name) for name, part in found.items()).set_index("id")
    assert (rows.groupby("cluster")["part"].nunique() == 1).all()
    assert rows.loc["a10", "part"] == rows.loc["a50", "part"]
    assert rows.loc["a20", "part"] == rows.loc["a90", "part"]


def test_a_split_that_is_there_is_checked_and_a_planted_leak_found(command, table, tmp_path):
    assert command("split", table, "--out", tmp_path / "delen")[0] == 0
    whole = pd.concat(part.assign(split=name) for name, part in parts(tmp_path / "delen").items())
    whole.to_csv(tmp_path / "heel.csv", index=False)
    status, _, told = command("split", tmp_path / "heel.csv", "--check", "split")
    assert status == 0, told
    assert "No leak: no other part repeats a unit of 'train'" in told
    tested = whole[whole["split"] == "test"].iloc[0]
    planted = pd.DataFrame([tested.to_dict() | {"id": "geplant", "split": "train", "text": tested["text"].upper() + "!"}])
    pd.concat([whole, planted]).to_csv(tmp_path / "heel.csv", index=False)
    status, printed, told = command("split", tmp_path / "heel.csv", "--check", "split", "--json", tmp_path / "l.json")
    assert status == 1
    assert "1 pairs of units leak across the parts of 'split'" in told
    assert "geplant" in printed
    (row,) = json.loads((tmp_path / "l.json").read_text(encoding="utf-8"))["rows"]
    assert {row["id"], row["other_id"]} == {tested["id"], "geplant"}
    assert row["similarity"] == 1


def test_a_shared_story_is_a_leak_too(command, tmp_path):
    units = pd.DataFrame({"text": ["Regen in Gent", "Zon in Breda"], "cluster": ["weer", "weer"], "split": ["train", "test"]})
    units.to_csv(tmp_path / "t.csv", index=False)
    status, printed, _ = command("split", tmp_path / "t.csv", "--check", "split")
    assert status == 1
    assert "cluster" in printed


def test_what_to_do_must_be_said(command, table, tmp_path):
    for asked, problem in [
        ([], "Pass --out FOLDER to split the table, or --check COLUMN"),
        (["--check", "splitt"], "column 'splitt' is missing"),
        (["--out", tmp_path / "d", "--by", "krant"], "column 'krant' is missing"),
        (["--out", tmp_path / "d", "--folds", 3, "--by", "date"], "Folds by date would test on the past"),
    ]:
        status, _, told = command("split", table, *asked)
        assert (status, told.count("\n")) == (1, 1), told
        assert problem in told


@pytest.mark.data
def test_stemwijzer_leaks_nothing_into_its_tests(command, shared, tmp_path):
    status, _, told = command("split", shared / "stance" / "stemwijzer.jsonl.gz", "--check", "split", "--json", tmp_path / "l.json")
    assert status == 0, told
    assert "No leak: no other part repeats a unit of 'train'" in told
    found = pd.DataFrame(json.loads((tmp_path / "l.json").read_text(encoding="utf-8"))["rows"])
    assert not (found[["part", "other_part"]] == "train").any(axis=None)
