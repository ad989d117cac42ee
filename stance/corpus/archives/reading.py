"""All that is named on a command line, read as archives: every file ends as articles, or as a problem with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from stance.corpus.archives.delpher import read_delpher
from stance.corpus.archives.lines import to_lines
from stance.corpus.archives.records import ArchiveArticle, Item, Problem, as_batch, schema_with
from stance.corpus.archives.tables import read_table_archive
from stance.corpus.archives.texts import read_text_archive
from stance.corpus.archives.web import PAGE_ENDINGS, expected_pages, is_url_list, read_page
from stance.corpus.archives.zips import MOST_DEPTH, unpacked
from stance.corpus.files import read_article
from stance.corpus.folders import list_folder
from stance.corpus.opening import check_exists
from stance.corpus.parts import is_part_folder
from stance.corpus.records import Columns
from stance.corpus.tables import TABLE_ENDINGS, is_table
from stance.errors import InputError, StanceError

__all__ = ["Archives", "Source", "find_sources", "read_archives", "read_source"]

_PLAIN = Columns()
_TEXT_ENDINGS = (".txt", ".md", ".docx", ".rtf")
_MOST_BYTES = 200 * 10**6  # of a file that is no table, and so is read whole
_MENDS = {
    **dict.fromkeys((".docm", ".dotm", ".xlsm", ".xltm"), "it may hold macros; save it as .docx or .xlsx, which cannot."),
    **dict.fromkeys((".doc", ".dot", ".odt", ".wpd"), "save it as .docx."),
    **dict.fromkeys((".xls", ".ods"), "save it as .xlsx."),
    **dict.fromkeys((".mht", ".mhtml", ".webarchive", ".maff"), "save the page as .html."),
    ".pdf": "export the articles as .docx, .rtf or .txt; a page of print does not tell where they begin.",
    **dict.fromkeys((".7z", ".rar", ".tar", ".gz", ".tgz"), "unpack it first, or pack it as .zip."),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, and the name to tell it by: as the user wrote it, or its place in a zip."""

    path: Path
    name: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Archives:
    """What `read_archives` found.

    Attributes:
        articles: one row an article, with the columns of the corpus.
        problems: one row a problem, columns ``file article reason kept``.
    """

    articles: pd.DataFrame
    problems: pd.DataFrame


def read_archives(paths: Sequence[Path | str], columns: Columns = _PLAIN, *, keep: Sequence[str] = ()) -> Archives:
    """Return the articles in all that ``paths`` name, each once, and what could not be read. For more than memory holds: ``stance read``.

    Takes exports of Nexis, LexisNexis, Factiva, Europresse, GoPress, Mediargus and Delpher, tables such as AmCAT's, saved web pages, plain
    articles, and folders and zips of them. The id of an article depends on its outlet, date, title and text alone. Columns of tables that are no facts of the corpus
    are left out, but those in ``keep``.
    """
    schema = schema_with(keep)
    sources = find_sources(paths)
    pages = frozenset(source.path.resolve() for source in sources)
    articles: dict[str, ArchiveArticle] = {}
    problems: list[Problem] = []
    for source in sources:
        for item in read_source(source, columns, keep=keep, pages=pages):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                articles.setdefault(item.id, item)
    frame = as_batch(list(articles.values()), schema).to_pandas() if articles else schema.empty_table().to_pandas()
    told = [asdict(problem) for problem in problems]
    return Archives(articles=frame, problems=pd.DataFrame(told, columns=["file", "article", "reason", "kept"]))


def find_sources(paths: Sequence[Path | str]) -> list[Source]:
    """Return the files that ``paths`` name, in their order: files, and all files in folders, at any depth, by name.

    A folder that cannot be listed is among them, so that reading it gives the problem. Passed over are hidden files, and the folders of
    pictures and scripts that browsers save beside a page.
    """
    sources: dict[Path, Source] = {}
    for path in map(Path, paths):
        if not path.exists():
            check_exists(path)
        files = _inside(path) if path.is_dir() and not is_part_folder(path) else [path]  # a folder of parts is one table
        for file in files:
            sources.setdefault(file.resolve(), Source(file, str(file)))
    if not sources:
        raise InputError("No file is named, or the folders are empty; name exports, tables, saved pages, zips or folders of them.")
    return list(sources.values())


def _inside(folder: Path) -> list[Path]:
    listing = list_folder(folder)
    files = sorted([*listing.files, *listing.refused])
    pages = {path.with_suffix("") for path in files if path.suffix.lower() in PAGE_ENDINGS}
    beside = {page.with_name(f"{page.name}{mark}") for page in pages for mark in ("_files", "_bestanden")}
    hidden = [any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts) for path in files]
    return [path for path, skip in zip(files, hidden, strict=True) if not skip and beside.isdisjoint(path.parents)]


def read_source(
    source: Source, columns: Columns = _PLAIN, *, keep: Sequence[str] = (), pages: frozenset[Path] = frozenset()
) -> Iterator[Item]:
    """Yield the articles in one file and what is wrong with it; never raises for a file that cannot be read.

    ``keep`` are columns of tables that come along; ``pages`` are files that are read in their own turn, so that a list of addresses need not read them again.
    """
    try:
        yield from _read(source, columns, keep, pages)
    except StanceError as error:
        yield Problem(source.name, _reason(error, source))
    except (MemoryError, RecursionError, OSError) as error:
        yield Problem(source.name, f"it cannot be read here ({type(error).__name__}: {str(error)[:120]}).")


def _reason(error: StanceError, source: Source) -> str:
    """Return the sentence of ``error`` without the path it begins with: the problem names the file."""
    text = str(error).removeprefix(f"{source.path}: ").removeprefix(f"{source.name}: ").removeprefix(f"{source.path} ")
    return text.replace(str(source.path), source.name)


def _read(source: Source, columns: Columns, keep: Sequence[str], pages: frozenset[Path]) -> Iterator[Item]:
    ending = source.path.suffix.lower()
    check_exists(source.path)
    if source.path.is_dir() and not is_part_folder(source.path):
        raise InputError(f"{source.path}: this folder cannot be listed ({_why_not(source.path)}); check its permissions.")
    if is_table(source.path) or ending == ".json":
        yield from read_table_archive(source.path, columns, name=source.name, keep=keep)
        return
    if source.path.stat().st_size > _MOST_BYTES and ending != ".zip":
        raise InputError(f"{source.path}: the file is over {_MOST_BYTES / 1e6:.0f} MB, far more than an export; split it.")
    if ending == ".zip":
        yield from _read_zip(source, columns, keep)
    elif ending == ".xml":
        yield from read_delpher(source.path, name=source.name)
    elif ending in PAGE_ENDINGS:
        yield from read_page(source.path, name=source.name)
    elif ending in _TEXT_ENDINGS:
        yield from _read_text(source, pages)
    else:
        known = ", ".join((*_TEXT_ENDINGS, *PAGE_ENDINGS, ".zip", ".xml", ".json", *TABLE_ENDINGS))
        raise InputError(f"{source.path}: '{ending}' is no ending that is read; {_MENDS.get(ending, f'these are: {known}.')}")


def _why_not(folder: Path) -> str:
    return next(iter(list_folder(folder).refused.values()), "it could not be a moment ago")


def _read_zip(source: Source, columns: Columns, keep: Sequence[str]) -> Iterator[Item]:
    if source.depth >= MOST_DEPTH:
        raise InputError(f"{source.path}: this is a zip in a zip in a zip; it looks like a bomb and is not opened.")
    for member in unpacked(source.path, name=source.name):
        if isinstance(member, Problem):
            yield member
        else:
            yield from read_source(Source(*member, depth=source.depth + 1), columns, keep=keep)


def _read_text(source: Source, pages: frozenset[Path]) -> Iterator[Item]:
    article = read_article(source.path)
    lines = to_lines(article.text)
    if not is_url_list(lines):
        yield from read_text_archive(article, ending=source.path.suffix.lower(), name=source.name)
        return
    if source.depth:
        raise InputError(f"{source.path}: a list of addresses is not followed inside a zip; its pages are read as they are.")
    for page in expected_pages(source.path, lines, name=source.name):
        if isinstance(page, Problem):
            yield page
        elif page.resolve() not in pages:
            yield from read_source(replace(source, path=page, name=str(Path(source.name).with_name(page.name))))
