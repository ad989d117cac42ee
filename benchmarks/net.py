"""How near the rows of ``stance label --net`` come to sentences coded by hand (NET, campaign of 2021): ``python benchmarks/net.py`` reprints the tables of net.md.

Three questions: is the holder the actor the coder gave, is the source the one reported, and is the direction right? The shipped model was trained on these
sentences, so its direction here is an upper bound; the honest figure is that of a TF-IDF classifier that never saw the sentence's article (five folds).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from research_data import DATA

from stance.coding.splits import folds
from stance.dutch.holders import Actors
from stance.dutch.segments import segments, segments_that_name
from stance.dutch.targets import political_actors
from stance.evaluation.metrics import compare
from stance.model.labelling import load
from stance.signature import data_hash, signature
from stance.training.baselines import TfidfClassifier

LABELS = ("against", "neutral", "favor")
ARTICLE = ("auteur", "journalist")
DAY = "2021-03"
SEED = 42


def coded() -> pd.DataFrame:
    """Return the coded sentences, with what the rules find: ``named`` (is the target named), ``found_holder`` (a party, or None), ``found_source``."""
    with (DATA / "stance" / "news_net_tk2021.jsonl").open(encoding="utf-8") as lines:
        table = pd.DataFrame([json.loads(line) for line in lines]).assign(cluster=lambda rows: rows["doc"])
    forms = party_forms()
    found = pd.DataFrame(
        [_found(text, (target, *forms.get(target, ()))) for text, target in zip(table["text"], table["target"], strict=True)]
    )
    return pd.concat([table, found.astype(object).where(found.notna(), None)], axis=1)


def party_forms() -> dict[str, list[str]]:
    """Return the other names each party goes by in the news of the campaign: its aliases and its people."""
    forms: dict[str, list[str]] = {}
    for row in political_actors(on=DAY).to_dict("records"):
        forms.setdefault(row["party"], []).extend([row["name"], *row["aliases"]])
    return forms | {"50Plus": forms.get("50PLUS", [])}


def _found(text: str, target: Sequence[str]) -> dict[str, object]:
    """Return what the rules find in one sentence: the first part that names the target decides, or the whole where none does."""
    parts, actors = segments(text), Actors.of(text, on=DAY)
    naming = segments_that_name(text, parts, target)
    part = naming[0] if naming else parts[0]
    holder = actors.holder(text, part, target)
    return {"named": bool(naming), "found_holder": actors.party(holder), "found_source": part.source, "quoted": part.voice == "quoted"}


def holders(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how often the holder is right, by whom the coder gave: a party, the author or journalist, or someone else."""
    parties = set(party_forms())
    gold = rows["holder"].replace({"50Plus": "50PLUS"})
    kind = np.where(gold.isin(parties), "a party", np.where(gold.isin(ARTICLE), "the article itself", "someone else"))
    right = np.where(kind == "a party", rows["found_holder"] == gold, rows["found_holder"].isna())
    table = pd.DataFrame({"holder coded": kind, "right": right, "found": rows["found_holder"].notna()})
    return (
        table.groupby("holder coded").agg(sentences=("right", "size"), party_found=("found", "mean"), right=("right", "mean")).reset_index()
    )


def directions(rows: pd.DataFrame, predicted: Mapping[str, npt.NDArray[np.str_]]) -> pd.DataFrame:
    """Return macro F1, accuracy and alpha of each prediction."""
    scored = {
        name: compare(rows["label"], labels, labels=LABELS, level="ordinal", clusters=rows["doc"]) for name, labels in predicted.items()
    }
    return pd.DataFrame(
        [(name, one.n, one.macro_f1, one.accuracy, one.alpha) for name, one in scored.items()],
        columns=["direction by", "n", "macro F1", "accuracy", "alpha"],
    )


def cross_validated(rows: pd.DataFrame, holder: pd.Series) -> npt.NDArray[np.str_]:
    """Return the label of each sentence by TF-IDF trained on other folds (with the coded holders), asked about ``holder``."""
    fold = folds(rows, rng=np.random.default_rng(SEED), count=5, by=["doc"])["fold"].to_numpy()
    predicted = np.empty(len(rows), dtype=object)
    for number in np.unique(fold):
        train, test = rows[fold != number], rows.assign(holder=holder)[fold == number]
        units = ["id", "text", "target", "holder"]
        predicted[fold == number] = TfidfClassifier(variable="stance", folds=1).fit(train[units], train["label"]).predict(test[units])
    return predicted


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="stance", help="a shipped model or a model folder")
    labeller = load(parser.parse_args().model, threads=1)
    rows = coded()
    named = rows[rows["named"].astype(bool)].reset_index(drop=True)
    print(f"{len(rows)} coded sentences; {len(named)} name their target by a name of the list\n")
    _print(holders(named))
    reported = named[named["reported_by"].notna()]
    print(f"\n{len(reported)} of these were coded with a source; the rules find a quoted part in {reported['quoted'].mean():.3f} of them, "
          f"and in {named[named['reported_by'].isna()]['quoted'].mean():.3f} of the others\n")  # fmt: skip
    found = named["found_holder"].astype(object)
    units = named[["id", "text", "target", "holder"]]
    _print(
        directions(
            named,
            {
                "TF-IDF, five folds, coded holder": cross_validated(named, named["holder"]),
                "TF-IDF, five folds, holder found": cross_validated(named, found),
                f"{labeller.model}, coded holder (trained on these)": labeller.predict(units),
                f"{labeller.model}, holder found (trained on these)": labeller.predict(units.assign(holder=found)),
            },
        )
    )
    print(
        "\n" + " | ".join(f"{name} {text}" for name, text in signature(data=data_hash(rows[["id", "text", "target"]]), seed=SEED).items())
    )


def _print(table: pd.DataFrame) -> None:
    print("| " + " | ".join(table.columns) + " |\n|" + "---|" * len(table.columns))
    for row in table.itertuples(index=False):
        print("| " + " | ".join(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row) + " |", flush=True)


if __name__ == "__main__":
    main()
