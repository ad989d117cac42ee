"""No command writes over what it reads: refused before it begins, under any name of the file."""

from __future__ import annotations

import os

import pytest

from stance.cli.app import app

CASES = {
    "label": ["label", "t.csv", "--model", "tone", "--out", "t.csv"],
    "label, by another name": ["label", "t.csv", "--model", "tone", "--out", "link.csv"],
    "label, its targets": ["label", "t.csv", "--targets", "t.toml", "--find-targets", "--out", "t.toml"],
    "label, a folder": ["label", "map", "--model", "tone", "--out", "map/"],
    "agree": ["agree", "t.csv", "--gold", "majority", "--out", "t.csv"],
    "agree, json": ["agree", "t.csv", "--json", "t.csv"],
    "agree, predictions": ["agree", "t.csv", "--with-predictions", "p.csv", "--json", "p.csv"],
    "collect, the key": ["collect", "t.csv", "--key", "p.csv", "--variable", "tone", "--out", "p.csv"],
    "collect, a sheet": ["collect", "p.csv", "t.csv", "--key", "k.csv", "--variable", "tone", "--out", "t.csv"],
    "estimate": ["estimate", "t.csv", "--gold", "p.csv", "--out", "p.csv"],
    "evaluate": ["evaluate", "t.csv", "--variable", "tone", "--json", "t.csv"],
    "explain": ["explain", "a.html", "--html", "a.html"],
    "read": ["read", "t.csv", "p.csv", "--out", "p.csv"],
    "read, json": ["read", "t.csv", "--out", "c.csv", "--json", "t.csv"],
    "train, json": ["train", "t.csv", "--variable", "tone", "--baseline", "tfidf", "--out", "m", "--json", "t.csv"],
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("t.csv", "p.csv", "k.csv"):
        (tmp_path / name).write_text("id,text,label,coder\n1,Sluis open.,neutral,An\n2,Brug dicht.,negative,An\n", encoding="utf-8")
    (tmp_path / "t.toml").write_text('"de sluis" = []\n', encoding="utf-8")
    (tmp_path / "a.html").write_text("<p>De sluis is open.</p>", encoding="utf-8")
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "a.txt").write_text("De sluis is open.", encoding="utf-8")
    os.link(tmp_path / "t.csv", tmp_path / "link.csv")
    return tmp_path


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("arguments", CASES.values(), ids=CASES)
def test_an_output_that_is_an_input_is_refused(command, folder, arguments):
    before = contents(folder)
    status, printed, told = command(*arguments)
    assert (status, printed) == (1, "")
    assert f"{arguments[-2]} {arguments[-1].rstrip('/')} is also an input" in told
    assert contents(folder) == before


def test_two_outputs_of_one_name_are_refused(command, folder):
    status, _, told = command("agree", "t.csv", "--gold", "majority", "--out", "x.csv", "--json", "./x.csv")
    assert status == 1
    assert "--out and --json both name x.csv" in told


def test_an_input_under_the_name_of_the_list_of_problems_is_read_or_refused(command, folder):
    (folder / "map" / "c.errors.csv").write_text("id,text\n1,De dijk is hersteld.\n", encoding="utf-8")
    before = contents(folder)
    status, _, told = command("read", "map", "--out", "map/c.csv")
    assert status == 1
    assert "The list of problems map/c.errors.csv is also an input" in told
    assert contents(folder) == before


def test_every_command_is_checked():
    assert app.registered_commands
    assert all(command.cls is not None and command.cls.__name__ == "Checked" for command in app.registered_commands)
