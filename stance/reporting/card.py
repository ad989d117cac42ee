"""What finished results add to a model card: scores on a test, and what an audit found. Nothing here knows how a model is trained."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from stance.errors import ModelError
from stance.model.card import CARD_FILE, model_card
from stance.model.folder import shipped_models

__all__ = ["check_card", "model_card", "write_audit", "write_scores"]


def write_scores(folder: Path, scores: pd.DataFrame, signature: Mapping[str, str]) -> None:
    """Write the scores of an evaluation (``metric, score, low, high``) into the card, in place of earlier ones on the same split."""
    shown = _as_text(scores, ["score", "low", "high"])
    rows = [f"| {row.metric} | {row.score} | {row.low} to {row.high} |" for row in shown.itertuples()]
    split = signature.get("split", "test")
    body = ["| metric | score | 95% interval |", "|---|---|---|", *rows, "", _signed(signature)]
    _write_section(folder, f"Scores on {split}", body)


def write_audit(folder: Path, warnings: Sequence[str], flips: pd.DataFrame, signature: Mapping[str, str]) -> None:
    """Write the warnings and flip rates of an audit (``perturbation, units_changed, flip_rate, low, high``) into the card."""
    told = [f"- {warning}" for warning in warnings] or ["- No flip rate, control or group passed the limits that the audit warns at."]
    tried = _as_text(flips[flips["units_changed"] > 0], ["flip_rate", "low", "high"])
    rows = [f"| {row.perturbation} | {row.units_changed} | {row.flip_rate} | {row.low} to {row.high} |" for row in tried.itertuples()]
    table = ["| change | units changed | labels that flip | 95% interval |", "|---|---|---|---|", *rows]
    _write_section(folder, "Audit", [*told, "", *table, "", _signed(signature)])


def check_card(folder: Path, *, given: str) -> None:
    """Refuse to write into a model that was named and not given as a folder: the models inside the package are everyone's."""
    if folder in shipped_models().values() and not Path(given).is_dir():
        raise ModelError(
            f"'{given}' is a model inside the package, whose card is not rewritten; pass --card with a model folder of your own."
        )


def _write_section(folder: Path, title: str, body: Sequence[str]) -> None:
    """Put a section before the last one, what the model must not be used for, or in its own place where it stands already."""
    path = folder / CARD_FILE
    if not path.is_file():
        raise ModelError(f"{folder} has no card ({CARD_FILE}) to write into; copy the whole model folder again.")
    begin, end = f"<!-- stance: {title} -->", f"<!-- end: {title} -->"
    section = "\n".join([begin, f"## {title}", "", *body, end])
    card = path.read_text(encoding="utf-8")
    old = re.compile(re.escape(begin) + ".*?" + re.escape(end), flags=re.DOTALL)
    if old.search(card):
        card = old.sub(lambda _: section, card)
    else:
        before, last, after = card.partition("## What it must not be used for")
        card = f"{before}{section}\n\n{last}{after}" if last else f"{card.rstrip()}\n\n{section}\n"
    path.write_text(card, encoding="utf-8")


def _as_text(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the table with numbers to three places in ``columns``."""
    texts = {name: table[name].map(lambda number: "-" if pd.isna(number) else f"{number:.3f}") for name in columns}
    return table.assign(**texts)


def _signed(signature: Mapping[str, str]) -> str:
    return "Signature: " + " | ".join(f"{name} {text}" for name, text in signature.items())
