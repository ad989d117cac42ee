"""The figures of the estimates: naive beside corrected, on one scale in all panels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from stance.estimation.groups import MISSING
from stance.reporting.page.content import Picture, file_name
from stance.reporting.page.figures import COLOURS, INK, SOFT, canvas, decimals, described, periods, picture
from stance.reporting.page.material import Material, largest

__all__ = ["drawn_estimates"]

DRAWN = 12  # groups in a figure, the largest; the tables hold all
PANELS, ACROSS = 6, 3


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    """A panel: its heading, and the rows of the estimates that stand in it."""

    heading: str
    rows: pd.DataFrame


def drawn_estimates(material: Material, levels: pd.DataFrame, name: str) -> Picture:
    """Return naive beside corrected: a panel for each label, or for each target where the variable has these (then of the mean)."""
    say, over_time = material.say, name == material.period
    panels, groups = _panels(material, levels, name), _groups(material, levels, name)
    across = min(ACROSS, len(panels))
    down = -(-len(panels) // across)
    each = 2.7 if over_time else 0.75 + 0.32 * len(groups)
    told: dict[str, str] = {}
    with canvas(height=0.6 + down * each, rows=down, columns=across, width=7.6) as (figure, axes):
        cells: list[Axes] = axes.ravel().tolist()
        for axis, panel in zip(cells, panels, strict=False):
            shown = panel.rows.set_index(name or "measure").reindex(groups)
            _draw(axis, shown, naive=say("estimates.naive"), corrected=say("estimates.corrected"), upright=over_time)
            axis.set_title(panel.heading)
            decimals(axis, say, which="y" if over_time else "x", percent=bool(panel.rows["part"].eq("share").all()))
            told |= _told(material, shown, panel.heading)
        for axis in cells[len(panels) :]:
            axis.set_visible(False)
        _align(cells[: len(panels)], [say.word(group) for group in groups], across=across, over_time=over_time)
        handles, words = cells[0].get_legend_handles_labels()
        figure.legend(handles, words, loc="outside lower center", ncols=2)
        alt = say("estimates.alt", told=described(told))
        return picture(figure, file_name("estimates", name), caption=_caption(material, panels, groups, name), alt=alt)


def _panels(material: Material, levels: pd.DataFrame, name: str) -> list[_Panel]:
    say, variable = material.say, material.variable
    if not name:
        return [_Panel("", levels[levels["part"] == "share"])]
    if _by_label(material, name):
        return [
            _Panel(say("estimates.share_of", label=say.word(one)), levels[levels["measure"] == one]) for one in variable.labels[:PANELS]
        ]
    measure = "mean" if levels["measure"].eq("mean").any() else variable.labels[-1]
    shown = largest(material.rows["target"], most=PANELS)
    return [_Panel(target, levels[(levels["target"] == target) & (levels["measure"] == measure)]) for target in shown]


def _by_label(material: Material, name: str) -> bool:
    return not material.toward or name == "target"


def _groups(material: Material, levels: pd.DataFrame, name: str) -> list[str]:
    """Return what a panel has a place for: labels, periods in order, or the largest groups."""
    if not name:
        return list(levels.loc[levels["part"] == "share", "measure"])
    known = material.rows[name].fillna(MISSING)
    return sorted(set(known) - {MISSING}) if name == material.period else largest(known, most=DRAWN)


def _caption(material: Material, panels: list[_Panel], groups: list[str], name: str) -> str:
    """Return what the figure shows, and how many groups or targets stand in the tables only."""
    say = material.say
    naive = all(panel.rows["corrected"].isna().all() for panel in panels)
    if not name:
        return say("estimates.naive_caption") if naive else say("estimates.figure")
    column = say.column(name)
    words = [say("estimates.naive_caption_by", column=column) if naive else say("estimates.figure_by", column=column)]
    if not _by_label(material, name):
        low, high = (say.word(material.variable.labels[place]) for place in (0, -1))
        words.append(say("estimates.mean_of", low=low, high=high))
        if (targets := int(material.rows["target"].nunique())) > len(panels):
            words.append(say("estimates.largest", shown=len(panels), of=targets, column=say.column("target")))
    if (of := int(material.rows[name].nunique())) > len(groups):
        words.append(say("estimates.largest", shown=len(groups), of=of, column=say.column(name)))
    return " ".join(words)


def _draw(axis: Axes, rows: pd.DataFrame, *, naive: str, corrected: str, upright: bool) -> None:
    """Draw naive as hollow diamonds and corrected as dots with intervals; over time both are joined by lines."""
    at = np.arange(len(rows))
    numbers = rows[["corrected", "low", "high", "naive"]].astype(float)
    bounds = np.abs(numbers[["low", "high"]].to_numpy() - numbers[["corrected"]].to_numpy()).T
    hollow = {"marker": "D", "markerfacecolor": "white", "markeredgecolor": INK, "color": SOFT, "markersize": 5.5, "label": naive}
    filled = {"marker": "o", "color": COLOURS[0], "ecolor": COLOURS[0], "markersize": 5.5, "label": corrected, "capsize": 2}
    if upright:
        axis.plot(at, numbers["naive"], linestyle="--", linewidth=1, **hollow)  # type: ignore[arg-type]
        if numbers["corrected"].notna().any():
            axis.errorbar(at, numbers["corrected"], yerr=bounds, linestyle="-", linewidth=1.4, **filled)  # type: ignore[arg-type]
        return
    axis.plot(numbers["naive"], at - 0.14, linestyle="none", **hollow)  # type: ignore[arg-type]
    if numbers["corrected"].notna().any():
        axis.errorbar(numbers["corrected"], at + 0.14, xerr=bounds, linestyle="none", **filled)  # type: ignore[arg-type]
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.grid(visible=False, axis="y")


def _align(axes: list[Axes], words: list[str], *, across: int, over_time: bool) -> None:
    """Give all panels one scale, and name the groups: under each panel over time, else beside the first of each row only."""
    limits = np.array([axis.get_ylim() if over_time else axis.get_xlim() for axis in axes])
    low, high = float(limits.min()), float(limits.max())
    for place, axis in enumerate(axes):
        if over_time:
            axis.set_ylim(low, high)
            periods(axis, words)
        else:
            axis.set_xlim(low, high)
            axis.set_yticks(np.arange(len(words)), words if place % across == 0 else [""] * len(words))


def _told(material: Material, rows: pd.DataFrame, heading: str) -> dict[str, str]:
    """Return the figures of a panel in words, by heading and group."""
    known = rows[rows["naive"].notna()]
    return {f"{heading} {material.say.word(str(group))}".strip(): _in_words(material, row) for group, row in known.iterrows()}


def _in_words(material: Material, row: pd.Series) -> str:
    say = material.say
    write = say.share if row["part"] == "share" else say.number
    corrected = f"{write(row['corrected'])} [{write(row['low'])}, {write(row['high'])}]" if pd.notna(row["corrected"]) else "–"
    return say("estimates.told", naive=write(row["naive"]), corrected=corrected)
