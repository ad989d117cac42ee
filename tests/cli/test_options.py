"""Options that every command has: the version, short help, the completion of shells, and the names of columns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import stance


def test_version(command):
    assert command("--version") == (0, f"stance {stance.__version__}\n", "")


@pytest.mark.parametrize("arguments", [["-h"], ["label", "-h"]])
def test_short_help_is_the_help(command, arguments):
    status, short, _ = command(*arguments)
    assert status == 0
    assert (short, "Usage" in short) == (command(*arguments[:-1], "--help")[1], True)


def test_a_shell_can_complete(command):
    printed = command("-h")[1]
    assert ("--install-completion" in printed, "--show-completion" in printed) == (True, True)


def test_help_names_one_option_for_all_columns(command):
    printed = command("label", "-h")[1]
    assert ("--columns" in printed, printed.count("-column "), "--cluster-column" in printed) == (True, 2, False)


@pytest.fixture
def nexis(tmp_path: Path) -> Path:
    path = tmp_path / "nexis.csv"
    path.write_text("nr,artikel,kop\n7,Haven viert groot succes,Lof\n8,Minister in crisis,Kritiek\n", encoding="utf-8")
    return path


def test_a_file_names_the_columns_and_an_option_goes_before_it(command, nexis, tmp_path):
    names, out = tmp_path / "kolommen.toml", tmp_path / "uit.csv"
    names.write_text('text = "kop"\nid = "nr"\n', encoding="utf-8")
    asked = ["read", nexis, "--columns", names, "--out", out]
    assert command(*asked)[0] == 0
    assert pd.read_csv(out)[["archive_id", "text"]].values.tolist() == [[7, "Lof"], [8, "Kritiek"]]
    assert command(*asked, "--text-column", "artikel")[0] == 0
    assert pd.read_csv(out)["text"].tolist() == ["Haven viert groot succes", "Minister in crisis"]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('tekst = "artikel"', "'tekst' is not a column of the input (text, id, title, date, outlet,"),
        ("text = 3", "the name for column 'text' must be a string"),
        ('text = " "', "the name for column 'text' must be a string"),
        ("text: artikel", "not valid TOML"),
        ('text = "nr"\nid = "nr"', "'nr' is named by --text-column and --id-column"),
    ],
)
def test_a_file_of_columns_that_cannot_be_used_is_refused(command, nexis, tmp_path, written, problem):
    names = tmp_path / "kolommen.toml"
    names.write_text(written, encoding="utf-8")
    status, printed, told = command("read", nexis, "--out", tmp_path / "uit.csv", "--columns", names)
    assert (status, printed, problem in told) == (1, "", True), told
