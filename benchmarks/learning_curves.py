"""Whether more pre-training or more coding pays: ``python benchmarks/learning_curves.py`` reprints and rewrites ``learning_curves.md``.

First table: one recipe of fine-tuning from the start of the runs that made ``mini`` (``build/start``), from the end of the first and from each copy
that the second kept (``build/taught``, ``build/taught_longer``), on headlines, mean of three seeds.
Second: the encoder and TF-IDF on the same few coded headlines, mean of five draws. All inside training and dev data, macro F1. A table that was
not made yet is absent.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from probing import tone_probe, tuned, words

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"
COUNTS = (300, 1_000, 3_000)
DRAWS = 5
SEEDS = (42, 302, 668)


def by_tokens() -> Iterator[str]:
    """Yield a line a copy of the encoder: tokens seen in the run, share of the teacher not reproduced, and what fine-tuning makes of it."""
    tone = tone_probe(2_400)
    yield f"| | TF-IDF | | {tone.score(words(tone)):.3f} | |"
    longer = BUILD / "taught_longer"
    for folder in [BUILD / "start", BUILD / "taught" / "encoder", *sorted(longer.glob("snapshot_*")), longer / "encoder"]:
        told = folder / "pretraining.json"
        record = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else {"tokens": 0}
        tokens = record["tokens"] + record.get("tokens_before", 0)
        unexplained = f"{record['held_out_loss']:.3f}" if "held_out_loss" in record else ""
        scores = [tone.score(tuned(tone, str(folder), seed=seed).dev_probabilities) for seed in SEEDS]
        yield f"| {tokens:,} | encoder | {unexplained} | {np.mean(scores):.3f} | {np.std(scores, ddof=1):.3f} |"


def by_units(encoder: str, counts: Sequence[int]) -> Iterator[str]:
    """Yield a line a number of coded headlines."""
    for count in counts:
        ours, theirs = [], []
        for draw in range(DRAWS if count < 3_000 else 1):
            probe = tone_probe(count, draw=draw)
            epochs = 15 if count == COUNTS[0] else 5
            ours.append(probe.score(tuned(probe, encoder, seed=draw, epochs=epochs, patience=epochs).dev_probabilities))
            theirs.append(probe.score(words(probe)))
        yield f"| {count:,} | {len(ours)} | {np.mean(ours):.3f} | {np.mean(theirs):.3f} | {np.mean(ours) - np.mean(theirs):+.3f} |"


def main() -> None:
    """Print both tables and write the page; a table that was not asked for stays as it is recorded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="mini")
    parser.add_argument("--counts", nargs="*", type=int, default=list(COUNTS))
    parser.add_argument("--tables", nargs="*", default=["tokens", "units"])
    asked = parser.parse_args()
    recorded = HERE / "learning_curves.json"
    tables = json.loads(recorded.read_text(encoding="utf-8")) if recorded.is_file() else {}
    made = {"tokens": by_tokens, "units": lambda: by_units(asked.encoder, asked.counts)}
    for name in asked.tables:
        tables[name] = []
        for line in made[name]():
            print(line, flush=True)
            tables[name].append(line)
    recorded.write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")
    about = (__doc__ or "").split("\n\n")
    page = ["# Learning curves", "", "`python benchmarks/learning_curves.py` reprints this page. " + " ".join(about[1].split()), ""]
    heads = {
        "tokens": "| tokens of pre-training | model | not reproduced | tone | spread of seeds |\n|---|---|---|---|---|",
        "units": "| coded headlines | draws | encoder | TF-IDF | difference |\n|---|---|---|---|---|",
    }
    for name, lines in tables.items():
        page += [heads[name], *lines, ""]
    (HERE / "learning_curves.md").write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
