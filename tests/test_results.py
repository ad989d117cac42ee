"""A result: what Python holds, a notebook shows, the terminal prints and a file keeps are one thing."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import stance
from stance.errors import InputError, LeakError
from stance.results import MOST_ROWS, Facts, Result, Table

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def result() -> Result[None]:
    rows = pd.DataFrame({"part": ["score", "group"], "outlet": [None, "Het <Kanaal>"], "score": [0.12345, None], "n": [4, 3]})
    shown = rows[["outlet", "score", "n"]].assign(note="")
    return Result(rows, (Table("Scores", shown), "4 units are few.", Facts("tone", {"MB": "1.5"})), {"seed": "42"}, None)


def test_it_cannot_be_changed(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.table = pd.DataFrame()


def test_notes_tables_and_parts_are_read_from_it(result):
    assert result.notes == ("4 units are few.",)
    assert [table.title for table in result.tables] == ["Scores"]
    assert result.part("score").to_dict("records") == [{"score": 0.12345, "n": 4}]
    with pytest.raises(InputError, match=r"The result has no part 'scores'; its parts are score, group\."):
        result.part("scores")


def test_json_holds_numbers_in_full_and_null_where_one_is_missing(result, tmp_path):
    result.to_json(tmp_path / "r.json")
    written = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert written["signature"] == {"seed": "42"}
    assert written["rows"][0] == {"part": "score", "outlet": None, "score": 0.12345, "n": 4}
    assert written["rows"][1]["score"] is None
    with pytest.raises(InputError, match="the JSON cannot be written"):
        result.to_json(tmp_path / "nowhere" / "r.json")


def test_a_notebook_shows_rounded_numbers_and_escaped_text(result):
    page = result._repr_html_()
    for shown in ("<caption>Scores</caption>", '<td class="number">0.123</td>', "Het &lt;Kanaal&gt;", "<p>4 units are few.</p>", "seed 42"):
        assert shown in page
    assert "nan" not in page.lower()
    assert "<th>note</th>" not in page


def test_of_a_long_table_the_first_rows_are_shown():
    long = Table("Rows", pd.DataFrame({"n": range(MOST_ROWS + 5)}), option="--out FILE")
    assert len(long.shown) == MOST_ROWS
    assert long.left_out == "5 more rows; --out FILE writes them all."
    assert "5 more rows" in Result(long.frame, (long,), {}, None)._repr_html_()


@pytest.fixture
def tables(tmp_path: Path, tone_units: pd.DataFrame) -> Path:
    """Gold, predictions of two in three units right, and the codings of two coders."""
    gold = tone_units.assign(outlet=["De Merenbode", "Het Kanaal"] * 36, sample_prob=0.5)
    predicted = gold["label"].where(gold.index % 3 != 0, "neutral")
    gold.to_csv(tmp_path / "gold.csv", index=False)
    gold[["id", "outlet"]].assign(variable="tone", label=predicted).to_csv(tmp_path / "pred.csv", index=False)
    coded = [gold[["id"]].assign(coder=name, label=label) for name, label in (("An", gold["label"]), ("Bo", predicted))]
    pd.concat(coded).to_csv(tmp_path / "codings.csv", index=False)
    return tmp_path


CALLS = {
    "agree": (lambda at: stance.agree(at / "codings.csv", variable="tone"), ["codings.csv", "--variable", "tone"]),
    "evaluate": (
        lambda at: stance.evaluate(at / "gold.csv", variable="tone", predictions=at / "pred.csv", by=["outlet"]),
        ["gold.csv", "--variable", "tone", "--predictions", "pred.csv", "--by", "outlet"],
    ),
    "estimate": (
        lambda at: stance.estimate(at / "pred.csv", at / "gold.csv", by=["outlet"]),
        ["pred.csv", "--gold", "gold.csv", "--by", "outlet"],
    ),
    "plan": (lambda at: stance.plan(2_000, groups=3, margin=0.05), ["--units", "2000", "--groups", "3", "--margin", "0.05"]),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_function_finds_what_the_command_prints_and_writes(name: str, command: Command, tables: Path, monkeypatch):
    monkeypatch.chdir(tables)
    call, arguments = CALLS[name]
    found = call(Path())
    status, printed, told = command(name, *arguments, "--json", "r.json")
    assert status == 0, told
    assert json.loads(Path("r.json").read_text(encoding="utf-8")) == found.as_dict()
    assert found.notes == tuple(told.splitlines())
    assert all(table.title in printed for table in found.tables if len(table.frame))
    assert all(f"{key} {text}" in printed.replace("\n", " ") for key, text in found.signature.items())


def test_tables_may_be_given_as_frames(tables: Path):
    gold, predicted = pd.read_csv(tables / "gold.csv"), pd.read_csv(tables / "pred.csv")
    of_frames = stance.evaluate(gold, variable="tone", predictions=predicted)
    of_files = stance.evaluate(tables / "gold.csv", variable="tone", predictions=tables / "pred.csv")
    pd.testing.assert_frame_equal(of_frames.table, of_files.table)
    assert of_frames.found.evaluation.accuracy == pytest.approx(of_frames.part("score").set_index("metric").loc["accuracy", "score"])
    named = stance.evaluate(gold.rename(columns={"label": "oordeel"}), variable="tone", predictions=predicted, columns={"label": "oordeel"})
    pd.testing.assert_frame_equal(named.table, of_frames.table)


def test_a_leak_holds_its_pairs():
    units = pd.DataFrame({"text": ["De raad stemt over de sluis.", "De raad stemt over de sluis!"], "part": ["train", "test"]})
    with pytest.raises(LeakError, match="1 pairs of units leak across the parts of 'part'") as leak:
        stance.split(units, check="part")
    assert leak.value.result.table[["id", "other_id"]].to_numpy().tolist() == [["1", "2"]]


def test_split_sample_and_collect_work_without_files(tables: Path):
    parts = stance.split(tables / "gold.csv", seed=1)
    assert set(parts.found["split"]) == {"train", "dev", "test"}
    assert parts.table["units"].sum() == len(parts.found) == 72
    units = pd.read_csv(tables / "gold.csv").drop(columns=["label", "sample_prob"])
    drawn = stance.sample(units, n=12, variable="tone", coder=["An", "Bo"], overlap=4)
    assert {name: len(sheet) for name, sheet in drawn.found.by_coder.items()} == {"An": 8, "Bo": 8}
    assert drawn.table["drawn"].tolist() == [12]


def test_a_closed_pipe_loses_no_file(tables: Path):
    reading, writing = os.pipe()
    os.close(reading)
    asked = ["estimate", "pred.csv", "--gold", "gold.csv", "--json", "r.json", "--out", "r.csv"]
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run([sys.executable, "-m", "stance", *asked], cwd=tables, stdout=closed, stderr=subprocess.PIPE, text=True)
    assert "Traceback" not in done.stderr
    written = json.loads((tables / "r.json").read_text(encoding="utf-8"))
    assert len(written["rows"]) == len(pd.read_csv(tables / "r.csv")) == 4
