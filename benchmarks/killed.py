"""Labels a real corpus twice, once unbroken and once killed at random: ``python benchmarks/killed.py [--items 94075] [--kills 5]``.

Both runs are ``stance label news2019.parquet --out DIR/`` with the shipped ``tone``; the second is killed without warning (SIGKILL) and started
again. Printed, and written to ``killed.json``: the times, the largest memory of a process, and whether all parts hold the same bytes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from research_data import DATA

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "killed"
POLL = 0.5  # seconds between looks at a running process


def command(items: Path, out: Path) -> list[str]:
    """Return the command that labels ``items`` into the folder ``out``."""
    return [sys.executable, "-m", "stance", "label", str(items), "--variable", "tone", "--out", f"{out}/"]


def peak_megabytes(process: subprocess.Popen[bytes]) -> float:
    """Return the largest memory that a running process has had, in megabytes; 0 once it has ended."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return float(lines.get("VmHWM", "0 kB").split()[0]) / 1024


def run(items: Path, out: Path, *, kill_after: float) -> tuple[bool, float, float]:
    """Return whether the command ended by itself, its seconds and its largest memory in megabytes; it is killed after ``kill_after`` seconds."""
    peak, start = 0.0, time.monotonic()
    with subprocess.Popen(command(items, out), stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, peak_megabytes(process))
            if time.monotonic() - start > kill_after:
                process.kill()
            time.sleep(POLL)
    if process.returncode > 0:
        raise SystemExit(f"stance label into {out} failed.")
    return process.returncode == 0, time.monotonic() - start, peak


def parts(out: Path) -> dict[str, bytes]:
    """Return the bytes of all parts by name."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.parquet"))}


def main() -> None:
    """Run, compare, print, and write ``killed.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=94_075)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    items, rng = BUILD / "items.parquet", np.random.default_rng(asked.seed)
    table: pa.Table = pq.read_table(DATA / "news2019.parquet").slice(0, asked.items)
    pq.write_table(table, items)
    for out in (BUILD / "unbroken", BUILD / "killed"):
        shutil.rmtree(out, ignore_errors=True)
    _, unbroken, peak = run(items, BUILD / "unbroken", kill_after=float("inf"))
    print(f"unbroken: {unbroken:.0f} s, {peak:.0f} MB", flush=True)
    moments = np.diff(np.sort(rng.uniform(0, unbroken, asked.kills)), prepend=0)
    finished, spent = False, 0.0
    for moment in [*moments.tolist(), float("inf")]:
        finished, seconds, most = run(items, BUILD / "killed", kill_after=moment)
        spent, peak = spent + seconds, max(peak, most)
        print(f"{'ended' if finished else 'killed'} after {seconds:.0f} s, {most:.0f} MB", flush=True)
    same = parts(BUILD / "unbroken") == parts(BUILD / "killed")
    found = {
        "items": table.num_rows,
        "kills": asked.kills,
        "unbroken_seconds": round(unbroken, 1),
        "killed_seconds": round(spent, 1),
        "peak_megabytes": round(peak),
        "parts": len(parts(BUILD / "killed")),
        "same_bytes": same,
        "date": datetime.now(UTC).date().isoformat(),
        "stance-nl": version("stance-nl"),
    }
    (HERE / "killed.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(found)


if __name__ == "__main__":
    main()
