"""``label --by-voice``, ``--net``, ``--find-targets`` and ``explain``: what they write, print and refuse."""

import json
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.usefixtures("shipped")
ARTICLE = (
    "date 2024-05\n"
    'De VVD prijst kernenergie. "Kernenergie is slecht en gevaarlijk", zegt wethouder Els Bos tegen het AD. Volgens Jan Smit is kernenergie nuttig. '
    "Morgen vergadert de raad over het plan van Els Bos."
)


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "kern.txt"
    path.write_text(ARTICLE, encoding="utf-8")
    return path


def test_label_by_voice_prints_and_writes_each_voice(command, article, tmp_path):
    status, printed, told = command("label", article, "--target", "kernenergie", "--by-voice")
    assert status == 0
    assert "Labels by voice: kern" in printed
    assert "narrator" in printed and "Els Bos" in printed and "Jan Smit" in printed
    assert "A voice that does not name it has no row." in told
    out = tmp_path / "uit.csv"
    assert (
        command("label", article, "--target", "kernenergie", "--target", "de Lelylijn", "--variable", "stance", "--by-voice", "--out", out)[
            0
        ]
        == 0
    )
    rows = pd.read_csv(out)
    assert rows["voice"].tolist() == ["whole", "narrator", "quoted", "quoted", "whole"]
    assert rows["holder"].fillna("").tolist() == ["", "", "Els Bos", "Jan Smit", ""]
    assert rows["sentences"].tolist() == [3, 1, 1, 1, 0]
    assert "text" not in rows


def test_label_net_writes_source_holder_target_direction_sentence(command, article, tmp_path):
    out = tmp_path / "net.csv"
    status, _, told = command("label", article, "--target", "kernenergie", "--target", "de Lelylijn", "--net", "--with-text", "--out", out)
    assert status == 0
    assert "1 of 2 units do not name their target and have no NET row." in told
    rows = pd.read_csv(out)
    assert list(rows.columns[:6]) == ["id", "source", "holder", "target", "direction", "sentence"]
    assert rows["holder"].tolist() == ["VVD", "Els Bos", "Jan Smit"]
    assert rows["sentence"].tolist() == [1, 2, 3]
    assert rows["text"][0] == "De VVD prijst kernenergie."
    assert "direction: probability of favor less that of against" in command("label", article, "--target", "kernenergie", "--net")[2]


def test_find_targets_prints_and_writes_a_file_to_label_with(command, article, tmp_path):
    status, printed, told = command("label", article, "--find-targets", "--top", 3)
    assert status == 0
    assert "Els Bos" in printed and "--out targets.toml" in told
    out = tmp_path / "targets.toml"
    assert command("label", article, "--find-targets", "--out", out)[0] == 0
    assert command("label", article, "--targets", out, "--out", tmp_path / "uit.csv")[0] == 0
    assert "exists already" in command("label", article, "--find-targets", "--out", out)[2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--by-voice", "--net"], "--by-voice and --net give different rows; pass one of them."),
        (["--net"], "none is named; name them with --target or --targets."),
        (["--net", "--target", "de Lelylijn"], "None of the articles names a target"),
        (["--by-voice", "--out", "map/"], "--by-voice writes one file, not a folder"),
        (["--find-targets", "--top", "0"], "--top 0 asks for no names; give 1 or more."),
        (["--find-targets", "--ner", "."], "holds no model of names"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(command, article, options, message):
    status, _, told = command("label", article, *options)
    assert (status, told.count("\n")) == (1, 1)
    assert message in told


def test_explain_prints_the_article_its_sentences_and_their_faithfulness(command, article, tmp_path):
    page, rows = tmp_path / "kern.html", tmp_path / "kern.json"
    status, printed, told = command("explain", article, "--target", "kernenergie", "--html", page, "--json", rows)
    assert status == 0
    assert "Stance toward kernenergie:" in printed
    assert "[Els Bos, in AD]" in printed
    assert "comprehensiveness" in printed and "sufficiency" in printed and "signature model" in printed
    assert "it holds the article's text" in told
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    written = json.loads(rows.read_text(encoding="utf-8"))
    assert [row["holder"] for row in written["rows"] if row["holder"]] == ["Els Bos", "Jan Smit"]
    assert {"sentence", "holder", "label", "probability", "note"} <= set(written["rows"][0])


def test_explain_takes_one_article_and_says_how_to_choose(command, coded, article, tone_model, tmp_path):
    status, _, told = command("explain", coded)
    assert (status, told.count("\n")) == (1, 1)
    assert "72 units and one is explained at a time; choose it with --id (as 't0', 't1', 't2')" in told
    assert "No article has the id 't99'" in command("explain", coded, "--id", "t99")[2]
    assert command("explain", coded, "--id", "t3")[0] == 0
    assert "codes stance toward a target; name it with --target." in command("explain", article, "--model", "stance")[2]
    assert "was trained without targets; leave out --target" in command("explain", article, "--model", tone_model, "--target", "x")[2]
    status, printed, _ = command("explain", article, "--model", "tone", "--target", "de raad")  # the tone toward a target
    assert status == 0
    assert "negative" in printed
    assert "the folder" in command("explain", article, "--html", tmp_path / "weg" / "x.html")[2]
