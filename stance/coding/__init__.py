"""What people coded: the codebook, how far coders agree, and the gold settled from their codings."""

from stance.coding.agreement import AgreementResult, agreement, with_predictions
from stance.coding.alpha import krippendorff_alpha
from stance.coding.codebook import (
    BUILTINS,
    Codebook,
    Variable,
    builtin,
    check_codings,
    codebook_text,
    get_variable,
    read_codebook,
)
from stance.coding.coded_variables import coded_variables
from stance.coding.gold import settle
from stance.coding.intervals import Interval

__all__ = [
    "BUILTINS",
    "AgreementResult",
    "Codebook",
    "Interval",
    "Variable",
    "agreement",
    "builtin",
    "check_codings",
    "codebook_text",
    "coded_variables",
    "get_variable",
    "krippendorff_alpha",
    "read_codebook",
    "settle",
    "with_predictions",
]
