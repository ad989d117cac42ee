"""What is imported when: ``import stance`` and labelling stay without torch and scikit-learn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import stance

BLOCK = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError(f"No module named '{{name}}'", name=name)
sys.meta_path.insert(0, Blocked())
"""
MAIN = "from stance.cli import main\nmain()"


def without(*names: str) -> str:
    """Return the start of a script in whose process these packages are not installed."""
    return BLOCK.format(names=set(names))


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", script, *map(str, arguments)], capture_output=True, text=True)


def test_public_names_import_no_torch():
    done = run(
        "import sys, stance\n"
        "early = {'pandas', 'numpy', 'onnxruntime'} & set(sys.modules)\n"
        "stance.load, stance.TfidfClassifier, stance.evaluate, stance.read_inputs, stance.settle\n"
        "print(sorted(early), [name for name in ('torch', 'transformers', 'datasets', 'sklearn') if name in sys.modules])"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout in ("[] []\n", "[] ['sklearn']\n")


@pytest.mark.parametrize("blocked", ["torch", "sklearn"])
def test_label_runs_where_it_is_not_installed(tone_model: Path, stance_model: Path, tmp_path: Path, blocked: str):
    script = without(blocked, "transformers", "datasets", "scipy") + MAIN
    (tmp_path / "kop.txt").write_text("De raad bespreekt kernenergie in mei.", encoding="utf-8")
    out = tmp_path / "uit.jsonl"
    done = run(script, "label", tmp_path / "kop.txt", "--model", stance_model, "--target", "kernenergie", "--out", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"1 rows written to {out}.\n")
    assert '"target":"kernenergie"' in out.read_text(encoding="utf-8")


def test_training_without_torch_says_how_to_get_it(tmp_path: Path):
    table = tmp_path / "t.csv"
    table.write_text("text,label\nKop,neutral\nRamp,negative\n", encoding="utf-8")
    done = run(without("torch") + MAIN, "train", table, "--variable", "tone", "--out", tmp_path / "m")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Training needs the package 'torch': pip install 'stance-nl[train]'." in done.stderr
    named = run(without("torch") + "import stance\nstance.RobbertClassifier")
    assert named.returncode == 1
    assert "ImportError: stance.RobbertClassifier needs the package 'torch': pip install 'stance-nl[train]'." in named.stderr


def test_every_public_name_is_there():
    for name in stance.__all__:
        assert getattr(stance, name) is not None
    assert set(stance.__all__) <= set(dir(stance))
    with pytest.raises(AttributeError, match="module 'stance' has no attribute 'Robbert'"):
        stance.Robbert  # noqa: B018
