"""Files that a bad disk, a broken download or a text editor has damaged: an article or a reason, never a crash."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from mutations import damaged

from stance.corpus.archives import ArchiveArticle, Source, find_sources, read_source

TEXTS = {"txt": 90, "uni.txt": 60, "gopress.txt": 50, "rtf": 60, "html": 20}
PACKED = {"docx": 60, "zip": 40, "xlsx": 20}
TABLES = {"csv": 40, "ndjson": 30, "jsonl.gz": 20, "parquet": 10}
COPIES = TEXTS | PACKED | TABLES


@pytest.fixture
def originals(sample, rtf, save, save_docx, tmp_path) -> dict[str, Path]:
    """One whole file of each format."""
    text = "\n".join(sample("lexisnexis_nl"))
    rows = [
        {"id": f"x{number}", "date": "2022-12-17", "title": f"Kop {number}", "text": f"De sluis is dicht, melding {number}."}
        for number in range(30)
    ]
    files = {
        "txt": save("a.txt", text),
        "uni.txt": save("b.txt", "\n".join(sample("nexis_uni_nl"))),
        "gopress.txt": save("c.txt", "\n".join(sample("gopress"))),
        "rtf": save("d.rtf", rtf(sample("nexis_uni_en"))),
        "docx": save_docx("e.docx", sample("nexis_uni_nl")),
        "html": save("f.html", "<html><head><title>Kop</title></head><body><article>" + "<p>De sluis is dicht, zegt de raad.</p>" * 9 + "</article></body></html>"),
        "csv": save("g.csv", pd.DataFrame(rows).to_csv(index=False)),
        "ndjson": save("h.ndjson", "\n".join(map(json.dumps, rows))),
        "jsonl.gz": save("i.jsonl.gz", gzip.compress("\n".join(map(json.dumps, rows)).encode())),
        "zip": tmp_path / "j.zip",
        "xlsx": tmp_path / "k.xlsx",
        "parquet": tmp_path / "l.parquet",
    }  # fmt: skip
    pd.DataFrame(rows).to_excel(files["xlsx"], index=False)
    pd.DataFrame(rows).to_parquet(files["parquet"])
    with zipfile.ZipFile(files["zip"], "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("txt", "docx", "gopress.txt"):
            archive.write(files[name], files[name].name)
    return files


def test_of_500_damaged_copies_each_gives_articles_or_a_reason(originals, tmp_path, rng):
    assert sum(COPIES.values()) == 500
    read = {"whole": 0, "told": 0}
    for kind, copies in COPIES.items():
        content = originals[kind].read_bytes()
        for number in range(copies):
            path = tmp_path / f"{number}.{originals[kind].name.partition('.')[2]}"
            path.write_bytes(damaged(content, rng))
            items = list(read_source(Source(path, path.name)))
            problems = [item for item in items if not isinstance(item, ArchiveArticle)]
            assert items, f"{kind} {number}: neither an article nor a reason"
            for problem in problems:
                assert problem.reason.endswith("."), problem
                assert "\n" not in problem.reason
                assert len(problem.reason) < 500
                assert str(tmp_path) not in problem.reason
            read["told" if problems else "whole"] += 1
    assert min(read.values()) > 75  # damage is found, and does not stop what can be read


def test_whole_files_give_no_problem(originals, tmp_path):
    for path in originals.values():
        assert all(isinstance(item, ArchiveArticle) for source in find_sources([path]) for item in read_source(source)), path
