"""What may be written where: never over something that is read."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path

from stance.errors import InputError

__all__ = ["check_outputs"]


def check_outputs(inputs: Iterable[Path], outputs: Mapping[str, Path]) -> None:
    """Refuse outputs, given by the option that names each, that would overwrite an input or each other."""
    written = {option: out for option, out in outputs.items() if _there(out)}
    for path in inputs if written else []:
        for option, out in written.items():
            if _there(path) and path.samefile(out):
                raise InputError(
                    f"{option} {out} is also an input ({path}) and would overwrite it; choose another name, or move the input."
                )
    for (one, first), (other, second) in itertools.combinations(outputs.items(), 2):
        if first.resolve() == second.resolve():
            raise InputError(f"{one} and {other} both name {first}; choose another name for one of them.")


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, a NUL in it: refused where it is read
        return False
