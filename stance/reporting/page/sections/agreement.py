"""Do the coders agree?"""

from __future__ import annotations

import pandas as pd

from stance.coding.agreement import AgreementResult, agreement
from stance.errors import CodingError
from stance.reporting.page.content import Fact, Picture, Section, Table
from stance.reporting.page.figures import SOFT, canvas, decimals, described, dots, picture
from stance.reporting.page.material import Material

__all__ = ["agreement_section"]

MOST_ROWS = 24
ASKED, TENTATIVE = 0.8, 0.667  # Krippendorff 2019, chapter 12: what to rely on, and what to draw tentative conclusions from


def agreement_section(material: Material) -> Section:
    """Return the agreement of the coders, or what it means that no codings were given, or why it could not be measured."""
    say, codings = material.say, material.codings
    if codings is None:
        return Section("agreement", say("agreement.title"), absent=say("agreement.absent"))
    try:
        found = agreement(codings, material.variable, rng=material.rng())
    except CodingError as error:  # such as one label only, or no unit coded twice
        return Section("agreement", say("agreement.title"), absent=say("agreement.not_made", why=error))
    alpha, bounds = say.number(found.alpha), say.interval(found.interval.low, found.interval.high)
    verdict = "good" if found.alpha >= ASKED else "tentative" if found.alpha >= TENTATIVE else "poor"
    return Section(
        "agreement",
        say("agreement.title"),
        (say("agreement.intro", alpha=alpha, interval=bounds, level=say.word(material.variable.level)), say(f"agreement.{verdict}")),
        remarks=found.notes,
        tables=(Table("agreement", say("agreement.caption"), found.table.drop(columns=["variable", "level"])),),
        pictures=(_drawn(material, found),),
        facts=(Fact(say("agreement.fact"), alpha, bounds),),
    )


def _drawn(material: Material, found: AgreementResult) -> Picture:
    say = material.say
    rows = found.table[found.table["alpha"].notna() & found.table["scope"].ne("level")].head(MOST_ROWS)
    names = [
        say.word(name) if scope == "label" else name or say("agreement.all")
        for scope, name in zip(rows["scope"], rows["name"], strict=True)
    ]
    table = pd.DataFrame({"name": names, "score": rows["alpha"], "low": rows["low"], "high": rows["high"]})
    with canvas(height=1.1 + 0.27 * len(table)) as (figure, axes):
        axis = axes[0, 0]
        dots(axis, table, label="alpha")
        for level, dash in ((ASKED, "-"), (TENTATIVE, "--")):
            axis.axvline(level, color=SOFT, linewidth=1, linestyle=dash)
        axis.set_xlim(min(0.0, float(table[["score", "low"]].min().min()) - 0.05), 1.02)
        decimals(axis, say)
        axis.set_xlabel(say("agreement.axis"))
        told = {name: f"{say.number(score)} {say.interval(low, high)}" for name, score, low, high in table.itertuples(index=False)}
        return picture(figure, "agreement", caption=say("agreement.figure"), alt=say("agreement.alt", told=described(told)))
