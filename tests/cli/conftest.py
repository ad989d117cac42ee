"""The fixture of the commands' tests: ``stance`` as on the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from stance.cli import main


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """A function that runs ``stance`` and returns its exit status, output and messages."""
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stance", *map(str, arguments)])
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def coded(tmp_path: Path, tone_units: pd.DataFrame) -> Path:
    """A table of the invented headlines with their tone and an outlet."""
    path = tmp_path / "koppen.csv"
    tone_units.assign(outlet=["De Merenbode", "Het Kanaal"] * 36).to_csv(path, index=False)
    return path
