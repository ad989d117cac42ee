"""``stance.estimate``: what the labels of a corpus say once the model's errors are corrected for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from stance.coding.codebook import Variable
from stance.coding.coded_variables import variable_of, with_words
from stance.commands.joining import with_facts
from stance.corpus.tables import Tabular, as_table, check_writable, write_table
from stance.errors import InputError
from stance.estimation.estimates import Estimates
from stance.estimation.estimates import estimate as answer
from stance.estimation.material import asked_gold, asked_rows, cluster_column
from stance.estimation.question import Method, Question, parse_covariates
from stance.results import Result, Table
from stance.signature import data_hash, signature

__all__ = ["estimate"]

TITLES = {
    "share": "Share of each label",
    "mean": "Mean label",
    "omnibus": "Are all groups equal?",
    "difference": "Differences",
    "coefficient": "Regression coefficients",
}
COMPARED = ("omnibus", "difference", "coefficient")
LEGEND = (
    "eff. n: how many coded units would tell as much without the model. --out and --json hold the rest, as what the coded units alone give."
)


def estimate(
    predictions: Tabular,
    gold: Tabular,
    *,
    variable: str | Variable | None = None,
    by: Sequence[str] = (),
    versus: str | None = None,
    cluster: str | None = None,
    covariates: Tabular | None = None,
    regress: str | Sequence[str] | None = None,
    odds: Sequence[str] = (),
    target: Sequence[str] = (),
    named_only: bool = False,
    random_sample: bool = False,
    method: Method = "auto",
    equivalent: float | None = None,
    margin: float | None = None,
    minimum: int = 10,
    codebook: str | Path | None = None,
    map: Sequence[str] = (),
    seed: int = 42,
    out: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
) -> Result[Estimates]:
    """Return shares, means, differences or coefficients, corrected for the model's errors as the coded units show them.

    ``predictions`` are the rows of `stance.label`, of all units; ``gold`` the coded ones (``id, label, sample_prob``), which were not used to
    train the model. Options are those of ``stance estimate``; ``columns`` are the names that gold uses for the contract's columns. The columns
    of ``table`` are listed in `stance.estimation`; they are also written to ``out``, where that is given. ``found`` is the `Estimates`.
    """
    if out is not None:
        check_writable(out)
    rows, missing = with_facts(as_table(predictions, where="predictions"), covariates)
    coded = as_table(gold, columns, where="gold")
    (asked,) = with_words([variable_of(rows, variable, codebook)], map)
    question = Question(
        asked,
        by=by,
        versus=versus,
        cluster=cluster,
        target=target,
        regress=parse_covariates(regress) if regress is None or isinstance(regress, str) else regress,
        odds=odds,
        method=method,
        random_sample=random_sample,
        equivalent=equivalent,
        margin=margin,
        minimum=minimum,
        seed=seed,
    )
    kept, left_out = _named(rows) if named_only else (rows, ())
    found = answer(kept, coded, question)
    if out is not None:
        write_table(found.table, out)
    written = () if out is None else (f"{len(found.table)} rows written to {out}.",)
    notes = (*found.notes, *_comparing(found.table, question), LEGEND)
    content = (*missing, *left_out, *_tables(found.table, question), *notes, *written)
    return Result(found.table, content, _recipe(found, kept, coded, question), found)


def _named(predictions: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the units that name their target, and those without one; and a sentence on how many others there are."""
    if "target_named" not in predictions.columns:
        raise InputError("The predictions have no column 'target_named'; label them again, or leave out --named-only.")
    named = predictions["target_named"].astype("boolean").fillna(True).astype(bool)
    return predictions[named], (f"{int((~named).sum())} of {len(predictions)} units do not name their target and are left out.",)


def _tables(found: pd.DataFrame, question: Question) -> Iterator[Table]:
    """Yield a table for shares, means, the test of all groups, differences and coefficients each."""
    for part in TITLES:
        rows = found[found["part"] == part]
        if len(rows):
            yield Table(_title(rows, question), _readable(rows, question.by))


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
