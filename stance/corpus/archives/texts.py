"""Text files, Word files and RTF: an export of Nexis or GoPress where they are one, a list of addresses, else one article a file."""

from __future__ import annotations

from collections.abc import Iterator

from stance.corpus.archives.gopress import gopress_articles, is_gopress
from stance.corpus.archives.lines import is_wrapped, to_lines
from stance.corpus.archives.nexis import is_nexis, missing_numbers, nexis_articles
from stance.corpus.archives.records import Item, Problem, finish
from stance.corpus.records import Article

__all__ = ["read_text_archive"]


def read_text_archive(article: Article, *, ending: str, name: str) -> Iterator[Item]:
    """Yield the articles in a file that was read as if it were one."""
    lines = to_lines(article.text)
    wrapped = ending != ".docx" and is_wrapped(lines)
    if is_nexis(lines):
        yield from _nexis(lines, wrapped=wrapped, name=name)
    elif is_gopress(lines):
        for number, facts in enumerate(gopress_articles(lines, wrapped=wrapped), start=1):
            yield from finish(facts, source_file=name, article=f"article {number}")
    else:
        facts = {"text": article.text, "title": article.title, "date": article.date, "outlet": article.outlet}
        yield from finish(facts, source_file=name, article="")


def _nexis(lines: list[str], *, wrapped: bool, name: str) -> Iterator[Item]:
    number = 0
    for number, facts in enumerate(nexis_articles(lines, wrapped=wrapped), start=1):
        if facts.get("text") and not facts.get("date"):
            yield Problem(name, "no line of its head is a date; it is kept without one.", f"article {number}", kept=True)
        yield from finish(facts, source_file=name, article=f"article {number}")
    if not number:
        yield Problem(name, "the file holds marks of a Nexis export, but no article; it may be the list of results.")
    if missing := missing_numbers(lines):
        told = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
        yield Problem(name, f"by its numbering {len(missing)} articles are not in the file (number {told}); export them again.")
