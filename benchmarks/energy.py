"""What the processors use, from their own counters (RAPL), where these may be read."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

COUNTERS = sorted(Path("/sys/class/powercap").glob("intel-rapl:[0-9]/energy_uj"))


def joules() -> float:
    """Return what the processors have used since their counters began; NaN where these cannot be read."""
    try:
        return sum(int(counter.read_text()) for counter in COUNTERS) / 1e6 if COUNTERS else float("nan")
    except OSError:
        return float("nan")


def spent(run: Callable[[], Any]) -> tuple[float, float]:
    """Return the seconds and the joules that ``run`` takes; joules are NaN where they cannot be told, as when a counter began anew."""
    before, start = joules(), time.perf_counter()
    run()
    seconds, used = time.perf_counter() - start, joules() - before
    return seconds, used if used >= 0 else float("nan")
