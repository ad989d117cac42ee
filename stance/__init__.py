"""Stance and tone of Dutch news articles: label them, prove how good the labels are, and make claims that survive review.

>>> import stance
>>> labeller = stance.load("tone")
>>> labeller.predict(["Honderden banen weg bij failliete fabriek"]).tolist()
['negative']

Public names are loaded when they are first used, so ``import stance`` is quick and never imports torch.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stance.close_reading.explaining import Unit, explain
    from stance.coding.agreement import agreement
    from stance.coding.codebook import builtin, get_variable, read_codebook
    from stance.coding.gold import settle
    from stance.corpus.archives.reading import read_archives
    from stance.corpus.files import read_inputs
    from stance.corpus.tables import read_aliases, read_table, write_table
    from stance.dutch.finding import suggest_targets
    from stance.dutch.segments import locate_mentions
    from stance.dutch.voices import voice_spans
    from stance.errors import StanceError
    from stance.estimation.estimates import estimate
    from stance.estimation.question import Question
    from stance.estimation.sampling import draw_sample
    from stance.evaluation.metrics import evaluate
    from stance.evaluation.resampling import bootstrap, paired_difference
    from stance.model.labelling import Labeller, load
    from stance.report.page import ReportRequest, write_report
    from stance.training.baselines import LexiconClassifier, MajorityClassifier, TfidfClassifier
    from stance.training.classifier import RobbertClassifier
    from stance.training.settings import TrainConfig

__version__ = "0.1.0"

# Before any of these packages is imported, for afterwards it is too late: none of them reports its use to its maker.
os.environ |= {"DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "ORT_DISABLE_TELEMETRY": "1", "RAY_USAGE_STATS_ENABLED": "0"}

_HOMES = {
    "Labeller": "stance.model.labelling",
    "LexiconClassifier": "stance.training.baselines",
    "MajorityClassifier": "stance.training.baselines",
    "Question": "stance.estimation.question",
    "ReportRequest": "stance.report.page",
    "RobbertClassifier": "stance.training.classifier",
    "StanceError": "stance.errors",
    "TfidfClassifier": "stance.training.baselines",
    "TrainConfig": "stance.training.settings",
    "Unit": "stance.close_reading.explaining",
    "agreement": "stance.coding.agreement",
    "bootstrap": "stance.evaluation.resampling",
    "builtin": "stance.coding.codebook",
    "draw_sample": "stance.estimation.sampling",
    "estimate": "stance.estimation.estimates",
    "evaluate": "stance.evaluation.metrics",
    "explain": "stance.close_reading.explaining",
    "get_variable": "stance.coding.codebook",
    "load": "stance.model.labelling",
    "locate_mentions": "stance.dutch.segments",
    "paired_difference": "stance.evaluation.resampling",
    "read_aliases": "stance.corpus.tables",
    "read_archives": "stance.corpus.archives.reading",
    "read_codebook": "stance.coding.codebook",
    "read_inputs": "stance.corpus.files",
    "read_table": "stance.corpus.tables",
    "settle": "stance.coding.gold",
    "suggest_targets": "stance.dutch.finding",
    "voice_spans": "stance.dutch.voices",
    "write_report": "stance.report.page",
    "write_table": "stance.corpus.tables",
}

_EXTRAS = {"stance.training.classifier": "train", "stance.report.page": "report"}  # modules that need packages beyond the base install

__all__ = [
    "Labeller",
    "LexiconClassifier",
    "MajorityClassifier",
    "Question",
    "ReportRequest",
    "RobbertClassifier",
    "StanceError",
    "TfidfClassifier",
    "TrainConfig",
    "Unit",
    "agreement",
    "bootstrap",
    "builtin",
    "draw_sample",
    "estimate",
    "evaluate",
    "explain",
    "get_variable",
    "load",
    "locate_mentions",
    "paired_difference",
    "read_aliases",
    "read_archives",
    "read_codebook",
    "read_inputs",
    "read_table",
    "settle",
    "suggest_targets",
    "voice_spans",
    "write_report",
    "write_table",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'stance' has no attribute '{name}'")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        extra = next((extra for room, extra in _EXTRAS.items() if _HOMES[name].startswith(room)), None)
        if extra is not None and not str(error.name).startswith("stance"):
            raise ImportError(f"stance.{name} needs the package '{error.name}': pip install 'stance-nl[{extra}]'.") from error
        raise


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
