"""Makes one model folder of several: weights fitted on dev units that none of them was trained on."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import check_codings
from stance.corpus.records import as_units
from stance.errors import ModelError
from stance.evaluation.metrics import compare
from stance.model.blend import blend
from stance.model.fitting import fit_blend
from stance.model.folder import CHECKPOINT, SETTINGS_FILE, ModelSettings, find_model, read_settings, write_settings
from stance.model.labelling import load
from stance.model.risk import write_dev
from stance.signature import data_hash

__all__ = ["blend_models"]


def blend_models(
    models: Sequence[str | Path], dev: pd.DataFrame, out: Path, *, about: Mapping[str, str] | None = None, checkpoints: bool = False
) -> ModelSettings:
    """Return the settings of a new model folder at ``out`` that blends ``models``, which code the same variable.

    ``dev`` holds units with a column ``label`` that none of the models was trained on; their log loss sets the weights. A member's
    checkpoint stays where it was trained; with ``checkpoints`` it is copied too, so that the blend can label on a GPU.
    """
    if (out / SETTINGS_FILE).exists():
        raise ModelError(f"{out} holds a finished model already; remove it or choose another folder.")
    folders = [find_model(model) for model in models]
    first = _same_variable(folders)
    units = as_units(dev)
    gold = check_codings(units, first.coded, where="the dev units", complete=True)
    tables = [load(folder).predict_proba(units) for folder in folders]
    weights = fit_blend(tables, gold)
    pooled = blend(tables, weights)
    names = tuple(f"member-{number}" for number in range(1, len(folders) + 1))
    left_out = shutil.ignore_patterns("README.md", *([] if checkpoints else [CHECKPOINT]))
    for folder, name in zip(folders, names, strict=True):
        shutil.copytree(folder, out / name, dirs_exist_ok=True, ignore=left_out)
        write_settings(out / name, read_settings(folder))  # its list of files is now shorter
    settings = ModelSettings(
        kind="blend",
        name=out.resolve().name,
        variable=first.variable,
        labels=first.labels,
        with_target=first.with_target,
        windows=first.windows,
        signature={"dev": f"{len(units)} units {data_hash(units[['id', 'text', 'label']])}"},
        scores={"dev_macro_f1": _macro_f1(pooled, gold, first.labels)}
        | {f"dev_macro_f1_{name}": _macro_f1(table, gold, first.labels) for name, table in zip(names, tables, strict=True)},
        about=dict(about or {}),
        members=names,
        weights=weights,
        codebook=first.codebook,
    )
    write_dev(
        out, pooled.max(axis=1), pooled.argmax(axis=1) == gold, more=_for_judges(units, gold, dict(zip(names, tables, strict=True)), first)
    )
    write_settings(out, settings)
    return settings


def _for_judges(
    units: pd.DataFrame, gold: npt.NDArray[np.int64], tables: Mapping[str, npt.NDArray[np.float64]], settings: ModelSettings
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the columns of ``dev.csv`` by which others may weigh and calibrate the members anew; the cluster is the text where none is named."""
    clusters = units["cluster"].fillna(units["text"]) if "cluster" in units else units["text"]
    columns: dict[str, npt.NDArray[np.generic]] = {"cluster": pd.factorize(clusters)[0].astype(np.int64), "label": gold}
    for name, table in tables.items():
        columns |= {f"{name} {label}": table[:, place] for place, label in enumerate(settings.labels)}
    return columns


def _same_variable(folders: Sequence[Path]) -> ModelSettings:
    """Return the settings of the first model, once all are known to code what it codes."""
    members = [read_settings(folder) for folder in folders]
    for folder, member in zip(folders, members, strict=True):
        if (member.variable, member.labels, member.with_target) != (members[0].variable, members[0].labels, members[0].with_target):
            raise ModelError(
                f"{folder} codes {member.variable} ({', '.join(member.labels)}) and {folders[0]} codes {members[0].variable} "
                f"({', '.join(members[0].labels)}); only models of one variable, all with targets or all without, make a blend."
            )
    return members[0]


def _macro_f1(probabilities: npt.NDArray[np.float64], gold: npt.NDArray[np.int64], labels: tuple[str, ...]) -> float:
    names = np.asarray(labels, dtype=object)
    return compare(names[gold], names[probabilities.argmax(axis=1)], labels=labels).macro_f1
