"""What comes out of an archive: articles with all that it tells of them, and problems with the place where they stand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TypeAlias

import pyarrow as pa

from stance.corpus.archives.doubts import doubts
from stance.corpus.cleaning import clean_text
from stance.corpus.dates import iso_date
from stance.errors import InputError

__all__ = ["SCHEMA", "ArchiveArticle", "Facts", "Item", "Problem", "as_batch", "finish", "schema_with"]

Facts: TypeAlias = Mapping[str, "str | None"]

_MOST_WORDS = 1_000_000  # told of one article; more is another number


@dataclass(frozen=True, slots=True)
class ArchiveArticle:
    """One article of an archive; what the archive does not tell is ``None``.

    Attributes:
        text: clean, in paragraphs; never blank.
        date: ``2022-12-17`` or ``2022-12``.
        length_words: the number of words as the archive tells it, which may count otherwise than we would.
        load_date: when the archive took the article in.
        archive_id: the article's id in the archive it comes from.
        source_file: the file it stands in; behind the name of a zip, the name inside it.
        kept: what the user asked to keep of its other columns, by name.
    """

    text: str
    source_file: str
    title: str | None = None
    outlet: str | None = None
    date: str | None = None
    section: str | None = None
    byline: str | None = None
    length_words: int | None = None
    load_date: str | None = None
    archive_id: str | None = None
    url: str | None = None
    kept: Facts = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The same for the same outlet, date, title and text, whatever file or format the article comes in."""
        parts = (self.outlet, self.date, self.title, self.text)
        words = "\x1f".join(" ".join((part or "").split()) for part in parts)
        return f"a{hashlib.sha256(words.encode()).hexdigest()[:16]}"  # a letter first: spreadsheets make numbers of 16 figures


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, and why.

    Attributes:
        article: which article or row of the file; empty where it is the file itself.
        kept: whether an article is in the corpus all the same, without what could not be read.
    """

    file: str
    reason: str
    article: str = ""
    kept: bool = False


Item: TypeAlias = ArchiveArticle | Problem

_COLUMNS = ("id", "date", "outlet", "title", "text", "section", "byline", "length_words", "load_date", "archive_id", "url", "source_file")
SCHEMA = pa.schema([(name, pa.int32() if name == "length_words" else pa.string()) for name in _COLUMNS])
_TEXTUAL = tuple(one.name for one in fields(ArchiveArticle) if one.name not in ("source_file", "length_words", "kept"))


def schema_with(keep: Sequence[str]) -> pa.Schema:
    """Return the columns of the corpus, and behind them those that the user asked to ``keep``, as text."""
    taken = [name for name in keep if name in SCHEMA.names]
    if taken:
        raise InputError(f"The corpus has a column '{taken[0]}' of its own, so that of a table cannot be kept; rename it there first.")
    return pa.schema([*SCHEMA, *((name, pa.string()) for name in dict.fromkeys(keep))])


def as_batch(articles: Sequence[ArchiveArticle], schema: pa.Schema = SCHEMA) -> pa.RecordBatch:
    """Return ``articles`` as rows of the corpus, with their ids."""
    return pa.RecordBatch.from_pylist([{"id": article.id, **asdict(article), **article.kept} for article in articles], schema=schema)


def finish(facts: Facts, *, source_file: str, article: str, kept: Facts | None = None, headed: bool = False) -> Iterator[Item]:
    """Yield the article that ``facts`` tell of, clean and dated; before it, or in its place, what is wrong or doubtful about it.

    Facts are named as the columns of the corpus and may hold more than those; ``kept`` stays with the article as it is. ``headed``:
    the marks of its head and tail were taken off (`stance.corpus.archives.doubts`).
    """
    clean = {name: (clean_text(value).strip() or None) if (value := facts.get(name)) else None for name in _TEXTUAL}
    named = f"{article} ({clean['title'][:60]})" if clean["title"] else article
    if clean["text"] is None:
        yield Problem(source_file, "it has no text (a photo or a table, perhaps); it is left out.", named)
        return
    for name in ("date", "load_date"):
        try:
            clean[name] = iso_date(clean[name]) if clean[name] else None
        except InputError as error:
            clean[name] = None
            yield Problem(source_file, f"its {name.replace('_', ' ')} {error}; it is kept without one.", named, kept=True)
    text, told = clean.pop("text") or "", _words(facts.get("length_words"))
    for doubt in doubts(text, told, headed=headed):
        yield Problem(source_file, doubt, named, kept=True)
    yield ArchiveArticle(text=text, source_file=source_file, length_words=told, kept=kept or {}, **clean)


def _words(length: str | None) -> int | None:
    """Return the number in ``512 woorden`` or ``1.024 words``."""
    found = re.search(r"\d{1,3}(?:[.,]\d{3})+(?!\d)|\d+", length or "")
    number = int(re.sub(r"\D", "", found[0])) if found else 0
    return number if 0 < number <= _MOST_WORDS else None
