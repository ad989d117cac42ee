"""What is imported when: ``import stance`` and labelling stay without torch and scikit-learn."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import stance
from stance.cli import app

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
    called = run(without("torch") + "import stance\nstance.RobbertClassifier()")
    assert called.returncode == 1
    assert "ImportError: stance.RobbertClassifier needs the package 'torch': pip install 'stance-nl[train]'." in called.stderr


def test_help_and_star_import_work_on_a_base_install():
    """A name whose packages are not installed is listed and can be imported; a call says how to get them."""
    extras = ("torch", "transformers", "accelerate", "captum", "datasets", "onnx", "onnxscript", "safetensors", "zstandard", "jinja2")
    script = without(*extras, "matplotlib", "spacy", "ray", "amcat4py", "requests", "IPython") + (
        "import pydoc, stance\n"
        "found = {}\n"
        "exec('from stance import *', found)\n"
        "page = pydoc.render_doc(stance, renderer=pydoc.plaintext)\n"
        "print([name for name in stance.__all__ if not (hasattr(stance, name) and name in found and name in page)])\n"
        "try:\n    found['write_report']()\nexcept ImportError as error:\n    print(error)\n"
    )
    done = run(script)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "[]\nstance.write_report needs the package 'jinja2': pip install 'stance-nl[report]'.\n"


def test_every_command_has_a_function_with_its_options():
    """The names and options are the command line's; what a function writes as JSON is a method of its result, and a switch a choice of name."""
    not_in_python = {"json", "columns", "columns_file", "engine", "find_targets", "top", "ner", "words"}
    commands = {command.callback.__name__: command.callback for command in app.registered_commands if command.callback is not None}
    assert set(commands) <= set(stance.__all__)
    for name, command in commands.items():
        options = {option for option in inspect.signature(command).parameters if not option.endswith("_column")} - not_in_python
        function = getattr(stance, name)
        assert options <= set(inspect.signature(function).parameters), name
        assert "Result" in str(inspect.signature(function).return_annotation), name


def test_every_public_name_is_there():
    for name in stance.__all__:
        assert getattr(stance, name) is not None
    assert set(stance.__all__) <= set(dir(stance))
    with pytest.raises(AttributeError, match="module 'stance' has no attribute 'Robbert'"):
        stance.Robbert  # noqa: B018
