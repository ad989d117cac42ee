"""Makes the codings in ``recipes/codings``: ``python recipes/coding.py pick FOLDER`` and, when they are coded, ``... keep FOLDER NAME``.

``pick`` draws articles of news2019.parquet that nobody coded, half of them at random, half where a TF-IDF model expects the journalist to take
sides (that is rare, so random articles teach little of it), and writes them in numbered sentences, ten to a file. Each is coded by careful
reading, by the rules of ``articles_coded/CODEBOOK.md``, into ``FOLDER/out``. ``keep`` checks them and writes the labels without the text.
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
from sources import CODINGS, DATA, coded_articles, own_codings, text_hash

from stance.corpus.sentences import sentence_spans

Row = dict[str, Any]
OUTLETS, WORDS = ("NOS", "De Telegraaf"), (110, 460)
EACH, LIKELY, SEED = 700, 2_500, 20261130  # articles of each half; among how many the second half is drawn
A_FILE = 10
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
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), LogisticRegression(C=3, class_weight="balanced", max_iter=500)
    )
    model.fit([row["text"] for row in coded], sides)
    return pd.Series(model.predict_proba(texts)[:, 1], index=texts.index)


def pick(folder: Path) -> None:
    """Write the articles to code into ``folder/in``, and what they are into ``folder/articles.jsonl``."""
    rng, news = np.random.default_rng(SEED), uncoded()
    likely = news.loc[taking_sides(news["text"]).nlargest(LIKELY).index].sample(EACH, random_state=rng)
    others = news.drop(likely.index)
    rest = pd.concat([others[others["outlet"] == outlet].sample(EACH // 2, random_state=rng) for outlet in OUTLETS])
    chosen = pd.concat([likely.assign(drawn="opinion likely"), rest.assign(drawn="at random")]).sample(frac=1, random_state=rng)
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


def main() -> None:
    """Pick articles, or keep their codings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["pick", "keep"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("name", nargs="?", default="more")
    asked = parser.parse_args()
    if asked.verb == "pick":
        pick(asked.folder)
    else:
        keep(asked.folder, asked.name)


if __name__ == "__main__":
    main()
