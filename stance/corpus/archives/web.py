"""Web pages that the user saved, and lists of their addresses. Nothing is fetched: a list only tells which saved pages to expect.

A list is a text file with one address a line, or an address, a tab and the file name of the page. Without file names a page is known by the
address that it states itself: its canonical link, ``og:url``, or the ``saved from url`` that browsers write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from stance.corpus.archives.europresse import europresse_articles, is_europresse, named_outlets
from stance.corpus.archives.markup import export_lines
from stance.corpus.archives.records import Item, Problem, finish
from stance.corpus.archives.texts import read_export
from stance.corpus.opening import read_text, reading
from stance.corpus.pages import page_facts
from stance.errors import InputError

__all__ = ["PAGE_ENDINGS", "expected_pages", "is_url_list", "read_page"]

PAGE_ENDINGS = (".html", ".htm")

_BROKEN = (ValueError, AssertionError, LookupError, TypeError)  # what the parser of pages raises for one that is damaged
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_LINE = re.compile(r"(https?://\S+)(?:[\t;,]\s*(\S.*))?", re.IGNORECASE)
_HEAD = 400_000  # bytes in which a page states its address
_STATED = re.compile(
    rb"""<!-- saved from url=\(\d+\)(\S+) -->|rel=["']?canonical["']?[^>]*?href=["']?([^"'\s>]+)|href=["']?([^"'\s>]+)["']?[^>]*?rel=["']?canonical"""
    rb"""|property=["']?og:url["']?[^>]*?content=["']?([^"'\s>]+)""",
    re.IGNORECASE,
)


def read_page(path: Path, *, name: str) -> Iterator[Item]:
    """Yield the articles in a saved page: an export saved as one, else its article, with the title, date, outlet and author that it states."""
    text = read_text(path)
    with reading(path, "a web page", *_BROKEN):
        found = list(_exported(text, name))
    if found:
        yield from found
        return
    with reading(path, "a web page", *_BROKEN):
        facts = page_facts(text)
    if facts["text"] is None and facts["doubt"]:
        raise InputError(f"{path}: {facts['doubt']}")
    if facts["doubt"]:
        yield Problem(name, facts["doubt"], facts.get("title") or "", kept=True)
    address = facts.get("source") or next(iter(_stated(path)), None)
    named = {**facts, "outlet": facts.get("source-hostname"), "byline": facts.get("author"), "url": address}
    yield from finish(named, source_file=name, article="")


def _exported(page: str, name: str) -> Iterator[Item]:
    """Yield the articles in an export that was saved as a page; nothing where it is none."""
    if is_europresse(page):
        yield from _europresse(page, name)
    elif lines := export_lines(page):
        yield from read_export(lines, wrapped=False, name=name)


def _europresse(page: str, name: str) -> Iterator[Item]:
    number = 0
    for number, facts in enumerate(europresse_articles(page), start=1):
        if not facts["date"]:
            yield Problem(name, "no date stands in its head; it is kept without one.", f"article {number}", kept=True)
        yield from finish(facts, source_file=name, article=f"article {number}", headed=True)
    if (named := named_outlets(page)) != number:
        reason = f"it names {named} outlets and {number} articles were read; some may run into each other or be damaged, so look at it."
        yield Problem(name, reason, kept=True)


def is_url_list(lines: Sequence[str]) -> bool:
    r"""Return whether every line that is not blank begins with an address.

    >>> is_url_list(["https://veenbode.example/stikstof", "", "https://veenbode.example/zorg\tzorg.html"])
    True
    """
    filled = [line for line in lines if line]
    return bool(filled) and all(_LINE.fullmatch(line) for line in filled)


def expected_pages(path: Path, lines: Sequence[str], *, name: str) -> Iterator[Path | Problem]:
    """Yield the saved page of each address of the list ``path``, or a problem for an address of which there is none."""
    saved: dict[str, Path] | None = None
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        if found[2]:
            yield _named_page(path, found[2].strip(), Problem(name, "", f"line {number}"))
            continue
        saved = _saved_pages(path.parent) if saved is None else saved
        page = saved.get(_plain(found[1]))
        yield page or Problem(name, f"no saved page states the address {found[1]}; save it as .html beside the list.", f"line {number}")


def _named_page(path: Path, file: str, place: Problem) -> Path | Problem:
    page = (path.parent / file).resolve()
    if path.parent.resolve() not in page.parents:
        return Problem(
            place.file, f"'{file}' leads out of the folder of the list and is not opened; save the page beside the list.", place.article
        )
    if page.suffix.lower() not in PAGE_ENDINGS or not page.is_file():
        return Problem(place.file, f"'{file}' is no saved page beside the list; save it as .html.", place.article)
    return page


def _saved_pages(folder: Path) -> dict[str, Path]:
    """Return the pages in ``folder``, at any depth, by the addresses they state."""
    pages = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PAGE_ENDINGS and path.is_file()]
    return {_plain(address): page for page in reversed(pages) for address in _stated(page)}


def _stated(page: Path) -> list[str]:
    try:
        with page.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise InputError(f"{page}: cannot be read ({error.strerror}); check its permissions.") from error
    found = [next(filter(None, groups)).decode("utf-8", "replace") for groups in _STATED.findall(head)]
    return [address for address in found if _ADDRESS.fullmatch(address)]


def _plain(address: str) -> str:
    """Return an address without what differs between two ways to write it.

    >>> _plain("https://www.veenbode.example/stikstof/#reacties")
    'veenbode.example/stikstof'
    """
    return re.sub(r"^https?://(?:www\.|m\.)?", "", address.partition("#")[0], flags=re.IGNORECASE).rstrip("/").casefold()
