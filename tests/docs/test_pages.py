"""The documentation: every command block runs, prints what the page shows, and says nothing of a machine."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("matplotlib", reason="needs the extra 'report'")
pytest.importorskip("torch", reason="needs the extra 'train'")

DOCS = Path(__file__).resolve().parents[2] / "docs"


def loaded(name: str) -> ModuleType:
    """A script of the documentation, as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look up their module
    spec.loader.exec_module(module)
    return module


docs_run = loaded("run")

PAGES = docs_run.pages()
WITH_COMMANDS = [page for page in PAGES if docs_run.steps(page.read_text(encoding="utf-8"))]
NAMES = [str(page.relative_to(DOCS)) for page in WITH_COMMANDS]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=NAMES)
def test_commands_print_what_is_shown(page: Path) -> None:
    for step, printed in docs_run.run_page(page):
        assert printed.status == 0, f"{step.block.body}\n{printed.text}"
        if step.shown is not None:
            assert docs_run._plain(step.shown.body) == docs_run._plain(printed.text) or docs_run.agree(step.shown.body, printed.text)


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(DOCS)) for page in PAGES])
def test_a_block_that_does_not_run_says_why(page: Path) -> None:
    for block in docs_run.blocks(page.read_text(encoding="utf-8")):
        assert block.runs or block.reason or block.language not in {"bash", "python", "r", "powershell"}, block.body


def test_few_blocks_are_left_out() -> None:
    every = [block for page in PAGES for block in docs_run.blocks(page.read_text(encoding="utf-8"))]
    left_out = sum(block.reason is not None for block in every)
    assert sum(block.runs for block in every) >= 10
    assert left_out * 2 <= sum(block.runs for block in every)


def test_shown_output_comes_from_a_command() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shown = {step.shown for step in docs_run.steps(text)} - {None}
        texts = [block for block in docs_run.blocks(text) if block.language == "text" and block.title is None]
        assert [block.body for block in texts if block not in shown] == [], page.name


def test_no_path_of_a_machine_is_shown() -> None:
    for page in PAGES:
        assert not re.findall(r"(?<![\w.:/])/(?:home|root|tmp|work|Users)/\S*", page.read_text(encoding="utf-8")), page.name


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a  \nb\n", "a\nb\n\n", True),
        ("a\nb", "a\nc", False),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a\n...\nd", "a\nd", True),
        ("a\n...\nd", "a\nb\nc", False),
        ("signature numpy 2.4.6 | n 3", "signature numpy 1.26 | n 3", True),
        ("signature numpy 2.4.6 | n 3", "signature numpy 2.4.6 | n 4", False),
    ],
)
def test_output_is_compared(shown: str, printed: str, same: bool) -> None:
    assert docs_run.agree(shown, printed) is same


PAGE = """
```toml title="names.toml"
a = 1
```

```bash
cat names.toml
```

```text
a = 1
```

<!-- not run: needs the hub -->
```bash
exit 3
```

```python
print(open("names.toml").read().strip())
```

```text
a = 2
```
"""


def test_pages_are_read_run_and_rewritten(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    ran = docs_run.run_page(page)
    assert [(step.block.language, printed.text, printed.status) for step, printed in ran] == [
        ("toml", "", 0),
        ("bash", "a = 1\n", 0),
        ("python", "a = 1\n", 0),
    ]
    assert docs_run.write(page, ran)
    assert page.read_text(encoding="utf-8") == PAGE.replace("a = 2", "a = 1")


def test_examples_in_docstrings_are_shown_as_code() -> None:
    pytest.importorskip("griffe", reason="needs the extra 'docs'")
    text = "Return two.\n\n>>> two()\n2\n\nNot more."
    assert loaded("doctests").fenced(text) == "Return two.\n\n```pycon\n>>> two()\n2\n```\n\nNot more."
