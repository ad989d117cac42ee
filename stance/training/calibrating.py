"""Calibrates a finished model folder on dev units: how far its confidence can be believed, what it scores, and what ``--risk`` needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.codebook import check_codings
from stance.errors import TrainingError
from stance.evaluation.metrics import compare
from stance.model.calibration import UNCALIBRATED
from stance.model.fitting import fit_temperature
from stance.model.folder import ModelSettings, read_settings, write_settings
from stance.model.labelling import load
from stance.model.risk import write_dev
from stance.signature import data_hash

__all__ = ["calibrate_folder"]


def calibrate_folder(folder: Path, dev: pd.DataFrame) -> ModelSettings:
    """Return the settings of the model folder, calibrated on ``dev`` (checked units with a column ``label``); writes them and ``dev.csv``.

    One temperature for all labels changes no label. The dev units must not be among those the model was trained on.
    """
    settings = read_settings(folder)
    if settings.calibration != UNCALIBRATED:
        raise TrainingError(f"{folder} is calibrated on {settings.calibration.units} dev units already; train the model again.")
    gold = check_codings(dev, settings.coded, where="the dev table", complete=True)
    plain = load(folder).predict_proba(dev)
    calibration = fit_temperature(plain, gold)
    probabilities = calibration.apply(plain)
    write_dev(folder, probabilities.max(axis=1), probabilities.argmax(axis=1) == gold)
    labels = np.asarray(settings.labels, dtype=object)
    scored = compare(labels[gold], labels[probabilities.argmax(axis=1)], labels=settings.labels, level=settings.coded.level)
    made = replace(
        settings,
        calibration=calibration,
        scores={**settings.scores, "dev_macro_f1": scored.macro_f1, "dev_units": float(len(dev))},
        signature={**settings.signature, "dev": f"{len(dev)} units {data_hash(dev[['id', 'text', 'target', 'label']])}"},
    )
    write_settings(folder, made)
    return made
