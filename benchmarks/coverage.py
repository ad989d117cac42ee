"""Do intervals hold the truth, and do tests keep their level? Many simulated studies of each situation that went wrong in the past.

Prints the page ``coverage.md``: ``python benchmarks/coverage.py --studies 2000 > benchmarks/coverage.md``. Each row is one situation, with the share of
studies whose 95% interval holds the truth (wanted: 93 to 97%), the share that finds a difference where there is none (wanted: under 6%), and the
share that was refused. Studies are simulated in batches of one table, a column ``study`` telling them apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from simulated_studies import (  # beside this script
    Study,
    all_probabilities_one,
    careless_coders,
    copies,
    equal_outlets,
    outlets,
    rare,
    together,
    two_coders,
    weights_of_sixteen,
    words,
)

from stance.coding.codebook import Variable, builtin
from stance.errors import StanceError
from stance.estimation.estimates import estimate
from stance.estimation.multiplicity import holm
from stance.estimation.question import Question
from stance.evaluation.groups import score_groups

TONE = builtin("tone")
MENTIONED = Variable("mentioned", ("no", "yes"))
BATCH = 100


@dataclass(frozen=True)
class Outcome:
    """Per study: whether the interval holds the truth, whether a difference was found, how far off the estimate is; NaN where refused or not asked."""

    held: np.ndarray
    found: np.ndarray
    off: np.ndarray


def shares(
    draw: Callable[[np.random.Generator], Study], truth: float, *, random_sample: bool = True, **asked: object
) -> Callable[..., Outcome]:
    """Return a situation in which the share of yes is estimated, all studies of a batch at once."""

    def run(rng: np.random.Generator, studies: int) -> Outcome:
        rows, gold = together(draw, rng, studies)
        table = estimate(rows, gold, Question(MENTIONED, by=["study"], random_sample=random_sample, **asked)).table
        share = table[(table["part"] == "share") & (table["measure"] == "yes")]
        return Outcome(_held(share, truth), np.full(studies, np.nan), share["corrected"].to_numpy() / truth - 1)

    return run


def counted(with_coders: bool) -> Callable[..., Outcome]:
    """Return the situation of careless coders, with the interval that counts their errors or the one that does not."""
    names = {"with_coders": "corrected", "coders_low": "low", "coders_high": "high"} if with_coders else {}

    def run(rng: np.random.Generator, studies: int) -> Outcome:
        rows, gold = together(careless_coders, rng, studies)
        table = estimate(rows, gold, Question(MENTIONED, by=["study"], random_sample=True)).table.query(
            "part == 'share' and measure == 'yes'"
        )
        share = table.drop(columns=list(names.values())).rename(columns=names)
        return Outcome(_held(share, 0.2), np.full(studies, np.nan), share["corrected"].to_numpy() / 0.2 - 1)

    return run


def alone(draw: Callable[[np.random.Generator], Study], truth: float, **asked: object) -> Callable[..., Outcome]:
    """Return a situation in which each study is estimated by itself, because its probabilities add up to its units."""

    def run(rng: np.random.Generator, studies: int) -> Outcome:
        tables = []
        for _ in range(studies):
            study = draw(rng)
            try:
                tables.append(
                    estimate(study.rows, study.gold, Question(MENTIONED, **asked)).table.query("part == 'share' and measure == 'yes'")
                )
            except StanceError:
                tables.append(pd.DataFrame({"low": [np.nan], "high": [np.nan], "corrected": [np.nan]}))
        share = pd.concat(tables)
        return Outcome(_held(share, truth), np.full(studies, np.nan), share["corrected"].to_numpy() / truth - 1)

    return run


def regressed(draw: Callable[[np.random.Generator], Study]) -> Callable[..., Outcome]:
    """Return a situation in which a covariate of outlets that means nothing is regressed on."""

    def run(rng: np.random.Generator, studies: int) -> Outcome:
        rows = []
        for _ in range(studies):
            study = draw(rng)
            question = Question(MENTIONED, regress=["regional"], cluster="outlet", random_sample=True)
            rows.append(estimate(study.rows, study.gold, question).table.query("measure == 'regional=yes'").iloc[0])
        table = pd.DataFrame(rows)
        return Outcome(_held(table, 0.0), _under(table["p"].astype(float)), np.full(studies, np.nan))

    return run


def tied(rng: np.random.Generator, studies: int) -> Outcome:
    """Two coders: is the second outlet more neutral?"""
    rows, gold = together(two_coders, rng, studies)
    table = estimate(rows, gold, Question(TONE, by=["outlet", "study"], versus="a", random_sample=True)).table
    table = table[(table["part"] == "difference") & (table["measure"] == "neutral")]
    return Outcome(_held(table, 0.0), _under(table["p"]), np.full(studies, np.nan))


def compared(how: str) -> Callable[..., Outcome]:
    """Return the situation of eight equal outlets: does any comparison, or the test of all, find something?"""

    def run(rng: np.random.Generator, studies: int) -> Outcome:
        rows, gold = together(equal_outlets, rng, studies)
        table = estimate(rows, gold, Question(MENTIONED, by=["outlet", "study"], versus="a", random_sample=True)).table.query(
            "measure == 'yes'"
        )
        part = table[table["part"] == ("omnibus" if how == "omnibus" else "difference")]
        adjust = (lambda p: holm(p.to_numpy())) if how == "holm" else (lambda p: p)
        lowest = part.groupby("study")["p"].transform(adjust).groupby(part["study"]).min()
        return Outcome(np.full(studies, np.nan), _under(lowest), np.full(studies, np.nan))

    return run


def audited(gap: float) -> Callable[..., Outcome]:
    """Return the situation of two groups of 100 coded units, whose accuracies differ by ``gap``."""

    def run(rng: np.random.Generator, studies: int) -> Outcome:
        found = []
        for _ in range(studies):
            group = np.repeat(["a", "b"], 100)
            right = rng.random(200) < np.where(group == "a", 0.75 + gap / 2, 0.75 - gap / 2)
            units = pd.DataFrame({"group": group, "gold": "yes", "predicted": words(right)})
            found.append(float(len(score_groups(units, ["group"], variable=MENTIONED, rng=rng, draws=0).apart()) > 0))
        return Outcome(np.full(studies, np.nan), np.array(found), np.full(studies, np.nan))

    return run


SITUATIONS: dict[str, Callable[[np.random.Generator, int], Outcome]] = {
    "two coders tie, one outlet harder to code, no difference": tied,
    "three careless coders, interval with coders": counted(True),
    "three careless coders, interval without (for comparison)": counted(False),
    "regression: 1 of 8 outlets has the value": regressed(outlets(8, 1)),
    "regression: 2 of 15 outlets have the value": regressed(outlets(15, 2)),
    "regression: 3 of 30 outlets have the value": regressed(outlets(30, 3)),
    "regression: 5 of 15 outlets have the value": regressed(outlets(15, 5)),
    "regression: 6 of 30 outlets have the value": regressed(outlets(30, 6)),
    "copies of a text, no column cluster": shares(copies, 0.5),
    "eight equal outlets: test of all": compared("omnibus"),
    "eight equal outlets: any of seven, Holm": compared("holm"),
    "eight equal outlets: any of seven, unadjusted (for comparison)": compared("p"),
    "dsl, sample_prob 1 for all of 200 in 2,000": alone(all_probabilities_one, 0.3, method="dsl"),
    "weights of 16 to 1, 80 coded units": alone(weights_of_sixteen, 0.3),
    "a label of 2%, 200 coded units": shares(rare(200), 0.02),
    "a label of 2%, 600 coded units": shares(rare(600), 0.02),
    "audit: groups of 100, no gap": audited(0.0),
    "audit: groups of 100, a gap of 15 points (found: wanted high)": audited(0.15),
}


def _held(table: pd.DataFrame, truth: float) -> np.ndarray:
    low, high = (table[name].to_numpy(dtype=float) for name in ("low", "high"))
    return np.where(np.isnan(low), np.nan, (low <= truth) & (truth <= high))


def _under(p: pd.Series) -> np.ndarray:
    return np.where(p.isna(), np.nan, p < 0.05)


def rows_of(studies: int, seed: int, only: str) -> Iterator[str]:
    """Yield the lines of the page's table."""
    for name, run in SITUATIONS.items():
        if only not in name:
            continue
        rng = np.random.default_rng(seed)
        parts = [run(rng, min(BATCH, studies - start)) for start in range(0, studies, BATCH)]
        held, found, off = (np.concatenate([getattr(part, field) for part in parts]) for field in ("held", "found", "off"))
        refused = np.isnan(held) & np.isnan(found)
        cells = [_percent(held), _percent(found), f"{refused.mean():.0%}" if refused.any() else "0%", _percent(off, sign="+")]
        yield f"| {name} | {' | '.join(cells)} |"


def _percent(values: np.ndarray, *, sign: str = "") -> str:
    known = values[~np.isnan(values)]
    return f"{known.mean():{sign}.1%}" if len(known) else "-"


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="part of the name of a situation")
    given = parser.parse_args()
    print("# Coverage of intervals and level of tests\n")
    print(f"`python benchmarks/coverage.py --studies {given.studies} --seed {given.seed}`, {given.studies:,} simulated studies a row.\n")
    print(
        f"By chance alone a coverage of 95% comes out up to {196 * np.sqrt(0.95 * 0.05 / given.studies):.1f} points higher or lower here.\n"
    )
    print(
        "| situation | interval holds the truth (93 to 97%) | a difference is found (none there: under 6%) | refused | estimate is off by |"
    )
    print("|---|---|---|---|---|")
    for line in rows_of(given.studies, given.seed, given.only):
        print(line, flush=True)


if __name__ == "__main__":
    main()
