"""Articles a second on this machine's processor: ``python benchmarks/speed.py`` writes ``speed.json``, ``speed.md`` and ``speed.svg``.

The compact encoder `mini` and a checkpoint of RobBERT's size label the same real articles (half whole articles, half teasers), beside the
plain transformers pipeline on the same checkpoint at several batch sizes, and beside a pipeline that gets them sorted by length. All take
turns in one process, so that a noisy machine troubles all alike; the ratios of the medians are what to read. Stance reads whole articles,
a pipeline only the first window of each; so it also gets the windows that stance reads, as texts, which is the same work. Heads, and the
weights of the large checkpoint, are untrained: speed does not depend on them.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import torch
from energy import spent
from research_data import DATA, _lines
from transformers import RobertaConfig, RobertaForSequenceClassification, pipeline

from stance.model.folder import ModelSettings, write_settings
from stance.model.labelling import Labeller, load
from stance.model.windows import WindowPolicy
from stance.training.encoders import find_encoder
from stance.training.export import export_onnx
from stance.training.network import load_network

mpl.use("svg")
import matplotlib.pyplot as plt

HERE = Path(__file__).resolve().parent
ON_WINDOWS = "pipeline on the same windows"
LABELS = ("negative", "neutral", "positive")
MEMORY = """
import re, sys
from pathlib import Path
import pandas as pd
from stance.model.labelling import load
load(sys.argv[1]).label(pd.read_parquet(sys.argv[2]))
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def whole_articles(count: int) -> pd.Series:
    """Return the texts of whole articles, in a fixed random order."""
    return _lines("partisan/dpgmedia2019/articles_all.jsonl")["text"].sample(count, random_state=1, replace=False)


def articles(count: int) -> pd.DataFrame:
    """Return whole articles and teasers, half and half, in a fixed random order."""
    whole = whole_articles(count // 2)
    teasers = pd.read_parquet(DATA / "news2019.parquet", columns=["text"])["text"].dropna()
    teasers = teasers[teasers.str.strip() != ""].sample(count - count // 2, random_state=1)
    texts = pd.concat([whole, teasers]).sample(frac=1, random_state=1).reset_index(drop=True)
    return pd.DataFrame({"id": texts.index.astype(str), "text": texts})


def base_checkpoint(folder: Path) -> Path:
    """Return a folder with an untrained checkpoint of the size of RobBERT-base, and the tokenizer of `mini`."""
    torch.manual_seed(0)
    shape = {"vocab_size": 40_000, "max_position_embeddings": 514, "type_vocab_size": 1, "pad_token_id": 1, "num_labels": len(LABELS)}
    RobertaForSequenceClassification(RobertaConfig(**shape)).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((find_encoder("mini").path / name).read_bytes())
    return folder


def model_folder(folder: Path, encoder: Path) -> Path:
    """Return a model folder of ``encoder``, as checkpoint and as int8 ONNX."""
    folder.mkdir()
    network = load_network(encoder, LABELS)
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


def pipelines(labeller: Labeller, folder: Path, texts: list[str], batch_sizes: tuple[int, ...]) -> dict[str, Callable[[], Any]]:
    """Return the ways in which the plain pipeline may label ``texts``; those on the windows of stance read all of each."""
    longest = labeller.settings.windows.length
    plain = pipeline("text-classification", model=str(folder), device="cpu", truncation=True, max_length=longest, top_k=None)
    windows = labeller.scorer.cutter.cut(texts, [None] * len(texts))  # type: ignore[attr-defined]
    cut = [texts[unit][start:end] for unit, (start, end) in zip(windows.unit, windows.spans, strict=True)]
    largest = batch_sizes[-1]
    return {
        **{f"pipeline, batch {size}": partial(plain, texts, batch_size=size) for size in batch_sizes},
        f"pipeline sorted by length, batch {largest}": lambda: plain(sorted(texts, key=len), batch_size=largest),
        f"{ON_WINDOWS}, batch 1": partial(plain, cut, batch_size=1),
        f"{ON_WINDOWS} sorted by length, batch {largest}": lambda: plain(sorted(cut, key=len), batch_size=largest),
    }


def compared(folder: Path, units: pd.DataFrame, *, batch_sizes: tuple[int, ...], rounds: int) -> pd.DataFrame:
    """Return one row a way of labelling ``units``, with the median of interleaved rounds."""
    labeller = load(folder)
    others = pipelines(labeller, folder, units["text"].tolist(), batch_sizes)
    ways: dict[str, Callable[[], Any]] = {"stance": partial(labeller.label, units), **others}
    labeller.label(units.head(8))
    used: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            used[name].append(spent(way))
    ours = median(seconds for seconds, _ in used["stance"])
    whole = lengths(labeller, units)
    first_windows = np.minimum(whole, labeller.settings.windows.length - 2)
    return pd.DataFrame(
        [
            {
                "way": name,
                "articles_a_second": len(units) / median(seconds),
                "slowest": len(units) / max(seconds),
                "tokens_a_second": float((whole if name.startswith(("stance", ON_WINDOWS)) else first_windows).sum()) / median(seconds),
                "times_slower": median(seconds) / ours,
                "joules_an_article": None if np.isnan(energy).any() else median(energy) / len(units),
            }
            for name, (seconds, energy) in ((name, tuple(zip(*each, strict=True))) for name, each in used.items())
        ]
    )


def lengths(labeller: Labeller, units: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Return the tokens of each unit."""
    cut = labeller.scorer.cutter.cut(units["text"].tolist(), [None] * len(units))  # type: ignore[attr-defined]
    return np.asarray(cut.unit_tokens)


def peaks() -> dict[str, float]:
    """Return the billions of operations a second of large products on this machine: float32, bf16 and int8 (oneDNN, through torch)."""
    size = 2_048
    single = torch.randn(size, size)
    half, whole = single.bfloat16(), (single * 20).to(torch.int8)
    ways: dict[str, Callable[[], Any]] = {
        "float32": lambda: single @ single,
        "bf16": lambda: half @ half,
        "int8": lambda: torch._int_mm(whole, whole),
    }
    with torch.inference_mode():
        return {name: 2 * size**3 / min(timed(way) for _ in range(8)) / 1e9 for name, way in ways.items()}


def reached(folder: Path, tokens: int) -> dict[str, float]:
    """Return the billions of operations a second of the products of full windows, counting what is computed: no last layer in full."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    width, wide, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    labeller = load(folder)
    length = labeller.settings.windows.length
    said = (f"Het kabinet en gemeente {number} bespraken gisteren de plannen voor het spoor." for number in range(tokens // 14))
    windows = labeller.scorer.cutter.cut([" ".join(said)], [None])  # type: ignore[attr-defined]
    seconds = min(timed(lambda: labeller.scorer.session.probabilities(windows)) for _ in range(3))  # type: ignore[attr-defined]
    a_token = 2 * ((layers - 1) * (4 * width**2 + 2 * width * wide) + 2 * width**2) + 4 * (layers - 1) * width * length
    return {"gflops": a_token * int(windows.lengths.sum()) / seconds / 1e9, "tokens_a_second": int(windows.lengths.sum()) / seconds}


def full_articles(folders: dict[str, Path | str], count: int) -> dict[str, dict[str, float]]:
    """Return for each model how many whole articles it labels a second, and how long these are; stance toward the cabinet, which few name."""
    texts = whole_articles(count).tolist()
    found = {}
    for name, folder in folders.items():
        labeller = load(folder)
        target = "het kabinet" if labeller.settings.needs_target else None
        units = pd.DataFrame({"id": list(map(str, range(count))), "text": texts, "target": [target] * count}, dtype=object)
        labeller.label(units.head(4))
        encoder = getattr(labeller.scorer, "members", (labeller.scorer,))[0]  # a blend's encoder stands first
        tokens = encoder.cutter.cut(texts, [None] * count).unit_tokens
        found[name] = {"articles_a_second": count / min(timed(partial(labeller.label, units)) for _ in range(3)), "tokens": tokens.mean()}
    return found


def costs(folder: Path, units: pd.DataFrame) -> dict[str, list[dict[str, float]]]:
    """Return seconds against the length of one article, and against the number of articles."""
    labeller = load(folder)
    whole = " ".join(units["text"])
    by_length = [(size, timed(lambda size=size: labeller.label([whole[:size]]))) for size in (25_000, 50_000, 100_000, 200_000)]
    sizes = [len(units) // share for share in (8, 4, 2, 1)]
    by_number = [(size, timed(lambda size=size: labeller.label(units.head(size)))) for size in sizes]
    return {
        "article_length": [{"characters": size, "seconds": seconds} for size, seconds in by_length],
        "corpus_size": [
            {"articles": size, "characters": int(units["text"].head(size).str.len().sum()), "seconds": seconds}
            for size, seconds in by_number
        ],
    }


def peak_memory(folder: Path, units: pd.DataFrame, place: Path) -> float:
    """Return the megabytes that labelling ``units`` takes at most, in a process of its own without torch."""
    units.to_parquet(place / "units.parquet")
    done = subprocess.run([sys.executable, "-c", MEMORY, folder, place / "units.parquet"], capture_output=True, text=True, check=True)
    return float(done.stdout)


def plotted(facts: dict[str, Any], path: Path) -> None:
    """Write the plot: articles a second of each way, and cost against length and number."""
    mpl.rcParams["svg.hashsalt"] = "stance"
    figure, (bars, lines) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    rows = [(f"{size}: {row['way']}", row["articles_a_second"]) for size in ("mini", "base") for row in facts[size]["rows"]]
    bars.barh([name for name, _ in rows][::-1], [value for _, value in rows][::-1], color="tab:blue")
    bars.set(xscale="log", xlabel="articles a second")
    for name, points in facts["mini"]["costs"].items():
        lines.plot([row["characters"] for row in points], [row["seconds"] for row in points], "o-", label=name.replace("_", " "))
    lines.set(xscale="log", yscale="log", xlabel="characters", ylabel="seconds (mini)")
    lines.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def page(facts: dict[str, Any]) -> list[str]:
    """Return the lines of ``speed.md``."""
    lines = ["# Speed", "", "`make bench` reprints this page. " + " ".join((__doc__ or "").split("\n\n")[1].split()), ""]
    for size in ("mini", "base"):
        part = facts[size]
        share = {name: part["full_windows"]["gflops"] / peak for name, peak in facts["peaks"].items()}
        lines += [f"## {size}: {part['articles']} articles of {part['tokens_an_article']:.0f} tokens", ""]
        lines += [
            "| way | articles a second | slowest round | tokens a second | joules an article | times slower |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {r['way']} | {r['articles_a_second']:.1f} | {r['slowest']:.1f} | {r['tokens_a_second']:,.0f} "
            f"| {'' if r['joules_an_article'] is None else format(r['joules_an_article'], '.2f')} | {r['times_slower']:.2f} |"
            for r in part["rows"]
        ]
        lines += ["", f"Full windows: {part['full_windows']['tokens_a_second']:,.0f} tokens a second, {part['full_windows']['gflops']:.0f}"]
        lines[-1] += " GFLOP/s: " + ", ".join(f"{value:.0%} of the {name} peak" for name, value in share.items())
        lines[-1] += f". Peak memory {part['peak_memory_mb']:.0f} MB."
        lines += [""]
    whole = (f"{name} {row['articles_a_second']:.0f} (of {row['tokens']:.0f} tokens)" for name, row in facts["full_articles"].items())
    lines += [f"Whole articles a second: {', '.join(whole)}.", ""]
    if facts["mini"]["rows"][0]["joules_an_article"] is None:
        lines += ["Energy: the counters of this machine's processors (RAPL) cannot be read.", ""]
    lines += [f"{facts['threads']} threads; peaks of this machine in GFLOP/s: "]
    lines[-1] += ", ".join(f"{name} {value:.0f}" for name, value in facts["peaks"].items()) + "."
    lines += ["", "![Articles a second, and cost against length](speed.svg)"]
    return lines


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mini", type=int, default=160, help="articles that mini labels")
    parser.add_argument("--base", type=int, default=16, help="articles that the large checkpoint labels")
    parser.add_argument("--articles", type=int, help="articles that both label: 2000 takes hours")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    facts: dict[str, Any] = {"threads": torch.get_num_threads(), "peaks": peaks()}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        encoders = {"mini": find_encoder("mini").path, "base": base_checkpoint(place / "untrained")}
        for size, encoder in encoders.items():
            units = articles(asked.articles or getattr(asked, size))
            folder = model_folder(place / size, encoder)
            rows = compared(folder, units, batch_sizes=(1, 8, 32) if size == "mini" else (1, 8), rounds=asked.rounds)
            facts[size] = {
                "articles": len(units),
                "tokens_an_article": float(lengths(load(folder), units).mean()),
                "rows": rows.to_dict("records"),
                "full_windows": reached(folder, 4_000),
                "peak_memory_mb": peak_memory(folder, units, place),
            }
        facts["mini"]["costs"] = costs(place / "mini", articles(asked.mini))
        shipped = {f"the shipped `{name}`": name for name in ("tone", "stance")}
        facts["full_articles"] = full_articles({"mini": place / "mini", **shipped}, 60)
    (HERE / "speed.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (HERE / "speed.md").write_text("\n".join(page(facts)) + "\n", encoding="utf-8")
    plotted(facts, HERE / "speed.svg")
    print("\n".join(page(facts)))


if __name__ == "__main__":
    main()
