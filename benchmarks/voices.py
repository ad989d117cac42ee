"""How well quotes and their sources are found, and how long a large text takes: ``python benchmarks/voices.py`` reprints the tables of voices.md."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from research_data import DATA

from stance.dutch.segments import locate_mentions
from stance.dutch.sentences import sentence_spans
from stance.dutch.voices import VoiceSpan, voice_spans

READ = Path(__file__).resolve().parents[1] / "tests" / "dutch" / "data" / "quotes.json"
MEGABYTES = (5, 10, 20)
TARGETS = {"Mark Rutte": ["Rutte"], "de politie": ["politie"]}
STEPS: dict[str, Callable[[str], object]] = {
    "sentences": sentence_spans,
    "voices": voice_spans,
    "mentions with sentence and voice": lambda text: locate_mentions(text, TARGETS),
}


def score(articles: Iterable[dict[str, Any]], texts: dict[str, str]) -> str:
    """Return one row: quotes, precision, recall (both ends exact), share of quotes found with the right source, and the same of quotes whose source is named."""
    found = read = right = sourced = named = named_right = 0
    for article in articles:
        text = texts[article["id"]]
        spans = {_place(text, span): span for span in voice_spans(text) if span.kind in ("direct", "headline")}
        quotes = {(quote["start"], quote["end"]): [text[start:end] for start, end in quote["sources"]] for quote in article["quotes"]}
        found, read = found + len(spans), read + len(quotes)
        named += sum(map(bool, quotes.values()))
        for place in spans.keys() & quotes.keys():
            right += 1
            good = _is_source(spans[place].source, quotes[place])
            sourced += good
            named_right += good and bool(quotes[place])
    return f"{read} | {right / found:.3f} | {right / read:.3f} | {sourced / read:.3f} | {named_right / named:.3f} of {named}"


def _place(text: str, span: VoiceSpan) -> tuple[int, int]:
    return span.start, span.start + len(text[span.start : span.end].rstrip())


def _is_source(source: str | None, names: list[str]) -> bool:
    last_words = {name.split()[-1].casefold() for name in names}
    return source.split()[-1].casefold() in last_words if source else not last_words


def main() -> None:
    """Print both tables."""
    with (DATA / "partisan" / "dpgmedia2019" / "articles.jsonl").open(encoding="utf-8") as lines:
        texts = {row["id"]: row["text"] for row in map(json.loads, lines)}
    articles = json.loads(READ.read_text(encoding="utf-8"))["articles"]
    print("| part | quotes | precision | recall | right source | right source where named |\n|---|---|---|---|---|---|")
    for name, parts in {"dev": ["dev"], "test": ["test"], "second": ["second"], "test and second": ["test", "second"]}.items():
        print(f"| {name} | {score([article for article in articles if article['part'] in parts], texts)} |", flush=True)
    print(
        "\n| step, seconds of processor time | "
        + " | ".join(f"{size} MB" for size in MEGABYTES)
        + " |\n"
        + "|---" * (len(MEGABYTES) + 1)
        + "|"
    )
    text = "\n\n".join(texts.values())
    text *= 1_000_000 * MEGABYTES[-1] // len(text) + 1
    for name, step in STEPS.items():
        print(f"| {name} | " + " | ".join(f"{_seconds(step, text[: 1_000_000 * size]):.1f}" for size in MEGABYTES) + " |", flush=True)


def _seconds(step: Callable[[str], object], text: str) -> float:
    begin = time.process_time()
    step(text)
    return time.process_time() - begin


if __name__ == "__main__":
    main()
