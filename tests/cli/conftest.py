"""The fixture of the commands' tests: ``stance`` as on the command line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture
def coded(tmp_path: Path, tone_units: pd.DataFrame) -> Path:
    """A table of the invented headlines with their tone and an outlet."""
    path = tmp_path / "koppen.csv"
    tone_units.assign(outlet=["De Merenbode", "Het Kanaal"] * 36).to_csv(path, index=False)
    return path
