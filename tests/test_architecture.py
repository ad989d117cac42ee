"""The layout of the package: imports run downward only, without circles, and torch stays where it belongs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import stance

ROOT = Path(stance.__file__).parent
FLOORS = (
    ("cli",),
    ("commands",),
    ("reporting",),
    ("estimation",),
    ("evaluation", "training"),
    ("close_reading",),
    ("labelling",),
    ("model",),
    ("coding",),
    ("dutch",),
    ("results",),
    ("corpus",),
    ("signature", "steps", "progress", "errors"),
)
FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in floor}
TORCH_BELOW_TRAINING = {"stance.close_reading.gradients", "stance.model.checkpoint", "stance.model.torch_session"}


def named(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {named(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield every module that is imported, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else str(node.module)


def part_of(module: str) -> str:
    """Return the package (or file) directly under ``stance`` that a module belongs to."""
    return module.split(".")[1]


ARROWS = {
    name: sorted({other for other in imported(tree) if other in MODULES and other != name})
    for name, tree in MODULES.items()
    if name not in {"stance", "stance.__main__"}  # the public names and the command sit above all floors
}


def test_every_part_has_a_floor():
    assert {part_of(name) for name in ARROWS} == set(FLOOR)


def test_imports_run_downward_only():
    between = [(name, other) for name, others in ARROWS.items() for other in others if other != "stance"]
    assert len(between) > len(ARROWS)
    assert [pair for pair in between if FLOOR[part_of(pair[1])] < FLOOR[part_of(pair[0])]] == []


def test_no_circle_of_modules():
    try:
        TopologicalSorter(ARROWS).prepare()
    except CycleError as error:
        pytest.fail(f"modules import one another: {' -> '.join(error.args[1])}")


def test_no_circle_of_parts():
    parts: dict[str, set[str]] = {}
    for name, others in ARROWS.items():
        parts.setdefault(part_of(name), set()).update(part_of(other) for other in others if other != "stance")
    TopologicalSorter({part: below - {part} for part, below in parts.items()}).prepare()


def test_files_and_language_know_nothing_of_each_other():
    for one in ("corpus", "dutch"):
        below = {part_of(other) for name, others in ARROWS.items() if part_of(name) == one for other in others}
        assert below <= {one, "errors"}


def test_below_training_torch_is_imported_by_these_alone():
    tops = {name: ast.Module([node for node in MODULES[name].body if isinstance(node, ast.Import | ast.ImportFrom)], []) for name in ARROWS}
    with_torch = {name for name, top in tops.items() if "torch" in {module.split(".")[0] for module in imported(top)}}
    assert {name for name in with_torch if part_of(name) != "training"} == TORCH_BELOW_TRAINING
