"""What the labels rest on, as ``stance audit`` found it."""

from __future__ import annotations

import pandas as pd

from stance.errors import InputError
from stance.reporting.page.content import Picture, Section, Table
from stance.reporting.page.figures import canvas, decimals, described, dots, picture
from stance.reporting.page.material import Material

__all__ = ["audit_section"]

FLIPS = ["perturbation", "units_changed", "units", "flips", "flip_rate", "low", "high", "mean_shift"]
CONTROLS = ["control", "n", "metric", "score", "low", "high"]


def audit_section(material: Material) -> Section:
    """Return how often the label flips under changes that should not matter, and what the controls score."""
    say, given = material.say, material.request.audit
    if not given:
        return Section("audit", say("audit.title"), absent=say("audit.absent"))
    rows = _rows(given)
    flips = _part(rows, "perturbation", FLIPS)
    if flips.empty:
        raise InputError("audit: it holds no row with part 'perturbation'; give the file that stance audit --json wrote.")
    controls = _part(rows, "control", CONTROLS)
    tables = [Table("audit_flips", say("audit.caption"), flips)]
    if len(controls):
        tables.append(Table("audit_controls", say("audit.controls"), controls))
    recipe = given.get("signature", {})
    warned = tuple(rows.loc[rows["part"] == "warning", "note"].astype(str)) if "note" in rows else ()
    return Section(
        "audit",
        say("audit.title"),
        (say("audit.intro", model=recipe.get("model", "–"), units=int(flips["units"].max())),),
        remarks=warned,
        tables=tuple(tables),
        pictures=(_drawn(material, flips),),
    )


def _rows(given: object) -> pd.DataFrame:
    rows = given.get("rows") if hasattr(given, "get") else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and "part" in row for row in rows):
        raise InputError("audit: this is no audit (it needs 'rows', each with a 'part'); give the file that stance audit --json wrote.")
    return pd.DataFrame(rows)


def _part(rows: pd.DataFrame, part: str, columns: list[str]) -> pd.DataFrame:
    own = rows[rows["part"] == part]
    missing = [name for name in columns if name not in rows]
    if len(own) and missing:
        raise InputError(f"audit: its rows of part '{part}' lack '{missing[0]}'; give the file that stance audit --json wrote.")
    return own[columns].convert_dtypes().reset_index(drop=True) if len(own) else pd.DataFrame(columns=columns)


def _drawn(material: Material, flips: pd.DataFrame) -> Picture:
    say = material.say
    tried = flips[flips["units_changed"] > 0]
    names = [f"{say.word(str(name))} ({say.count(int(n))})" for name, n in zip(tried["perturbation"], tried["units_changed"], strict=True)]
    table = tried.assign(name=names, score=tried["flip_rate"].astype(float)).astype({"low": float, "high": float})
    with canvas(height=1.1 + 0.28 * max(1, len(table))) as (figure, axes):
        axis = axes[0, 0]
        dots(axis, table, label=say("audit.axis"))
        axis.set_xlim(0, max(0.1, float(table["high"].max()) * 1.05 if len(table) else 0.1))
        decimals(axis, say, percent=True)
        axis.set_xlabel(say("audit.axis"))
        told = {name: say.share(rate) for name, rate in zip(table["name"], table["score"], strict=True)}
        return picture(figure, "audit_flips", caption=say("audit.figure"), alt=say("audit.alt", told=described(told)))
