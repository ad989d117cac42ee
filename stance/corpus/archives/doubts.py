"""Doubts about an article that was read: is it one article, and all of it?

Two signs find nearly every silent merge and loss: marks of a head or a tail inside the text, of which an article has each but once, and
a length told by the archive that the words read are far from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from stance.corpus.archives.labels import is_length, is_load_date
from stance.corpus.archives.marks import ACCESSION, gives_rights, parts_articles
from stance.corpus.archives.sources import source_of

__all__ = ["MOST_WORDS", "doubts", "likely_format", "marks_in"]

MOST_WORDS = 20_000  # of one article; a long read has some 10,000
_LEAST, _MOST, _OFF = 0.6, 1.6, 50  # words read as a share of those told, and how many they must differ by
_LONGEST = 200  # characters of a line that is a mark
_FORMATS = {"id of Factiva": "Factiva", "outlet with date and page": "GoPress, Mediargus or a press review"}
_WEAK = {"outlet with date and page"}  # one may stand in a text, as the source of what it says
_LIKELY = re.compile(
    r"\d|[^\W\d][\w-]*(?: \w+){0,3}\s*[:\t]|copyright|©|\(c\)|all|tous|do[ck]ument|ende?|einde|fin", re.IGNORECASE
)  # what any mark but the line of an outlet begins with


def marks_in(text: str) -> Counter[str]:
    r"""Return the kinds of marks that stand on lines of their own in ``text``, with their numbers.

    >>> marks_in("De raad stemt.\nLength: 512 words\nDe brug is open.")
    Counter({'length': 1})
    """
    if "\n" not in text:
        return Counter()
    lines = (line.strip() for line in text.split("\n") if len(line) <= _LONGEST)
    return Counter(mark for line in lines if line and (mark := _mark(line)))


def _mark(line: str) -> str | None:
    if not _LIKELY.match(line):
        return _source_mark(line)
    if parts_articles(line):
        return "begin or end of a document"
    if is_length(line):
        return "length"
    if line.startswith("Do") and ACCESSION.fullmatch(line):
        return "id of Factiva"
    if is_load_date(line):
        return "load date"
    if gives_rights(line):
        return "copyright line"
    return _source_mark(line)


def _source_mark(line: str) -> str | None:
    source = source_of(line)
    return "outlet with date and page" if source and source.marked else None


def likely_format(marks: Counter[str]) -> str | None:
    """Return the archive whose marks repeat, in a file that no reader knows the layout of, or ``None``.

    >>> likely_format(Counter({"length": 3, "id of Factiva": 3})), likely_format(Counter({"copyright line": 2}))
    ('Factiva', None)
    """
    repeated = [mark for mark, number in marks.items() if number > 1 and mark != "copyright line"]
    return next((_FORMATS[mark] for mark in repeated if mark in _FORMATS), "Nexis") if repeated else None


def doubts(text: str, told: int | None, *, headed: bool) -> Iterator[str]:
    """Yield what makes it doubtful that ``text`` is one article and all of it.

    Args:
        text: the text as it was read.
        told: the number of words that the archive tells.
        headed: whether head and tail were taken off, so that each mark in the text is a second one.
    """
    marks = marks_in(text)
    repeated = [mark for mark, number in marks.items() if number > (0 if headed and mark not in _WEAK else 1)]
    if repeated:
        yield f"its text holds marks of further articles ({', '.join(repeated)}); it may be several in one, so look at it."
    if told is None and len(text) < 2 * MOST_WORDS:
        return
    read = len(text.split())
    if read > MOST_WORDS:
        yield f"it has {read:,} words, more than an article has; it may be several in one, so look at it."
    elif told is not None and abs(read - told) > _OFF and not _LEAST * told <= read <= _MOST * told:
        cause = "part of it may be missing" if read < told else "it may be more than one article"
        yield f"the archive tells of {told:,} words and {read:,} were read; {cause}, so look at it."
