"""A run that is killed and started again ends with the rows of an unbroken run; what does not belong together is refused."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stance.corpus.addresses import local_copies
from stance.corpus.blocks import Source, find_sources, iter_blocks
from stance.corpus.parts import MANIFEST, PartFolder, part_name
from stance.corpus.records import Columns
from stance.corpus.tables import read_table
from stance.errors import InputError
from stance.labelling.jobs import Request, plan_jobs, run_jobs
from stance.labelling.resuming import label_to_folder
from stance.labelling.running import Told

ROWS = 400
BLOCK = 32
WORDS = ["kabinet", "boos", "na", "ramp", "krijgt", "lof", "raad", "vergadert", "winst.", "Kernenergie", "fusie"]
SCRIPT = """
import sys
from pathlib import Path
from stance.corpus.blocks import find_sources
from stance.corpus.records import Columns
from stance.labelling.jobs import Request
from stance.labelling.resuming import label_to_folder
label_to_folder(find_sources([Path(sys.argv[1])], Columns()), sys.argv[2], Request(model=sys.argv[3], threads=1), block_rows=32)
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 invented headlines of 1 to 150 words."""
    rng = np.random.default_rng(7)
    texts = [" ".join(rng.choice(WORDS, size=rng.integers(1, 150 if row % 20 == 0 else 12))) for row in range(ROWS)]
    path = tmp_path_factory.mktemp("corpus") / "groot.parquet"
    pd.DataFrame({"id": [f"a{row}" for row in range(ROWS)], "text": texts, "outlet": "De Merenbode"}).to_parquet(path)
    return path


@pytest.fixture(scope="module")
def source(table: Path) -> Source:
    return find_sources([table], Columns())


@pytest.fixture(scope="module")
def request_tone(tone_model: Path) -> Request:
    return Request(model=str(tone_model), threads=1)


@pytest.fixture(scope="module")
def unbroken(source, request_tone, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("labels") / "heel"
    label_to_folder(source, folder, request_tone, block_rows=BLOCK)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_parts_hold_the_rows_of_one_table(unbroken, table, tone_model):
    rows = pd.read_parquet(unbroken)
    whole = run_jobs(plan_jobs(read_table(table), model=tone_model))
    assert len(list(unbroken.glob("part-*.parquet"))) == -(-ROWS // BLOCK)
    assert rows["failed"].isna().all()
    assert list(rows) == [*whole, "failed"]
    assert rows["id"].tolist() == whole["id"].tolist()
    assert rows["label"].tolist() == whole["label"].tolist()
    numbers = ["confidence", "p_negative", "p_neutral", "p_positive", "coverage", "windows"]
    np.testing.assert_allclose(rows[numbers].astype(float), whole[numbers], atol=1e-4)
    again = read_table(unbroken)
    kept = ["id", "label", "outlet", *numbers]
    assert again[kept].values.tolist() == rows[kept].values.tolist()


def test_killed_five_times_it_ends_with_the_same_bytes(unbroken, table, tone_model, tmp_path, rng):
    out = tmp_path / "gebroken"
    stops = sorted(rng.choice(np.arange(1, 12), size=5, replace=False))
    for stop in stops:
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(table), str(out), str(tone_model)])
        deadline = time.monotonic() + 60
        while not (out / part_name(int(stop))).exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        process.kill()
        process.wait()
    killed = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    assert not killed["finished"]
    assert len(killed["parts"]) >= 5
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(table), str(out), str(tone_model)])
    assert done.returncode == 0
    assert {name: kept for name, kept in contents(out).items() if not name.startswith(".")} == contents(unbroken)


def test_a_finished_folder_is_left_as_it_is(unbroken, source, request_tone):
    before = {path.name: path.stat().st_mtime_ns for path in unbroken.iterdir()}
    told: list[str] = []
    found = label_to_folder(source, unbroken, replace(request_tone, threads=2), told=Told(say=told.append), block_rows=BLOCK)
    assert {path.name: path.stat().st_mtime_ns for path in unbroken.iterdir()} == before
    assert (found.rows, found.parts, found.failed) == (ROWS, 13, 0)
    assert told == [f"{unbroken}: 13 finished parts found; going on from there."]


@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_a_damaged_part_is_told_and_made_again(unbroken, source, request_tone, tmp_path, harm):
    folder = tmp_path / "labels"
    folder.mkdir()
    for name, kept in contents(unbroken).items():
        (folder / name).write_bytes(kept)
    part = folder / part_name(3)
    if harm == "cut":
        part.write_bytes(part.read_bytes()[:100])
    else:
        part.unlink()
    with pytest.raises(InputError, match=r"part-00003\.parquet is missing or damaged; run its stance label again"):
        read_table(folder)
    told: list[str] = []
    found = label_to_folder(source, folder, request_tone, told=Told(say=told.append), block_rows=BLOCK)
    assert found.damaged == ("part-00003.parquet",)
    assert told[1] == f"{part} is damaged or gone; its rows are labelled again."
    assert contents(folder) == contents(unbroken)


@pytest.mark.parametrize("device", ["cuda", None])
def test_the_device_is_one_of_the_settings(unbroken, source, request_tone, tmp_path, device):
    folder = tmp_path / "labels"
    shutil.copytree(unbroken, folder)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["settings"].pop("device") == "cpu"
    manifest["settings"] |= {"device": device} if device is not None else {}  # a folder from before the choice has none
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    if device is None:
        assert label_to_folder(source, folder, request_tone, block_rows=BLOCK).rows > 0
    else:
        with pytest.raises(InputError, match=r"other settings \(device 'cuda', now 'cpu'\)"):
            label_to_folder(source, folder, request_tone, block_rows=BLOCK)


def test_another_run_into_the_same_folder_is_refused(unbroken, source, request_tone, stance_model, tmp_path):
    with pytest.raises(InputError, match=r"was made with another model \(tone@\w{8}, now stance@\w{8}\); choose another --out"):
        label_to_folder(source, unbroken, replace(request_tone, model=str(stance_model), targets=("fusie",)), block_rows=BLOCK)
    with pytest.raises(InputError, match=r"other settings \(min_confidence 0\.0, now 0\.5\)"):
        label_to_folder(source, unbroken, replace(request_tone, min_confidence=0.5), block_rows=BLOCK)
    other = tmp_path / "ander.csv"
    other.write_text("text,outlet\nDe raad vergadert.,Het Kanaal\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"was made with another input"):
        label_to_folder(find_sources([other], Columns()), unbroken, request_tone, block_rows=BLOCK)
    (tmp_path / "eigen.parquet").write_bytes(b"")
    with pytest.raises(InputError, match=r"holds eigen\.parquet, which is no part"):
        label_to_folder(source, tmp_path, request_tone, block_rows=BLOCK)


def test_a_row_that_cannot_be_labelled_fails_alone(request_tone, tmp_path):
    texts = ["Kabinet boos", None, "Raad vergadert", "", "Fusie krijgt lof", "Winst."] * 4
    ids = [f"u{row}" for row in range(len(texts))]
    ids[11], ids[23] = "u0", "u10"
    path = tmp_path / "half.jsonl"
    pd.DataFrame({"id": ids, "text": texts}).to_json(path, orient="records", lines=True)
    found = label_to_folder(find_sources([path], Columns()), tmp_path / "uit", request_tone, block_rows=7)
    rows = pd.read_parquet(tmp_path / "uit")
    assert (found.rows, found.failed) == (24, 10)
    assert rows["id"].tolist() == ids
    assert rows["failed"].isna().tolist() == [bool(text) and row not in (11, 23) for row, text in enumerate(texts)]
    assert rows["label"].isna().tolist() == rows["failed"].notna().tolist()
    assert rows["failed"].iloc[[1, 3, 11]].tolist() == [
        "text is missing; fill it in or leave the row out.",
        "text is empty; fill it in or leave the row out.",
        "another row before has the same id, target and holder; a unit stands once.",
    ]


def test_a_line_that_is_no_json_fails_alone(request_tone, tmp_path):
    path = tmp_path / "stuk.jsonl"
    path.write_bytes(b'{"id": "a", "text": "Kop"}\n{"id": "b", "te\n{"id": "c", "text": "Kop \xff"}\n{"id": "d", "text": "Slot"}\n')
    found = label_to_folder(find_sources([path], Columns()), tmp_path / "uit", request_tone, block_rows=3)
    rows = pd.read_parquet(tmp_path / "uit")
    assert (found.rows, found.failed) == (4, 2)
    assert rows["id"].tolist() == ["a", "2", "3", "d"]
    assert rows["label"].notna().tolist() == [True, False, False, True]
    assert rows["failed"].str.contains(r"stuk\.jsonl line [23]: this is no JSON in UTF-8").tolist()[1:3] == [True, True]


def test_repeats_are_the_same_after_a_stop(request_tone, tmp_path):
    path = tmp_path / "dubbel.csv"
    rows = [("x", "Kop"), ("x", ""), ("y", ""), ("y", "Kop"), *((str(row), "Kop") for row in range(9)), ("3", "Kop")]
    pd.DataFrame(rows, columns=["id", "text"]).to_csv(path, index=False)
    source = find_sources([path], Columns())
    label_to_folder(source, tmp_path / "a", request_tone, block_rows=2)
    label_to_folder(source, tmp_path / "b", request_tone, block_rows=2)
    (tmp_path / "b" / part_name(6)).unlink()
    (tmp_path / "b" / part_name(1)).unlink()
    label_to_folder(source, tmp_path / "b", request_tone, block_rows=2)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.usefixtures("shipped")
def test_every_part_has_the_same_columns_and_an_article_one_tone(tmp_path):
    units = pd.DataFrame(
        {"id": [f"k{row // 2}" for row in range(40)], "text": [f"Minister blij met fusie {row // 2}." for row in range(40)]}
    ).assign(target=["fusie", "minister"] * 10 + [None] * 20)
    units = units[~((units["id"].str[1:].astype(int) >= 10) & (units.index % 2 == 1))]
    path = tmp_path / "doelen.csv"
    units.to_csv(path, index=False)
    label_to_folder(find_sources([path], Columns()), tmp_path / "uit", Request(threads=1), block_rows=5)
    rows = pd.read_parquet(tmp_path / "uit")
    assert ((rows["variable"] == "tone") & rows["target"].isna()).sum() == 20
    assert ((rows["variable"] == "tone") & rows["target"].notna()).sum() == 20
    assert (rows["variable"] == "stance").sum() == 20
    whole = run_jobs(plan_jobs(read_table(path)))
    assert rows[["id", "variable", "label"]].values.tolist() == whole[["id", "variable", "label"]].values.tolist()
    assert list(rows) == [*whole, "failed"]


def test_a_request_that_fits_no_row_is_refused_before_any_work(source, request_tone, tmp_path):
    with pytest.raises(InputError, match=r"no column 'rubriek' to keep; it has id, text, outlet"):
        label_to_folder(source, tmp_path / "uit", replace(request_tone, keep=("rubriek",)))
    with pytest.raises(InputError, match="trained without targets"):
        label_to_folder(source, tmp_path / "uit", replace(request_tone, targets=("fusie",)))
    assert not (tmp_path / "uit").exists()


def test_a_full_disk_is_told_and_what_was_finished_is_kept(source, request_tone, unbroken, tmp_path):
    small = Path("/dev/full")
    if not small.exists():
        pytest.skip("this system has no device that is always full")
    folder = tmp_path / "labels"
    folder.mkdir()
    for name, kept in list(contents(unbroken).items())[:3]:
        (folder / name).write_bytes(kept)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps({**manifest, "finished": False, "parts": manifest["parts"][:2]}), encoding="utf-8")
    unfinished = folder / f".{part_name(2)}.{os.getpid()}"
    unfinished.symlink_to(small)
    with pytest.raises(InputError, match=r"part-00002\.parquet cannot be written \(No space left on device\); what was finished is kept"):
        label_to_folder(source, folder, request_tone, block_rows=BLOCK)
    label_to_folder(source, folder, request_tone, block_rows=BLOCK)
    assert contents(folder) == contents(unbroken)


def test_addresses_are_read_and_written(unbroken, table, request_tone):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/bron/groot.parquet", table.read_bytes())
    with local_copies(["memory://bron/groot.parquet"]) as paths:
        found = label_to_folder(find_sources(paths, Columns()), "memory://uit/labels/", request_tone, block_rows=BLOCK)
        assert label_to_folder(find_sources(paths, Columns()), "memory://uit/labels/", request_tone, block_rows=BLOCK) == found
    written = {name: PartFolder.open("memory://uit/labels").read(name) for name in PartFolder.open("memory://uit/labels").names()}
    assert written == contents(unbroken)
    with (
        pytest.raises(InputError, match=r"memory://bron/geen\.csv: there is no such file that can be fetched"),
        local_copies(["memory://bron/geen.csv"]),
    ):
        pass


def test_dates_become_iso_and_those_that_cannot_are_told_once(request_tone, tmp_path):
    path = tmp_path / "t.csv"
    dates = ["1-3-2023", "14 maart 2023", "12/17/2022", "2022-12-17"] * 2
    pd.DataFrame({"id": range(8), "date": dates, "text": "De raad vergadert."}).to_csv(path, index=False)
    said = []
    label_to_folder(find_sources([path], Columns()), tmp_path / "uit", request_tone, told=Told(say=said.append), block_rows=3)
    assert read_table(tmp_path / "uit")["date"].tolist() == ["2023-03-01", "2023-03-14", "12/17/2022", "2022-12-17"] * 2
    assert said == [
        f"{path}: dates such as '12/17/2022' (2 in all) cannot be read for certain and stay as they are; write 2022-12-17, 17 december 2022"
        " or 17-12-2022."
    ]


def test_blocks_keep_the_rows_of_an_article_together(tmp_path):
    path = tmp_path / "t.csv"
    ids = [*"aabbbbbbccdde"]
    pd.DataFrame({"id": ids, "text": "Kop", "target": range(len(ids))}).to_csv(path, index=False)
    blocks = [block["id"].tolist() for block in iter_blocks(find_sources([path], Columns()), rows=3)]
    assert [name for block in blocks for name in block] == ids
    assert all(not set(before) & set(after) for before, after in itertools.pairwise(blocks))
    assert len(blocks) > 2
