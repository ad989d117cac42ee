"""The signature of a number: what it was computed from, so that two numbers are compared only where their signatures match."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version

import pandas as pd

__all__ = ["data_hash", "signature", "versions"]


def signature(*, data: str, **recipe: object) -> dict[str, str]:
    """Return the parts of a signature: the recipe's, the data hash, and the version of this package."""
    return {**{name: str(value) for name, value in recipe.items()}, "data": data, "stance-nl": _version("stance-nl")}


def versions(*packages: str) -> dict[str, str]:
    """Return the version of each of these packages, which numbers may depend on."""
    return {package: _version(package) for package in packages}


def data_hash(frame: pd.DataFrame) -> str:
    """Return twelve figures that change when a cell, a row or their order does.

    >>> data_hash(pd.DataFrame({"text": ["a"]})) == data_hash(pd.DataFrame({"text": ["b"]}))
    False
    """
    text = frame.astype(object).where(frame.notna(), "").astype(str)
    rows = pd.util.hash_pandas_object(text, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes()).hexdigest()[:12]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "not installed"
