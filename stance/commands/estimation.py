"""``stance estimate``: what the labels of a corpus say once the model's errors are taken off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from stance.coding.codebook import Variable, get_variable
from stance.corpus.tables import write_table
from stance.errors import InputError
from stance.estimation.estimates import Estimates, estimate
from stance.estimation.material import asked_gold, asked_rows, cluster_column
from stance.estimation.question import Question
from stance.report.terminal import print_signature, print_table, tell, write_json
from stance.signature import data_hash, signature

__all__ = ["named_only", "print_estimates", "variable_of"]

TITLES = {
    "share": "Share of each label",
    "mean": "Mean label",
    "omnibus": "Are all groups equal?",
    "difference": "Differences",
    "coefficient": "Regression coefficients",
}
COMPARED = ("omnibus", "difference", "coefficient")


def variable_of(predictions: pd.DataFrame, name: str | None, codebook: Path | None) -> Variable:
    """Return the variable that was named, or the only one in the predictions."""
    if name is not None:
        return get_variable(name, codebook)
    found = sorted(map(str, predictions["variable"].dropna().unique())) if "variable" in predictions.columns else []
    if len(found) != 1:
        held = f"hold {', '.join(found)}" if found else "do not say what was coded"
        raise InputError(f"The rows {held}; pass --variable NAME.")
    return get_variable(found[0], codebook)


def named_only(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the units that name their target, and those without one; tells how many others there are."""
    if "target_named" not in predictions.columns:
        raise InputError("The predictions have no column 'target_named'; label them again, or leave out --named-only.")
    named = predictions["target_named"].astype("boolean").fillna(True).astype(bool)
    tell(f"{int((~named).sum())} of {len(predictions)} units do not name their target and are left out.")
    return predictions[named]


def print_estimates(predictions: pd.DataFrame, gold: pd.DataFrame, question: Question, *, out: Path | None, json: Path | None) -> None:
    """Print the estimates of a question, a table for shares, means, differences and coefficients each."""
    found = estimate(predictions, gold, question)
    for part in TITLES:
        rows = found.table[found.table["part"] == part]
        if len(rows):
            print_table(_readable(rows, question.by), title=_title(rows, question))
    for note in (*found.notes, *_comparing(found.table, question)):
        tell(note)
    tell(
        "eff. n: how many coded units would tell as much without the model. --out and --json hold the rest, as what the coded units alone give."
    )
    recipe = _recipe(found, predictions, gold, question)
    print_signature(recipe)
    if out is not None:
        write_table(found.table, out)
        tell(f"{len(found.table)} rows written to {out}.")
    if json is not None:
        write_json(json, found.table, recipe)


def _readable(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the rows so that they fit a terminal: an estimate and its interval in one cell, what is the same in all rows left out."""
    about = ["measure", "outcome"] if rows["part"].iloc[0] in COMPARED else ["measure", "coded"]
    shown = rows[[*by, *(["versus"] if rows["versus"].nunique() > 1 else []), *about]].copy()
    given = [("naive", "naive_low", "naive_high"), ("corrected", "low", "high"), ("with_coders", "coders_low", "coders_high")]
    for name, low, high in given[: 3 if "with_coders" in rows else 2]:
        shown[name.replace("_", " ")] = [_interval(*cell) for cell in zip(rows[name], rows[low], rows[high], strict=True)]
    for name in ("p", "p_holm", "p_equivalent"):
        shown[name.replace("_", " ")] = rows.get(name)
    if rows["p"].isna().all():
        shown["eff. n"] = rows["effective_n"].round().astype("Int64")
    if "more_to_code" in rows.columns:
        shown["more to code"] = rows["more_to_code"].astype("Int64")
    return shown.dropna(axis="columns", how="all")


def _comparing(table: pd.DataFrame, question: Question) -> Iterator[str]:
    """Yield how to read several comparisons, where there are any."""
    compared = int(table["p_holm"].notna().sum()) if "p_holm" in table else 0
    if compared > 1:
        yield (
            "p is that of one comparison on its own, p holm that of all in its table together: with several comparisons, report p holm"
            " (low_all and high_all in --out hold for all of them too)."
        )
    if "with_coders" in table:
        yield (
            "with coders: corrected for the errors of the coders too, as their disagreement shows them (latent classes, multiple imputation);"
            " two coders show that only in part, three do."
        )
    if question.equivalent is not None and compared:
        yield f"p equivalent: under .05, the difference is smaller than {question.equivalent:g} either way (two one-sided tests)."


def _title(rows: pd.DataFrame, question: Question) -> str:
    compared = rows["versus"].dropna().unique()
    against = f" from {compared[0]}" if len(compared) == 1 else ""
    return f"{TITLES[rows['part'].iloc[0]]}{against}: {question.variable.name}, 95% intervals"


def _interval(estimate: float, low: float, high: float) -> str | None:
    """Return an estimate with its bounds, where it has any.

    >>> _interval(0.3333, 0.25, 0.5)
    '0.33 (0.25, 0.50)'
    """
    if pd.isna(estimate):
        return None
    if pd.isna(low):
        return f"{estimate:.2f}"
    return f"{estimate:.2f} ({low:.2f}, {high:.2f})"


def _recipe(found: Estimates, predictions: pd.DataFrame, gold: pd.DataFrame, question: Question) -> dict[str, str]:
    """Return what the numbers were computed from: of both tables the rows that the question is about, as they were given."""
    rows, gold = asked_rows(predictions, question), asked_gold(gold, question)
    keys = [name for name in ("id", "target", "holder", "label") if name in predictions.columns]
    told = [name for name in ("id", "target", "holder", "coder", "label", "sample_prob") if name in gold.columns]
    asked = {"by": question.by, "regress": question.regress, "odds": question.odds, "target": question.target}
    models = sorted(map(str, rows["model"].dropna().unique())) if "model" in rows.columns else []
    return signature(
        variable=question.variable.name,
        **({"model": ",".join(models)} if models else {}),
        **{name: ",".join(words) for name, words in asked.items() if words},
        versus=question.versus or "largest",
        cluster=cluster_column(rows, question.cluster) or "article",
        method=",".join(found.table["method"].unique()),
        sample="simple random" if question.random_sample else "by sample_prob",
        seed=question.seed,
        gold=data_hash(gold[told]),
        data=data_hash(rows[keys]),
    )
