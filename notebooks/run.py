"""Executes the notebooks in place, offline: ``python notebooks/run.py [NAME ...] [--sample N --to FOLDER]``.

A name may be the first letters only: ``run.py 01 03``. With ``--sample`` each table is cut to N units and the results go to another
folder, so that the committed outputs stay those of all data. The data are looked for in ``../shared/data`` beside the checkout, or where
``STANCE_DATA`` points.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
# Outputs are committed: what a machine looks like, and what its libraries complain of, does not belong in them.
LOCAL = re.compile(r"/(?:home|root|tmp|usr|work|Users|opt|var)/|[A-Z]:\\")


def main() -> None:
    """Execute the notebooks that were asked for, and tell the seconds of each."""
    arguments = _arguments()
    folder = arguments.to.resolve() if arguments.to else HERE
    figures = folder / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    # A figure without its date of making is the same file in each run.
    os.environ |= {"HF_HUB_OFFLINE": "1", "SOURCE_DATE_EPOCH": "0", "STANCE_PROGRESS": "off"}
    os.environ |= {"STANCE_SAMPLE": str(arguments.sample), "STANCE_FIGURES": str(figures)}
    for path in _chosen(arguments.names):
        start = time.perf_counter()
        notebook = executed(path)
        nbformat.write(notebook, folder / path.name)
        print(f"{path.stem}: {time.perf_counter() - start:.0f} s")


def executed(path: Path) -> nbformat.NotebookNode:
    """Return the notebook with the outputs of a fresh run, in the folder of the notebooks; refuses outputs that may not be committed."""
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=6 * 3600, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(HERE)}})
    client.execute()
    notebook.metadata["language_info"] = {"name": "python"}  # not the version of this machine: the signatures name what matters
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            _check(output, where=f"{path.name} cell {cell['id']}")
    return notebook


def _check(output: nbformat.NotebookNode, *, where: str) -> None:
    shown = output.get("data", {})
    text = "".join([output.get("text", ""), shown.get("text/plain", ""), shown.get("text/html", "")])
    if output.get("name") == "stderr":
        raise SystemExit(f"{where} wrote to standard error: {text.strip()[:300]!r}; mend its cause, and run it again.")
    found = LOCAL.search(text)
    if found:
        raise SystemExit(f"{where} shows a path of this machine: {text[found.start() : found.start() + 80]!r}; print names, not paths.")


def _chosen(names: list[str]) -> list[Path]:
    every = sorted(HERE.glob("*.ipynb"))
    chosen = [path for path in every if not names or any(path.name.startswith(name) for name in names)]
    if not chosen:
        raise SystemExit(f"No notebook begins with {' or '.join(names)}; there are {', '.join(path.stem for path in every)}.")
    return chosen


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Executes the notebooks in place, offline.")
    parser.add_argument("names", nargs="*", help="the first letters of a notebook's name; none: all")
    parser.add_argument("--sample", type=int, default=0, help="units a table, for a quick run")
    parser.add_argument("--to", type=Path, help="the folder for the results, instead of in place")
    arguments = parser.parse_args()
    if arguments.sample and not arguments.to:
        parser.error("--sample needs --to FOLDER: the committed outputs are those of all data")
    return arguments


if __name__ == "__main__":
    main()
