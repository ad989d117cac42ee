"""Makes the encoder of the shipped models, stage by stage: ``python recipes/make.py STAGE... [--build DIR]``.

    far      the uncut encoder learns the tone toward targets in English news
    dutch    cut to the tokens of Dutch, it learns the Dutch sets together: whole articles, targets, sentences, headlines
    ours     a second encoder learns the same from where ``far`` ended, and the articles of ``recipes/codings`` as well
    ship     the mean of the two weight by weight: its int8 file and the folders of its heads, calibrated on the articles kept aside

A stage that is done is not done again; one that was killed goes on where it was. Each prints what it cost and what it scores on the coded
articles that are kept aside (one in ten), never on a test. ``recipes/pretraining/teacher.py`` makes what they start from.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from learning import Learner, Pass, learn, score
from shipping import ship
from sources import AUTHOR, HEADS, TONE, TOWARD, Example, articles, coded_articles, dutch, far, targets, toward
from tokenizers import Tokenizer

from stance.evaluation.metrics import compare
from stance.training.checkpoints import read_checkpoint

ROOT = Path(__file__).resolve().parents[1]
SEED = 42
FROZEN = 4  # layers that stay as they are
RATE = 1e-4
NUMBERS = ("0", "1", "2")


def kept_aside() -> dict[str, list[Example]]:
    """Return what the stages are scored on: the coded articles that are kept aside, and the dev sentences of MAD-TSC."""
    rows, rng = coded_articles("dev"), np.random.default_rng(SEED)
    return {
        "articles": list(articles(rows, rng)),
        "targets": list(targets(rows, rng)),
        "MAD-TSC dev": toward("mad_tsc_nl", splits=("dev",)),
    }


def show(learner: Learner, tokenizer: Tokenizer) -> None:
    """Print what ``learner`` scores on what is kept aside."""
    for name, examples in kept_aside().items():
        logits = score(learner, examples, tokenizer)
        for head in (TONE, TOWARD, AUTHOR):
            rows = [row for row, one in enumerate(examples) if head in one.labels]
            if not rows:
                continue
            gold = [NUMBERS[int(np.argmax(examples[row].labels[head]))] for row in rows]
            predicted = [NUMBERS[place] for place in logits[rows, head].argmax(axis=1)]
            found = compare(gold, predicted, labels=NUMBERS)
            neutral = predicted.count("1") / len(rows), gold.count("1") / len(rows)
            print(
                f"{name}, {HEADS[head]}: n {found.n}, alpha {found.alpha:.3f}, macro F1 {found.macro_f1:.3f}, accuracy {found.accuracy:.3f}, "
                f"neutral {neutral[0]:.2f} of {neutral[1]:.2f}",
                flush=True,
            )


def stage(name: str, learner: Learner, tokenizer: Tokenizer, passes: Sequence[Pass], build: Path) -> None:
    """Run a stage, or take up what it ended with; print what it cost and scores."""
    folder = build / "recipe" / name
    done = folder / "done.json"
    if not done.exists():

        def look(turn: int) -> None:
            if turn < len(passes) - 1:  # the last pass is scored below
                show(learner, tokenizer)

        cost = learn(learner, passes, tokenizer, folder, rate=RATE, seed=SEED, after_pass=look)
        done.write_text(json.dumps(cost), encoding="utf-8")
    ended = read_checkpoint(folder)
    assert ended is not None
    learner.load(ended)
    print(f"{name}: {done.read_text(encoding='utf-8')}", flush=True)
    show(learner, tokenizer)


def make_far(build: Path) -> Learner:
    """Return the uncut encoder that knows tone toward targets in English news."""
    torch.manual_seed(SEED)
    learner = Learner.of(build / "e5-small", frozen=FROZEN)
    stage("far", learner, Tokenizer.from_file(str(build / "e5-small" / "tokenizer.json")), [Pass(far)], build)
    return learner


def make_dutch(build: Path) -> Learner:
    """Return the encoder, cut to Dutch tokens, that knows the Dutch sets; it goes on from ``far``."""
    return from_far("dutch", [Pass(partial(dutch, np.random.default_rng([SEED, turn]), more=False)) for turn in range(2)], build)


def make_ours(build: Path) -> Learner:
    """Return a second encoder that goes on from ``far``: two thirds of a pass over the same sets, then one with our own codings as well."""
    passes = [
        Pass(partial(dutch, np.random.default_rng([SEED, 0]), more=False), share=2 / 3),
        Pass(partial(dutch, np.random.default_rng([SEED, 1]), more=True, each=3)),
    ]
    return from_far("ours", passes, build)


def from_far(name: str, passes: Sequence[Pass], build: Path) -> Learner:
    """Run a stage that begins with what ``far`` ended with."""
    learner = ended(build, "far")
    stage(name, learner, Tokenizer.from_file(str(build / "teacher" / "tokenizer.json")), passes, build)
    return learner


def ended(build: Path, name: str) -> Learner:
    """Return the encoder, cut to Dutch tokens, with the weights that a stage ended with."""
    folder = build / "recipe" / name
    found = read_checkpoint(folder)
    if found is None or not (folder / "done.json").exists():
        raise SystemExit(f"The stage {name} comes first.")
    learner = Learner.of(build / "teacher", frozen=FROZEN)
    learner.load(found)
    return learner


def make_shipped(build: Path) -> None:
    """Put the mean of the weights that ``dutch`` and ``ours`` ended with into the package (Wortsman et al. 2022, arXiv 2203.05482)."""
    mean, other = ended(build, "dutch"), ended(build, "ours")
    with torch.no_grad():
        for one, two in zip(mean.model.parameters(), other.model.parameters(), strict=True):
            one.lerp_(two, 0.5)
    show(mean, Tokenizer.from_file(str(build / "teacher" / "tokenizer.json")))
    ship(mean, build / "teacher", build)


STAGES: dict[str, Callable[[Path], object]] = {"far": make_far, "dutch": make_dutch, "ours": make_ours, "ship": make_shipped}


def main() -> None:
    """Run the stages that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", default=list(STAGES), metavar="STAGE", help=", ".join(STAGES))
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    asked = parser.parse_args()
    for name in asked.stages:
        print(f"== {name}", flush=True)
        STAGES[name](asked.build)


if __name__ == "__main__":
    main()
