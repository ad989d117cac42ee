"""How good the labels are, for whom, and how sure the scores are."""

from stance.evaluation.groups import GroupScores, score_groups
from stance.evaluation.matching import match_predictions
from stance.evaluation.metrics import Evaluation, compare, confusion, human_ceiling
from stance.evaluation.reliability import brier, expected_calibration_error, reliability_curve, risk_coverage
from stance.evaluation.resampling import bootstrap, over_seeds, paired_difference

__all__ = [
    "Evaluation",
    "GroupScores",
    "bootstrap",
    "brier",
    "compare",
    "confusion",
    "expected_calibration_error",
    "human_ceiling",
    "match_predictions",
    "over_seeds",
    "paired_difference",
    "reliability_curve",
    "risk_coverage",
    "score_groups",
]
