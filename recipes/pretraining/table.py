"""Print the tables of README.md from the logs beside this file: ``python recipes/pretraining/table.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def read_log(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the heading of a log, and its lines."""
    heading, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return heading, lines


def taught() -> list[str]:
    """Return one row a short run with a teacher, each with the same minutes of the clock."""
    rows = ["| run | optimizer | seconds | tokens | share not reproduced | at 80,000 tokens |", "|---|---|---|---|---|---|"]
    for path in sorted(HERE.glob("taught_?.jsonl")):
        heading, lines = read_log(path)
        early, last = min(lines, key=lambda line: abs(line["tokens"] - 80_000)), lines[-1]
        numbers = f"{last['seconds']:.0f} | {last['tokens']:,} | {last['held_out_loss']:.3f} | {early['held_out_loss']:.3f}"
        rows.append(f"| {heading['run']} | {heading['optimizer']} | {numbers} |")
    return rows


def curve(name: str, every: int) -> list[str]:
    """Return the loss of a long run against tokens and time, one row in `every` steps."""
    rows = ["| step | tokens | minutes | window | training loss | held-out loss |", "|---|---|---|---|---|---|"]
    _, lines = read_log(HERE / name)
    for line in (line for line in lines if line["step"] % every == 0 or line is lines[-1]):
        numbers = f"{line['step']:,} | {line['tokens']:,} | {line['seconds'] / 60:.1f} | {line['window']}"
        rows.append(f"| {numbers} | {line['train_loss']:.3f} | {line['held_out_loss']:.3f} |")
    return rows


if __name__ == "__main__":
    print(
        "\n".join(
            [
                "Short runs with a teacher:",
                "",
                *taught(),
                "",
                "The first run with the teacher:",
                "",
                *curve("taught.jsonl", 100),
                "",
                "The second:",
                "",
                *curve("taught_longer.jsonl", 100),
                "",
                "Six layers:",
                "",
                *curve("taught_six.jsonl", 100),
            ]
        )
    )
