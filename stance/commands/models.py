"""``stance.models`` and ``stance.codebook``: what ships inside the package."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stance.coding.codebook import builtin, codebook_text
from stance.model.folder import ModelSettings, read_settings, shipped_models
from stance.results import Facts, Result
from stance.signature import data_hash, signature

__all__ = ["codebook", "models"]


def models() -> Result[dict[str, ModelSettings]]:
    """Return what each model inside the package is: its size, labels, scores, sources and terms; ``found`` has their settings by name."""
    settings = {name: read_settings(folder) for name, folder in shipped_models().items()}
    rows, shown = [], []
    for name, folder in shipped_models().items():
        about, megabytes = settings[name], sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        scores = "; ".join(f"{score} {number:.3f}" for score, number in _scores(folder, about).items())
        facts = {"variable": about.variable, "labels": ", ".join(about.labels), "scores": scores, **about.about}
        rows.append({"model": name, "MB": megabytes, **facts})
        shown.append(Facts(name, {"MB": f"{megabytes:.1f}", **facts}))
    table = pd.DataFrame(rows)
    return Result(table, tuple(shown), signature(data=data_hash(table)), settings)


def codebook(name: str) -> Result[str]:
    """Return a built-in codebook: ``found`` is its TOML text, with instructions for coders, to start your own from; ``table`` its labels.

    >>> codebook("tone").table["label"].tolist()
    ['negative', 'neutral', 'positive']
    """
    text, variable = codebook_text(name), builtin(name)
    table = pd.DataFrame({"variable": name, "label": variable.labels, "level": variable.level, "unit": variable.unit})
    facts = {"labels": ", ".join(variable.labels), "level": variable.level, "unit": variable.unit, "instructions": variable.instructions}
    return Result(table, (Facts(name, facts),), signature(data=data_hash(table)), text)


def _scores(folder: Path, settings: ModelSettings) -> dict[str, float]:
    """Return the scores of a model, of a choice those of its members."""
    if settings.kind != "choice":
        return settings.scores
    return {f"{member} {name}": score for member in settings.members for name, score in read_settings(folder / member).scores.items()}
