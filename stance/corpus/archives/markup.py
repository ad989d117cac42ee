"""Exports saved as web pages (Factiva, LexisNexis, GoPress, press reviews) as the lines that a reader sees."""

from __future__ import annotations

import re

from stance.corpus.pages import parse_page

__all__ = ["export_lines", "page_lines"]

_BLOCK = re.compile(
    r"address|article|aside|blockquote|dd|div|dl|dt|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tr|ul", re.IGNORECASE
)
_UNSEEN = ("script", "style", "noscript", "template", "head", "title")
_CELL = "\ue01f"  # between cells, where white space is collapsed
_EXPORT = re.compile(
    r"<DOCFULL>|NAME=[\"']?DOC_ID_\d|\bDocument\s+[A-Z][A-Z0-9]{3,}[A-Za-z0-9]{8,}\s*<|>\s*\d+\s+(?:of|van|von|de)\s+\d+\s+DO[CK]UMENT",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"\d{1,2}[\s./-]+\w+[\s./-]+\d{4}[\s,;|–—-]{0,6}(?:pagina|page|pag\.?|p\.|blz\.?)\s*\w", re.IGNORECASE)
_FACTIVA = {
    re.compile(r"(<(?:div|td)[^>]*\bid=[\"']?hd\b[^>]*>)", re.IGNORECASE): rf"\1HD{_CELL}",
    re.compile(r"(<(?:div|td)[^>]*\bclass=[\"']?author\b[^>]*>)", re.IGNORECASE): rf"\1BY{_CELL}",
}


def export_lines(page: str) -> list[str] | None:
    """Return the lines of a page that holds marks of an export, or sources of several articles; ``None`` for any other page."""
    if not _EXPORT.search(page) and len(_SOURCE.findall(page)) < 2:
        return None
    for pattern, replacement in _FACTIVA.items():
        page = pattern.sub(replacement, page)
    return page_lines(page)


def page_lines(page: str) -> list[str]:
    r"""Return the lines of a page as it is seen: one a block or break, blank ones between blocks, a tab between cells.

    >>> page_lines("<html><body><p>Eén\nregel</p><p>twee<br>drie</p></body></html>")
    ['', 'Eén regel', '', 'twee', 'drie', '']
    """
    import lxml.etree  # start-up cost

    tree = parse_page(page)
    lxml.etree.strip_elements(tree, *_UNSEEN, lxml.etree.Comment, with_tail=False)
    for element in tree.iter(lxml.etree.Element):
        before = "\n" if _BLOCK.fullmatch(element.tag) else ""
        behind = before or {"br": "\n", "td": _CELL, "th": _CELL}.get(element.tag, "")
        element.text = before + " ".join(re.split(r"[ \t\r\n\f]+", element.text or ""))
        element.tail = behind + " ".join(re.split(r"[ \t\r\n\f]+", element.tail or ""))
    return [line.strip(f" {_CELL}").replace(_CELL, "\t") for line in tree.text_content().split("\n")]
