"""Stance and tone of Dutch news articles: label them, prove how good the labels are, and make claims that survive review.

>>> import stance
>>> labeller = stance.load("tone")
>>> labeller.predict(["Honderden banen weg bij failliete fabriek"]).tolist()
['negative']

Every command has a function of the same name, with the same options, that returns a `Result`: its rows in ``table``, what to know of them
in ``notes``, the recipe of its numbers in ``signature``. A notebook shows it as tables.

>>> stance.codebook("stance").table["label"].tolist()
['against', 'neutral', 'favor']

Public names are loaded when they are first used, so ``import stance`` is quick and never imports torch.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from stance.close_reading.by_voice import voice_texts
    from stance.coding.agreement import agreement
    from stance.coding.codebook import Variable, builtin, get_variable, read_codebook
    from stance.coding.duplicates import near_duplicates
    from stance.coding.gold import settle
    from stance.coding.intervals import percentile_interval, resampled
    from stance.coding.splits import folds
    from stance.coding.splits import groups as split_groups
    from stance.commands.agreement import agree
    from stance.commands.audit import audit
    from stance.commands.estimation import estimate
    from stance.commands.evaluation import evaluate
    from stance.commands.explaining import explain
    from stance.commands.label import label
    from stance.commands.models import codebook, models
    from stance.commands.planning import plan
    from stance.commands.reading import read
    from stance.commands.reporting import report
    from stance.commands.sampling import collect, sample
    from stance.commands.splitting import split
    from stance.commands.training import blend, pretrain, train
    from stance.corpus.archives.reading import read_archives
    from stance.corpus.files import read_inputs
    from stance.corpus.tables import read_aliases, read_table, write_table
    from stance.dutch.finding import suggest_targets
    from stance.dutch.segments import locate_mentions, segments, segments_that_name
    from stance.dutch.targets import names_target, political_actors
    from stance.dutch.voices import voice_spans
    from stance.errors import StanceError
    from stance.estimation.sampling import draw_sample
    from stance.evaluation.groups import score_groups
    from stance.evaluation.metrics import compare, confusion, human_ceiling
    from stance.evaluation.perturbations import PERTURBATIONS
    from stance.evaluation.reliability import expected_calibration_error, risk_coverage
    from stance.evaluation.resampling import bootstrap, paired_difference
    from stance.model.labelling import Labeller, load
    from stance.reporting.page import ReportRequest, write_report
    from stance.results import Result
    from stance.signature import data_hash
    from stance.signature import signature as sign
    from stance.training.baselines import LexiconClassifier, MajorityClassifier, TfidfClassifier
    from stance.training.classifier import RobbertClassifier
    from stance.training.settings import TrainConfig

__version__ = "0.1.0"

# Before any of these packages is imported, for afterwards it is too late: none of them reports its use to its maker.
os.environ |= {"DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "ORT_DISABLE_TELEMETRY": "1", "RAY_USAGE_STATS_ENABLED": "0"}

_COMMANDS = {
    "agree": "stance.commands.agreement",
    "audit": "stance.commands.audit",
    "blend": "stance.commands.training",
    "codebook": "stance.commands.models",
    "collect": "stance.commands.sampling",
    "estimate": "stance.commands.estimation",
    "evaluate": "stance.commands.evaluation",
    "explain": "stance.commands.explaining",
    "label": "stance.commands.label",
    "models": "stance.commands.models",
    "plan": "stance.commands.planning",
    "pretrain": "stance.commands.training",
    "read": "stance.commands.reading",
    "report": "stance.commands.reporting",
    "sample": "stance.commands.sampling",
    "split": "stance.commands.splitting",
    "train": "stance.commands.training",
}
_HOMES = {
    **_COMMANDS,
    "Labeller": "stance.model.labelling",
    "LexiconClassifier": "stance.training.baselines",
    "MajorityClassifier": "stance.training.baselines",
    "PERTURBATIONS": "stance.evaluation.perturbations",
    "ReportRequest": "stance.reporting.page",
    "Result": "stance.results",
    "RobbertClassifier": "stance.training.classifier",
    "StanceError": "stance.errors",
    "TfidfClassifier": "stance.training.baselines",
    "TrainConfig": "stance.training.settings",
    "Variable": "stance.coding.codebook",
    "agreement": "stance.coding.agreement",
    "bootstrap": "stance.evaluation.resampling",
    "builtin": "stance.coding.codebook",
    "compare": "stance.evaluation.metrics",
    "confusion": "stance.evaluation.metrics",
    "data_hash": "stance.signature",
    "draw_sample": "stance.estimation.sampling",
    "expected_calibration_error": "stance.evaluation.reliability",
    "folds": "stance.coding.splits",
    "get_variable": "stance.coding.codebook",
    "human_ceiling": "stance.evaluation.metrics",
    "load": "stance.model.labelling",
    "locate_mentions": "stance.dutch.segments",
    "names_target": "stance.dutch.targets",
    "near_duplicates": "stance.coding.duplicates",
    "paired_difference": "stance.evaluation.resampling",
    "percentile_interval": "stance.coding.intervals",
    "political_actors": "stance.dutch.targets",
    "read_aliases": "stance.corpus.tables",
    "read_archives": "stance.corpus.archives.reading",
    "read_codebook": "stance.coding.codebook",
    "read_inputs": "stance.corpus.files",
    "read_table": "stance.corpus.tables",
    "resampled": "stance.coding.intervals",
    "risk_coverage": "stance.evaluation.reliability",
    "score_groups": "stance.evaluation.groups",
    "segments": "stance.dutch.segments",
    "segments_that_name": "stance.dutch.segments",
    "settle": "stance.coding.gold",
    "sign": "stance.signature:signature",
    "split_groups": "stance.coding.splits:groups",
    "suggest_targets": "stance.dutch.finding",
    "voice_spans": "stance.dutch.voices",
    "voice_texts": "stance.close_reading.by_voice",
    "write_report": "stance.reporting.page",
    "write_table": "stance.corpus.tables",
}  # the module of each public name, with its name there where that differs

_EXTRAS = {"stance.training.classifier": "train", "stance.reporting.page": "report"}  # modules that need packages beyond the base install

__all__ = [
    "PERTURBATIONS",
    "Labeller",
    "LexiconClassifier",
    "MajorityClassifier",
    "ReportRequest",
    "Result",
    "RobbertClassifier",
    "StanceError",
    "TfidfClassifier",
    "TrainConfig",
    "Variable",
    "agree",
    "agreement",
    "audit",
    "blend",
    "bootstrap",
    "builtin",
    "codebook",
    "collect",
    "compare",
    "confusion",
    "data_hash",
    "draw_sample",
    "estimate",
    "evaluate",
    "expected_calibration_error",
    "explain",
    "folds",
    "get_variable",
    "human_ceiling",
    "label",
    "load",
    "locate_mentions",
    "models",
    "names_target",
    "near_duplicates",
    "paired_difference",
    "percentile_interval",
    "plan",
    "political_actors",
    "pretrain",
    "read",
    "read_aliases",
    "read_archives",
    "read_codebook",
    "read_inputs",
    "read_table",
    "report",
    "resampled",
    "risk_coverage",
    "sample",
    "score_groups",
    "segments",
    "segments_that_name",
    "settle",
    "sign",
    "split",
    "split_groups",
    "suggest_targets",
    "train",
    "voice_spans",
    "voice_texts",
    "write_report",
    "write_table",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'stance' has no attribute '{name}'")
    module, _, own = _HOMES[name].partition(":")
    try:
        return getattr(importlib.import_module(module), own or name)
    except ModuleNotFoundError as error:
        if module not in _EXTRAS or str(error.name).startswith("stance"):
            raise
        return _absent(name, f"stance.{name} needs the package '{error.name}': pip install 'stance-nl[{_EXTRAS[module]}]'.")


def _absent(name: str, hint: str) -> type:
    """Return a class that stands for a public name whose packages are not installed: it can be imported and listed, and a call says what it needs."""

    def refuse(*given: object, **options: object) -> NoReturn:
        raise ImportError(hint)

    return type(name, (), {"__doc__": hint, "__module__": __name__, "__new__": refuse})


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
