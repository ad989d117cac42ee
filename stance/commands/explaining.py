"""``stance explain``: one article opened, sentence by sentence, on the terminal and as a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from stance.close_reading.by_voice import run_by_voice, voice_jobs
from stance.close_reading.explaining import OCCLUSION, Explanation, Method, Unit, checkpoint_folder, explain
from stance.close_reading.faithfulness import faithfulness
from stance.corpus.records import cross_targets
from stance.corpus.writing import whole
from stance.errors import InputError, ModelError, did_you_mean
from stance.labelling.jobs import Job
from stance.model.labelling import Labeller, load
from stance.model.pooling import Aliases
from stance.report.explanation import explanation_page, print_explanation, weighty_words
from stance.report.terminal import ask_progress, print_signature, print_table, tell, write_json
from stance.signature import data_hash, signature

__all__ = ["METHODS", "ExplainRequest", "explain_article"]

METHODS = ("occlusion", "gradients")


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What ``stance explain`` was asked: the article's id where there are several, the target, the model and method, and where page and rows go."""

    id: str | None = None
    target: str | None = None
    model: str | None = None
    aliases: Aliases = field(default_factory=dict)
    seed: int = 42
    html: Path | None = None
    json: Path | None = None
    method: str = "occlusion"

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"--method {self.method} is not one of {', '.join(METHODS)}.{did_you_mean(self.method, METHODS)}")


def explain_article(units: pd.DataFrame, request: ExplainRequest) -> None:
    """Print why one article of ``units`` gets its label, and write the page and the rows that were asked for."""
    if request.html is not None:
        _check_folder(request.html)
    unit = _one(units, request)
    target = unit["target"].iloc[0]
    model = request.model or ("tone" if target is None else "stance")
    labeller = load(model, aliases=request.aliases)
    _check_target(labeller, target, request)
    method = OCCLUSION if request.method == "occlusion" else _gradients(model)
    with ask_progress("explaining", 3) as progress:
        title = unit["title"].iloc[0] if "title" in unit else None
        asked = Unit(unit["id"].iloc[0], unit["text"].iloc[0], target, unit["holder"].iloc[0], title if isinstance(title, str) else None)
        found = explain(labeller, asked, request.aliases, method=method)
        progress.advance(progress.task_ids[0])
        measured = faithfulness(labeller, found, rng=np.random.default_rng(request.seed))
        progress.advance(progress.task_ids[0])
        by_voice = _by_voice(labeller, unit, request.aliases)
    data = data_hash(unit[["id", "text", "target"]])
    recipe = signature(model=labeller.model, variable=found.variable, method=found.method, seed=request.seed, data=data)
    if target is not None and not found.mentions:
        tell(f"The article does not name {target}, so no voice has a row of its own; other names for it go in a file for --targets.")
    _print(found, by_voice, measured)
    print_signature(recipe)
    if request.html is not None:
        with whole(request.html) as unfinished:
            unfinished.write_text(explanation_page(found, by_voice, measured, recipe), encoding="utf-8")
        tell(f"The page is written to {request.html}; it holds the article's text.")
    if request.json is not None:
        write_json(request.json, _rows(found), recipe | {row["measure"]: f"{row['heaviest']:.4f}" for row in measured.to_dict("records")})


def _print(found: Explanation, by_voice: pd.DataFrame, measured: pd.DataFrame) -> None:
    print_explanation(found)
    tell(f"{found.labels[0]} red, {found.labels[-1]} green, quotes in italics; underlined words carried the label of their sentence.")
    print_table(
        _rows(found)[["sentence", "holder", "label", "probability", "note"]],
        title=f"Sentences, with the words that carried the label ({found.method})",
    )
    print_table(by_voice, title="By voice")
    if len(measured):
        print_table(measured, title="Faithfulness: the label's probability lost without the heaviest words, and with only these")


def _rows(found: Explanation) -> pd.DataFrame:
    """Return one row a labelled part: its sentence (from 1), voice, source (as holder), label, probabilities, and as note the words that carried it."""
    weighty = weighty_words(found)
    rows = [
        {
            "sentence": part.segment.sentence + 1,
            "voice": part.segment.voice,
            "holder": part.segment.source,
            "label": part.label,
            "probability": max(part.probabilities),
            **{f"p_{label}": share for label, share in zip(found.labels, part.probabilities, strict=True)},
            "note": ", ".join(found.text[word.start : word.end] for word in part.words if word.start in weighty),
            "names_target": part.names_target if found.target is not None else None,
            "start": part.segment.start,
            "end": part.segment.end,
        }
        for part in found.parts
        if part.label is not None
    ]
    return (
        pd.DataFrame(rows).astype({"holder": object})
        if rows
        else pd.DataFrame(columns=["sentence", "holder", "label", "probability", "note"])
    )


def _by_voice(labeller: Labeller, unit: pd.DataFrame, aliases: Aliases) -> pd.DataFrame:
    rows = run_by_voice(voice_jobs([Job(labeller, unit)], aliases))
    return rows[["voice", "holder", "label", "confidence", "sentences"]].rename(columns={"confidence": "probability"})


def _one(units: pd.DataFrame, request: ExplainRequest) -> pd.DataFrame:
    """Return the one unit that is asked about, with the target that was named for it."""
    chosen = units
    if request.id is not None:
        chosen = units[units["id"] == request.id]
        if chosen.empty:
            raise InputError(f"No article has the id '{request.id}'.{did_you_mean(request.id, units['id'])}")
    if request.target is not None and units["target"].notna().any():
        chosen = chosen[chosen["target"] == request.target]
        if chosen.empty:
            raise InputError(f"The input names its own targets, and '{request.target}' is none of them; leave out --target or the column.")
    elif request.target is not None:
        chosen = cross_targets(chosen.drop_duplicates(["id", "text"]), [request.target])
    if len(chosen) > 1:
        first = ", ".join(f"'{name}'" for name in chosen["id"].unique()[:3])
        raise InputError(
            f"The input holds {len(chosen)} units and one is explained at a time; choose it with --id (as {first}) and --target."
        )
    return chosen.reset_index(drop=True)


def _check_target(labeller: Labeller, target: str | None, request: ExplainRequest) -> None:
    if labeller.settings.needs_target and target is None:
        raise InputError(f"Model '{labeller.model}' codes {labeller.settings.variable} toward a target; name it with --target.")
    if not labeller.settings.with_target and target is not None:
        raise InputError(
            f"Model '{labeller.model}' was trained without targets; leave out --target, or pass a model that was trained with them."
        )


def _gradients(model: str) -> Method:
    """Return integrated gradients over the checkpoint of ``model``, or say in one sentence what they need."""
    checkpoint_folder(model)  # told before anyone installs torch for a model that has none
    try:
        room = import_module("stance.close_reading.gradients")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("stance"):
            raise
        raise ModelError(
            f"--method gradients needs the package '{error.name}': pip install 'stance-nl[train]', or take --method occlusion."
        ) from error
    method: Method = room.integrated_gradients(model)
    return method


def _check_folder(path: Path) -> None:
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist; make it, or pass another --html.")
