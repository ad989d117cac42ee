"""What a command found, as one object: Python holds it, a notebook shows it, the terminal prints it and ``--json`` writes it.

Every public function with the name of a command returns a `Result`:

>>> import pandas as pd
>>> rows = pd.DataFrame({"metric": ["accuracy"], "score": [0.75], "note": [""]})
>>> found = Result(rows, (Table("Scores", rows), "4 units are few."), {"n": "4"}, found=None)
>>> found.notes
('4 units are few.',)
>>> found.tables[0].shown.columns.tolist()
['metric', 'score']
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Generic, TypeVar

import pandas as pd

from stance.corpus.writing import whole
from stance.errors import InputError

__all__ = ["MOST_ROWS", "Facts", "Result", "Table", "cell_text", "is_numeric"]

Found = TypeVar("Found", covariant=True)

MOST_ROWS = 60  # of a longer table the first ones are shown

_STYLE = (
    "<style scoped>.stance{font-variant-numeric:tabular-nums}.stance table{border-collapse:collapse;margin:.3em 0 1em}"
    ".stance caption{text-align:left;font-style:italic;padding-bottom:.3em}.stance th{border-bottom:1px solid #999}"
    ".stance th,.stance td{padding:.15em .8em .15em 0;text-align:left;background:none}.stance .number{text-align:right}"
    ".stance .signature{opacity:.6;font-size:85%}</style>"
)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table as it is read.

    Attributes:
        title: what it shows.
        frame: its rows, with numbers in full.
        option: what writes all rows of one that is too long to be shown.
    """

    title: str
    frame: pd.DataFrame
    option: str = "--json FILE"

    @property
    def rows(self) -> pd.DataFrame:
        """All rows, without a column ``note`` that holds no note."""
        silent = "note" in self.frame and not self.frame["note"].fillna("").astype(bool).any()
        return self.frame.drop(columns="note") if silent else self.frame

    @property
    def shown(self) -> pd.DataFrame:
        """The first of these rows."""
        return self.rows.head(MOST_ROWS)

    @property
    def left_out(self) -> str:
        """How many rows are not shown, in a sentence; empty where all are."""
        more = len(self.frame) - MOST_ROWS
        return f"{more} more rows; {self.option} writes them all." if more > 0 else ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about one thing, such as a model, by their names."""

    title: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Result(Generic[Found]):
    """What a command found.

    Attributes:
        table: every row, as ``--json`` writes them; where they are of several tables, the column ``part`` says which.
        content: what is read from top to bottom: tables, facts, and sentences about them.
        signature: the recipe of the numbers.
        found: the object behind the tables, such as an `Evaluation`; each function says what it is.
    """

    table: pd.DataFrame
    content: tuple[Table | Facts | str, ...]
    signature: Mapping[str, str]
    found: Found

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, chosen or noticed, in sentences."""
        return tuple(part for part in self.content if isinstance(part, str))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables as they are read."""
        return tuple(part for part in self.content if isinstance(part, Table))

    def part(self, name: str) -> pd.DataFrame:
        """Return the rows of one part of ``table``, without the columns that it does not have."""
        parts = [] if "part" not in self.table else list(map(str, self.table["part"].unique()))
        if name not in parts:
            raise InputError(f"The result has no part '{name}'; its parts are {', '.join(parts) or 'not named'}.")
        rows = self.table[self.table["part"] == name]
        return rows.drop(columns="part").dropna(axis="columns", how="all").reset_index(drop=True)

    def as_dict(self) -> dict[str, Any]:
        """Return ``{"signature": {...}, "rows": [...]}`` with the columns of ``table``; a missing number is None."""
        rows = json.loads(self.table.to_json(orient="records", force_ascii=False, double_precision=15))
        return {"signature": dict(self.signature), "rows": rows}

    def to_json(self, path: str | Path) -> None:
        """Write what `as_dict` returns."""
        written = json.dumps(self.as_dict(), ensure_ascii=False, indent=1)
        try:
            with whole(Path(path)) as unfinished:
                unfinished.write_text(written + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"{path}: the JSON cannot be written ({error.strerror}); choose a folder that exists and can be written to."
            ) from error

    def _repr_html_(self) -> str:
        """Return the tables and sentences for a notebook."""
        recipe = escape(" | ".join(f"{name} {text}" for name, text in self.signature.items()))
        signed = f'<p class="signature">signature {recipe}</p>' if recipe else ""
        return f'<div class="stance">{_STYLE}{"".join(map(_html, self.content))}{signed}</div>'


def cell_text(value: object) -> str:
    """Return a cell as it is read: numbers to three places, nothing where a value is missing.

    >>> cell_text(0.12345), cell_text(12), cell_text(None)
    ('0.123', '12', '')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def is_numeric(column: pd.Series) -> bool:
    """Return whether a column holds numbers, which stand to the right."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _html(part: Table | Facts | str) -> str:
    if isinstance(part, str):
        return f"<p>{escape(part)}</p>"
    if isinstance(part, Facts):
        rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in part.facts.items())
        return f"<table><caption>{escape(part.title)}</caption>{rows}</table>"
    return "" if part.frame.empty else _html_table(part)


def _html_table(table: Table) -> str:
    shown = table.shown
    kinds = [' class="number"' if is_numeric(shown.iloc[:, place]) else "" for place in range(shown.shape[1])]
    head = "".join(f"<th{kind}>{escape(str(name))}</th>" for kind, name in zip(kinds, shown.columns, strict=True))
    rows = [
        "".join(f"<td{kind}>{escape(cell_text(cell))}</td>" for kind, cell in zip(kinds, row, strict=True))
        for row in shown.itertuples(index=False, name=None)
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    rest = f"<p>{escape(table.left_out)}</p>" if table.left_out else ""
    return f"<table><caption>{escape(table.title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"
