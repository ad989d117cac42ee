"""Windows become units: weighted by tokens, and for a target only those that name it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.model.pooling import pool, windows_that_count
from stance.model.windows import WindowPolicy, Windows

TEXT = "Poetin dreigt. Minsk zwijgt. Het regent."


@pytest.fixture
def windows() -> Windows:
    """Two units: one of three windows, each a sentence of ``TEXT`` (the last repeats two tokens), and one of one window."""
    return Windows(
        ids=[[0, 5, 2]] * 4,
        second=np.zeros(4, dtype=np.int64),
        unit=np.array([0, 0, 0, 1]),
        tokens=np.array([30, 10, 12, 7]),
        repeated=np.array([0, 0, 2, 0]),
        spans=np.array([[0, 14], [15, 28], [29, 40], [0, 40]]),
        unit_tokens=np.array([50, 7]),
    )


def units(*targets: str | None) -> pd.DataFrame:
    return pd.DataFrame({"text": [TEXT, TEXT], "target": pd.Series(targets, dtype=object)})


@pytest.mark.parametrize(
    ("targets", "aliases", "counted", "fallback"),
    [
        (("Minsk", "Minsk"), {}, [False, True, False, True], [False, False]),
        (("Kiev", "Poetin"), {}, [True, True, True, True], [True, False]),
        (("Kremlin", None), {"Kremlin": ("Poetin",)}, [True, False, False, True], [False, False]),
        ((None, None), {}, [True, True, True, True], [False, False]),
    ],
)
def test_windows_that_name_the_target_count(windows, targets, aliases, counted, fallback):
    counts, missed = windows_that_count(windows, units(*targets), aliases, WindowPolicy())
    assert (counts.tolist(), missed.tolist()) == (counted, fallback)


def test_with_scope_all_every_window_counts(windows):
    counts, missed = windows_that_count(windows, units("Minsk", "Kiev"), {}, WindowPolicy(scope="all"))
    assert counts.all()
    assert not missed.any()


def test_pooling_by_hand(windows):
    probabilities = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.2, 0.8]])
    nothing = np.zeros(2, dtype=bool)
    by_tokens = pool(probabilities, windows, nothing, WindowPolicy())
    assert by_tokens.probabilities[0].tolist() == pytest.approx([36 / 52, 16 / 52])  # (30 + 0 + 6) of 52 tokens
    assert by_tokens.probabilities[1].tolist() == pytest.approx([0.2, 0.8])
    assert (by_tokens.windows.tolist(), by_tokens.coverage.tolist()) == ([3, 1], [1.0, 1.0])
    alike = pool(probabilities, windows, nothing, WindowPolicy(pooling="mean"))
    assert alike.probabilities[0].tolist() == pytest.approx([0.5, 0.5])


def test_coverage_counts_each_token_once(windows):
    probabilities = np.full((4, 2), 0.5)
    two = pool(probabilities[1:], windows.keep(np.array([False, True, True, True])), np.zeros(2, dtype=bool), WindowPolicy())
    assert two.coverage.tolist() == [0.4, 1.0]  # 10 + 12 - 2 of 50
    last = pool(probabilities[2:], windows.keep(np.array([False, False, True, True])), np.zeros(2, dtype=bool), WindowPolicy())
    assert last.coverage.tolist() == [0.24, 1.0]
    assert last.windows.tolist() == [1, 1]
