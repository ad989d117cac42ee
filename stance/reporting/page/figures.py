"""The figures: drawn once, as SVG and PNG, in colours that colour-blind readers tell apart, and never by colour alone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from stance.reporting.page.content import Picture
from stance.reporting.page.phrases import Phrases

__all__ = ["COLOURS", "MARKERS", "Axes", "Figure", "canvas", "dots", "lines", "matrix", "periods", "picture"]

# Dark enough to be seen on white (contrast 3:1 or more), and apart for readers with any colour blindness.
COLOURS = ("#0072B2", "#C44601", "#2F2328", "#B68884", "#8716F4", "#260C8C", "#944332", "#766A84")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 2, 1, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (8, 3)), "-", (0, (2, 2)))
INK, SOFT = "#1B1B1B", "#6B6B6B"


@contextmanager
def canvas(*, width: float = 7.2, height: float = 3.6, rows: int = 1, columns: int = 1) -> Iterator[tuple[Figure, npt.NDArray[np.object_]]]:
    """Yield an empty figure in the report's style with its axes, shape (rows, columns); ``width`` and ``height`` in inches."""
    with as_file(files("stance.reporting.page").joinpath("data", "figures.mplstyle")) as style, mpl.rc_context(fname=style):
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        yield figure, figure.subplots(rows, columns, squeeze=False)


def picture(figure: Figure, name: str, *, caption: str, alt: str) -> Picture:
    """Return the figure as it is written and shown; call it inside ``canvas``, whose style it is drawn in."""
    drawn, raster = io.StringIO(), io.BytesIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    figure.set_layout_engine("none")  # laid out once, for both
    figure.savefig(raster, format="png", dpi=200, metadata={"Software": None})
    return Picture(name, caption, alt, _accessible(drawn.getvalue(), name, caption, alt), raster.getvalue())


def dots(axis: Axes, table: pd.DataFrame, *, label: str, colour: str = COLOURS[0], marker: str = "o", shift: float = 0.0) -> None:
    """Draw ``score`` of each row as a dot with its interval ``low`` to ``high``, the first row on top; ``name`` is written beside it."""
    at = np.arange(len(table)) + shift
    axis.hlines(at, table["low"], table["high"], color=colour, linewidth=1.6)
    axis.plot(table["score"], at, marker, color=colour, label=label, linestyle="none")
    axis.set_yticks(np.arange(len(table)), list(table["name"]))
    axis.set_ylim(len(table) - 0.5, -0.5)
    axis.grid(visible=False, axis="y")


def lines(axis: Axes, table: pd.DataFrame, *, say: Phrases) -> None:
    """Draw each column over the rows of the table; colour, marker and dashes tell the columns apart."""
    at = np.arange(len(table))
    for place, name in enumerate(table.columns):
        style = {"color": COLOURS[place % 8], "marker": MARKERS[place % 8], "linestyle": DASHES[place % 8]}
        axis.plot(at, table[name], label=str(name), markersize=5, **style)  # type: ignore[arg-type]
    periods(axis, [str(period) for period in table.index])
    axis.yaxis.set_major_formatter(FuncFormatter(lambda number, _: say.count(round(number))))


def periods(axis: Axes, names: Sequence[str]) -> None:
    """Write the periods under the axis, every other one (or fewer) where there are many."""
    step = max(1, int(np.ceil(len(names) / 12)))
    turned = len(names) > 2
    axis.set_xticks(np.arange(0, len(names), step), names[::step], rotation=40 if turned else 0, ha="right" if turned else "center")
    axis.tick_params(axis="x", labelsize=8)


def matrix(axis: Axes, counts: npt.NDArray[np.int64], *, words: Sequence[str], say: Phrases) -> None:
    """Draw a square table of counts, shaded by the share of its row; each cell holds its count and that share."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    edges = np.arange(len(words) + 1) - 0.5
    axis.pcolormesh(edges, edges, shares, cmap="Blues", vmin=0, vmax=1.25, edgecolors="white", linewidth=1)
    axis.invert_yaxis()
    for row, column in np.ndindex(*counts.shape):
        text = f"{say.count(int(counts[row, column]))}\n{say.share(float(shares[row, column]), places=0)}"
        axis.text(column, row, text, ha="center", va="center", color="white" if shares[row, column] > 0.62 else INK)
    axis.set_xticks(range(len(words)), words)
    axis.set_yticks(range(len(words)), words)
    axis.grid(visible=False)
    axis.tick_params(length=0)


def decimals(axis: Axes, say: Phrases, *, which: str = "x", percent: bool = False) -> None:
    """Write the numbers of an axis as the language does."""
    chosen = axis.xaxis if which == "x" else axis.yaxis
    chosen.set_major_formatter(FuncFormatter(lambda number, _: say.share(number, places=0) if percent else say.number(number, places=1)))


def described(rows: Mapping[str, str]) -> str:
    """Return figures in words, for those who hear the page: ``NOS 0.71 [0.65, 0.77]; Trouw ...``."""
    return "; ".join(f"{name} {text}" for name, text in rows.items())


def _accessible(svg: str, name: str, caption: str, alt: str) -> str:
    """Return the bare ``<svg>`` with a title, a description, and ids of its own, so that several can stand in one page."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'<style type="text/css">.*?</style>\s*', "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = body.replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    opening, rest = body.split(">", 1)
    named = f' role="img" aria-labelledby="{name}-title {name}-desc" stroke-linejoin="round" stroke-linecap="butt">'
    return f'{opening}{named}\n<title id="{name}-title">{_text(caption)}</title>\n<desc id="{name}-desc">{_text(alt)}</desc>{rest}'


def _text(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
