"""From the trained encoder to the models inside the package: one int8 network, and a small folder for each of its heads.

Calibration and ``--risk`` are fitted on the coded articles that were kept aside (one in ten), with the int8 file itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from learning import SIZE, Learner
from sources import HEADS, PASSAGE, coded_articles

from stance.coding.codebook import builtin
from stance.evaluation.metrics import compare
from stance.model.calibration import Calibration
from stance.model.card import write_card
from stance.model.encoder import EncoderScorer
from stance.model.fitting import fit_frequencies
from stance.model.folder import NETWORK, SHIPPED, ModelSettings, write_settings
from stance.model.opening import read_tokenizer
from stance.model.risk import write_dev
from stance.model.session import OnnxSession, softmax
from stance.model.shared import HeadSession, SharedNetwork
from stance.model.windows import WindowCutter, WindowPolicy, Windows
from stance.training.examples import read_examples, write_examples
from stance.training.export import ENOUGH_LIKELY, FORMS, export_onnx, likely_equal
from stance.training.network import Network
from stance.training.rounding import outlier_inputs, round_weights
from stance.training.tokenizing import read_fast_tokenizer, save_fast_tokenizer

ARTICLES = "articles"  # the folder of the shared network
READ_ARTICLE = WindowPolicy(length=512, scope="all", title=True)
READ_PASSAGE = WindowPolicy(length=512, scope="passage", passage=PASSAGE, title=True)
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Head:
    """A head of the network: the model folder it becomes, which units it labels, and how these are read."""

    place: int
    variable: str
    member: str
    choice: str
    windows: WindowPolicy
    description: str


HEADS_SHIPPED = (
    Head(
        0, "tone", "article", "article", READ_ARTICLE, "Codes whether an article, or a passage or headline, is bad, neutral or good news."
    ),
    Head(1, "tone", "target", "target", READ_PASSAGE, "Codes the light in which a text shows a target: negative, neutral, positive."),
    Head(
        2, "stance", "journalist", "target", READ_PASSAGE, "Codes whether the journalist's own words are against, neutral or for a target."
    ),
)
DESCRIPTIONS = {
    "tone": "Codes tone: of the article as a whole where a unit has no target, toward the target where it has one.",
    "stance": "Codes stance toward a target: the journalist's own where a unit has no holder (quotes do not count), the holder's where it has one.",
}
TERMS = (
    "Weights only; the texts stay with their makers. Research use: the texts were read for text and data mining. "
    "The encoder was made from multilingual-e5-small (MIT licence)."
)
SOURCES = (
    "2,966 whole news articles of 2019, coded by a large language model that read each by a codebook (this project; the labels of 1,700 of them, "
    "without text, are in recipes/codings); MAD-TSC, Dutch and English (Dufraisse et al. 2023); NewsMTSC (Hamborg & Donnay 2021, MIT); "
    "ecosent headlines (van Atteveldt et al. 2021, MIT), each read by the language model too; NET "
    "sentences and party targets of the 2021 campaign (VU election study)"
)
CODER = (
    "The coder of the whole articles is a large language model, not a person. Beside people it has an accuracy of .80 and an alpha of .83 on economic "
    "headlines that experts coded (one student coder .82 and .82), a macro F1 of .72 and an alpha of .80 on 200 campaign statements, and .66 and .67 on "
    "200 issue positions. No person coded the articles"
)


def coded_units(part: str, *, toward: str | None) -> pd.DataFrame:
    """Return the coded articles of a part as units with a label: whole articles, or one a target with its ``tone`` or ``stance``."""
    rows = []
    for article in coded_articles(part):
        own = {"text": article["text"], "title": article["title"], "cluster": article["id"]}
        if toward is None:
            rows.append({"id": article["id"], "target": None, **own, "label": article["tone"]})
        else:
            rows += [{"id": article["id"], "target": one["target"], **own, "label": one[toward]} for one in article["targets"]]
    return pd.DataFrame(rows, dtype=object).assign(holder=None).drop_duplicates(["id", "target"])


def units_of(head: Head, part: str) -> pd.DataFrame:
    """Return the coded units of a part that ``head`` labels."""
    return coded_units(part, toward=None if head.choice == "article" else head.variable)


def make_network(learner: Learner, encoder: Path, build: Path) -> Path:
    """Return the folder of the int8 network, made unless it is there: the quickest form that is likely to give torch's labels."""
    out = build / "recipe" / ARTICLES
    if (out / "done.json").exists():
        return out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    tokenizer = read_fast_tokenizer(encoder)
    model = learner.model
    model.set_attn_implementation("eager")
    model.config.hidden_dropout_prob = model.config.classifier_dropout = 0.1  # as a classifier trained further has it
    model.config.id2label = {
        place: f"{HEADS[place // SIZE]}: {('low', 'middle', 'high')[place % SIZE]}" for place in range(SIZE * len(HEADS))
    }
    network = Network(model=model, tokenizer=tokenizer, pad_id=1, longest=512, type_ids=False)
    units = pd.concat([units_of(HEADS_SHIPPED[0], "dev"), units_of(HEADS_SHIPPED[1], "dev")], ignore_index=True)
    cutter = WindowCutter(tokenizer.backend_tokenizer, READ_PASSAGE)
    examples = write_examples(units, np.zeros(len(units), dtype=np.int64), cutter, out / "examples.arrow", aliases={})
    round_weights(network, examples)
    outliers = outlier_inputs(network, examples)
    windows = read_examples(out / "examples.arrow", np.zeros(len(units), dtype=np.int64)).windows()
    reference = torch_logits(network, windows)
    shown = []
    for apart, fine in FORMS:
        export_onnx(network, out / NETWORK, fine=fine, outliers=outliers if apart else None)
        exported = OnnxSession(out / NETWORK, pad_id=1).logits(windows)
        likely = [likely_equal(softmax(reference[:, part]), softmax(exported[:, part])) for part in outputs()]
        shown.append({"outliers apart": apart, "fine": fine, "likely equal": likely})
        print(shown[-1], flush=True)
        if min(likely) >= ENOUGH_LIKELY:
            break
    save_fast_tokenizer(tokenizer, out)
    model.config.save_pretrained(out)
    (out / "examples.arrow").unlink()
    (out / "done.json").write_text(json.dumps(shown), encoding="utf-8")
    return out


def outputs() -> list[list[int]]:
    """Return the places of the logits of each head."""
    return [list(range(SIZE * place, SIZE * (place + 1))) for place in range(len(HEADS))]


def torch_logits(network: Network, windows: Windows) -> Floats:
    """Return torch's logits of each window, shape (windows, outputs)."""
    import torch

    network.model.eval()
    with torch.inference_mode():
        return np.concatenate([network.logits({"input_ids": torch.tensor([ids])}).double().numpy() for ids in windows.ids])


def make_member(head: Head, network: Path, shared: SharedNetwork, out: Path) -> ModelSettings:
    """Write the folder of a head, calibrated on the articles that were kept aside; return its settings."""
    variable, units = builtin(head.variable), units_of(head, "dev")
    cutter = WindowCutter(read_tokenizer(network / "tokenizer.json"), head.windows)
    scorer = EncoderScorer(variable.labels, cutter, HeadSession(shared, tuple(outputs()[head.place])))
    raw, gold = scorer.score(units).probabilities, variable.codes(units["label"])
    calibration = fit_frequencies(raw, gold)
    settled = calibration.apply(raw)
    out.mkdir(parents=True, exist_ok=True)
    judged = {"cluster": pd.factorize(units["cluster"])[0].astype(np.int64), "label": gold}
    judged |= {f"raw {label}": raw[:, place] for place, label in enumerate(variable.labels)}
    write_dev(out, settled.max(axis=1), settled.argmax(axis=1) == gold, more=judged)
    settings = ModelSettings(
        kind="encoder",
        name=f"{head.variable}-{head.member}",
        variable=head.variable,
        labels=variable.labels,
        with_target=head.choice != "article",
        windows=head.windows,
        calibration=calibration,
        signature={
            "network": hashlib.sha256((network / NETWORK).read_bytes()).hexdigest(),
            "recipe": "recipes/make.py far dutch ship",
            "dev": f"{len(units)} units of {units['cluster'].nunique()} articles kept aside",
            **{name: version(name) for name in ("stance-nl", "torch", "transformers", "onnxruntime")},
        },
        scores=dev_scores(settled, gold, variable.labels),
        about={"description": head.description, "sources": SOURCES, "coder": CODER, "terms": TERMS, "licence": "other"},
        network=ARTICLES,
        outputs=tuple(outputs()[head.place]),
    )
    write_settings(out, settings)
    write_card(out)
    print(settings.name, settings.scores, calibration, flush=True)
    return settings


def dev_scores(probabilities: Floats, gold: Integers, labels: tuple[str, ...]) -> dict[str, float]:
    """Return the number of units, macro F1, alpha and accuracy on the articles kept aside."""
    names = np.asarray(labels, dtype=object)
    found = compare(names[gold], names[probabilities.argmax(axis=1)], labels=labels)
    return {
        "dev_units": float(len(gold)),
        "dev_macro_f1": found.macro_f1,
        "dev_alpha": found.alpha,
        "dev_accuracy": found.accuracy,
    }


def make_choice(variable: str, members: dict[str, str], out: Path, windows: WindowPolicy) -> None:
    """Write the folder of a variable whose units are labelled by the ``members`` (choice: folder inside ``out``)."""
    labels = builtin(variable).labels
    settings = ModelSettings(
        kind="choice",
        name=variable,
        variable=variable,
        labels=labels,
        with_target=True,
        windows=windows,
        calibration=Calibration(),
        about={
            "description": DESCRIPTIONS[variable],
            "sources": "those of its members: see their cards",
            "terms": TERMS,
            "licence": "other",
        },
        members=tuple(members.values()),
        choices=tuple(members),
    )
    write_settings(out, settings)
    write_card(out)


def ship(learner: Learner, encoder: Path, build: Path) -> None:
    """Put the network and its heads into the package."""
    network = make_network(learner, encoder, build)
    target = SHIPPED / ARTICLES
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(network, target, ignore=shutil.ignore_patterns("done.json"))
    shared = SharedNetwork(OnnxSession(target / NETWORK, pad_id=1))
    for head in HEADS_SHIPPED:
        make_member(head, target, shared, SHIPPED / head.variable / head.member)
    make_choice("tone", {"article": "article", "sentence": "sentence", "target": "target"}, SHIPPED / "tone", READ_ARTICLE)
    make_choice("stance", {"target": "journalist", "holder": "holder"}, SHIPPED / "stance", READ_PASSAGE)
