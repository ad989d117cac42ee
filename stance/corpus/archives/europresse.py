"""Exports of Europresse as a web page: an ``<article>`` for each, its facts marked by class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from stance.corpus.archives.records import Facts
from stance.corpus.dates import iso_date
from stance.corpus.pages import parse_page
from stance.errors import InputError

__all__ = ["europresse_articles", "is_europresse", "named_outlets"]

_OUTLET = "DocPublicationName"
_BEGIN = re.compile(r"<article\b", re.IGNORECASE)
_MARK = re.compile(r"\b(?:rdp__)?DocPublicationName\b")
_NUMBER = re.compile(r"\s*,?\s*(?:no|n°|nr)\.?\s*\d.*", re.IGNORECASE)
_PAGE = re.compile(r"\b(?:pagina|page|pag|p|blz)\.?\s*([\w/-]*\d[\w/-]*)", re.IGNORECASE)
_WORDS = re.compile(r"(\d{1,3}(?:[\s.]\d{3})+|\d+)\s*(?:mots|words|woorden)\b", re.IGNORECASE)
_ID = re.compile(r"news\W\d{8}\W\w+\W\w+")


def is_europresse(page: str) -> bool:
    """Return whether a page marks the outlets of its articles as Europresse does."""
    return _MARK.search(page) is not None


def europresse_articles(page: str) -> Iterator[Facts]:
    """Yield the facts of each article, in the order of the page."""
    for article in _articles(page):
        header = _text(article, "DocHeader")
        found = _PAGE.search(header)
        words = _WORDS.search(header)
        identity = _ID.search(_text(article, "publiC-lblNodoc"))
        yield {
            "title": _text(article, "titreArticleVisu") or _text(article, "titreArticle"),
            "outlet": _NUMBER.sub("", _text(article, _OUTLET)),
            "date": _date(header) or (f"{identity[0][5:9]}-{identity[0][9:11]}-{identity[0][11:13]}" if identity else None),
            "section": f"Pagina {found[1]}" if found else None,
            "byline": _text(article, "docAuthors"),
            "length_words": re.sub(r"\D", "", words[1]) if words else None,
            "archive_id": identity[0] if identity else None,
            "text": _body(article),
        }


def named_outlets(page: str) -> int:
    """Return how many outlets the page names; each article has one, so another number shows that some were not parted, or are damaged."""
    return len(_marked(parse_page(page), _OUTLET))


def _articles(page: str) -> Iterator[Any]:
    """Yield the elements of the articles; each ends where the next begins, whether it is closed there or not."""
    for part in _BEGIN.split(page)[1:]:
        yield from (article for article in parse_page(f"<article{part}").iter("article") if _marked(article, _OUTLET) or _body(article))


def _marked(article: Any, name: str) -> list[Any]:
    found: list[Any] = article.xpath(f".//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]")
    return found


def _text(article: Any, name: str) -> str:
    return " ".join(_marked(article, name)[0].text_content().split()) if _marked(article, name) else ""


def _body(article: Any) -> str:
    """Return the paragraphs of an article, each but once where the containers of several are nested."""
    places = _marked(article, "docOcurrContainer") or _marked(article, "DocText")
    found = {id(part): part for place in places for part in (place.xpath(".//p") or [place])}
    return "\n".join(filter(None, (" ".join(part.text_content().split()) for part in found.values())))


def _date(header: str) -> str | None:
    """Return the first date in a line that holds outlet, section, date and page in any order."""
    words = header.replace(",", " ").split()
    for start in range(len(words)):
        for length in (3, 1):
            try:
                return iso_date(" ".join(words[start : start + length]))
            except InputError:
                continue
    return None
