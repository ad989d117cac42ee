"""Folders inside an input that may not be listed are told: label refuses, read lists them and reads the rest."""

from __future__ import annotations

import os

import pandas as pd
import pytest

from stance.corpus.files import input_files
from stance.corpus.folders import list_folder
from stance.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one that may not be listed, also for a user who may do everything."""
    for name in ("open", "dicht"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / f"{name}.txt").write_text(f"De sluis is {name}.", encoding="utf-8")
    scandir = os.scandir

    def refusing(path="."):
        if os.fspath(path).endswith("dicht"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    return tmp_path / "in"


def test_what_may_not_be_listed_is_named(folder):
    found = list_folder(folder)
    assert [path.name for path in found.files] == ["open.txt"]
    assert found.refused == {folder / "dicht": "Permission denied"}


def test_labelling_part_of_a_folder_is_refused(folder):
    with pytest.raises(InputError, match=r"dicht: this folder cannot be listed \(Permission denied\)"):
        input_files([folder])


@pytest.mark.parametrize("named", [".", "dicht"])
def test_reading_lists_it_and_reads_the_rest(folder, command, tmp_path, named):
    status, _, told = command("read", folder / named, folder / "open", "--out", tmp_path / "c.csv")
    assert status == 0
    assert "dicht: this folder cannot be listed (Permission denied)" in told
    assert pd.read_csv(tmp_path / "c.errors.csv")["file"].str.endswith("dicht").tolist() == [True]
    assert pd.read_csv(tmp_path / "c.csv")["text"].tolist() == ["De sluis is open."]
