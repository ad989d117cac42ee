"""What each training trick brings: ``python benchmarks/ablations.py [--encoder mini]`` reprints and rewrites ``ablations.md``.

Economic headlines, inside the training set (2,400 to learn from, a fifth to score on, the gold not touched), three seeds. The epoch is chosen
on the units that are scored, for all alike, so scores are a little high and differences are what to read. A variant of the script
without a row was not run yet.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from probing import Probe, averaged, tone_probe, tuned, words

from stance.model.blend import blend
from stance.training.encoders import find_encoder
from stance.training.finetuning import FineTuned

HERE = Path(__file__).resolve().parent
SEEDS = (42, 302, 668)
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "attention dropout .1": {"attention_probs_dropout_prob": 0.1},
    "no dropout": {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0},
    "learning rate 1e-4": {"learning_rate": 1e-4},
    "layer-wise decay .8": {"layer_decay": 0.8},
    "label smoothing .1": {"label_smoothing": 0.1},
    "R-Drop, weight 1": {"consistency": 1.0},
}


def row(name: str, scores: list[float], plain: float) -> str:
    """Return one line of the table."""
    spread = f"{np.std(scores, ddof=1):.3f}" if len(scores) > 1 else ""
    line = f"| {name} | {len(scores)} | {np.mean(scores):.3f} | {spread} | {np.mean(scores) - plain:+.3f} |"
    print(line, flush=True)
    return line


def runs_of(probe: Probe, encoder: str, settings: dict[str, Any]) -> list[FineTuned]:
    """Return a run a seed; settings of the encoder itself (dropout) go into a copy of its folder."""
    own = {name: value for name, value in settings.items() if name.endswith("dropout_prob")}
    others = {name: value for name, value in settings.items() if name not in own}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(find_encoder(encoder).path, Path(folder) / "encoder"))
        config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
        (copy / "config.json").write_text(json.dumps(config | own), encoding="utf-8")
        return [tuned(probe, str(copy), seed=seed, **others) for seed in SEEDS]


def rows(probe: Probe, encoder: str) -> Iterator[str]:
    """Yield a line for the plain runs, those that join them, and a line for each other variant."""
    plain = 0.0
    for name, settings in VARIANTS.items():
        runs = runs_of(probe, encoder, settings)
        scores = [probe.score(run.dev_probabilities) for run in runs]
        plain = plain or float(np.mean(scores))
        yield row(name, scores, plain)
        if name == "plain":
            yield from joined(probe, runs, plain)


def joined(probe: Probe, runs: list[FineTuned], plain: float) -> Iterator[str]:
    """Yield a line for each way to join the plain runs, or one of them with TF-IDF."""
    together = [run.dev_probabilities for run in runs]
    yield row("plain, probabilities of three seeds averaged", [probe.score(np.mean(together, axis=0))], plain)
    tfidf = words(probe)
    yield row("TF-IDF", [probe.score(tfidf)], plain)
    yield row("plain and TF-IDF, equal weights", [probe.score(blend([each, tfidf], (0.5, 0.5))) for each in together], plain)
    yield row("plain, weights of three seeds averaged", [probe.score(averaged(runs, probe))], plain)


def main() -> None:
    """Run all variants, print their table and write the page, line by line: what a run that was stopped has found stands there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="mini")
    asked = parser.parse_args()
    heading = ["| variant | runs | macro F1 | SD | against plain |", "|---|---|---|---|---|"]
    print("\n".join(heading))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    page = ["# Ablations", "", f"`python benchmarks/ablations.py` reprints this page. {about}", "", *heading]
    for line in rows(tone_probe(2_400), asked.encoder):
        page.append(line)
        (HERE / "ablations.md").write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
