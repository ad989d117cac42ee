"""Whether more pre-training or more coding pays: ``python benchmarks/learning_curves.py`` reprints and rewrites ``learning_curves.md``.

First table: one recipe of fine-tuning from the start of the runs that made ``mini`` (``build/start``), from the end of the first and from each copy
that the second kept (``build/taught``, ``build/taught_longer``), on headlines, mean of three seeds.
Second: the encoder and TF-IDF on the same few coded headlines, as a user would train on them (the settings of ``mini``; a tenth of the few is kept
to stop and calibrate). Third: few coded issue positions, in the same way, from ``mini`` and from the encoder that knows
StemWijzer alone (``build/shipped/statements-both-ways``), which ``stance`` was before it read coded news; scored on 1,500 passages from other
articles. Fourth: few coded relations of a NET analysis, from ``mini`` and from the encoder that knows StemWijzer and the issue positions
(``build/shipped/statements-issues``), which is what ``stance`` was made from; both were recorded with ``--few 300 --draws 3``. All inside
training and dev data, macro F1. A table that was not made yet is absent.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from probing import tone_probe, tuned, words
from research_data import issue_positions, net_stance
from sklearn.metrics import f1_score

from stance.corpus.records import as_units
from stance.training.baselines import TfidfClassifier
from stance.training.building import hold_out
from stance.training.classifier import RobbertClassifier
from stance.training.encoders import ENCODERS

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"
COUNTS = (300, 1_000, 3_000)
FEW = (300, 1_000)
SCORED = 1_500  # others, to score on
DRAWS = 5
SEEDS = (42, 302, 668)
WINDOW = 192


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


def by_units(encoder: str, counts: Sequence[int], draws: int) -> Iterator[str]:
    """Yield a line a number of coded headlines."""
    for count in counts:
        ours, theirs = [], []
        for draw in range(draws if count < 3_000 else 1):
            probe = tone_probe(count, draw=draw)
            classifier = RobbertClassifier("tone", encoder, seed=draw, window=WINDOW)
            ours.append(learned(classifier, probe.train, probe.dev))
            theirs.append(probe.score(words(probe)))
        yield f"| {count:,} | {len(ours)} | {np.mean(ours):.3f} | {np.mean(theirs):.3f} | {np.mean(ours) - np.mean(theirs):+.3f} |"


def learned(classifier: TfidfClassifier | RobbertClassifier, coded: pd.DataFrame, scored: pd.DataFrame) -> float:
    """Return the macro F1 on the scored units of a classifier that learns from the coded ones."""
    labels = classifier.fit(coded.drop(columns="label"), coded["label"]).predict(scored.drop(columns="label"))
    return float(f1_score(scored["label"], labels, average="macro"))


def by_start(units: pd.DataFrame, encoders: Sequence[str], counts: Sequence[int], draws: int) -> Iterator[str]:
    """Yield a line a number of coded units: TF-IDF, and each encoder trained with the same settings."""
    inside, outside = hold_out(as_units(units), 0.3, seed=0)
    scored, mini = outside.sample(min(SCORED, len(outside)), random_state=0), ENCODERS["mini"]

    for count in counts:
        drawn = [(draw, inside.sample(count, random_state=draw)) for draw in range(draws)]
        rows = {"TF-IDF": [learned(TfidfClassifier(variable="stance"), coded, scored) for _, coded in drawn]}
        for encoder in encoders:
            epochs, patience = mini.passes(-(-count * 9 // (10 * mini.batch_size)))
            settings = {"window": WINDOW, "learning_rate": mini.learning_rate, "epochs": epochs, "patience": patience}
            rows[Path(encoder).name] = [
                learned(RobbertClassifier("stance", encoder, seed=draw, **settings), coded, scored) for draw, coded in drawn
            ]
        for name, scores in rows.items():
            yield f"| {count:,} | {name} | {len(scores)} | {np.mean(scores):.3f} | {np.std(scores, ddof=1):.3f} |"


def main() -> None:
    """Print the tables and write the page; a table that was not asked for stays as it is recorded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="mini")
    parser.add_argument("--counts", nargs="*", type=int, default=list(COUNTS))
    parser.add_argument("--few", nargs="*", type=int, default=list(FEW), metavar="COUNT", help="coded units of the third and fourth table")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--tables", nargs="*", default=["tokens", "units", "start", "net"])
    parser.add_argument("--starts", nargs="*", default=["mini", str(BUILD / "shipped" / "statements-both-ways")], metavar="ENCODER")
    parser.add_argument("--net-starts", nargs="*", default=["mini", str(BUILD / "shipped" / "statements-issues")], metavar="ENCODER")
    asked = parser.parse_args()
    made: dict[str, Callable[[], Iterator[str]]] = {
        "tokens": by_tokens,
        "units": lambda: by_units(asked.encoder, asked.counts, asked.draws),
        "start": lambda: by_start(issue_positions(), asked.starts, asked.few, asked.draws),
        "net": lambda: by_start(net_stance(), asked.net_starts, asked.few, asked.draws),
    }
    fresh: dict[str, list[str]] = {name: [] for name in asked.tables}
    for name, lines in fresh.items():
        for line in made[name]():
            print(line, flush=True)
            lines.append(line)
    recorded = HERE / "learning_curves.json"
    tables = (json.loads(recorded.read_text(encoding="utf-8")) if recorded.is_file() else {}) | fresh
    recorded.write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")
    about = (__doc__ or "").split("\n\n")
    page = ["# Learning curves", "", "`python benchmarks/learning_curves.py` reprints this page. " + " ".join(about[1].split()), ""]
    heads = {
        "tokens": "| tokens of pre-training | model | not reproduced | tone | spread of seeds |\n|---|---|---|---|---|",
        "units": "| coded headlines | draws | encoder | TF-IDF | difference |\n|---|---|---|---|---|",
        "start": "| coded issue positions | model | draws | stance | spread of draws |\n|---|---|---|---|---|",
        "net": "| coded NET relations | model | draws | stance | spread of draws |\n|---|---|---|---|---|",
    }
    for name, lines in tables.items():
        page += [heads[name], *lines, ""]
    (HERE / "learning_curves.md").write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
