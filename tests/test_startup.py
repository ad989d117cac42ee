"""Nothing is imported that is not used: the command line answers at once, and labelling stays clear of what only training needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "transformers", "sklearn", "scipy", "ray", "fsspec", "matplotlib", "datasets", "onnx", "trafilatura", "openpyxl", "docx"}
SCRIPT = """
import sys
from stance.cli import main
try:
    main()
except SystemExit:
    pass
print("imported", *{name.partition(".")[0] for name in sys.modules})
"""


def imported(*arguments: object) -> set[str]:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *map(str, arguments)], capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("arguments", [["--help"], ["label", "--help"]])
def test_help_imports_neither_tables_nor_models(arguments):
    assert not imported(*arguments) & {*HEAVY, "numpy", "pandas", "pyarrow", "onnxruntime", "tokenizers"}


def test_labelling_imports_what_it_uses(tone_model: Path, tmp_path: Path):
    (tmp_path / "kop.txt").write_text("De raad bespreekt kernenergie in mei.", encoding="utf-8")
    found = imported("label", tmp_path / "kop.txt", "--model", tone_model, "--out", tmp_path / "uit.csv")
    assert {"onnxruntime", "pandas"} <= found
    assert not found & HEAVY
    found = imported("label", tmp_path / "kop.txt", "--model", tone_model, "--out", f"{tmp_path}/uit/")
    assert not found & HEAVY
