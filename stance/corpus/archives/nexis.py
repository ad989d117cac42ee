"""Exports of Nexis Uni and LexisNexis: several articles a file, each with a head, a text and a tail of labelled lines.

Two layouts, both with labels in Dutch, English, German or French (`stance.corpus.archives.labels`):

    Nexis Uni (docx, rtf)               LexisNexis (txt, rtf, html)
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
Where no line marks the end of an article, a second load date does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stance.corpus.archives.covers import uncovered
from stance.corpus.archives.heads import above_labels, join_dates, split_unlabelled, take_address
from stance.corpus.archives.labels import Label, is_length, is_load_date, label_of
from stance.corpus.archives.lines import paragraphs
from stance.corpus.archives.marks import BODY, gives_rights, parts_articles, starts_article
from stance.corpus.archives.records import Facts
from stance.corpus.archives.tails import cut_tail, tail_end
from stance.corpus.dates import date_of_line

__all__ = ["is_nexis", "missing_numbers", "nexis_articles"]

_NO_TITLE = re.compile(r"no headline in original|geen kop in origineel", re.IGNORECASE)
_BODY_BEGINS = frozenset("abhtABHT")  # first letters of the words for a body
_NEAR = 12  # filled lines in which a head shows itself


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before the text: labelled facts, the other lines, where the text begins and what of it stands beside ``Body:``."""

    facts: dict[str, str]
    loose: list[str]
    body: int
    first: str = ""


def is_nexis(lines: Sequence[str]) -> bool:
    """Return whether ``lines`` hold the marks of an export: where articles begin or end, or a length with a load date or ``Body``."""
    if any(map(parts_articles, lines)):
        return True
    return any(is_load_date(line) or BODY.fullmatch(line) for line in lines) and any(map(is_length, lines))


def nexis_articles(lines: Sequence[str], *, wrapped: bool) -> Iterator[Facts]:
    """Yield the facts of each article, in the order of the file.

    ``wrapped`` says whether lines break where the page ended and blank lines part paragraphs; else each line is a paragraph.
    """
    numbered = any(map(starts_article, lines))
    first = True
    for chunk in _chunks(lines):
        for piece in _parted(uncovered(chunk) if first else chunk):
            yield _facts(piece, wrapped=wrapped, numbered=numbered)
        first = False


def missing_numbers(lines: Sequence[str]) -> list[int]:
    """Return the numbers between the first and the last ``n of N`` of a file that no article of it has.

    >>> missing_numbers(["1 of 200 DOCUMENTS", "2 of 200 DOCUMENTS", "5 of 200 DOCUMENTS"])
    [3, 4]
    """
    numbers = {int(re.findall(r"\d+", line)[0][:9]) for line in lines if starts_article(line)}
    span = range(min(numbers), max(numbers)) if numbers else range(0)
    return [number for number in span if number not in numbers] if len(span) < 10 * len(lines) else []


def _chunks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the lines of each article: from its mark of beginning, if any, to before the next or its mark of end."""
    inside = not any(map(starts_article, lines))  # what stands before the first mark is the cover
    chunk: list[str] = []
    for line in [*lines, "End of Document"]:
        if not parts_articles(line):
            chunk.append(line)
            continue
        if any(chunk) and (inside or any(map(is_length, chunk))):
            yield chunk
        chunk, inside = [], True


def _parted(chunk: list[str]) -> Iterator[list[str]]:
    """Yield the articles in a chunk that holds several load dates: each ends below its own, where the head of another follows.

    A line that stands right below every one of those tails is a mark of end in a language we do not know, and is left out.
    """
    loads = [place for place, line in enumerate(chunk) if is_load_date(line)]
    if len(loads) < 2:
        yield chunk
        return
    ends = [tail_end(chunk, place) for place in loads]
    below = {next(filter(None, chunk[end:]), "") for end in ends}
    unknown = below.pop() if len(below) == 1 else None
    start = 0
    for end in ends[:-1]:
        if _begins_article(chunk[end:]):
            yield [line for line in chunk[start:end] if line != unknown]
            start = end
    yield [line for line in chunk[start:] if line != unknown]


def _begins_article(lines: Sequence[str]) -> bool:
    near = [line for line in lines if line][:_NEAR]
    return any(is_length(line) or date_of_line(line) for line in near)


def _facts(chunk: list[str], *, wrapped: bool, numbered: bool) -> Facts:
    chunk, address = take_address(join_dates(chunk))
    head = _read_head(chunk, wrapped=wrapped)
    byline, mark, lead = head.facts.get("byline", "").partition(" Highlight: ")  # the two on one line
    head.facts.update({"byline": byline, "lead": lead} if mark else {})
    body, tail = cut_tail(chunk[head.body :])
    loose = head.loose
    if not any(body) and not head.first:  # the labels may stand behind the text
        above, place = split_unlabelled(loose)
        loose, body = (above, loose[place:]) if any(loose[place:]) and above else (loose, body)
    text = [*paragraphs([head.facts.pop("lead", "")], wrapped=wrapped), *paragraphs([head.first, *body], wrapped=wrapped)]
    facts: dict[str, str | None] = {**above_labels(loose, numbered=numbered), "url": address, **tail, **head.facts, "text": "\n".join(text)}
    if _NO_TITLE.fullmatch(facts.get("title") or ""):
        facts["title"] = None
    return facts


def _read_head(chunk: Sequence[str], *, wrapped: bool) -> _Head:
    """Return the head of an article. The text begins behind ``Body``, or else at the first line below the labels that has none."""
    facts: dict[str, str] = {}
    loose: list[str] = []
    begin = _body_place(chunk)
    shouted: bool | None = None  # the labels of one head are all in capitals, or none is
    place = titled = _titled(chunk)
    loose += chunk[:titled]
    while place < len(chunk):
        line = chunk[place]
        if place == begin:
            found = BODY.fullmatch(line)
            return _Head(facts, loose, place + 1, (found["text"] if found else None) or "")
        label = label_of(line, "head")
        if label and (shouted is None or label.shouted == shouted or begin is not None or label.fact == "length_words"):
            shouted = label.shouted if shouted is None and label.fact != "length_words" else shouted
            value, place = _value(chunk, place, label, wrapped=wrapped)
            facts.setdefault(label.fact, value)
            continue
        rights = gives_rights(line)
        if facts and line and not rights and begin is None:
            return _Head(facts, loose, place)
        loose.append("" if rights else line)
        place += 1
    return _Head(facts, *split_unlabelled(loose))


def _body_place(chunk: Sequence[str]) -> int | None:
    """Return the place of the line that says where the text begins; a weak one counts only right below a label."""
    for place, line in enumerate(chunk):
        found = BODY.fullmatch(line) if line[:1] in _BODY_BEGINS else None
        if found is None:
            continue
        above = next(filter(None, reversed(chunk[:place])), "")
        if not found["weak"] or label_of(above, "head") or gives_rights(above):
            return place
    return None


def _titled(chunk: Sequence[str]) -> int:
    """Return the place behind a headline that only looks like a label, such as ``Bron: ministerie wist van lek``, else 0.

    It is the one labelled line above the outlet and a date without a label.
    """
    filled = [place for place, line in enumerate(chunk[:20]) if line][:4]
    dated = next((place for place in filled if date_of_line(chunk[place])), None)
    if dated is None:
        return 0
    above = [place for place in filled if place < dated and label_of(chunk[place], "head")]
    return above[0] + 1 if len(above) == 1 and len([place for place in filled if above[0] < place < dated]) == 1 else 0


def _value(chunk: Sequence[str], place: int, label: Label, *, wrapped: bool) -> tuple[str, int]:
    """Return the value of the label at ``place`` and the place behind it; it may stand on the next line, or run on over several."""
    value, after = label.value, place + 1

    def goes_on() -> bool:
        return after < len(chunk) and bool(chunk[after]) and not label_of(chunk[after], "head") and not BODY.fullmatch(chunk[after])

    if not value and goes_on():  # two columns: the label in the left, its value in the right
        value, after = chunk[after], after + 1
    while wrapped and label.fact != "length_words" and goes_on():
        value, after = f"{value} {chunk[after]}", after + 1
    return " ".join(value.split()), after
