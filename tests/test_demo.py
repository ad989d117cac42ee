"""What ``make demo`` labels: the invented articles, whose writer wrote down beside them what each label is meant to be (``examples/meant.csv``)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import stance
from stance.corpus.tables import read_aliases

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
WRONG = 4  # of the 21; two is what the project aims at


def test_most_labels_are_the_ones_that_were_meant():
    meant = stance.read_table(EXAMPLES / "meant.csv")
    texts = {path.stem: path.read_text(encoding="utf-8").split("\n", 1)[-1] for path in (EXAMPLES / "articles").glob("*.txt")}
    texts |= {"staakt-het-vuren": (EXAMPLES / "articles/staakt-het-vuren.txt").read_text(encoding="utf-8").removeprefix("date 2024-03 ")}
    units = meant.assign(text=meant["id"].map(texts), holder=None)
    aliases = read_aliases(EXAMPLES / "targets.toml")
    labels = pd.concat(
        [stance.load(name, aliases=aliases).label(rows.drop(columns="label")) for name, rows in units.groupby("variable", sort=False)]
    )
    both = meant.merge(labels, on=["id", "variable", "target"], suffixes=("_meant", ""))
    assert len(both) == len(meant) == 21
    wrong = both[both["label"] != both["label_meant"]]
    assert len(wrong) <= WRONG, wrong[["id", "variable", "target", "label_meant", "label"]].to_string()
