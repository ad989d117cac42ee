"""What a report is made of: sections of sentences, tables and pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

__all__ = ["Document", "Fact", "Picture", "Section", "Table", "file_name"]


def file_name(kind: str, column: str) -> str:
    """Return the name of a part about a column of the user's: letters, figures and ``_`` only, whatever the column is called.

    >>> file_name("groups", "politieke partij"), file_name("estimates", "../x"), file_name("estimates", "")
    ('groups_politieke_partij', 'estimates_x', 'estimates')
    """
    return "_".join([kind, *re.findall(r"[^\W_]+", column)])


@dataclass(frozen=True, slots=True)
class Fact:
    """One number for the top of the page: what it is, the number in words, and how to read it."""

    name: str
    number: str
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table of the report.

    Attributes:
        name: the name of its files, and its place in the page.
        caption: what it shows, in a sentence.
        frame: the numbers in full under the column names of the package, as the CSV holds them.
        hidden: columns that stand in the CSV only.
        most: how many of its rows the page shows; the files hold all.
    """

    name: str
    caption: str
    frame: pd.DataFrame
    hidden: tuple[str, ...] = ()
    most: int = 48


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the report, drawn: ``alt`` says in words what it shows, ``svg`` and ``png`` are the files."""

    name: str
    caption: str
    alt: str
    svg: str
    png: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One part of the report; a part whose material was not given has ``absent`` (what is missing, what that means) and nothing else.

    ``remarks`` are sentences that a room below says of its numbers; they are English, whatever the language of the report.
    """

    key: str
    title: str
    paragraphs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    facts: tuple[Fact, ...] = ()
    absent: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A report: its title, its language, its sections in order, and the recipe of its numbers."""

    title: str
    subtitle: str
    language: str
    sections: tuple[Section, ...]
    signature: dict[str, str]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The numbers for the top of the page."""
        return tuple(fact for section in self.sections for fact in section.facts)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, in order."""
        return tuple(table for section in self.sections for table in section.tables)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All figures, in order."""
        return tuple(picture for section in self.sections for picture in section.pictures)
