"""Exports of Factiva (txt, rtf, docx, html): several articles a file, each ended by its id.

    Kabinet valt over stikstof          HD  Kabinet valt over stikstof
    Roos Terpstra                       BY  Roos Terpstra
    512 words                           WC  512 words
    17 December 2022                    PD  17 December 2022
    De Veenbode                         SN  De Veenbode
    VEENBO                              SC  VEENBO
    4                                   PG  4
    Dutch                               LA  Dutch
    Copyright 2022 Veenbode Media       CY  Copyright 2022 Veenbode Media
    (text)                              LP, TD  (text)
    Document VEENBO0020221217eicg0000a  AN  Document VEENBO0020221217eicg0000a

Left the display *Full article*, right *Full article plus indexing*, whose codes stand in a column or on lines of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stance.corpus.archives.labels import is_length
from stance.corpus.archives.lines import blocks, paragraphs
from stance.corpus.archives.marks import ACCESSION, gives_rights
from stance.corpus.archives.records import Facts
from stance.corpus.dates import date_of_line

__all__ = ["factiva_articles", "is_factiva"]

_CODES = {
    "HD": "title", "BY": "byline", "WC": "length_words", "PD": "date", "SN": "outlet", "SE": "section", "LP": "text", "TD": "text", "AN": "archive_id",
}  # fmt: skip
_CODE = re.compile(
    r"(HD|BY|WC|PD|SN|SE|LP|TD|AN|CR|ET|SC|ED|PG|VOL|LA|CY|CX|CT|RF|ART|CO|IN|NS|RE|IPC|IPD|PUB|CLM|DLN|NGC|GC|RIC|DJIC)(?:(?:\t\s*| {2,})(\S.*))?"
)
_TEXT_CODE = re.compile(r" (?=(?:LP|TD) {2,}\S)")  # behind the value of another code, where a line break got lost
_LANGUAGE = re.compile(
    r"dutch|english|french|german|nederlands|engels|frans|duits|niederländisch|englisch|französisch|deutsch|néerlandais|anglais|français|allemand",
    re.IGNORECASE,
)
_PAGE_FOOT = re.compile(r"(?:page|pagina|seite)\s+\d+.{0,20}©.{0,20}factiva.{0,60}|©.{0,20}factiva.{0,60}", re.IGNORECASE)
_HOUR = re.compile(r"\d{1,2}:\d{2}(?:\s*\w{1,5})?")
_COMPANY = re.compile(r"\b(?:b\.?v\.?|n\.?v\.?|gmbh|ltd\.?|inc\.?|s\.?a\.?|llc|uitgevers?|uitgeverij)$", re.IGNORECASE)
_LONGEST_NAME = 8  # words
_LOWEST = 12  # lines below the length in which a head ends
_LONGEST_LINE = 60  # characters of a line of the head but the rights; a longer one that ends as a sentence is text


def is_factiva(lines: Sequence[str]) -> bool:
    """Return whether a line gives an id of Factiva below one that tells a length."""
    marked = (place for place in range(len(lines) - 1, -1, -1) if "ument " in lines[place])
    ends = next((place for place in marked if ACCESSION.fullmatch(_uncoded(lines[place]))), -1)
    return any(is_length(_uncoded(line)) for line in lines[: ends + 1])


def factiva_articles(lines: Sequence[str], *, wrapped: bool) -> Iterator[Facts]:
    """Yield the facts of each article, in the order of the file."""
    chunk: list[str] = []
    for line in lines:
        found = ACCESSION.fullmatch(_uncoded(line))
        if found is None:
            if not _PAGE_FOOT.fullmatch(line):
                chunk.append(line)
        elif any(chunk):
            yield {**_facts(chunk, wrapped=wrapped), "archive_id": found[1]}
            chunk = []
    if any(map(is_length, map(_uncoded, chunk))):  # an article without its id; else the list of what was searched for
        yield _facts(chunk, wrapped=wrapped)


def _uncoded(line: str) -> str:
    found = _CODE.fullmatch(line)
    return (found[2] or "") if found else line


def _facts(chunk: Sequence[str], *, wrapped: bool) -> Facts:
    coded = [line for line in chunk if _CODE.fullmatch(line)]
    if any(line.startswith("WC") for line in coded) and any(line.startswith(("LP", "TD")) for line in coded):
        return _coded(chunk, wrapped=wrapped)
    return _plain(chunk, wrapped=wrapped)


def _coded(chunk: Sequence[str], *, wrapped: bool) -> Facts:
    """Return the facts under the codes, each running on to the next one."""
    values: dict[str, list[str]] = {}
    current = ""
    for line in (part for whole in chunk for part in _TEXT_CODE.split(whole)):
        if found := _CODE.fullmatch(line):
            current = _CODES.get(found[1], "left")
            line = found[2] or ""
        values.setdefault(current, []).append(line)
    facts: dict[str, str | None] = {fact: " ".join(filter(None, lines)) for fact, lines in values.items() if fact not in ("", "left")}
    return {**facts, "text": "\n".join(paragraphs(values.get("text", []), wrapped=wrapped))}


def _plain(chunk: Sequence[str], *, wrapped: bool) -> Facts:
    """Return the facts of a head without codes, by what its lines are: the length parts title and byline from the rest."""
    length = next((place for place, line in enumerate(chunk) if is_length(line)), None)
    if length is None:
        return {"text": "\n".join(paragraphs(chunk, wrapped=wrapped))}
    head, begin = _below_length(chunk, length)
    facts: dict[str, str | None] = {**_above_length(chunk[:length]), **head, "length_words": chunk[length]}
    above = [line for line in chunk[length:begin] if _is_sentence(line)]
    text = [*paragraphs(above, wrapped=wrapped), *paragraphs(chunk[begin:], wrapped=wrapped)]
    while len(text) > 1 and _is_publisher(text[-1], head["outlet"]):
        text.pop()
    return {**facts, "text": "\n".join(text)}


def _is_sentence(line: str) -> bool:
    """Return whether a line among those of a head is text: it is long, ends as a sentence does, and does not say whose the article is."""
    return len(line) > _LONGEST_LINE and line.endswith((".", "!", "?", "”", "’")) and not gives_rights(line) and not _is_rights(line)


def _is_rights(line: str) -> bool:
    return line.lower().startswith(("copyright", "©", "(c)"))


def _is_publisher(line: str, outlet: str | None) -> bool:
    """Return whether the last line of a text is nothing but who publishes the outlet."""
    if len(line.split()) > _LONGEST_NAME or line.endswith(("!", "?", "”", "’")):
        return False
    return _COMPANY.search(line) is not None or bool(outlet and line.startswith(outlet) and not line.endswith("."))


def _above_length(lines: Sequence[str]) -> dict[str, str | None]:
    """Return title, byline and section; the byline stands last, where it has a line of its own or one right above the length."""
    if coded := {found[1]: found[2] for line in lines if (found := _CODE.fullmatch(line))}:
        titled = [line for line in lines if line and not _CODE.fullmatch(line)]
        return {"title": coded.get("HD"), "byline": coded.get("BY"), "section": titled[0] if titled else None}
    parts = blocks(lines)
    last = parts[-1] if parts else []
    if len(parts) > 1 and lines[-1]:  # the length stands right below a byline
        return {"title": " ".join(parts[-2]), "byline": " ".join(last), "section": " ".join(parts[-3]) if len(parts) > 2 else None}
    if len(parts) > 1 or len(last) < 2:
        return {"title": " ".join(last) or None, "section": " ".join(parts[-2]) if len(parts) > 1 else None}
    return {"title": last[-2], "byline": last[-1], "section": last[-3] if len(last) > 2 else None}


def _below_length(chunk: Sequence[str], length: int) -> tuple[dict[str, str | None], int]:
    """Return date and outlet, and where the text begins: below the rights, or else the language, or else the outlet and its code."""
    near = [place for place in range(length + 1, len(chunk)) if chunk[place]][:_LOWEST]
    dated = next((place for place in near if date_of_line(chunk[place])), None)
    below = [place for place in near if dated is not None and place > dated and not _HOUR.fullmatch(chunk[place])]
    outlet = chunk[below[0]] if below else None
    rights = next((place for place in near if gives_rights(chunk[place]) or _is_rights(chunk[place])), None)
    language = next((place for place in near if _LANGUAGE.fullmatch(chunk[place])), None)
    ends = [place for place in (rights, language) if place is not None]
    begin = ends[0] if ends else below[1] if len(below) > 1 else near[0] if near else length
    return {"date": chunk[dated] if dated is not None else None, "outlet": outlet}, begin + 1
