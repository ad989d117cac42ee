"""Article files, and all that is named on a command line: files, folders of them and tables, as one table of units."""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from stance.corpus.cleaning import clean_text
from stance.corpus.dates import tell_unread, unread_dates, with_iso_dates
from stance.corpus.folders import list_folder
from stance.corpus.headers import is_header
from stance.corpus.opening import BROKEN_ZIP, check_exists, check_office, read_text, reading
from stance.corpus.pages import page_facts
from stance.corpus.records import Article, Columns, check_unique, check_units
from stance.corpus.tables import is_table, known_names, read_table
from stance.errors import InputError

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

__all__ = ["ARTICLE_ENDINGS", "article_ids", "input_files", "read_article", "read_inputs"]

_PLAIN = Columns()
_LOG = logging.getLogger(__name__)
_BROKEN_WORD = (*BROKEN_ZIP, KeyError, IndexError, AttributeError, TypeError, SyntaxError)  # SyntaxError: XML that does not parse
_RTF_FLOW = {
    re.compile(r"\{\\\*\\fldinst\b[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"): "",
    re.compile(r"\\column\b ?"): r"\\line ",
    re.compile(r"\\(?:nest)?cell\b ?"): r"\\tab ",
}
_DATE_AT_HEAD = re.compile(r"\s*date:?[ \t]+(\d{4}-\d{1,2}(?:-\d{1,2})?)(?![\w-])[ \t]*[.:]?\s*", re.IGNORECASE)


def read_article(path: Path) -> Article:
    """Return the article in the file ``path``: its id is the name of the file without its ending, its text is clean.

    A file may begin with its date, ``date 2022-12`` or ``date 2022-12-19``, on the line of the text or on its own; that is no text.
    Of a web page the article is taken, without menus and the like, and its title, date and outlet where the page states them.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path}: '{path.suffix}' is no ending of an article file ({', '.join(_READERS)}); save the article as one of those."
        )
    check_exists(path)
    article = _dated(reader(path), path)
    text = clean_text(article.text).strip()
    if not text:
        raise InputError(f"{path}: the file holds no text; give an article of one character at least.")
    title = clean_text(article.title).strip() if article.title else None
    return replace(article, text=text, title=title or None)


def _dated(article: Article, path: Path) -> Article:
    """Return ``article`` with the date at the head of its text, if one is there, as its date."""
    found = _DATE_AT_HEAD.match(article.text.removeprefix("\ufeff"))
    if not found:
        return article
    try:
        date.fromisoformat(f"{found[1]}-01"[:10])
    except ValueError as error:
        raise InputError(f"{path}: 'date {found[1]}' at its head is no date; write date 2022-12 or date 2022-12-19.") from error
    return replace(article, date=found[1], text=article.text.removeprefix("\ufeff")[found.end() :])


# One reader a format. Each imports its library itself (start-up cost): most runs read text or tables and need none of them.


def _read_plain(path: Path) -> Article:
    text = read_text(path)
    if is_header(text.partition("\n")[0]):
        raise InputError(f"{path}: this is a table with tabs, for its first line names columns; rename it to {path.stem}.tsv.")
    return Article(id=path.stem, text=text)


def _read_markdown(path: Path) -> Article:
    """Return the article of a Markdown file; a heading at its head is its title."""
    text = read_text(path)
    heading = re.match(r"\s*# +(.+?)[ #]*(?:\r?\n|\r|$)", text)
    if heading is None or not text[heading.end() :].strip():
        return Article(id=path.stem, text=text)
    return Article(id=path.stem, text=text[heading.end() :], title=heading[1])


def _read_html(path: Path) -> Article:
    facts = page_facts(read_text(path))
    if facts["text"] is None and facts["doubt"]:
        raise InputError(f"{path}: {facts['doubt']}")
    if facts["doubt"]:
        _LOG.warning("%s: %s", path, facts["doubt"])
    return Article(
        id=path.stem, text=facts["text"] or "", date=facts.get("date"), outlet=facts.get("source-hostname"), title=facts.get("title")
    )


def _read_docx(path: Path) -> Article:
    import docx  # start-up cost
    from docx.opc.exceptions import OpcError

    check_office(path)
    with reading(path, "a Word file", OpcError, *_BROKEN_WORD):
        blocks = docx.Document(str(path)).iter_inner_content()
        return Article(id=path.stem, text="\n".join(line for block in blocks for line in _lines(block)))


def _read_rtf(path: Path) -> Article:
    from striprtf.striprtf import rtf_to_text  # start-up cost

    source = path.read_bytes().decode("cp1252", errors="replace")  # RTF is ASCII; some programs write letters of Windows into it
    if not source.lstrip().startswith("{\\rtf"):
        raise InputError(f"{path}: this is no RTF file (it does not begin with {{\\rtf); give it the ending that fits.")
    with reading(path, "an RTF file", UnicodeError, LookupError, ValueError):
        return Article(id=path.stem, text=rtf_to_text(_flowing(source)))  # type: ignore[no-untyped-call]


def _flowing(source: str) -> str:
    """Return RTF without the addresses of links, with a column break as a line break and a tab between the cells of a row."""
    for pattern, replacement in _RTF_FLOW.items():
        source = pattern.sub(replacement, source)
    return source


def _lines(block: Paragraph | Table) -> list[str]:
    """Return the lines of a paragraph, or of a table: its cells row by row, a merged cell once a row."""
    if hasattr(block, "rows"):
        return [text for row in block.rows for text in dict.fromkeys(cell.text for cell in row.cells)]
    return [block.text]


_READERS: dict[str, Callable[[Path], Article]] = {
    ".txt": _read_plain,
    ".md": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".docx": _read_docx,
    ".rtf": _read_rtf,
}
ARTICLE_ENDINGS = tuple(_READERS)


def read_inputs(paths: Sequence[Path], columns: Columns = _PLAIN) -> pd.DataFrame:
    """Return all that ``paths`` name as one table of units, in their order: article files, folders of them at any depth, and tables.

    Article files of one name get the part of their path that tells them apart as id. Where a table among several inputs gives no id,
    the id is the table's name and the row number. Dates of tables become ISO (``2022-12-17``); the log tells those that cannot be read. Files
    in a folder that are no articles are passed over, and the log counts them.
    """
    files = input_files(paths)
    ids = article_ids([file for file in files if not is_table(file)])
    parts: list[pd.DataFrame] = []
    for tables, group in groupby(files, key=is_table):  # keeps the order; articles that stand together make one part
        if tables:
            parts += [_units_of_table(file, columns, alone=len(files) == 1) for file in group]
        else:
            parts.append(_units_of_articles([replace(read_article(file), id=ids[file]) for file in group]))
    units = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    return check_unique(units, where="inputs")


def input_files(paths: Sequence[Path]) -> list[Path]:
    """Return the tables and article files that ``paths`` name, in their order; refuses none at all and one named twice."""
    files = [file for path in paths for file in _files(Path(path))]
    if not files:
        raise InputError("No input is named; name an article file, a folder of them or a table.")
    _refuse_repeats(files)
    return files


def _files(path: Path) -> list[Path]:
    """Return ``path``, or the article files in the folder it is, sorted by name."""
    check_exists(path)
    if not path.is_dir() or is_table(path):  # a folder of parts is one table
        return [path]
    listing = list_folder(path)
    for folder, reason in listing.refused.items():
        raise InputError(f"{folder}: this folder cannot be listed ({reason}); check its permissions, or name the folders beside it.")
    inside = [file for file in listing.files if not _hidden(file.relative_to(path))]
    articles = [file for file in inside if file.suffix.lower() in _READERS]
    passed = Counter(file.suffix.lower() or file.name for file in inside if file.suffix.lower() not in _READERS)
    if not articles:
        hint = " Name its tables themselves." if any(map(is_table, inside)) else ""
        raise InputError(f"{path}: there is no article file in this folder ({', '.join(_READERS)}).{hint}")
    if passed:
        _LOG.warning("%s: passed over files that are no articles: %s", path, ", ".join(f"{count} {end}" for end, count in passed.items()))
    return articles


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.parts)  # ~$ is Word's mark for a file that is open


def _refuse_repeats(files: Sequence[Path]) -> None:
    repeated = [file for file, times in Counter(file.resolve() for file in files).items() if times > 1]
    if repeated:
        raise InputError(f"{repeated[0].name}: this file is named twice among the inputs; name it once.")


def article_ids(files: Sequence[Path]) -> dict[Path, str]:
    """Return the id of each article file: its stem, or where several have that, its path from the folder they share."""
    stems = Counter(file.stem for file in files)
    alike = [file.resolve() for file in files if stems[file.stem] > 1]
    root = os.path.commonpath([file.parent for file in alike]) if alike else ""
    return {file: file.stem if stems[file.stem] == 1 else file.resolve().relative_to(root).as_posix() for file in files}


def _units_of_table(path: Path, columns: Columns, *, alone: bool) -> pd.DataFrame:
    prefix = "" if alone else f"{path.name.partition('.')[0]}:"
    units = with_iso_dates(check_units(read_table(path, known_names(path, columns), prefix=prefix), where=str(path)))
    if unread := unread_dates(units):
        _LOG.warning("%s: %s", path, tell_unread(unread))
    return units


def _units_of_articles(articles: Sequence[Article]) -> pd.DataFrame:
    return check_units(pd.DataFrame([asdict(article) for article in articles], dtype=object), where="article files")
