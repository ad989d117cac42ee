"""The notebooks: each runs on a sample, says where its data should be, uses public names only, and shows no text that may not be shown."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

import stance

nbformat = pytest.importorskip("nbformat", reason="needs the extra 'notebooks'")
pytest.importorskip("nbclient", reason="needs the extra 'notebooks'")
pytest.importorskip("ipykernel", reason="needs the extra 'notebooks'")
pytest.importorskip("matplotlib", reason="needs the extra 'notebooks'")

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
Run = tuple[Path, "Future[subprocess.CompletedProcess[str]]"]  # a notebook's folder, and its run
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
FIGURE = re.compile(r'FIGURES / "([^"]+)"')


def cells(name: str) -> list:
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(name: str) -> str:
    """All text in the outputs of a notebook."""
    kinds = ("text/plain", "text/html", "text/markdown")
    outputs = [output for cell in cells(name) for output in cell.outputs]
    return "\n".join(
        [output.get("text", "") for output in outputs] + [output.get("data", {}).get(kind, "") for output in outputs for kind in kinds]
    )


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / "run.py"), *arguments]
    # One thread each: the tests are to be light on a shared machine.
    return subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"} | environment, capture_output=True, text=True, check=False)


def test_they_are_numbered_without_gaps() -> None:
    assert [name[:2] for name in NOTEBOOKS] == [f"{number:02d}" for number in range(1, len(NOTEBOOKS) + 1)]
    assert len(NOTEBOOKS) >= 6


def run_on_a_sample(name: str, data: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    sample = "40" if name.startswith("05") else "100"  # an audit labels each unit fifteen times
    return run(name, "--sample", sample, "--to", str(folder), STANCE_DATA=str(data), STANCE_BUILD=str(folder / "build"))


@pytest.fixture(scope="module")
def runs(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """Each notebook's folder and its run on a sample, two runs at a time."""
    folders = {name: tmp_path_factory.mktemp(name) for name in NOTEBOOKS}
    workers = ThreadPoolExecutor(2)
    yield {name: (folder, workers.submit(run_on_a_sample, name, shared, folder)) for name, folder in folders.items()}
    workers.shutdown(cancel_futures=True)


@pytest.mark.data
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_runs_on_a_sample(name: str, runs: dict[str, Run]) -> None:
    folder, running = runs[name]
    done = running.result()
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
    named = {figure for cell in cells(name) for figure in FIGURE.findall(cell.source)}
    assert {path.name for path in (folder / "figures").iterdir()} == named


def test_says_where_the_data_should_be(tmp_path: Path) -> None:
    done = run("01", "--sample", "10", "--to", str(tmp_path), STANCE_DATA=str(tmp_path / "nowhere"))
    assert done.returncode != 0
    assert "set STANCE_DATA to the folder of the research data" in done.stderr


def test_a_sample_never_overwrites_what_is_committed() -> None:
    assert "--sample needs --to FOLDER" in run("01", "--sample", "10").stderr


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_uses_public_names_only(name: str) -> None:
    nodes = list(ast.walk(ast.parse("\n".join(cell.source for cell in cells(name)))))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "stance"]
    assert {node.module for node in imports} <= {"stance"}
    whole = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    assert [module for module in whole if module.split(".")[0] == "stance"] == ["stance"]
    reached = {
        node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "stance"
    }
    named = reached | {alias.name for node in imports for alias in node.names}
    assert named
    assert named - set(stance.__all__) == set()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_is_executed_from_top_to_bottom(name: str) -> None:
    executed = cells(name)
    assert [cell.execution_count for cell in executed] == list(range(1, len(executed) + 1))
    for figure in {figure for cell in executed for figure in FIGURE.findall(cell.source)}:
        assert (FOLDER / "figures" / figure).is_file(), f"{figure} is not saved"
    assert "stance-nl:" in shown(name), "no result shows its signature"


@pytest.mark.data
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_shows_no_text_of_the_research_data(name: str, shared: Path) -> None:
    output = shown(name)
    for table in (
        "tone/ecosent/gold.jsonl",
        "stance/news_net_tk2021.jsonl",
        "partisan/dpgmedia2019/articles.jsonl",
        "stance/dpg_targets2019.jsonl",
    ):
        rows = pd.read_json(shared / table, lines=True, dtype=False)
        # Titles and the openings of texts: an excerpt would begin with one of these.
        openings = pd.concat([rows["title"].dropna(), rows["text"]]).astype(str).str.slice(0, 60)
        for opening in openings[openings.str.len() >= 20].unique():
            assert opening not in output, f"an output repeats a text of {table}"
