"""Invented exports changed by chance: marks of heads and tails, rows of tables, bytes of files; and a count of what comes back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from generated_exports import TEXT

from stance.corpus.archives.records import ArchiveArticle, Item, Problem

_PARAGRAPH = re.compile(r"Bericht (\d+), alinea (\d+)")
_STRAYS = ('"', '""', ",", ";", "\t", "\n", "\r\n", "\n\n", "\x00", "\\", "'", "<p>", "_x000D_", "{", "]")


@dataclass
class Count:
    """What went in, came out and was listed, over any number of files.

    ``lost``, ``merged`` and ``shortened`` are faults: articles of which nothing came out, that came out as one, and that lack a paragraph,
    each in a file that no problem was reported of.
    """

    files: int = 0
    articles: int = 0
    out: int = 0
    listed: int = 0
    reported: int = 0
    lost: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    shortened: list[str] = field(default_factory=list)

    def add(self, content: str, items: Iterable[Item], what: str) -> None:
        """Count a file that holds ``content``, of which ``items`` were read; ``what`` says how it was changed."""
        found = list(items)
        problems = [item for item in found if isinstance(item, Problem)]
        held = [_PARAGRAPH.findall(f"{item.title} {item.text}") for item in found if isinstance(item, ArchiveArticle)]
        wanted, got = set(_PARAGRAPH.findall(content)), {one for several in held for one in several}
        articles, out = {number for number, _ in wanted}, {number for number, _ in got}
        self.files, self.articles, self.out = self.files + 1, self.articles + len(articles), self.out + len(out)
        self.listed += sum(not problem.kept for problem in problems)
        self.reported += bool(problems)
        if problems:
            return
        if articles - out:
            self.lost.append(f"{what}: {sorted(articles - out)} of {len(articles)}")
        elif wanted - got:
            self.shortened.append(f"{what}: {sorted(wanted - got)}")
        if several := [sorted(numbers) for one in held if len(numbers := {number for number, _ in one}) > 1]:
            self.merged.append(f"{what}: {several}")

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.merged, *self.shortened]


def changed_marks(lines: Sequence[str], rng: np.random.Generator) -> tuple[list[str], str]:
    """Return lines of an export of which one that is no text is lost, doubled, moved or written otherwise, and what was done."""
    changed = list(lines)
    place = int(rng.choice([place for place, line in enumerate(lines) if line and TEXT not in line]))
    line = changed[place]
    match kind := int(rng.integers(8)):
        case 0:
            changed[place : place + 1] = []
        case 1:
            changed[place : place + 1] = [line] * 2
        case 2:
            changed[place] = "Ukjent linje"
        case 3:
            changed[place] = line[: len(line) // 2]
        case 4:
            changed[place] = line.upper() if rng.integers(2) else line.lower()
        case 5:
            changed[place : place + 1] = ["", "", line]
        case 6:
            changed[place : place + 2] = [" ".join(changed[place : place + 2]).replace(TEXT, "")]
        case _:
            changed[place : place + 2] = changed[place : place + 2][::-1]
    kinds = ("lost", "doubled", "unknown", "halved", "case", "blank lines", "joined", "swapped")
    return changed, f"{kinds[kind]} {line!r}"


def changed_rows(text: str, rng: np.random.Generator) -> tuple[str, str]:
    """Return a table of which one character, or one line, is lost, added or moved, and what was done."""
    place = int(rng.integers(len(text)))
    if rng.integers(4) == 0:
        place = max(0, text.find('"', place))
    match kind := int(rng.integers(5)):
        case 0:
            changed, what = text[:place] + text[place + 1 :], f"{text[place]!r} lost"
        case 1:
            stray = str(rng.choice(_STRAYS))
            changed, what = text[:place] + stray + text[place:], f"{stray!r} added"
        case 2:
            stray = str(rng.choice(_STRAYS))
            changed, what = text[:place] + stray + text[place + 1 :], f"{stray!r} for {text[place]!r}"
        case 3:
            lines = text.split("\n")
            line = int(rng.integers(len(lines)))
            changed, what = "\n".join([*lines[:line], *lines[line + 1 :]]), f"line {line} lost"
        case _:
            changed, what = text[:place], "cut off"
    return changed, f"{what} (kind {kind}) at {place}: {text[max(0, place - 20) : place + 20]!r}"


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Return ``content`` cut off, with bytes changed, or with a stretch lost, doubled, blanked or overwritten by chance."""
    data = bytearray(content)
    start = int(rng.integers(len(data)))
    end = min(len(data), start + int(rng.integers(1, max(2, len(data) // 4))))
    match rng.integers(6):
        case 0:
            del data[start:]
        case 1:
            for place in rng.integers(len(data), size=int(rng.integers(1, 30))):
                data[place] = int(rng.integers(256))
        case 2:
            del data[start:end]
        case 3:
            data[start:start] = data[start:end]
        case 4:
            data[start:end] = bytes(end - start)
        case _:
            data[start:end] = rng.bytes(end - start)
    return bytes(data)
