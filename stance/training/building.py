"""Builds a model folder from coded units: fine-tune, export, check, calibrate, write.

Nothing half-written is left where a model is looked for: the work is done in a folder of its own inside ``out``, and ``stance.toml``, which
makes a folder a model, is moved out of it last.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.splits import split
from stance.corpus.records import check_units
from stance.errors import TrainingError
from stance.model.fitting import fit_temperature
from stance.model.folder import SETTINGS_FILE, ModelSettings, check_free, read_settings, write_settings
from stance.model.pooling import Aliases, pool
from stance.model.risk import write_dev
from stance.model.session import OnnxSession
from stance.training.encoders import EncoderFolder, find_encoder
from stance.training.export import ENOUGH_LIKELY, FORMS, Parity, export_onnx, likely_equal, parity
from stance.training.finetune_state import CodedUnits, Epoch
from stance.training.finetuning import FineTuned, fine_tune
from stance.training.processes import join
from stance.training.rounding import outlier_inputs
from stance.training.settings import TrainConfig
from stance.training.tokenizing import save_fast_tokenizer

__all__ = ["TrainedModel", "hold_out", "train_model", "write_model"]

UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A finished model folder and how its training went."""

    folder: Path
    settings: ModelSettings
    history: tuple[Epoch, ...]
    best: Epoch
    parity: Parity


def train_model(
    train: pd.DataFrame,
    dev: pd.DataFrame,
    *,
    variable: Variable,
    config: TrainConfig,
    out: Path,
    aliases: Aliases | None = None,
    on_step: Callable[[int, int, float, float], None] | None = None,
) -> TrainedModel:
    """Return the model trained on ``train`` (units with a column ``label``), stopped and calibrated on ``dev``; writes it to ``out``.

    Killed and called again with the same arguments, it continues where it was and ends with the same folder. Processes that a launcher
    started train together, and the first one writes (`stance.training.processes`).
    """
    processes = join()
    check_free(out)
    coded = [_coded(train, variable, "the training units"), _coded(dev, variable, "the dev units")]
    with_target = _have_targets(coded)
    encoder = find_encoder(config.encoder, revision=config.revision)
    tuned = fine_tune(
        *coded, labels=variable.labels, encoder=encoder, config=config, folder=out / UNFINISHED, aliases=aliases, on_step=on_step
    )
    settings = ModelSettings(
        kind="encoder",
        name=out.resolve().name,
        variable=variable.name,
        labels=variable.labels,
        with_target=with_target,
        windows=tuned.policy,
        signature=_signature(coded, encoder, config) | ({"processes": str(processes.size)} if processes.size > 1 else {}),
        scores={"dev_macro_f1": tuned.dev_macro_f1},
        codebook=variable.table,
    )
    if processes.first:
        write_model(tuned, settings, out)
    processes.wait()
    made = read_settings(out)
    found = Parity(made.scores["int8_equal_labels"], made.scores["int8_largest_difference"], int(made.scores["dev_units"]))
    return TrainedModel(out, made, tuned.history, tuned.best, found)


def write_model(tuned: FineTuned, settings: ModelSettings, out: Path) -> Parity:
    """Write the model folder of a fine-tuned network to ``out``, calibrated on its dev units; return how near its int8 file is."""
    made = out / UNFINISHED / "model"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    found = _write_network(tuned, made)
    calibration = fit_temperature(tuned.dev_probabilities, tuned.dev.gold)
    calibrated = calibration.apply(tuned.dev_probabilities)
    write_dev(made, calibrated.max(axis=1), calibrated.argmax(axis=1) == tuned.dev.gold)
    scores = {
        "dev_units": float(found.units),
        "int8_equal_labels": found.equal_labels,
        "int8_largest_difference": found.largest_difference,
    }
    write_settings(made, replace(settings, calibration=calibration, scores={**settings.scores, **scores}))
    for path in sorted(made.iterdir(), key=lambda path: path.name == SETTINGS_FILE):
        os.replace(path, out / path.name)
    shutil.rmtree(out / UNFINISHED)
    return found


def hold_out(units: pd.DataFrame, share: float, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``units`` in two tables, for training and dev; near-duplicates and units of one ``cluster`` stay on one side."""
    parts = split(units, shares={"train": 1 - share, "dev": share}, rng=np.random.default_rng(seed))["split"]
    return units[parts == "train"], units[parts == "dev"]


def _coded(units: pd.DataFrame, variable: Variable, where: str) -> CodedUnits:
    checked = check_units(units, where=where)
    gold = check_codings(checked, variable, where=where)
    if (gold < 0).any():
        row = int((gold < 0).argmax())
        raise TrainingError(f"{where}: unit {checked['id'].iloc[row]} (row {row + 1}) has no label; code it or leave the row out.")
    present = np.unique(gold)
    if len(present) < 2:
        raise TrainingError(f"{where}: all {len(gold)} labels are '{variable.labels[present[0]]}'; at least two labels are needed.")
    return CodedUnits(checked, gold)


def _have_targets(coded: list[CodedUnits]) -> bool:
    """Return whether the units have targets; all of them must, or none."""
    shares = [part.units["target"].notna().mean() for part in coded]
    if all(share == 1 for share in shares):
        return True
    if any(share > 0 for share in shares):
        raise TrainingError(
            f"{shares[0]:.0%} of the training units and {shares[1]:.0%} of the dev units have a target; give every unit one, or none."
        )
    return False


def _write_network(tuned: FineTuned, folder: Path) -> Parity:
    """Write the plain checkpoint and the int8 file into ``folder``; return how near the two are on the dev units.

    Where the usual int8 file is likely to move too many labels of doubtful units, a finer form of it is written instead.
    """
    network = tuned.network
    network.model.cpu().save_pretrained(folder)
    save_fast_tokenizer(network.tokenizer, folder)
    outliers = outlier_inputs(network, tuned.dev)
    for apart, fine in FORMS if outliers else (FORMS[0], FORMS[-1]):  # a family unknown to the int8 file has two forms
        export_onnx(network, folder / "model.onnx", fine=fine, outliers=outliers if apart else None)
        exported = _exported(tuned, folder)
        if likely_equal(tuned.dev_probabilities, exported) >= ENOUGH_LIKELY:
            break
    return parity(tuned.dev_probabilities, exported)


def _exported(tuned: FineTuned, folder: Path) -> npt.NDArray[np.float64]:
    """Return the int8 file's probabilities of the dev units."""
    windows = tuned.dev.windows()
    probabilities = OnnxSession(folder / "model.onnx", pad_id=tuned.network.pad_id).probabilities(windows)
    return pool(probabilities, windows, np.zeros(len(tuned.dev.gold), dtype=bool), tuned.policy).probabilities


def _signature(coded: list[CodedUnits], encoder: EncoderFolder, config: TrainConfig) -> dict[str, str]:
    """Return the recipe of a model. No time of day and no machine: the same recipe gives the same folder."""
    train, dev = coded
    versions = {name: version(name) for name in ("stance-nl", "torch", "transformers", "onnxruntime")}
    settings = {
        name: getattr(config, name) or getattr(encoder.settings, name) for name in ("learning_rate", "batch_size", "epochs", "patience")
    }
    return {
        "encoder": encoder.name,
        "revision": encoder.revision,
        "seed": str(config.seed),
        "train": f"{len(train.gold)} units {_data_hash(train)}",
        "dev": f"{len(dev.gold)} units {_data_hash(dev)}",
        **{name: str(value) for name, value in settings.items()},
        **_teacher(config),
        **versions,
    }


def _teacher(config: TrainConfig) -> dict[str, str]:
    """Return what the recipe says of a teacher, if there was one."""
    if config.teacher is None:
        return {}
    found = find_encoder(config.teacher)
    return {"teacher": f"{found.name} {found.revision}, share {config.teacher_share}"}


def _data_hash(part: CodedUnits) -> str:
    rows = pd.util.hash_pandas_object(part.units[["id", "text", "target", "holder"]], index=False)
    return hashlib.sha256(rows.to_numpy().tobytes() + part.gold.tobytes()).hexdigest()[:12]
