"""What was labelled: articles by outlet and period, and the units that were left out, abstained or seen in part."""

from __future__ import annotations

import pandas as pd

from stance.corpus.columns import number_values, truths
from stance.estimation.material import count_failed
from stance.reporting.page.content import Fact, Picture, Section, Table
from stance.reporting.page.figures import canvas, described, lines, picture
from stance.reporting.page.material import Material, largest

__all__ = ["corpus_section", "iso_dates", "losses_section"]

MOST_OUTLETS = 7  # drawn apart; the rest are drawn together
_ISO = r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:[T ].*)?)?)?"


def corpus_section(material: Material) -> Section:
    """Return how many articles each outlet has, over time."""
    say, rows = material.say, material.rows
    articles = rows.drop_duplicates("id")
    dates = iso_dates(articles["date"]).dropna()
    facts = {
        "articles": len(articles),
        "units": len(rows),
        "models": ", ".join(map(str, rows["model"].unique())) if "model" in rows else "–",
    }
    span = f"{dates.min()} – {dates.max()}" if len(dates) else "–"
    paragraphs = [say("corpus.intro", **facts, variable=say.word(material.variable.name), labels=", ".join(material.words))]
    if not len(dates):
        paragraphs.append(say("corpus.undated"))
    counted = _by_period(articles, material.period, say("words.unknown"))
    return Section(
        "corpus",
        say("corpus.title"),
        tuple(paragraphs),
        tables=(
            Table("corpus_outlets", say("corpus.outlets"), _by_outlet(articles, say("words.unknown"))),
            Table("corpus_periods", say("corpus.periods"), counted.reset_index()),
        ),
        pictures=_drawn(material, articles) if articles[material.period].nunique() > 1 else (),
        facts=(Fact(say("corpus.articles"), say.count(len(articles)), span),),
    )


def losses_section(material: Material) -> Section:
    """Return how many units have no label, abstained, were seen in part, name no target, lack a date, repeat another, or were coded in vain."""
    say = material.say
    failed = count_failed(material.request.predictions)
    counts = {
        **({"failed": (failed, len(material.rows) + failed)} if failed else {}),
        **_unit_losses(material.rows, material.period),
        **material.lost,
    }
    rows = [
        {"what": say(f"losses.{key}"), "units": lost, "of": of, "share": lost / of if of else 0.0, "meaning": say(f"losses.{key}_means")}
        for key, (lost, of) in counts.items()
    ]
    table = Table("left_out", say("losses.caption"), pd.DataFrame(rows))
    return Section("losses", say("losses.title"), (say("losses.intro"),), tables=(table,))


def _unit_losses(rows: pd.DataFrame, period: str) -> dict[str, tuple[int, int]]:
    """Return how many of the units each loss concerns; a loss that the predictions cannot tell is not counted."""
    found: dict[str, pd.Series] = {}
    if "abstained" in rows:
        found["abstained"] = truths(rows["abstained"])
    if "target_named" in rows and rows["target_named"].notna().any():
        found["unnamed"] = rows["target_named"].notna() & ~truths(rows["target_named"])
    if "coverage" in rows:
        found["partial"] = rows["coverage"] < 1
    if "cluster" in rows:
        found["repeats"] = (number_values(rows["cluster"]) >= 0) & rows.duplicated([name for name in ("cluster", "target") if name in rows])
    found["no_outlet"] = rows["outlet"].isna()
    found["no_date"] = rows[period].isna()
    return {key: (int(lost.sum()), len(rows)) for key, lost in found.items()}


def iso_dates(dates: pd.Series) -> pd.Series:
    """Return the dates that are written as 2019, 2019-05 or 2019-05-17, for only these sort in time; nothing in place of others.

    >>> iso_dates(pd.Series(["2019-05-17", "17-05-2019", "2019-05", None])).tolist()
    ['2019-05-17', None, '2019-05', None]
    """
    text = dates.astype("string")
    return text.astype(object).where(text.str.fullmatch(_ISO).fillna(False).astype(bool), None)


def _by_outlet(articles: pd.DataFrame, unknown: str) -> pd.DataFrame:
    known = articles.assign(outlet=articles["outlet"].fillna(unknown), date=iso_dates(articles["date"]))
    table = known.groupby("outlet", sort=False).agg(articles=("id", "size"), first=("date", "min"), last=("date", "max")).reset_index()
    table.insert(2, "share", table["articles"] / len(articles))
    return table.sort_values("articles", ascending=False, kind="stable", ignore_index=True)


def _by_period(articles: pd.DataFrame, period: str, unknown: str) -> pd.DataFrame:
    """Return articles by period (rows) and outlet (columns, the largest first), with their total."""
    known = articles.assign(outlet=articles["outlet"].fillna(unknown), **{period: articles[period].fillna(unknown)})
    counts = pd.crosstab(known[period], known["outlet"])
    counts = counts[largest(known["outlet"], most=len(counts.columns))]
    counts.columns.name = None
    counts.insert(0, "articles", counts.sum(axis=1))
    return counts


def _drawn(material: Material, articles: pd.DataFrame) -> tuple[Picture, ...]:
    say = material.say
    shown = largest(articles["outlet"].dropna(), most=MOST_OUTLETS)
    rest = say("words.others") if articles["outlet"].nunique() > len(shown) else say("words.unknown")
    names = articles["outlet"].where(articles["outlet"].isin(shown), rest)
    counts = pd.crosstab(articles[material.period], names)
    counts = counts[[*(name for name in shown if name in counts), *([rest] if rest in counts else [])]]
    with canvas(height=3.4) as (figure, axes):
        axis = axes[0, 0]
        lines(axis, counts, say=say)
        axis.set_ylim(bottom=0)
        axis.set_ylabel(say("corpus.articles"))
        figure.legend(loc="outside right upper")
        told = {str(name): say("corpus.peak", articles=int(counts[name].max()), period=counts[name].idxmax()) for name in counts}
        alt = say("corpus.alt", told=described(told))
        return (picture(figure, "corpus_periods", caption=say("corpus.figure"), alt=alt),)
