"""Articles a second with `mini`, beside the plain transformers pipeline on the same checkpoint: ``python benchmarks/speed.py``.

The same articles go through each in turn, three times, interleaved in one process, so that a noisy machine troubles all alike; the
ratios of the medians are what to read. The head is untrained: speed does not depend on it.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import torch
from research_data import DATA, _lines
from transformers import pipeline

from stance.model.folder import ModelSettings, write_settings
from stance.model.labelling import load
from stance.model.windows import WindowPolicy
from stance.training.encoders import find_encoder
from stance.training.export import export_onnx
from stance.training.network import load_network

HERE = Path(__file__).resolve().parent
LABELS = ("negative", "neutral", "positive")
ROUNDS = 3


def articles(count: int) -> pd.DataFrame:
    """Return whole articles and teasers, half and half, in a fixed random order."""
    whole = _lines("partisan/dpgmedia2019/articles_all.jsonl")["text"].sample(count // 2, random_state=1)
    teasers = (
        pd.read_parquet(DATA / "news2019.parquet")["text"]
        .dropna()
        .loc[lambda text: text.str.strip() != ""]
        .sample(count - count // 2, random_state=1)
    )
    texts = pd.concat([whole, teasers]).sample(frac=1, random_state=1).reset_index(drop=True)
    return pd.DataFrame({"id": texts.index.astype(str), "text": texts})


def model_folder(folder: Path, encoder: str) -> Path:
    """Return a model folder of ``encoder`` with an untrained head, as checkpoint and as int8 ONNX."""
    network = load_network(find_encoder(encoder).path, LABELS)
    network.model.save_pretrained(folder)
    network.tokenizer.save_pretrained(folder)
    export_onnx(network, folder / "model.onnx")
    policy = WindowPolicy(length=min(512, network.longest))
    write_settings(folder, ModelSettings("encoder", "speed", "tone", LABELS, with_target=False, windows=policy))
    return folder


def timed(run: Callable[[], Any]) -> float:
    """Return the seconds that ``run`` takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    """Measure, print, and write ``speed.json`` and ``speed.md``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--encoder", default="mini")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    units = articles(asked.articles)
    with tempfile.TemporaryDirectory() as place:
        folder = model_folder(Path(place), asked.encoder)
        labeller = load(folder)
        limit = labeller.settings.windows.length
        plain = pipeline("text-classification", model=str(folder), device="cpu", truncation=True, max_length=limit, top_k=None)
        texts = units["text"].tolist()
        ways: dict[str, Callable[[], Any]] = {
            "stance (whole articles)": lambda: labeller.label(units),
            "pipeline, batch 1 (first window only)": lambda: plain(texts, batch_size=1),
            "pipeline, batch 8 (first window only)": lambda: plain(texts, batch_size=8),
            "pipeline, batch 32 (first window only)": lambda: plain(texts, batch_size=32),
        }
        labeller.label(units.head(20))
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                times[name].append(timed(way))
        tokens = int(labeller.scorer.cutter.cut(texts, [None] * len(texts)).unit_tokens.sum())  # type: ignore[attr-defined]
    ours = median(times["stance (whole articles)"])
    rows = [
        {
            "way": name,
            "articles_a_second": len(units) / median(each),
            "slowest_of_3": len(units) / max(each),
            "times_slower": median(each) / ours,
        }
        for name, each in times.items()
    ]
    facts = {
        "articles": len(units),
        "tokens_an_article": tokens / len(units),
        "tokens_a_second": tokens / ours,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "threads": torch.get_num_threads(),
        "rows": rows,
    }
    (HERE / "speed.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    lines = ["# Speed", "", "`make bench` reprints this page. " + " ".join((__doc__ or "").split("\n\n")[1].split()), ""]
    lines += [
        f"{asked.encoder}; {len(units)} articles, {facts['tokens_an_article']:.0f} tokens each; {facts['tokens_a_second']:,.0f} tokens a second;"
    ]
    lines += [f"peak memory of the whole benchmark {facts['peak_memory_mb']:.0f} MB; {facts['threads']} threads.", ""]
    lines += ["| way | articles a second | slowest of three | times slower |", "|---|---|---|---|"]
    lines += [f"| {r['way']} | {r['articles_a_second']:.1f} | {r['slowest_of_3']:.1f} | {r['times_slower']:.2f} |" for r in rows]
    (HERE / "speed.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
