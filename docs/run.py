"""Run the command blocks of the pages in order, each page in a new folder with the examples, and compare what they print with what is shown.

    python docs/run.py [--write] [PAGE.md ...]

On a page:

    ```bash                     runs; a fence ```text right below holds what it prints (standard output and error, as a terminal shows them)
    ```python                   runs too
    ```toml title="x.toml"      is written to that file; any language
    <!-- not run: reason -->    right above a fence: the block cannot run offline

A line ``...`` in shown output stands for any lines. ``--write`` puts what is printed into the pages.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
# A terminal without colours, 100 columns wide; no network, and one thread, for the tests are to be light on a shared machine.
TERMINAL = {"COLUMNS": "100", "LINES": "50", "TERM": "dumb", "TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "0", "NO_COLOR": "1"} | {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
}
LANGUAGES = ("bash", "python")  # what runs
FENCE = re.compile(
    r"^(?P<note><!-- not run: (?P<reason>[^\n]+) -->\n+)?"
    r"^(?P<indent> *)```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?[^\n]*\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
VERSIONS = re.compile(r"\b(numpy|stance-nl|onnxruntime) (not installed|[\w.]+)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its place in the page, and what it is for."""

    language: str
    body: str
    title: str | None
    reason: str | None
    start: int
    end: int

    @property
    def runs(self) -> bool:
        """Whether it is carried out: run, or written to the file it names."""
        return self.reason is None and (self.language in LANGUAGES or self.title is not None)


@dataclass(frozen=True)
class Step:
    """A block that runs and the block below it that shows its output, where there is one."""

    block: Block
    shown: Block | None


@dataclass(frozen=True)
class Printed:
    """What a block printed, and its exit status."""

    text: str
    status: int


def pages() -> list[Path]:
    """Return all pages."""
    return sorted(FOLDER.rglob("*.md"))


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    return [
        Block(found["language"], _dedented(found), found["title"], found["reason"], found.start("body"), found.end("body"))
        for found in FENCE.finditer(text)
    ]


def steps(text: str) -> list[Step]:
    """Return the steps of a page, in order."""
    found = blocks(text)
    below = [*found[1:], None][: len(found)]
    return [Step(block, after if _shows(text, block, after) else None) for block, after in zip(found, below, strict=True) if block.runs]


def agree(shown: str, printed: str) -> bool:
    """Return whether shown output is what was printed: but for versions, trailing blanks, and what ``...`` leaves out."""
    parts = [re.escape(part) for part in _plain(shown).split("\n...\n")]
    return re.fullmatch(r"\n(?s:.*\n)?".join(parts), _plain(printed)) is not None


@cache
def run(actions: tuple[tuple[str, str, str | None], ...]) -> tuple[Printed, ...]:
    """Return what each action (language, body, file to write) prints, in a new folder with the examples; ends at the first that fails."""
    with tempfile.TemporaryDirectory(prefix="page-") as name:
        folder, tools = Path(name, "page"), Path(name, "bin")
        shutil.copytree(ROOT / "examples", folder / "examples")
        _install(tools)
        environment = os.environ | TERMINAL | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        return tuple(_run_until_failure(actions, folder, environment))


def run_page(page: Path) -> list[tuple[Step, Printed]]:
    """Return the steps of a page with what each prints; shorter where one fails."""
    found = steps(page.read_text(encoding="utf-8"))
    printed = run(tuple((step.block.language, step.block.body, step.block.title) for step in found))
    return list(zip(found, printed, strict=False))


def write(page: Path, ran: Sequence[tuple[Step, Printed]]) -> bool:
    """Put what was printed into a page, and return whether that changed it."""
    text = before = page.read_text(encoding="utf-8")
    for step, printed in reversed(ran):
        shown = step.shown
        if shown is not None and not agree(shown.body, printed.text):
            text = text[: shown.start] + _stripped(printed.text) + "\n" + text[shown.end :]
    page.write_text(text, encoding="utf-8")
    return text != before


def _shows(text: str, block: Block, after: Block | None) -> bool:
    if after is None or after.language != "text" or after.title is not None:
        return False
    between = text[block.end : after.start]
    return re.fullmatch(r" *```\n\s*```text[^\n]*\n", between) is not None


def _dedented(found: re.Match[str]) -> str:
    indent = found["indent"]
    return "".join(line.removeprefix(indent) for line in found["body"].splitlines(keepends=True))


def _stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def _plain(text: str) -> str:
    return VERSIONS.sub(r"\1 VERSION", _stripped(text))


def _install(tools: Path) -> None:
    """Write commands ``stance`` and ``python`` that are those of this checkout."""
    tools.mkdir()
    python = shlex.quote(sys.executable)
    start = shlex.quote("import sys; sys.argv[0] = 'stance'; from stance.cli import main; main()")
    for name, line in (("stance", f'exec {python} -c {start} "$@"'), ("python", f'exec {python} "$@"')):
        (tools / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tools / name).chmod(0o755)


def _run_until_failure(actions: Sequence[tuple[str, str, str | None]], folder: Path, environment: dict[str, str]) -> Iterator[Printed]:
    for language, body, title in actions:
        if title is not None:
            (folder / title).parent.mkdir(parents=True, exist_ok=True)
            (folder / title).write_text(body, encoding="utf-8")
            yield Printed("", 0)
            continue
        command = ["bash", "-euo", "pipefail", "-c", body] if language == "bash" else ["python", "-c", body]
        ran = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=False
        )
        yield Printed(ran.stdout, ran.returncode)
        if ran.returncode:
            return


def main() -> None:
    """Run pages and say which blocks fail or print something else than is shown."""
    parser = argparse.ArgumentParser(description="Run the command blocks of the pages.")
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--write", action="store_true", help="put what is printed into the pages")
    asked = parser.parse_args()
    failed = False
    for page in [path.resolve() for path in asked.pages] or pages():
        ran = run_page(page)
        for step, printed in ran:
            differs = step.shown is not None and not agree(step.shown.body, printed.text)
            if printed.status or (differs and not asked.write):
                failed = True
                print(f"{page.relative_to(ROOT)}: status {printed.status}\n{step.block.body}{printed.text}")
        if asked.write and not any(printed.status for _, printed in ran) and write(page, ran):
            print(f"{page.relative_to(ROOT)}: output written")
    sys.exit(failed)


if __name__ == "__main__":
    main()
