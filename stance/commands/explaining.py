"""``stance.explain``: why one article gets its label, sentence by sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from stance.close_reading.by_voice import run_by_voice, voice_jobs
from stance.close_reading.explaining import OCCLUSION, Explanation, Method, Unit, checkpoint_folder
from stance.close_reading.explaining import explain as explain_unit
from stance.close_reading.faithfulness import faithfulness
from stance.corpus.files import read_inputs
from stance.corpus.records import Columns, check_units, cross_targets
from stance.corpus.tables import Tabular, as_aliases, as_table
from stance.corpus.writing import whole
from stance.errors import InputError, ModelError, did_you_mean
from stance.labelling.jobs import Job
from stance.model.labelling import Labeller, load
from stance.model.pooling import Aliases
from stance.reporting.explanation import explanation_page, weighty_words
from stance.results import Result, Table
from stance.signature import data_hash, signature
from stance.steps import Progress, silent

__all__ = ["METHODS", "Explained", "explain"]

METHODS = ("occlusion", "gradients")


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Why an article gets its label.

    Attributes:
        explanation: its parts with their labels and the words that carried these.
        by_voice: the label of the whole, of the narrator and of each source.
        faithfulness: what the label's probability loses without the heaviest words, and with only these.
    """

    explanation: Explanation
    by_voice: pd.DataFrame
    faithfulness: pd.DataFrame


def explain(
    article: Tabular,
    *,
    target: str | None = None,
    targets: Mapping[str, Sequence[str]] | str | Path | None = None,
    id: str | None = None,
    model: str | None = None,
    html: str | Path | None = None,
    method: str = "occlusion",
    seed: int = 42,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Result[Explained]:
    """Return why an article gets its label: its sentences by voice, the words that carried them, and how faithful these words are.

    ``article`` is the path of an article, or a table of articles of which ``id`` names one. Options are those of ``stance explain``; with
    ``html`` a page is also written, which holds the article's text. ``table`` has a row a labelled sentence, ``found`` is the `Explained`.
    """
    if method not in METHODS:
        raise InputError(f"--method {method} is not one of {', '.join(METHODS)}.{did_you_mean(method, METHODS)}")
    if html is not None:
        _check_folder(Path(html))
    aliases = as_aliases(targets)
    unit = _one(_articles(article, columns), id, target)
    about = unit["target"].iloc[0]
    name = model or ("tone" if about is None else "stance")
    labeller = load(name, aliases=aliases)
    _check_target(labeller, about)
    found = _explained(labeller, unit, aliases, OCCLUSION if method == "occlusion" else _gradients(name), seed=seed, progress=progress)
    data = data_hash(unit[["id", "text", "target"]])
    measures = {row["measure"]: f"{row['heaviest']:.4f}" for row in found.faithfulness.to_dict("records")}
    recipe = signature(model=labeller.model, variable=found.explanation.variable, method=found.explanation.method, seed=seed, data=data)
    written = () if html is None else (_write_page(found, recipe, Path(html)),)
    return Result(_rows(found.explanation), (*_content(found, about), *written), recipe | measures, found)


def _articles(article: Tabular, columns: Mapping[str, str] | None) -> pd.DataFrame:
    if isinstance(article, pd.DataFrame):
        return check_units(as_table(article, columns), where="the table")
    return read_inputs([Path(article)], Columns(**(columns or {})))


def _explained(labeller: Labeller, unit: pd.DataFrame, aliases: Aliases, method: Method, *, seed: int, progress: Progress) -> Explained:
    with progress("explaining", 3) as advance:
        title = unit["title"].iloc[0] if "title" in unit else None
        first = unit.iloc[0]
        asked = Unit(first["id"], first["text"], first["target"], first["holder"], title if isinstance(title, str) else None)
        found = explain_unit(labeller, asked, aliases, method=method)
        advance(1)
        measured = faithfulness(labeller, found, rng=np.random.default_rng(seed))
        advance(1)
        return Explained(found, _by_voice(labeller, unit, aliases), measured)


def _content(found: Explained, target: str | None) -> list[Table | str]:
    """Return what is read below the article itself."""
    explained, content = found.explanation, list[Table | str]()
    if target is not None and not explained.mentions:
        content.append(
            f"The article does not name {target}, so no voice has a row of its own; other names for it go in a file for --targets."
        )
    first, last = explained.labels[0], explained.labels[-1]
    rows = _rows(explained)[["sentence", "holder", "label", "probability", "note"]]
    content += [
        f"{first} red, {last} green, quotes in italics; underlined words carried the label of their sentence.",
        Table(f"Sentences, with the words that carried the label ({explained.method})", rows),
        Table("By voice", found.by_voice),
        Table("Faithfulness: the label's probability lost without the heaviest words, and with only these", found.faithfulness),
    ]
    return content


def _write_page(found: Explained, recipe: Mapping[str, str], path: Path) -> str:
    page = explanation_page(found.explanation, found.by_voice, found.faithfulness, recipe)
    with whole(path) as unfinished:
        unfinished.write_text(page, encoding="utf-8")
    return f"The page is written to {path}; it holds the article's text."


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


def _one(units: pd.DataFrame, id: str | None, target: str | None) -> pd.DataFrame:
    """Return the one unit that is asked about, with the target that was named for it."""
    chosen = units
    if id is not None:
        chosen = units[units["id"] == id]
        if chosen.empty:
            raise InputError(f"No article has the id '{id}'.{did_you_mean(id, units['id'])}")
    if target is not None and units["target"].notna().any():
        chosen = chosen[chosen["target"] == target]
        if chosen.empty:
            raise InputError(f"The input names its own targets, and '{target}' is none of them; leave out --target or the column.")
    elif target is not None:
        chosen = cross_targets(chosen.drop_duplicates(["id", "text"]), [target])
    if len(chosen) > 1:
        first = ", ".join(f"'{name}'" for name in chosen["id"].unique()[:3])
        raise InputError(
            f"The input holds {len(chosen)} units and one is explained at a time; choose it with --id (as {first}) and --target."
        )
    return chosen.reset_index(drop=True)


def _check_target(labeller: Labeller, target: str | None) -> None:
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
