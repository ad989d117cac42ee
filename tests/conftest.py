"""Fixtures for all tests: the shared research data, where it is, and a seeded generator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the shared research data; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the research data is not beside this checkout (../shared/data)")
    return SHARED


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20221217)
