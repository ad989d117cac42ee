"""Word lists and registers that ship with the package, one TOML file each; every file names its sources."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

__all__ = ["read_list"]


def read_list(name: str) -> dict[str, Any]:
    """Return the contents of the shipped list ``name``.

    >>> "dr" in read_list("abbreviations")["titles"]
    True
    """
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
