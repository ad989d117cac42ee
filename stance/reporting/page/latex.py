"""The tables for a paper: LaTeX with the rules of booktabs."""

from __future__ import annotations

import pandas as pd

from stance.reporting.page.content import Table
from stance.reporting.page.display import shown
from stance.reporting.page.phrases import MINUS, Phrases

__all__ = ["latex"]

LONG = 40  # rows that no longer fit a page
_SIGNS = {MINUS: "$-$", "–": "--", "≥": r"$\geq$", "≤": r"$\leq$", "…": r"\dots{}", "×": r"$\times$"}


def latex(table: Table, say: Phrases) -> str:
    r"""Return the whole table as LaTeX; needs the packages ``booktabs``, and ``longtable`` where it is over 40 rows.

    >>> from stance.reporting.page.phrases import phrases
    >>> table = Table("scores", "Scores", pd.DataFrame({"metric": ["alpha"], "score": [-0.5]}))
    >>> print(latex(table, phrases("en")).splitlines()[8])
    alpha & $-$0.500 \\
    """
    read = shown(table, say, every=True)
    frame = pd.DataFrame(list(read.rows), columns=pd.Index(read.headings, dtype=object), dtype=object)
    written = frame.to_latex(
        index=False,
        escape=True,
        longtable=len(frame) > LONG,
        column_format="".join("r" if numeric else "l" for numeric in read.numeric),
        caption=_escaped(read.caption),
        label=f"tab:{table.name.replace('_', '-')}",
        position=None if len(frame) > LONG else "htbp",
    )
    for sign, command in _SIGNS.items():
        written = written.replace(sign, command)
    packages = ["booktabs", *(["longtable"] if len(frame) > LONG else [])]
    return f"% \\usepackage{{{','.join(packages)}}}\n{written}"


def _escaped(text: str) -> str:
    """Return a caption with LaTeX's own signs escaped, as ``to_latex`` does for the cells only."""
    return text.translate({ord(sign): f"\\{sign}" for sign in "&%$#_{}"} | {ord("\\"): r"\textbackslash{}"})
