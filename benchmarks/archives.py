"""Whether articles come out of archives one by one, whole or reported: ``python benchmarks/archives.py`` reprints the tables of archives.md.

Four tables: exports of 2,000 articles a format, joined in random order with marks of four languages; 20,000 files changed by chance in marks, rows or bytes;
an import of 100,000 articles. The exports are invented (``tests/helpers``). Stops with an error where an article is lost or merged in silence.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "helpers"))

from generated_exports import LAYOUTS, TABLES, Made, delpher, make_articles, table
from mutations import Count, changed_marks, changed_rows, damaged

from stance.corpus.archives import ArchiveArticle, Source, read_source

SEED = 20210505
MEANT = {"change": 0.6, "rows": 0.2, "bytes": 0.2}  # shares of the changed files


class Room:
    """A folder in which one file after another is written and read."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def read(self, ending: str, content: str | bytes) -> list[object]:
        """Return what is read of a file with this content."""
        path = self.folder / f"x.{ending}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read_source(Source(path, path.name)))


def whole(room: Room, size: int) -> Iterator[str]:
    """Yield one row a format: articles in, out with all facts right, problems, and seconds of processor time."""
    writers: dict[str, tuple[str, Callable[[list[Made]], str | bytes]]] = {
        name: (layout.ending, lambda articles, layout=layout: layout.content(layout.lines(articles))) for name, layout in LAYOUTS.items()
    }
    writers |= {f"table, {ending}": (ending, lambda articles, ending=ending: table(articles, ending)) for ending in TABLES}
    for name, (ending, write) in writers.items():
        rng = np.random.default_rng(SEED)
        articles = make_articles(rng.permutation(size).tolist(), rng)
        begin, items = time.process_time(), room.read(ending, write(articles))
        took = time.process_time() - begin
        right = {(one.title, one.outlet, one.iso, "\n".join(one.text)) for one in articles}
        got = [(item.title, item.outlet, item.date, item.text) for item in items if isinstance(item, ArchiveArticle)]
        fits = len(right.intersection(got)) if len(got) == len(right) else 0
        yield f"| {name} | {size:,} | {fits:,} | {len(items) - len(got)} | {took:.1f} |"
        if fits != size or len(items) != size:
            raise SystemExit(f"{name}: not every article came back.")


def changed(room: Room, files: int) -> Iterator[str]:
    """Yield one row a format and kind of change: files, articles in, out, files with a problem, and articles lost, merged or cut in silence."""
    counts: dict[str, Count] = {}
    for name, layout in LAYOUTS.items():
        count, rng = counts.setdefault(f"{name}: a mark", Count()), np.random.default_rng(SEED)
        for _ in range(int(files * MEANT["change"]) // len(LAYOUTS)):
            lines, what = changed_marks(layout.lines(make_articles(range(5), rng)), rng)
            count.add(layout.content(lines), room.read(layout.ending, layout.content(lines)), what)
        yield _row(f"{name}: a mark", count)
    for ending in TABLES:
        count, rng = counts.setdefault(f"table, {ending}: a character or line", Count()), np.random.default_rng(SEED)
        for _ in range(int(files * MEANT["rows"]) // len(TABLES)):
            content, what = changed_rows(table(make_articles(range(8), rng), ending), rng)
            count.add(content, room.read(ending, content), what)
        yield _row(f"table, {ending}: a character or line", count)
    if faults := [fault for count in counts.values() for fault in count.faults]:
        raise SystemExit("\n".join(["In silence:", *faults[:20]]))


def _row(name: str, count: Count) -> str:
    silent = f"{len(count.lost)} | {len(count.merged)} | {len(count.shortened)}"
    return f"| {name} | {count.files:,} | {count.articles:,} | {count.out:,} | {count.reported:,} | {silent} |"


def harmed(room: Room, files: int) -> Iterator[str]:
    """Yield one row a format: files of which bytes were changed, those with articles, those with a problem; each has one or the other."""
    originals: dict[str, bytes] = {}
    articles = make_articles(range(12), np.random.default_rng(SEED))
    for name, layout in LAYOUTS.items():
        originals[f"{name}.{layout.ending}"] = layout.content(layout.lines(articles)).encode()
    originals |= {f"table.{ending}": table(articles, ending).encode() for ending in TABLES} | {"Delpher.zip": delpher(articles)}
    rng = np.random.default_rng(SEED)
    for name, content in originals.items():
        read = reported = 0
        for _ in range(int(files * MEANT["bytes"]) // len(originals)):
            items = room.read(name.rpartition(".")[2], damaged(content, rng))
            if not items:
                raise SystemExit(f"{name}: a damaged file gave neither an article nor a problem.")
            read += any(isinstance(item, ArchiveArticle) for item in items)
            reported += not all(isinstance(item, ArchiveArticle) for item in items)
        yield f"| {name} | {int(files * MEANT['bytes']) // len(originals):,} | {read:,} | {reported:,} |"


def imported(folder: Path, size: int) -> Iterator[str]:
    """Yield how long ``stance read`` takes for ``size`` articles in files of 500, and the most memory it holds."""
    for place, (name, layout) in enumerate(LAYOUTS.items()):
        rng = np.random.default_rng(SEED + place)
        for part in range(-(-size // (len(LAYOUTS) * 500))):
            articles = make_articles(range(part * 500, part * 500 + 500), rng, most=12)
            (folder / f"{name} {part}.{layout.ending}").write_text(layout.content(layout.lines(articles)), encoding="utf-8")
    command = [sys.executable, "-m", "stance", "read", str(folder), "--out", str(folder.parent / "corpus.parquet")]
    begin = time.monotonic()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])})
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    files = list(folder.iterdir())
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    yield (
        f"| {len(files) * 500:,} | {len(files)} | {megabytes:,.0f} | {time.monotonic() - begin:,.0f} "
        f"| {used.ru_utime + used.ru_stime:,.0f} | {used.ru_maxrss / 1024:,.0f} |"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, default=2_000, help="articles a format")
    parser.add_argument("--files", type=int, default=20_000, help="files changed by chance")
    parser.add_argument("--import", type=int, default=100_000, dest="size", help="articles to import at once; 0: none")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        room = Room(folder)
        _print("| format | articles in | out, all facts right | problems | seconds |", whole(room, options.articles))
        head = "| format and change | files | articles in | out | files with a problem | lost in silence | merged | shortened |"
        _print(head, changed(room, options.files))
        _print("| format, bytes changed | files | with articles | with a problem |", harmed(room, options.files))
        if options.size:
            inside = Path(folder) / "archives"
            inside.mkdir()
            head = "| articles imported | files | MB | seconds | of processor time | most memory in MB |"
            _print(head, imported(inside, options.size))


def _print(head: str, rows: Iterator[str]) -> None:
    print(head + "\n" + "|---" * (head.count("|") - 1) + "|")
    for row in rows:
        print(row, flush=True)
    print()


if __name__ == "__main__":
    main()
