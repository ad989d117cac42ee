"""TOML as Python values, with one error for all that is wrong with it."""

from __future__ import annotations

import tomllib
from typing import Any

__all__ = ["TomlError", "parse_toml"]


class TomlError(ValueError):
    """Text that is not TOML; whoever reads a file says which one and what to write instead."""


def parse_toml(text: str) -> dict[str, Any]:
    """Return the values of TOML ``text``; raises only `TomlError`, also for values nested too deep and numbers too long.

    >>> parse_toml('Poetin = ["Putin"]')
    {'Poetin': ['Putin']}
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise TomlError("its values are nested too deep") from error
    except ValueError as error:
        raise TomlError(str(error)) from error
