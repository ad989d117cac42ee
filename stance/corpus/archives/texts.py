"""Lines of a file that holds exports as text: of Nexis, Factiva, Mediargus or GoPress where they are one, else one article."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from stance.corpus.archives.covers import is_list_of_results, promised
from stance.corpus.archives.doubts import likely_format, marks_in
from stance.corpus.archives.factiva import factiva_articles, is_factiva
from stance.corpus.archives.gopress import gopress_articles, is_gopress
from stance.corpus.archives.lines import is_wrapped, to_lines
from stance.corpus.archives.mediargus import is_mediargus, mediargus_articles
from stance.corpus.archives.nexis import is_nexis, missing_numbers, nexis_articles
from stance.corpus.archives.records import Facts, Item, Problem, finish
from stance.corpus.records import Article

__all__ = ["read_export", "read_text_archive"]


class _Reader(Protocol):
    def __call__(self, lines: Sequence[str], *, wrapped: bool) -> Iterator[Facts]: ...


_READERS: dict[str, tuple[Callable[[Sequence[str]], bool], _Reader]] = {
    "Factiva": (is_factiva, factiva_articles),
    "Nexis": (is_nexis, nexis_articles),
    "Mediargus": (is_mediargus, mediargus_articles),
    "GoPress": (is_gopress, gopress_articles),
}


def read_text_archive(article: Article, *, ending: str, name: str) -> Iterator[Item]:
    """Yield the articles in a file that was read as if it were one."""
    lines = to_lines(article.text)
    wrapped = ending != ".docx" and is_wrapped(lines)
    if is_list_of_results(lines):
        yield Problem(name, "it is the list of results of a Nexis search, not an article; its articles are read from their own files.")
        return
    items = read_export(lines, wrapped=wrapped, name=name)
    first = next(items, None)
    if first is not None:
        yield first
        yield from items
    elif known := likely_format(marks_in(article.text)):
        yield Problem(
            name, f"it looks like an export of {known} with several articles, but its layout is not known; export it in another format."
        )
    else:
        facts = {"text": article.text, "title": article.title, "date": article.date, "outlet": article.outlet}
        yield from finish(facts, source_file=name, article="")


def read_export(lines: Sequence[str], *, wrapped: bool, name: str) -> Iterator[Item]:
    """Yield the articles in an export as lines, and what is wrong with it; nothing where ``lines`` are no export."""
    kind = next((kind for kind, (is_one, _) in _READERS.items() if is_one(lines)), None)
    if kind is None:
        return
    number = 0
    for number, facts in enumerate(_READERS[kind][1](lines, wrapped=wrapped), start=1):
        if facts.get("text") and not facts.get("date"):
            yield Problem(name, "no line of its head is a date; it is kept without one.", f"article {number}", kept=True)
        yield from finish(facts, source_file=name, article=f"article {number}", headed=True)
    yield from _missing(lines, kind, number, name)


def _missing(lines: Sequence[str], kind: str, number: int, name: str) -> Iterator[Problem]:
    """Yield what the export itself shows to be missing: all articles, some of its numbers, or some of those its cover tells of."""
    told = promised(lines) if kind == "Nexis" else None
    if not number:
        yield Problem(name, f"the file holds marks of a {kind} export, but no article; it may be the list of results.")
    elif told is not None and told != number:
        yield Problem(name, f"its cover tells of {told} articles and {number} are in the file; look whether it is whole.", kept=True)
    if kind == "Nexis" and (missing := missing_numbers(lines)):
        listed = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
        yield Problem(name, f"by its numbering {len(missing)} articles are not in the file (number {listed}); export them again.")
