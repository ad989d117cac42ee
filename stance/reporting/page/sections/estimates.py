"""What may be claimed: naive figures beside corrected ones, over all units, by group and over time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from stance.errors import StanceError
from stance.estimation.estimates import estimate
from stance.estimation.groups import MISSING
from stance.estimation.question import Question, codes_of
from stance.reporting.page.content import Fact, Section, Table, file_name
from stance.reporting.page.material import Material
from stance.reporting.page.sections.estimate_figures import drawn_estimates

__all__ = ["estimates_section"]

LEVELS = ("share", "mean")
TOLD = ("abstained",)  # what the section on losses tells of, in the language of the page
HIDDEN = (
    "naive_low",
    "naive_high",
    "coded_only",
    "coded_low",
    "coded_high",
    "method",
    "low_all",
    "high_all",
)  # in the page; the CSV holds them
BOUNDS = ["naive_low", "naive_high", "coded_only", "coded_low", "coded_high", "corrected", "low", "high", "p", "effective_n"]


def estimates_section(material: Material) -> Section:
    """Return the estimates, corrected where there is a coded sample that allows it, and else naive ones that say so."""
    say = material.say
    if material.coded.empty:
        return _section(material, _naive(material), (), (say("estimates.naive_only"),))
    try:
        found, notes = _corrected(material)
    except StanceError as error:  # the sample does not allow a correction: the reader is told why, and sees naive figures only
        return _section(material, _naive(material), (), (say("estimates.not_made", why=error), say("estimates.naive_only")))
    used = dict.fromkeys(name for table in found.values() for name in table["method"].dropna() if name)
    method = "; ".join(say(f"estimates.{name}") for name in used) + (say("estimates.both") if len(used) > 1 else "")
    few = sum(_too_few(table, _by(material, name)) for name, table in found.items())
    warnings = (say("estimates.too_few", groups=few),) if few else ()
    told = (say("estimates.intro", coded=len(material.coded), method=method), say("estimates.random"))
    return replace(_section(material, found, told, warnings), remarks=notes)


def _too_few(table: pd.DataFrame, by: tuple[str, ...]) -> int:
    """Return how many of the groups have no corrected figure; all units together are one group."""
    short = table["part"].isin(LEVELS) & table["corrected"].isna()
    return len(set(map(tuple, table.loc[short, list(by)].to_numpy())))


def _section(material: Material, found: dict[str, pd.DataFrame], paragraphs: tuple[str, ...], warnings: tuple[str, ...]) -> Section:
    say, tables, pictures = material.say, [], []
    for name, table in found.items():
        column = say.column(name)
        levels, differences, equal = (table[table["part"].isin(parts)] for parts in (LEVELS, ("difference",), ("omnibus",)))
        caption = _caption(material, levels, name)
        tables.append(Table(file_name("estimates", name), caption, _columns(levels), HIDDEN))
        if len(differences):
            tables.append(Table(file_name("differences", name), say("estimates.differences", column=column), _columns(differences), HIDDEN))
        if len(equal):
            tables.append(Table(file_name("equal", name), say("estimates.equal", column=column), _columns(equal), HIDDEN))
        pictures.append(drawn_estimates(material, levels.reset_index(drop=True), name))
    return Section(
        "estimates",
        say("estimates.title"),
        paragraphs,
        warnings,
        tuple(tables),
        tuple(pictures),
        _facts(material, next(iter(found.values()))),
    )


def _caption(material: Material, levels: pd.DataFrame, name: str) -> str:
    say, column = material.say, material.say.column(name)
    if levels["corrected"].isna().all():
        return say("estimates.naive_caption_by", column=column) if name else say("estimates.naive_caption")
    return say("estimates.caption_by", column=column) if name else say("estimates.caption")


def _corrected(material: Material) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """Return the estimates by name of the column that makes the groups (an empty name: over all units), and what the reader must know."""
    request, found, notes = material.request, {}, []
    assert request.gold is not None
    columns = [name for name in material.rows.columns if name not in ("unit", *TOLD) or name in request.by]
    for name in _names(material):
        question = Question(
            request.variable,
            by=_by(material, name),
            cluster="cluster" if "cluster" in columns else None,
            random_sample=request.random_sample,
            seed=request.seed,
        )
        result = estimate(material.rows[columns], request.gold, question)
        found[name] = result.table
        notes += [note for note in result.notes if note not in notes]
    return found, tuple(notes)


def _names(material: Material) -> tuple[str, ...]:
    """Return what is estimated by: nothing first (all units; for a variable with targets, each target), then each column."""
    return material.groups if material.toward else ("", *material.groups)


def _by(material: Material, name: str) -> tuple[str, ...]:
    targets = ["target"] if material.toward and name != "target" else []
    return (*([name] if name else []), *targets)


def _naive(material: Material) -> dict[str, pd.DataFrame]:
    """Return the shares and mean of the predicted labels under the columns of the estimates, without any interval."""
    values = codes_of(material.variable)
    codes = material.variable.codes(material.rows["label"])
    marks = pd.DataFrame({label: codes == place for place, label in enumerate(material.variable.labels)}, dtype=float)
    if values is not None:
        marks["mean"] = values[codes]
    found = {}
    for name in _names(material):
        by = list(_by(material, name))
        keys = [material.rows[column].fillna(MISSING) for column in by] or [pd.Series(0, index=marks.index, name="all")]
        grouped = marks.groupby(keys, sort=True)
        long = grouped.mean().melt(ignore_index=False, var_name="measure", value_name="naive")
        long["n"] = grouped.size().reindex(long.index).to_numpy()
        table = long.reset_index() if by else long.reset_index(drop=True)
        order = table.groupby(by, sort=True).ngroup() if by else pd.Series(0, index=table.index)
        table = table.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)
        part = np.where(table["measure"] == "mean", "mean", "share")
        found[name] = table.assign(part=part, **dict.fromkeys(BOUNDS, np.nan))[["part", *by, "measure", "n", "naive", *BOUNDS]]
    return found


def _columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table without the columns that are empty in all its rows."""
    empty = [name for name in table if table[name].isna().all() or (table[name].astype(object) == "").all()]
    return table.drop(columns=["part", *empty]).reset_index(drop=True)


def _facts(material: Material, overall: pd.DataFrame) -> tuple[Fact, ...]:
    """Return the share of the first and the last label, or nothing where the variable has targets: one share cannot sum those up."""
    if material.toward:
        return ()
    say, facts = material.say, []
    for label in (material.variable.labels[0], material.variable.labels[-1]):
        row = overall[(overall["part"] == "share") & (overall["measure"] == label)].iloc[0]
        word, naive = say.word(label), say.share(row["naive"])
        if np.isnan(row["corrected"]):
            facts.append(Fact(say("estimates.fact_only_naive", label=word), naive))
        else:
            bounds = f"[{say.share(row['low'])}, {say.share(row['high'])}]"
            note = f"{bounds}\n{say('estimates.fact_naive', naive=naive)}"
            facts.append(Fact(say("estimates.fact", label=word), say.share(row["corrected"]), note))
    return tuple(facts)
