"""Exports of Nexis Uni and LexisNexis: several articles a file, each with a head, a text and a tail of labelled lines.

Two layouts, both with labels in Dutch or English (`stance.corpus.archives.labels`):

    Nexis Uni (docx, rtf)               LexisNexis (txt, rtf)
    -------------------------------     ---------------------------------
    Kabinet valt over stikstof                  1 of 200 DOCUMENTS
    De Veenbode                                    De Veenbode
    zaterdag 17 december 2022                17 december 2022 zaterdag
    Copyright 2022 Veenbode Media
    Section: Binnenland; Blz. 3         Kabinet valt over stikstof
    Length: 512 words
    Byline: Roos Terpstra               BYLINE: Roos Terpstra
    Body                                SECTION: Binnenland; Blz. 3
    (text)                              LENGTH: 512 woorden
    Load-Date: December 16, 2022        (text)
    End of Document                     LOAD-DATE: 16 december 2022

The layouts are described in the manuals of LexisNexisTools (R; ``lnt_read``) and tm.plugin.lexisnexis (R; ``LexisNexisAdvanceSource``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stance.corpus.archives.labels import label_of
from stance.corpus.archives.lines import blocks, paragraphs
from stance.corpus.archives.records import Facts
from stance.corpus.dates import date_of_line, iso_date
from stance.errors import InputError

__all__ = ["is_nexis", "missing_numbers", "nexis_articles"]

_START = re.compile(r"\d+\s+(?:of|van)\s+\d+\s+document(?:s|en)?|document\s+\d+\s+(?:of|van|uit)\s+\d+", re.IGNORECASE)
_END = re.compile(r"end of document|einde (?:van )?(?:het )?document", re.IGNORECASE)
_BODY = re.compile(r"(?:body|hoofdtekst|artikeltekst)\s*(?::\s*(?P<text>.*))?", re.IGNORECASE)
_RESERVED = r"(?:all rights reserved|alle rechten voorbehouden).{0,60}"
_RIGHTS = re.compile(
    rf"(?:copyright|©|\(c\))(?:[\s©]|copyright|\(c\))*(?:\d{{4}}\b.{{0,150}}|.{{0,90}}{_RESERVED})|{_RESERVED}", re.IGNORECASE
)
_BEHIND = re.compile(r"classification|classificatie|graphic|grafiek", re.IGNORECASE)  # a line of its own, before more of the tail
_COVER = re.compile(
    r"(?:user name|gebruikersnaam|date and time|datum en tijd|job number|taaknummer|client/matter|search t(?:erms|ype)|zoekt(?:ermen|ype)"
    r"|narrowed by|verfijnd op|content type|inhoudstype|download request|time of request|send to|terms|combined source|project id)\b.*:?.*"
    r"|document(?:s|en) \(\d+\)|\d+\. .+|.*\babout lexisnexis\b.*",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(r"no headline in original|geen kop in origineel", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before the text: labelled facts, the other lines, where the text begins and what of it stands beside ``Body:``."""

    facts: dict[str, str]
    loose: list[str]
    body: int
    first: str = ""


def is_nexis(lines: Sequence[str]) -> bool:
    """Return whether ``lines`` hold the marks of an export: where articles begin or end, or a length with a load date or ``Body``."""
    if any(_START.fullmatch(line) or _END.fullmatch(line) for line in lines):
        return True
    loaded = any((label_of(line, "tail") or ("", ""))[0] == "load_date" or _BODY.fullmatch(line) for line in lines)
    return loaded and _is_sized(lines)


def nexis_articles(lines: Sequence[str], *, wrapped: bool) -> Iterator[Facts]:
    """Yield the facts of each article, in the order of the file.

    ``wrapped`` says whether lines break where the page ended and blank lines part paragraphs; else each line is a paragraph.
    """
    for number, chunk in enumerate(_chunks(lines)):
        yield _facts(chunk if number else _uncovered(chunk), wrapped=wrapped)


def missing_numbers(lines: Sequence[str]) -> list[int]:
    """Return the numbers between the first and the last ``n of N`` of a file that no article of it has.

    >>> missing_numbers(["1 of 200 DOCUMENTS", "2 of 200 DOCUMENTS", "5 of 200 DOCUMENTS"])
    [3, 4]
    """
    numbers = {int(re.findall(r"\d+", line)[0][:9]) for line in lines if _START.fullmatch(line)}
    span = range(min(numbers), max(numbers)) if numbers else range(0)
    return [number for number in span if number not in numbers] if len(span) < 10 * len(lines) else []


def _chunks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the lines of each article: from its mark of beginning, if any, to before the next or its mark of end."""
    inside = not any(_START.fullmatch(line) for line in lines)  # what stands before the first mark is the cover
    chunk: list[str] = []
    for line in [*lines, "End of Document"]:
        if not _START.fullmatch(line) and not _END.fullmatch(line):
            chunk.append(line)
            continue
        if any(chunk) and (inside or _is_sized(chunk)):
            yield chunk
        chunk, inside = [], True


def _is_sized(lines: Sequence[str]) -> bool:
    """Return whether a line tells the length of an article."""
    return any((label_of(line, "head") or ("", ""))[0] == "length_words" for line in lines)


def _uncovered(chunk: list[str]) -> list[str]:
    """Return the first article without the cover page that may stand before it: the search, and the list of titles."""
    facts_at = next((place for place, line in enumerate(chunk) if label_of(line, "head") or _BODY.fullmatch(line)), len(chunk))
    covers = [place for place in range(facts_at) if _COVER.fullmatch(chunk[place])]
    if len(covers) < 2:  # one such line may be a headline
        return chunk
    rest = chunk[covers[-1] + 1 :]
    dated = [place for place, line in enumerate(rest[: facts_at - covers[-1]]) if date_of_line(line)]
    above = [place for place in range(dated[-1] if dated else 0) if rest[place]]
    return rest[above[-2] :] if len(above) > 2 else rest  # the title and the outlet stand last; above them may be more of the cover


def _facts(chunk: list[str], *, wrapped: bool) -> Facts:
    head = _read_head(chunk, wrapped=wrapped)
    body, tail = _cut_tail(chunk[head.body :])
    text = [*paragraphs([head.facts.pop("lead", "")], wrapped=wrapped), *paragraphs([head.first, *body], wrapped=wrapped)]
    facts: dict[str, str | None] = {**_above(head.loose), **tail, **head.facts, "text": "\n".join(text)}
    if _NO_TITLE.fullmatch(facts.get("title") or ""):
        facts["title"] = None
    return facts


def _read_head(chunk: Sequence[str], *, wrapped: bool) -> _Head:
    """Return the head of an article. The text begins behind ``Body``, or else at the first line below the labels that has none."""
    facts: dict[str, str] = {}
    loose: list[str] = []
    bodied = any(_BODY.fullmatch(line) for line in chunk)
    place = 0
    while place < len(chunk):
        line = chunk[place]
        if begin := _BODY.fullmatch(line):
            return _Head(facts, loose, place + 1, begin["text"] or "")
        if label := label_of(line, "head"):
            value, place = _value(chunk, place, label, wrapped=wrapped)
            facts.setdefault(label[0], value)
            continue
        rights = _RIGHTS.fullmatch(line)
        if facts and line and not rights and not bodied:
            return _Head(facts, loose, place)
        loose.append("" if rights else line)
        place += 1
    return _Head(facts, *_split_unlabelled(loose))


def _value(chunk: Sequence[str], place: int, label: tuple[str, str], *, wrapped: bool) -> tuple[str, int]:
    """Return the value of the label at ``place`` and the place behind it; it may stand on the next line, or run on over several."""
    fact, value = label
    after = place + 1

    def goes_on() -> bool:
        return after < len(chunk) and bool(chunk[after]) and not label_of(chunk[after], "head") and not _BODY.fullmatch(chunk[after])

    if not value and goes_on():  # two columns: the label in the left, its value in the right
        value, after = chunk[after], after + 1
    while wrapped and fact != "length_words" and goes_on():
        value, after = f"{value} {chunk[after]}", after + 1
    return " ".join(value.split()), after


def _split_unlabelled(loose: list[str]) -> tuple[list[str], int]:
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


def _above(loose: list[str]) -> dict[str, str | None]:
    """Return title, outlet and date from the lines above the labels.

    LexisNexis writes outlet, date, title; Nexis Uni title, outlet, date. Only a line that is a date and nothing else is the date, so one
    that stands in a headline is not taken; where a whole headline is a date, the order of the layout decides.
    """
    parts = blocks(loose)
    flat = [(line, number) for number, part in enumerate(parts) for line in part]
    lines = [line for line, _ in flat]
    dated = [place for place, line in enumerate(lines) if _date(line)]
    if not dated:
        return {"title": lines[0] if lines else None, "outlet": lines[1] if len(lines) > 1 else None, "date": None}
    place = 1 if 1 in dated else dated[-1]
    date = _date(lines[place])
    if place < 2:
        below = [line for line, part in flat[place + 1 :] if part != flat[place][1]] or lines[place + 1 :]
        return {"title": " ".join(below) or None, "outlet": lines[0] if place else None, "date": date}
    return {"title": " ".join(lines[: place - 1]), "outlet": lines[place - 1], "date": date}


def _date(line: str) -> str | None:
    """Return the date of a line that is one, be it only a month."""
    found = date_of_line(line)
    if found is not None or not re.fullmatch(r"\w+\.? \d{4}", line):
        return found
    try:
        return iso_date(line)
    except InputError:
        return None


def _cut_tail(lines: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the text of an article and the facts of the labelled lines behind it, found from the end on upward."""
    facts: dict[str, str] = {}
    end = len(lines)
    while end:
        line = lines[end - 1]
        block = next((place + 1 for place in range(end - 1, -1, -1) if not lines[place]), 0)
        if label := label_of(line, "tail"):
            facts[label[0]] = label[1]
        elif block < end - 1 and label_of(lines[block], "tail"):  # the label's value runs on over several lines
            end = block + 1
            continue
        elif line and not _RIGHTS.fullmatch(line) and not _BEHIND.fullmatch(line):
            behind = _last_behind(lines[:end]) if facts else None
            if behind is None:
                break
            end = behind + 1
        end -= 1
    return list(lines[:end]), facts


def _last_behind(lines: Sequence[str]) -> int | None:
    """Return the place of the last line that heads captions or subjects, if one stands there."""
    return next((place for place in range(len(lines) - 1, -1, -1) if _BEHIND.fullmatch(lines[place])), None)
