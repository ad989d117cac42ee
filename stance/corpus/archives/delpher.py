"""Newspapers of Delpher (the Koninklijke Bibliotheek) as its open archive gives them: one folder an issue.

    DDD_ddd_010100993/
        ..._didl.xml              the issue: title of the paper and date (MPEG-21 DIDL with Dublin Core, as its OAI server gives it)
        ..._0001_articletext.xml  an article: <text><title>...</title><p>...</p></text>
        ..._alto.xml              the places of words on a page

The text of an article is read from its own file, its paper and date from the description beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

from stance.corpus.archives.records import Item, Problem, finish
from stance.corpus.opening import read_text, reading
from stance.errors import InputError

__all__ = ["DESCRIPTIONS", "TEXTS", "read_delpher"]

_ENTITIES = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED = re.compile(r"\s*<\?xml[^>]*\?>")
TEXTS = "_articletext.xml"
"""How the name of an article ends."""

DESCRIPTIONS = ("didl.xml", "mpeg21.xml")
"""How the name of a description of a newspaper ends."""


def read_delpher(path: Path, *, name: str) -> Iterator[Item]:
    """Yield the article in an XML file of Delpher; nothing for a description or a page whose articles stand beside it."""
    root = _parse(path)
    kind = _local(root)
    if kind == "text" and root.find("p") is not None:
        yield from _article(root, path, name)
    elif kind in ("DIDL", "OAI-PMH", "alto") and any(path.parent.glob(f"*{TEXTS}")):
        return
    elif kind in ("DIDL", "OAI-PMH", "alto", "searchRetrieveResponse"):
        yield Problem(name, f"it describes a newspaper or page and holds no article; put the files '*{TEXTS}' beside it.")
    else:
        raise InputError(
            f"{path}: XML with root '{kind}' is not read (of XML: the articles of Delpher); export the articles in another format."
        )


def _article(root: ElementTree.Element, path: Path, name: str) -> Iterator[Item]:
    issue = _issue(path.parent, Path(name).name)
    paragraphs = [" ".join("".join(part.itertext()).split()) for part in root.iter("p")]
    facts: dict[str, str | None] = {
        **issue,
        "title": " ".join("".join(root.findtext("title") or "").split()) or None,
        "text": "\n".join(filter(None, paragraphs)),
        "archive_id": Path(name).name.removesuffix(TEXTS),
    }
    if not issue:
        yield Problem(
            name, "no description (didl.xml) of its newspaper can be read beside it; it is kept without date and outlet.", kept=True
        )
    yield from finish(facts, source_file=name, article="")


def _issue(folder: Path, article: str) -> dict[str, str]:
    """Return outlet and date of the newspaper that ``article`` is in: where ``folder`` describes several, of the one that its name begins with."""
    issues = _issues(folder)
    if len(issues) == 1:
        return next(iter(issues.values()))
    return next((facts for name, facts in issues.items() if article.startswith(f"{name}_")), {})


@lru_cache(maxsize=64)
def _issues(folder: Path) -> dict[str, dict[str, str]]:
    """Return by its name what each description in ``folder`` gives: the first title and date of its Dublin Core."""
    issues: dict[str, dict[str, str]] = {}
    for path in sorted(path for path in folder.glob("*.xml") if path.name.endswith(DESCRIPTIONS)):
        facts: dict[str, str] = {}
        for element in _elements(path):
            fact = {"title": "outlet", "date": "date"}.get(_local(element))
            if fact and element.text and element.text.strip():
                facts.setdefault(fact, element.text.strip())
        if facts:
            issues[path.stem.rpartition("_")[0]] = facts
    return issues


def _elements(path: Path) -> Iterator[ElementTree.Element]:
    """Yield the elements of a description; none of one that cannot be read, which is listed where the file itself is."""
    with suppress(InputError):
        yield from _parse(path).iter()


def _parse(path: Path) -> ElementTree.Element:
    text = read_text(path)
    if _ENTITIES.search(text):
        raise InputError(f"{path}: it declares XML entities or a document type, as no export does; it is not opened.")
    with reading(path, "XML", ElementTree.ParseError, ValueError):
        return ElementTree.fromstring(_DECLARED.sub("", text, count=1))


def _local(element: ElementTree.Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]
