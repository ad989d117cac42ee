"""Makes the codings in ``recipes/codings``: ``python recipes/coding.py pick FOLDER`` and, when they are coded, ``... keep FOLDER NAME``.

``pick`` draws articles of news2019.parquet that nobody coded and writes them in numbered sentences, ten to a file: a third where a TF-IDF model
expects the journalist to take sides (which is rare, so random articles teach little of it), a third at random, a third among those most like
the articles that others coded (those are political and general news; a random article is often of sport). Each is coded by careful
reading, by the rules of ``articles_coded/CODEBOOK.md``, into ``FOLDER/out``. ``keep`` checks them and writes the labels without the text;
``compare`` prints how the coder agrees with an earlier one.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sources import CODINGS, DATA, coded_articles, lines, own_codings, text_hash

from stance.dutch.sentences import sentence_spans
from stance.evaluation import metrics

Row = dict[str, Any]
OUTLETS, WORDS = ("NOS", "De Telegraaf"), (110, 460)
EACH, SEED = 700, 20261130  # articles of each third
LIKELY, ALIKE = 2_500, 5_000  # among how many the first and the last third are drawn
SOME = 3_000  # articles that those coded are told from
A_FILE = 10
AGAIN, STANCES = "again.jsonl.gz", "stance of the journalist"
TONE = {"-": "negative", "0": "neutral", "+": "positive"}
STANCE = {"-": "against", "0": "neutral", "+": "favor"}


def key(text: str) -> str:
    """Return the start of a text by which copies are known."""
    return re.sub(r"\W+", "", text.lower())[:200]


def uncoded() -> pd.DataFrame:
    """Return the articles of the two outlets, of middling length, that are not coded yet and are no copies of coded ones."""
    news = pd.read_parquet(DATA / "news2019.parquet")
    news = news[news["outlet"].isin(OUTLETS) & news["text"].str.split().str.len().between(*WORDS)]
    coded = [*coded_articles("train"), *coded_articles("dev"), *coded_articles("eval"), *own_codings()]
    keys = {key(text) for row in coded for text in (row["text"], (row["title"] or "") + row["text"])}
    news = news.assign(key=news["text"].map(key))
    news = news[~news["id"].isin([row["source_id"] for row in coded]) & ~news["key"].isin(keys)]
    return news.drop_duplicates("key").drop_duplicates("title")


def taking_sides(texts: pd.Series) -> pd.Series:
    """Return how likely a TF-IDF model finds it that the journalist of each text takes sides."""
    coded = [row for row in coded_articles("train") if row["source"] == "news2019"]
    sides = [any(target["stance"] != "neutral" for target in row["targets"]) for row in coded]
    return likely([row["text"] for row in coded], sides, texts)


def like_coded(texts: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Return how likely a TF-IDF model finds it that each text is one of those that others coded."""
    coded = [row["text"] for row in coded_articles("train") if row["source"] == "news2019"]
    return likely([*coded, *texts.sample(SOME, random_state=rng)], [True] * len(coded) + [False] * SOME, texts)


def likely(learnt: list[str], gold: list[bool], texts: pd.Series) -> pd.Series:
    """Return the probability of each of ``texts`` under a TF-IDF model of the texts it learns from."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), LogisticRegression(C=3, class_weight="balanced", max_iter=500)
    )
    return pd.Series(model.fit(learnt, gold).predict_proba(texts)[:, 1], index=texts.index)


def drawn(news: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the articles to code, in random order, with the third they belong to."""
    sides = news.loc[taking_sides(news["text"]).nlargest(LIKELY).index].sample(EACH, random_state=rng)
    news = news.drop(sides.index)
    rest = pd.concat([news[news["outlet"] == outlet].sample(EACH // 2, random_state=rng) for outlet in OUTLETS])
    news = news.drop(rest.index)
    alike = news.loc[like_coded(news["text"], rng).nlargest(ALIKE).index].sample(EACH, random_state=rng)
    thirds = [sides.assign(drawn="opinion likely"), rest.assign(drawn="at random"), alike.assign(drawn="like those coded")]
    return pd.concat(thirds).sample(frac=1, random_state=rng)


def pick(folder: Path) -> None:
    """Write the articles to code into ``folder/in``, and what they are into ``folder/articles.jsonl``."""
    chosen = drawn(uncoded(), np.random.default_rng(SEED))
    rows = [
        {
            "id": f"b{number:04d}",
            "source_id": row.id,
            "drawn": row.drawn,
            "title": row.title,
            "text": row.text,
            "sentences": list(stripped(row.text)),
        }
        for number, row in enumerate(chosen.itertuples())
    ]
    for part in ("in", "out"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "articles.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    for start in range(0, len(rows), A_FILE):
        text = "".join(numbered(row) for row in rows[start : start + A_FILE])
        (folder / "in" / f"{start // A_FILE:03d}.txt").write_text(text, encoding="utf-8")


def stripped(text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a text as character spans without the space around them."""
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if sentence.strip():
            first = start + len(sentence) - len(sentence.lstrip())
            yield first, first + len(sentence.strip())


def numbered(row: Row) -> str:
    """Return an article as its coder reads it."""
    sentences = (" ".join(row["text"][start:end].split()) for start, end in row["sentences"])
    return f"### {row['id']}\nTITLE: {row['title'] or ''}\n" + "".join(f"[{n}] {one}\n" for n, one in enumerate(sentences, 1)) + "\n"


def keep(folder: Path, name: str) -> None:
    """Write what was coded in ``folder/out`` to ``recipes/codings/NAME.jsonl.gz``: labels, spans, names and hashes, no text."""
    found = {
        row["id"]: row
        for path in sorted((folder / "out").glob("*.jsonl"))
        for row in map(json.loads, filter(str.strip, path.read_text(encoding="utf-8").splitlines()))
    }
    rows = map(json.loads, (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines())
    kept = [coded(row, found[row["id"]]) for row in rows if row["id"] in found]
    with gzip.GzipFile(CODINGS / f"{name}.jsonl.gz", "wb", mtime=0) as file:
        file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept).encode())
    print(f"{len(kept)} articles kept, {sum(len(row['targets']) for row in kept)} targets")


def coded(row: Row, short: Row) -> Row:
    """Return an article's coding in the form of ``articles_coded``, without the text."""
    if len(short["st"]) != len(row["sentences"]):
        raise SystemExit(f"{row['id']}: {len(short['st'])} sentence tones for {len(row['sentences'])} sentences; run check.py.")
    return {
        "id": row["id"],
        "source": "news2019",
        "source_id": row["source_id"],
        "text_hash": text_hash(row["text"]),
        "drawn": row["drawn"],
        "sentences": row["sentences"],
        "tone": TONE[short["tone"]],
        "sentence_tones": [TONE[sign] for sign in short["st"]],
        "targets": [target(*one) for one in short["targets"]],
        "relations": [
            {"sentence": sentence - 1, "holder": holder or None, "target": toward, "stance": STANCE[sign]}
            for sentence, holder, toward, sign in short.get("rel", [])
        ],
    }


def target(name: str, kind: str, tone: str, stance: str, sentences: str) -> Row:
    """Return a coded target in the form of ``articles_coded``."""
    tones = {
        str(int(found[1]) - 1): TONE[found[2]] for one in sentences.split(",") if (found := re.fullmatch(r"\s*(\d+)\s*([-0+])\s*", one))
    }
    return {"target": name, "kind": kind, "tone": TONE[tone], "stance": STANCE[stance], "sentences": tones}


def compare_coders() -> None:
    """Print how the coder agrees with an earlier one on the articles that both coded; targets are paired by name, or by a name within the other."""
    before = {row["id"]: row for row in coded_articles("dev")}
    pairs: dict[str, list[tuple[str, str]]] = {"tone of the article": [], "tone of a sentence": [], "tone toward a target": [], STANCES: []}
    for again in lines(str(CODINGS / AGAIN)):
        first = before[again["id"]]
        pairs["tone of the article"].append((first["tone"], again["tone"]))
        pairs["tone of a sentence"] += zip(first["sentence_tones"], again["sentence_tones"], strict=True)
        for one, other in paired(first["targets"], again["targets"]):
            pairs["tone toward a target"].append((one["tone"], other["tone"]))
            pairs[STANCES].append((one["stance"], other["stance"]))
    for name, both in pairs.items():
        labels = tuple((STANCE if name == STANCES else TONE).values())
        found = metrics.compare([one for one, _ in both], [other for _, other in both], labels=labels)
        print(f"{name}: n {found.n}, alpha {found.alpha:.3f}, accuracy {found.accuracy:.3f}")


def paired(first: list[Row], again: list[Row]) -> Iterator[tuple[Row, Row]]:
    """Yield the targets that two codings of an article share."""
    for other in again:
        name = other["target"].lower()
        same = [one for one in first if one["target"].lower() == name]
        within = [one for one in first if one["target"].lower() in name or name in one["target"].lower()]
        if same or within:
            yield (same or within)[0], other


def main() -> None:
    """Pick articles, keep their codings, or compare two coders."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["pick", "keep", "compare"])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "none")
    parser.add_argument("name", nargs="?", default="more")
    asked = parser.parse_args()
    if asked.verb == "pick":
        pick(asked.folder)
    elif asked.verb == "keep":
        keep(asked.folder, asked.name)
    else:
        compare_coders()


if __name__ == "__main__":
    main()
