"""Outputs are whole or absent, also after a kill at any step; what a killed run left goes with the next."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stance.coding.sheet_files import write_sheets
from stance.coding.sheets import SheetPlan, deal_sheets
from stance.corpus.writing import together, whole
from stance.errors import InputError

SAMPLE = """
import os, sys
from pathlib import Path
import numpy as np, pandas as pd
from stance.coding.codebook import builtin
from stance.coding.sheet_files import write_sheets
from stance.coding.sheets import SheetPlan, deal_sheets

steps, real = int(sys.argv[2]), os.replace

def replace(*arguments, **named):
    global steps
    if steps == 0:
        os._exit(9)  # as a kill would: nothing is tidied up
    steps -= 1
    return real(*arguments, **named)

os.replace = replace
units = pd.DataFrame({"id": list("abcd"), "text": ["Sluis open.", "Brug dicht.", "Dijk hersteld.", "Veer vaart."]})
plan = SheetPlan(builtin("tone"), coders=["An", "Bo"])
print(*write_sheets(deal_sheets(units, plan, rng=np.random.default_rng(1)), Path(sys.argv[1])))
"""
NAMES = ["blad-An.csv", "blad-Bo.csv", "blad.instructions.md", "blad.key.csv"]
RENAMES = 3 + len(NAMES)  # three of the four are tables, which are written whole into the hidden folder first


def sample(folder: Path, steps: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", SAMPLE, str(folder / "blad.csv"), str(steps)], capture_output=True, text=True)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("steps", [1, 4, RENAMES - 1])
def test_a_sample_that_was_killed_is_drawn_again_as_a_whole(tmp_path, steps):
    assert sample(tmp_path, steps).returncode == 9
    assert set(names(tmp_path)) != set(NAMES)
    again = sample(tmp_path, RENAMES)
    assert again.returncode == 0, again.stderr
    assert names(tmp_path) == NAMES


def test_a_sheet_that_was_changed_since_is_not_taken_back(tmp_path):
    assert sample(tmp_path, RENAMES - 1).returncode == 9
    (tmp_path / "blad-An.csv").write_text("unit,label\nu0001,neutral\n", encoding="utf-8")
    again = sample(tmp_path, RENAMES)
    assert again.returncode == 1
    assert "blad-An.csv is there already, and codings may be lost" in again.stderr
    assert names(tmp_path) == ["blad-An.csv"]


def test_sheets_of_which_one_cannot_be_written_leave_none(tmp_path, tone_units, rng):
    from stance.coding.codebook import builtin

    plan = SheetPlan(builtin("tone"), coders=["An", "Bo"], overlap=0)
    units = tone_units[["id", "text"]].head(2)
    sheets = deal_sheets(units.assign(text=["Sluis open.", "a" * 40_000]), plan, rng=rng)
    with pytest.raises(InputError, match=r"blad-\w+\.xlsx: 1 texts"):
        write_sheets(sheets, tmp_path / "blad.xlsx")
    assert names(tmp_path) == []


def test_files_get_their_names_together_or_keep_what_was_there(tmp_path):
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    with pytest.raises(RuntimeError), together(files) as places:
        places[0].write_text("een", encoding="utf-8")
        raise RuntimeError
    assert names(tmp_path) == []
    with together(files) as places:
        for place in places:
            place.write_text("heel", encoding="utf-8")
        assert not any(path.exists() for path in files)
    assert names(tmp_path) == ["a.txt", "b.txt"]


def test_an_output_keeps_its_old_content_until_the_new_is_whole(tmp_path):
    out = tmp_path / "a.txt"
    out.write_text("oud", encoding="utf-8")
    with pytest.raises(RuntimeError), whole(out) as place:
        place.write_text("half", encoding="utf-8")
        raise RuntimeError
    assert (names(tmp_path), out.read_text(encoding="utf-8")) == (["a.txt"], "oud")


@pytest.mark.skipif(os.name != "posix", reason="processes are not asked for there")
def test_hidden_files_of_killed_runs_go_and_those_of_running_ones_stay(tmp_path):
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    (tmp_path / f".a.txt.{ended.stdout.strip()}").write_text("half", encoding="utf-8")
    (tmp_path / f".a.txt.{ended.stdout.strip()}.marked").write_text("half", encoding="utf-8")
    (tmp_path / f".a.txt.{os.getppid()}").write_text("bezig", encoding="utf-8")
    (tmp_path / ".a.txt.bewaard").write_text("van iemand anders", encoding="utf-8")
    with whole(tmp_path / "a.txt") as place:
        place.write_text("heel", encoding="utf-8")
    assert names(tmp_path) == [f".a.txt.{os.getppid()}", ".a.txt.bewaard", "a.txt"]
