"""Makes the models inside the package from `mini` and the research data: ``python benchmarks/shipped.py [stance] [tone] --build DIR``.

Stance: StemWijzer's explanations first (62 thousand), then news passages and sentences with a sample of StemWijzer, so that it is not
forgotten. Tone: economic headlines and campaign sentences. Each encoder is blended with a TF-IDF classifier trained on the same units,
with weights fitted on dev units. Nothing is chosen on a test. A run that was stopped continues where it was.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from research_data import ecosent, issue_positions, net_stance, net_tone, stemwijzer

from stance.coding.codebook import builtin
from stance.corpus.records import as_units
from stance.evaluation.baselines import TfidfClassifier
from stance.evaluation.blending import blend_models
from stance.model.folder import SETTINGS_FILE, SHIPPED, read_settings, write_settings
from stance.report.card import model_card
from stance.training.building import hold_out, train_model
from stance.training.settings import TrainConfig

SEED = 42
REPLAYED = 6_000  # StemWijzer units that come back in the second stage

TERMS = "Weights only; the texts stay with their makers. Research use: the texts were read for text and data mining."
SOURCES = {
    "tone": "ecosent train headlines (van Atteveldt et al. 2021, MIT); NET sentences of the 2021 campaign (VU election study)",
    "stance": "StemWijzer 2017-2026 (ProDemos); issue positions TK2023 (van Atteveldt et al., MIT); NET sentences 2021 (VU election study)",
}
DESCRIPTIONS = {
    "tone": "Codes whether a Dutch news text is bad, neutral or good news: negative, neutral, positive. A blend of the compact encoder "
    "`mini` and a TF-IDF classifier. Trained on headlines and single sentences: expect less on long articles.",
    "stance": "Codes the stance of a text, or of an actor in it (the holder), toward a target: against, neutral, favor. A blend of the "
    "compact encoder `mini` and a TF-IDF classifier. Trained on party explanations and on passages about Dutch politics.",
}


def encode(name: str, train: pd.DataFrame, dev: pd.DataFrame, build: Path, config: TrainConfig, variable: str) -> Path:
    """Return the folder of an encoder fine-tuned on ``train``, made unless it is there."""
    folder = build / name
    if not (folder / SETTINGS_FILE).exists():
        trained = train_model(as_units(train), as_units(dev), variable=builtin(variable), config=config, out=folder, on_step=show)
        print(f"\n{name}: {trained.history} {trained.parity}", flush=True)
    return folder


def show(step: int, steps: int, loss: float, best: float) -> None:
    """Print every hundredth step."""
    if step % 100 == 0:
        print(f"step {step} of {steps}, loss {loss:.3f}, best dev macro F1 {best:.3f}", flush=True)


def baseline(name: str, train: pd.DataFrame, build: Path, variable: str) -> Path:
    """Return the folder of a TF-IDF classifier, made unless it is there."""
    folder = build / name
    if not (folder / SETTINGS_FILE).exists():
        TfidfClassifier(variable=variable).fit(train.drop(columns="label"), train["label"]).save(folder)
    return folder


def ship(name: str, members: list[Path], dev: pd.DataFrame) -> None:
    """Blend ``members`` on ``dev`` into the package's model ``name``."""
    out = SHIPPED / name
    shutil.rmtree(out, ignore_errors=True)
    about = {"description": DESCRIPTIONS[name], "sources": SOURCES[name], "terms": TERMS, "licence": "other"}
    settings = blend_models(members, dev, out, about=about)
    (out / "README.md").write_text(model_card(read_settings(out)), encoding="utf-8")
    print(name, settings.weights, settings.scores, flush=True)


def make_stance(build: Path) -> None:
    """Build the model ``stance``."""
    statements, dev_statements = stemwijzer("train"), stemwijzer("dev_new_target")
    first = encode(
        "stance-statements",
        statements,
        dev_statements,
        build,
        TrainConfig(encoder="mini", epochs=2, patience=2, batch_size=64, learning_rate=5e-4, window=192, seed=SEED),
        "stance",
    )
    news = pd.concat([issue_positions(), net_stance()], ignore_index=True)
    news_train, news_dev = hold_out(as_units(news), 0.1, seed=SEED)
    replayed = statements.sample(REPLAYED, random_state=SEED)
    dev = pd.concat([news_dev, dev_statements.sample(len(news_dev), random_state=SEED)], ignore_index=True)
    second = encode(
        "stance-news",
        pd.concat([news_train, replayed], ignore_index=True),
        dev,
        build,
        TrainConfig(encoder=str(first), epochs=2, patience=2, batch_size=64, learning_rate=2e-4, window=192, seed=SEED),
        "stance",
    )
    words = baseline("stance-tfidf", pd.concat([statements, news_train], ignore_index=True), build, "stance")
    ship("stance", [second, words], dev)


def make_tone(build: Path) -> None:
    """Build the model ``tone``; its words are learned once more with the dev units, after these have set the weights."""
    coded = pd.concat([ecosent("train").assign(cluster=None), net_tone()], ignore_index=True)
    coded["cluster"] = np.where(coded["cluster"].isna(), coded["text"], coded["cluster"])
    train, dev = hold_out(as_units(coded), 0.1, seed=SEED)
    first = build / "stance-statements"  # made by make_stance: what it learned of Dutch politics helps here
    config = TrainConfig(encoder=str(first), epochs=5, patience=2, batch_size=32, learning_rate=3e-4, window=192, seed=SEED)
    encoder = encode("tone-encoder", train, dev, build, config, "tone")
    ship("tone", [encoder, baseline("tone-tfidf", train, build, "tone")], dev)
    out = SHIPPED / "tone"
    settings = read_settings(out)
    TfidfClassifier(variable="tone").fit(coded[["id", "text"]], coded["label"]).save(out / settings.members[1])
    write_settings(out, settings)


def main() -> None:
    """Build the models that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["stance", "tone"], metavar="MODEL", help="stance, tone (in this order)")
    parser.add_argument("--build", type=Path, default=Path("build/shipped"))
    asked = parser.parse_args()
    asked.build.mkdir(parents=True, exist_ok=True)
    for name in asked.models:
        {"stance": make_stance, "tone": make_tone}[name](asked.build)


if __name__ == "__main__":
    main()
