"""``stance report``: files in, one folder out, refusals in one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def report(command: Command) -> Command:
    """A function that runs ``stance report`` and returns its exit status, output and messages."""
    return lambda *arguments: command("report", *arguments)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Predictions of the tone of 60 articles and of their stance toward one target, as ``stance label`` writes them."""
    rng = np.random.default_rng(5)
    tone = rng.choice(["negative", "neutral", "positive"], 60)
    rows = pd.DataFrame(
        {"id": [f"{number:03d}" for number in range(60)], "outlet": ["De Merenbode", "Het Kanaal"] * 30, "date": "2024-05-17"}
    )
    both = [rows.assign(variable="tone", label=tone), rows.assign(variable="stance", target="de fusie", label="against")]
    path = tmp_path / "labels.csv"
    pd.concat(both).assign(model="m@0123abcd", abstained=False, coverage=1.0).to_csv(path, index=False)
    return path


@pytest.fixture
def gold(labels: Path, tmp_path: Path) -> Path:
    rows = pd.read_csv(labels, dtype={"id": str}).query("variable == 'tone'").iloc[::2]
    path = tmp_path / "gold.csv"
    rows[["id", "label"]].assign(sample_prob=0.5).to_csv(path, index=False)
    return path


def test_writes_the_page_its_files_and_their_list(report: Command, labels: Path, gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "verslag"
    status, printed, told = report(
        labels, "--variable", "tone", "--gold", gold, "--out", out, "--language", "nl", "--title", "Toon & <taal>"
    )
    assert (status, told) == (0, f"Open {out / 'report.html'} in a browser; it holds no article text.\n")
    listed = json.loads((out / "report.json").read_text(encoding="utf-8"))
    endings = {"page": ["html"], "table": ["csv", "tex"], "figure": ["svg", "png"]}
    named = {f"{row['name']}.{ending}" for row in listed["rows"] for ending in endings[row["kind"]]}
    assert named | {"report.json"} == {path.name for path in out.rglob("*") if path.is_file()}
    assert "coded 30" in printed
    assert listed["signature"]["variable"] == "tone"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<h1>Toon &amp; &lt;taal&gt;</h1>" in page
    assert '<html lang="nl">' in page


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "The rows hold stance, tone; pass --variable NAME."),
        (["--variable", "toon"], "variable 'toon' is unknown"),
        (["--variable", "tone", "--gold", "nowhere.csv"], "nowhere.csv"),
        (["--variable", "tone", "--language", "fr"], "language 'fr' is unknown; a report is in en or nl."),
        (["--variable", "tone", "--by", "partij"], "column 'partij' is missing"),
    ],
)
def test_refuses_in_one_sentence(report: Command, labels: Path, tmp_path: Path, arguments: list[str], why: str) -> None:
    status, printed, told = report(labels, "--out", tmp_path / "out", *arguments)
    assert (status, printed, told.count("\n")) == (1, "", 1)
    assert why in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["geen json", "[]", '{"rows": []}', '{"rows": [{"part": "perturbation", "units": 3}]}'])
def test_an_audit_that_is_none_is_refused(report: Command, labels: Path, tmp_path: Path, content: str) -> None:
    path = tmp_path / "audit.json"
    path.write_text(content, encoding="utf-8")
    status, _, told = report(labels, "--variable", "tone", "--audit", path, "--out", tmp_path / "out")
    assert (status, told.count("\n")) == (1, 1)
    assert "audit" in told
    assert "--json" in told


def test_without_what_it_draws_with_says_how_to_get_it(labels: Path, tmp_path: Path) -> None:
    block = (
        "import sys\nclass Blocked:\n    def find_spec(self, name, path=None, target=None):\n        if name.partition('.')[0] == 'matplotlib':\n"
        "            raise ModuleNotFoundError('gone', name='matplotlib')\nsys.meta_path.insert(0, Blocked())\nfrom stance.cli import main\nmain()"
    )
    command = [sys.executable, "-c", block, "report", str(labels), "--variable", "tone", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "A report needs the package 'matplotlib': pip install 'stance-nl[report]'." in done.stderr


def test_groups_may_come_from_another_table(report: Command, labels: Path, tmp_path: Path) -> None:
    facts = pd.DataFrame({"id": [f"{number:03d}" for number in range(60)], "eigenaar": ["Merel bv", "Vaart nv"] * 30})
    facts.to_csv(tmp_path / "feiten.csv", index=False)
    asked = ["--variable", "tone", "--by", "eigenaar", "--covariates", tmp_path / "feiten.csv", "--out", tmp_path / "verslag"]
    status, _, told = report(labels, *asked)
    assert status == 0, told
    assert "Vaart nv" in (tmp_path / "verslag" / "report.html").read_text(encoding="utf-8")
