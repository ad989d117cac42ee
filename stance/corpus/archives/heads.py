"""The lines of a head that bear no label: title, outlet and date, told apart by what they are and by the layout."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stance.corpus.archives.lines import blocks
from stance.corpus.dates import date_of_line, iso_date
from stance.errors import InputError

__all__ = ["above_labels", "join_dates", "split_unlabelled", "take_address"]

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NOTE = re.compile(r"correction appended|correctie (?:toegevoegd|onderaan)|correctie bijgevoegd", re.IGNORECASE)
_HIGH = 10  # lines in which a head has its date and address


def join_dates(chunk: Sequence[str]) -> list[str]:
    """Return the lines of an article, its date in one: weekday, hour or edition may stand on the next line."""
    lines = list(chunk)
    filled = [place for place, line in enumerate(lines) if line][:_HIGH]
    for place in filled:
        below = lines[place + 1] if place + 1 < len(lines) else ""
        if below and date_of_line(lines[place]) and not date_of_line(below) and date_of_line(f"{lines[place]} {below}"):
            return [*lines[:place], f"{lines[place]} {below}", *lines[place + 2 :]]
    return lines


def take_address(chunk: Sequence[str]) -> tuple[list[str], str | None]:
    """Return the lines of an article without the address in its head, and that address; it may run on over several lines."""
    filled = [place for place, line in enumerate(chunk) if line][:_HIGH]
    start = next((place for place in filled if _ADDRESS.fullmatch(chunk[place])), None)
    if start is None or not any(date_of_line(chunk[place]) for place in filled):
        return list(chunk), None
    end = start + 1
    while end < len(chunk) and chunk[end] and " " not in chunk[end]:
        end += 1
    return [*chunk[:start], *chunk[end:]], "".join(chunk[start:end])


def split_unlabelled(loose: list[str]) -> tuple[list[str], int]:
    """Return the head of an article without any label, and where its text begins: below its date, and its title if that comes last."""
    filled = [place for place, line in enumerate(loose) if line]
    rank = next((rank for rank, place in enumerate(filled[:6]) if date_of_line(loose[place])), None)
    if rank is None:
        return [], 0
    place = filled[rank] + 1
    for titled in (True, False) if rank < 2 else ():
        while place < len(loose) and bool(loose[place]) != titled:
            place += 1
    return loose[:place], place


def above_labels(loose: Sequence[str], *, numbered: bool = False) -> dict[str, str | None]:
    """Return title, outlet and date from the lines above the labels.

    LexisNexis (``numbered``: ``1 of 200 DOCUMENTS``) writes the outlet first, then date and title in either order; Nexis Uni title,
    outlet, date. Only a line that is a date and nothing else is the date, so one that stands in a headline is not taken; where a whole
    headline is a date, the order of the layout decides.
    """
    parts = blocks([line for line in loose if not _NOTE.fullmatch(line)])
    flat = [(line, number) for number, part in enumerate(parts) for line in part]
    lines = [line for line, _ in flat]
    dated = [place for place, line in enumerate(lines) if _date(line)]
    if not dated:
        return {**_undated(parts, numbered=numbered), "date": None}
    place = 1 if 1 in dated else dated[-1]
    while place > 1 and place - 1 in dated:  # two ways to write one date
        place -= 1
    date = _date(lines[place])
    below = [line for line, part in flat[place + 1 :] if part != flat[place][1]] or lines[place + 1 :]
    if place < 2:
        return {"title": " ".join(below) or None, "outlet": lines[0] if place else None, "date": date}
    if numbered:
        return {"title": " ".join(below or lines[1:place]), "outlet": lines[0], "date": date}
    return {"title": " ".join(lines[: place - 1]), "outlet": lines[place - 1], "date": date}


def _undated(parts: Sequence[Sequence[str]], *, numbered: bool) -> dict[str, str | None]:
    """Return title and outlet where no date stands: Nexis Uni has both in one block, the outlet last."""
    if parts and len(parts[0]) > 1 and not numbered:
        return {"title": " ".join(parts[0][:-1]), "outlet": parts[0][-1]}
    lines = [line for part in parts for line in part]
    first, second = [*lines, None, None][:2]
    return {"title": second, "outlet": first} if numbered and second else {"title": first, "outlet": second}


def _date(line: str) -> str | None:
    """Return the date of a line that is one, be it only a month."""
    found = date_of_line(line)
    if found is not None or not re.fullmatch(r"\w+\.? \d{4}", line):
        return found
    try:
        return iso_date(line)
    except InputError:
        return None
