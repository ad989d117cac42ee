"""Inputs and outputs behind addresses, on fsspec's file system in memory: read, written, refused in one sentence, nothing lost."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest

from stance.corpus.addresses import is_address, local_copies, local_out, open_filesystem
from stance.corpus.files import read_inputs
from stance.corpus.tables import check_writable, read_table, write_table
from stance.errors import InputError

UNITS = pd.DataFrame({"id": ["a", "b"], "text": ["Kabinet viert groot succes.", "Minister boos na ramp."]})


@pytest.fixture
def memory() -> Iterator[Any]:
    """An empty file system in this process's memory, with a table in each format, an article and a folder."""
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    for name in ("groot.csv", "groot.jsonl", "groot.parquet", "2019/mei.csv"):
        write_table(UNITS, f"memory://bron/{name}")
    write_table(UNITS.assign(id=["c", "d"]), "memory://bron/2019/juni.csv")
    filesystem.pipe_file("/bron/artikelen/kop.txt", b"Haven viert groot succes.")
    filesystem.pipe_file("/bron/artikelen/diep/kort.txt", b"Haven boos na ramp.")
    yield filesystem
    filesystem.store.clear()


class RefusingFileSystem(fsspec.AbstractFileSystem):
    """A file system that nobody may use."""

    protocol = "dicht"

    def info(self, *_: Any, **__: Any) -> dict[str, Any]:
        raise RuntimeError("no credentials\nand a second line")

    get_file = put_file = cat_file = ls = info


@pytest.fixture
def refusing() -> str:
    fsspec.register_implementation("dicht", RefusingFileSystem, clobber=True)
    return "dicht://bucket/map/rijen.csv"


@pytest.mark.parametrize("name", ["groot.csv", "groot.jsonl", "groot.parquet"])
def test_a_table_is_read_as_if_it_were_here(memory, name):
    with local_copies([f"memory://bron/{name}"]) as (path,):
        pd.testing.assert_frame_equal(read_table(path)[["id", "text"]], UNITS.astype(object))
        assert path.name == name
    assert not path.exists()


def test_folders_and_patterns_name_several_files(memory, tmp_path):
    here = tmp_path / "hier.txt"
    here.write_text("Gemeente Deventer vergadert.", encoding="utf-8")
    with local_copies(["memory://bron/artikelen", here, "memory://bron/2019/*.csv"]) as paths:
        units = read_inputs(paths)
    assert units["id"].tolist() == ["kort", "kop", "hier", "c", "d", "a", "b"]


@pytest.mark.parametrize("address", ["memory://bron/geen.csv", "memory://bron/geen*.csv"])
def test_what_is_not_there_is_refused(memory, address):
    with pytest.raises(InputError, match=re.escape(f"{address}: there is no such file that can be fetched")), local_copies([address]):
        pass


@pytest.mark.parametrize("name", ["rijen.csv", "rijen.jsonl", "rijen.parquet"])
def test_a_table_is_written_as_it_would_be_here(memory, tmp_path, name):
    write_table(UNITS, f"memory://uit/diep/{name}")
    write_table(UNITS, tmp_path / name)
    assert memory.cat_file(f"/uit/diep/{name}") == (tmp_path / name).read_bytes()


def test_a_file_address_is_one_too(tmp_path):
    write_table(UNITS, f"file://{tmp_path}/rijen.csv")
    with local_copies([f"file://{tmp_path}/rijen.csv"]) as paths:
        assert len(read_table(paths[0])) == 2


def test_what_cannot_be_sent_is_kept(refusing):
    with pytest.raises(InputError, match=r"rijen\.csv cannot be written \(no credentials\); what belongs there is kept in") as raised:
        write_table(UNITS, refusing)
    kept = re.search(r"is kept in (\S+), so", str(raised.value))
    assert kept is not None
    assert len(pd.read_csv(kept[1])) == 2
    assert "\n" not in str(raised.value)
    Path(kept[1]).unlink()
    Path(kept[1]).parent.rmdir()


def test_a_failure_before_that_leaves_nothing(memory):
    with pytest.raises(ZeroDivisionError), local_out("memory://uit/rijen.csv") as place:
        place.write_text("half", encoding="utf-8")
        raise ZeroDivisionError
    assert not place.parent.exists()
    assert not memory.exists("/uit/rijen.csv")


def test_a_file_system_that_refuses_says_why(refusing):
    with pytest.raises(InputError, match=r"rijen\.csv cannot be reached \(no credentials\); check the address"), local_copies([refusing]):
        pass


@pytest.mark.parametrize(("blocked", "address"), [("s3fs", "s3://b/t.csv"), ("gcsfs", "gs://b/t.csv"), ("fsspec", "s3://b/t.csv")])
def test_a_missing_package_is_named(monkeypatch, blocked, address):
    monkeypatch.setitem(sys.modules, blocked, None)
    package = "gcsfs" if address.startswith("gs") else "s3fs"
    with pytest.raises(InputError, match=rf"begins with \w+:// needs the package '{package}': pip install {package}\.$"):
        open_filesystem(address)
    with pytest.raises(InputError, match=package):  # before any work is done
        check_writable(address)


def test_an_unknown_kind_of_address_is_refused():
    with pytest.raises(InputError, match=r"zee://b/t\.csv cannot be reached \(Protocol not known: zee\)"):
        open_filesystem("zee://b/t.csv")
    with pytest.raises(InputError, match=r"s3://b/t\.txt: '\.txt' is no ending that can be written"):
        check_writable("s3://b/t.txt")


def test_a_local_path_is_no_address(tmp_path):
    assert not is_address(tmp_path)
    with local_out(tmp_path / "t.csv") as place:
        assert place == tmp_path / "t.csv"
    with local_copies([str(tmp_path / "t.csv")]) as paths:
        assert paths == [tmp_path / "t.csv"]


def test_label_reads_and_writes_them(memory, command, tone_model):
    status, _, told = command("label", "memory://bron/groot.csv", "--model", tone_model, "--out", "memory://uit/rijen.parquet")
    assert (status, told) == (0, "2 rows written to memory://uit/rijen.parquet.\n")
    with local_copies(["memory://uit/rijen.parquet"]) as (path,):
        rows = read_table(path)
    assert rows["id"].tolist() == ["a", "b"]
    status, shown, _ = command("label", "memory://bron/artikelen/kop.txt", "--model", tone_model)
    assert status == 0
    assert "kop" in shown
    status, _, told = command("label", "memory://bron/groot.csv", "--model", tone_model, "--out", "memory://uit/delen/")
    assert (status, told) == (0, "2 rows in 1 parts in memory://uit/delen/.\n")
    status, _, told = command("label", "memory://bron/groot.csv", "--find-targets", "--out", "memory://uit/namen.toml")
    assert status == 1
    assert "write it on this machine" in told
