"""The sets that the encoder learns from, as examples: a text, maybe a target before it, and its labels by head.

Every text stays where it lies; nothing of it is written. Where a set has no neutral label, or two sources disagree, the label is a
distribution. What is left out, and why: MAD-TSC sentences that stand in its test, ecosent headlines that stand in its gold, and the coded
articles that are kept aside for calibration.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from stance.dutch.passages import passage_spans, titled
from stance.dutch.sentences import sentence_spans

DATA = Path(os.environ.get("STANCE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
HEADS = ("tone", "tone toward a target", "stance of the journalist")
TONE, TOWARD, AUTHOR = range(3)
PASSAGE = 800  # characters read for a target
CODINGS = Path(__file__).resolve().parent / "codings"
LEARNT = "news2019"  # the codings that the shipped network learned from
LABELS = {"negative": 0, "neutral": 1, "positive": 2, "against": 0, "favor": 2}
HELD_OUT = 10  # one article in ten is kept aside

Row = dict[str, Any]
Soft = tuple[float, float, float]
Part = tuple[int, int, Soft]  # a sentence of the text, in characters, with its own label


@dataclass(frozen=True, slots=True)
class Example:
    """A text to learn from: what stands before it, its labels by head, and labels of single sentences in it (of the first head it has)."""

    text: str
    first: str | None
    labels: dict[int, Soft]
    parts: tuple[Part, ...] = ()
    weight: float = 1.0


def lines(name: str) -> list[Row]:
    """Return the rows of a file of the research data."""
    path = DATA / name
    if not path.is_file():
        raise SystemExit(f"The research data is not at {DATA}; set STANCE_DATA to its folder.")
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def hard(label: str) -> Soft:
    """Return a label as a distribution over the three."""
    place = LABELS[label]
    return (float(place == 0), float(place == 1), float(place == 2))


def held_out(article: Row) -> bool:
    """Return whether a coded article is kept aside: one in ten, by a hash of its id in its source."""
    return hashlib.sha256(f"{article['source']} {article['source_id']}".encode()).digest()[0] % HELD_OUT == 0


def coded_articles(part: str) -> list[Row]:
    """Return the coded articles of ``train``, ``dev`` (the tenth of train that is kept aside) or ``eval``."""
    if part == "eval":
        return lines("articles_coded/eval.jsonl.gz")
    return [row for row in lines("articles_coded/train.jsonl.gz") if held_out(row) == (part == "dev")]


def own_codings(*names: str) -> list[Row]:
    """Return the articles whose codings are kept in ``recipes/codings`` (all files, or those named); their text is that of ``news2019.parquet``."""
    paths = [CODINGS / f"{name}.jsonl.gz" for name in names] or sorted(CODINGS.glob("news2019*.jsonl.gz"))
    rows = [row for path in paths for row in lines(str(path))]
    news = pq.read_table(
        DATA / "news2019.parquet", columns=["id", "title", "text"], filters=[("id", "in", [row["source_id"] for row in rows])]
    )
    texts = {row["id"]: row for row in news.to_pylist()}
    joined_rows = [row | {"title": texts[row["source_id"]]["title"], "text": texts[row["source_id"]]["text"]} for row in rows]
    for row in joined_rows:
        if text_hash(row["text"]) != row["text_hash"]:
            raise SystemExit(
                f"The text of article {row['source_id']} is not the one that was coded; take the news2019.parquet of the codings."
            )
    return joined_rows


def text_hash(text: str) -> str:
    """Return the first 16 characters of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def articles(rows: list[Row], rng: np.random.Generator) -> Iterator[Example]:
    """Yield whole articles with their tone, and that of each sentence; a third of them without their title, as some exports come."""
    for row in rows:
        text = titled(row["text"], row["title"]) if rng.random() > 1 / 3 else row["text"]
        shift = len(text) - len(row["text"])
        parts = [
            (start + shift, end + shift, hard(tone)) for (start, end), tone in zip(row["sentences"], row["sentence_tones"], strict=True)
        ]
        yield Example(text, None, {TONE: hard(row["tone"])}, tuple(parts), weight=2.0)


def targets(rows: list[Row], rng: np.random.Generator, *, most: int = 6) -> Iterator[Example]:
    """Yield what is read of an article for each target, with the tone toward it, the journalist's stance, and the tone of its sentences.

    Of more than ``most`` targets, that many are drawn.
    """
    for row in rows:
        some = row["targets"]
        if len(some) > most:
            some = [some[place] for place in sorted(rng.permutation(len(some))[:most])]
        for target in some:
            spans = passage_spans(row["text"], target["target"], limit=PASSAGE) or sentence_spans(row["text"])
            title = row["title"] if rng.random() > 1 / 3 else None
            text, parts = joined(row, spans, target["sentences"], title)
            labels = {TOWARD: hard(target["tone"]), AUTHOR: hard(target["stance"])}
            yield Example(text, target["target"], labels, parts)


def joined(row: Row, spans: list[tuple[int, int]], tones: dict[str, str], title: str | None) -> tuple[str, tuple[Part, ...]]:
    """Return the spans of an article's text as one passage, and where in it the sentences stand whose tone was coded."""
    text = titled("".join(row["text"][start:end] for start, end in spans), title)
    at = len(text) - sum(end - start for start, end in spans)
    parts = []
    for start, end in spans:
        for number, tone in tones.items():
            first, last = row["sentences"][int(number)]
            if start <= first and last <= end + 1:
                parts.append((at + first - start, at + last - start, hard(tone)))
        at += end - start
    return text, tuple(parts)


def journalists(rows: list[Row]) -> Iterator[Example]:
    """Yield the sentences in which the journalist takes sides, or speaks without doing so."""
    for row in rows:
        for relation in row["relations"]:
            if relation["holder"] is None:
                start, end = row["sentences"][relation["sentence"]]
                yield Example(row["text"][start:end], relation["target"], {AUTHOR: hard(relation["stance"])})


def toward(name: str, *, splits: tuple[str, ...] = (), languages: tuple[str, ...] = ()) -> list[Example]:
    """Return the rows of a set of the folder ``transfer`` that has a tone toward a target, without those whose sentence stands in a test."""
    rows = [row for row in lines(f"transfer/{name}.jsonl.gz") if not row.get("sentence_in_test")]
    rows = [row for row in rows if (not splits or row["split"] in splits) and (not languages or row["lang"] in languages)]
    return [Example(row["text"], row["target"], {TOWARD: hard(row["label"])}) for row in rows]


def headlines() -> Iterator[Example]:
    """Yield the economic headlines; where the student and the language model disagree, each has half."""
    read = {row["id"]: hard(row["label"]) for row in lines("tone/ecosent/llm.jsonl")}
    coded = lines("tone/ecosent/train.jsonl")
    for row in [*coded, *lines("tone/ecosent/unlabelled.jsonl")]:
        if not row.get("same_text_as_gold"):
            both = [read[row["id"]], hard(row["label"])] if row.get("label") else [read[row["id"]]]
            yield Example(row["text"], None, {TONE: tuple(np.mean(both, axis=0).tolist())})  # type: ignore[arg-type]


def campaign() -> Iterator[Example]:
    """Yield the campaign sentences of 2021 with their tone."""
    for row in lines("tone/net_tk2021/sentences.jsonl"):
        yield Example(row["text"], None, {TONE: hard(row["label"])})


def parties() -> Iterator[Example]:
    """Yield the campaign sentences of 2021 with the tone toward a party in them."""
    for row in lines("tone/net_tk2021/party_targets.jsonl"):
        yield Example(row["text"], row["target"], {TOWARD: hard(row["label"])})


def far() -> list[Example]:
    """Return what is learned in English: tone toward a target in news."""
    return [
        *toward("mad_tsc_multi", splits=("train",), languages=("en",)),
        *toward("newsmtsc"),
    ]


def dutch(rng: np.random.Generator, *, more: bool, each: int = 6, sentences: float = 0.5) -> list[Example]:
    """Return the examples of a pass over the Dutch sets.

    ``more``: with our own codings; ``each``: targets of an article at most; ``sentences``: the share of headlines and of single sentences.
    """
    rows = coded_articles("train") + (own_codings(LEARNT) if more else [])
    short = [*headlines(), *campaign(), *parties()]
    kept = [short[place] for place in rng.permutation(len(short))[: int(sentences * len(short))]]
    return [
        *articles(rows, rng),
        *targets(rows, rng, most=each),
        *journalists(rows),
        *toward("mad_tsc_nl", splits=("train",)),
        *kept,
    ]
