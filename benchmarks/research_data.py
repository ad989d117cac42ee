"""The shared research data as tables of units, with the splits that its page fixes. Never committed; found beside the checkout."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.training.baselines import TfidfClassifier

DATA = Path(os.environ.get("STANCE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def ecosent(part: str) -> pd.DataFrame:
    """Return the headlines of ``part`` (``train``, ``gold``) with their tone; ``repeats_gold`` marks train headlines that stand in gold."""
    table = _lines(f"tone/ecosent/{part}.jsonl")
    repeats = table["same_text_as_gold"].map(bool) if "same_text_as_gold" in table else False
    return table[["id", "date", "outlet", "text", "label"]].assign(repeats_gold=repeats)


def net_tone() -> pd.DataFrame:
    """Return the campaign sentences of 2021 with their tone; ``cluster`` is the article."""
    table = _lines("tone/net_tk2021/sentences.jsonl")
    return table[["id", "date", "outlet", "text", "label"]].assign(cluster=table["doc"])


def stemwijzer(part: str) -> pd.DataFrame:
    """Return the party explanations of a split with their stance; repeats inside an evaluation split are left out, as its page asks.

    ``cluster`` is the proposition: explanations of one proposition succeed and fail together, so intervals must resample propositions.
    """
    table = _lines("stance/stemwijzer.jsonl.gz")
    table = table[table["split"] == part]
    if part != "train":
        table = table[~table["dup_in_split"].astype(bool)]
    return table[["id", "date", "text", "target", "label"]].assign(cluster=table["target_cluster"].astype(str)).reset_index(drop=True)


def issue_positions() -> pd.DataFrame:
    """Return the news passages of 2023 with the stance of the actor ``holder``; ``cluster`` is the article."""
    table = _lines("stance/news_issuepositions_tk2023.jsonl.gz")
    return table[["id", "date", "text", "target", "holder", "label"]].assign(cluster=table["doc"])


def issue_opposites() -> dict[str, str]:
    """Return the other pole of each issue of 2023, in both directions."""
    table = _lines("stance/news_issuepositions_tk2023.jsonl.gz")
    poles = dict(zip(table["target"], table["target_opposite"], strict=True))
    return {opposite: pole for pole, opposite in poles.items()} | poles


def net_stance() -> pd.DataFrame:
    """Return the campaign sentences of 2021 with the stance of ``holder`` toward an issue or actor; ``cluster`` is the article."""
    table = _lines("stance/news_net_tk2021.jsonl")
    return table[["id", "date", "outlet", "text", "target", "holder", "label"]].assign(cluster=table["doc"])


def headlines(count: int, *, seed: int) -> pd.DataFrame:
    """Return ``count`` headlines of 2019 that nobody coded, and those that ecosent left uncoded; none that stands in a test.

    Left out are headlines and articles of the ecosent gold and of DpgMedia2019, by their text without case, marks and blanks.
    """
    news = pd.read_parquet(DATA / "news2019.parquet", columns=["id", "title"]).rename(columns={"title": "text"})
    uncoded = _lines("tone/ecosent/unlabelled.jsonl")[["id", "text"]]
    tests = pd.concat([_lines("tone/ecosent/gold.jsonl")["text"], _lines("partisan/dpgmedia2019/articles_all.jsonl")["title"]])
    found = pd.concat([uncoded, news.sample(frac=1, random_state=seed)], ignore_index=True)
    bare = _bare(found["text"])
    return found[~bare.duplicated() & ~bare.isin(_bare(tests.dropna())) & (bare != "")].head(count).reset_index(drop=True)


def _bare(texts: pd.Series) -> pd.Series:
    """Return ``texts`` without case, marks and blanks."""
    return texts.str.casefold().str.replace(r"[\W_]+", "", regex=True)


def _lines(name: str) -> pd.DataFrame:
    path = DATA / name
    if not path.is_file():
        raise SystemExit(f"The research data is not at {DATA}; set STANCE_DATA to its folder.")
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return pd.DataFrame([json.loads(line) for line in file])


def label_probabilities(classifier: TfidfClassifier, units: pd.DataFrame, labels: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the probabilities of ``units`` with a column a label, in the order of ``labels``."""
    table = pd.DataFrame(classifier.predict_proba(units), columns=classifier.classes_)
    return table[list(labels)].to_numpy()
