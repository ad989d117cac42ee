"""Do more coded articles help? ``python recipes/curve.py [COUNT...]``: the encoder that ``far`` ends with learns from that many coded articles.

One pass over the articles and their targets and nothing else, so more articles are more steps too; scored on the tenth that is kept aside. The
first 350 are among the first 700: the sets are nested, in the order of a fixed draw. A count that is done is read from its folder.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
from learning import Learner, Pass
from make import FROZEN, ROOT, SEED, stage
from sources import Example, Row, articles, coded_articles, own_codings, targets
from tokenizers import Tokenizer

from stance.training.checkpoints import read_checkpoint

COUNTS = (350, 700, 1_266, 2_532)


def of_articles(rows: list[Row]) -> list[Example]:
    """Return the examples of coded articles: each whole, and a passage a target."""
    rng = np.random.default_rng(SEED)
    return [*articles(rows, rng), *targets(rows, rng)]


def main() -> None:
    """Train on each number of articles and print what it scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", nargs="*", type=int, default=COUNTS, metavar="COUNT")
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    asked = parser.parse_args()
    others, ours = coded_articles("train"), own_codings()
    rng = np.random.default_rng(SEED)
    rows = [*(others[place] for place in rng.permutation(len(others))), *(ours[place] for place in rng.permutation(len(ours)))]
    start = read_checkpoint(asked.build / "recipe" / "far")
    if start is None:
        raise SystemExit("The stage far comes first: python recipes/make.py far.")
    tokenizer = Tokenizer.from_file(str(asked.build / "teacher" / "tokenizer.json"))
    for count in asked.counts:
        torch.manual_seed(SEED)
        learner = Learner.of(asked.build / "teacher", frozen=FROZEN)
        learner.load(start)
        print(f"== {min(count, len(rows))} articles", flush=True)
        stage(f"curve-{count}", learner, tokenizer, [Pass(partial(of_articles, rows[:count]))], asked.build)


if __name__ == "__main__":
    main()
