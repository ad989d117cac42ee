"""Tables on a terminal: nothing is cut, whatever the width, and what goes into a pipe is whole."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from rich.console import Console

from stance.reporting import terminal

OUTLETS = ["Dagblad Merenland", "De Veenbode", "Het Kanaal"]
WIDE = pd.DataFrame(
    {
        "outlet": OUTLETS,
        "month": ["2024-01", "2024-02", "2024-03"],
        "naive": ["0.33 (0.25, 0.50)", "0.41 (0.30, 0.52)", "0.12 (0.05, 0.19)"],
        "corrected": ["0.31 (0.20, 0.51)", "0.43 (0.31, 0.55)", "0.10 (0.01, 0.20)"],
        "units": [1234, 2345, 3456],
        "p": [0.0421, 0.5, 0.987],
        "note": ["few coded units, so this interval is wide", "", ""],
    }
)


def printed(table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, *, width: int, tty: bool = True) -> str:
    file = io.StringIO()
    monkeypatch.setattr(terminal, "_out", Console(file=file, width=width, force_terminal=tty, color_system=None))
    terminal.print_table(table, title="Shares")
    return file.getvalue()


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40])
def test_no_key_and_no_number_is_cut_at_any_width(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    text = printed(WIDE, monkeypatch, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    wanted = [*WIDE["naive"], *WIDE["corrected"], *map(str, WIDE["units"]), "0.042", "0.500", "0.987"]
    assert [cell for cell in wanted if text.count(cell) != 1] == []
    words = {word for outlet in OUTLETS for word in outlet.split()}
    assert {word for word in words if word not in text} == set()


def test_a_table_too_wide_goes_on_below_with_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow, wide = (printed(WIDE.drop(columns="note"), monkeypatch, width=width) for width in (70, 120))
    assert (narrow.count("De Veenbode"), wide.count("De Veenbode")) == (2, 1)
    assert narrow.count("2024-02") == 2


def test_a_pipe_gets_the_table_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    long = pd.concat([WIDE] * 40, ignore_index=True).assign(row=range(120))
    text = printed(long, monkeypatch, width=40, tty=False)
    assert len(text.splitlines()) == 1 + 4 + 120  # title; blank, header, rule and blank line; the rows
    assert text.count("few coded units, so this interval is wide") == 40
    assert "more rows" not in text


def test_a_terminal_gets_the_first_rows_of_a_long_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(pd.DataFrame({"row": range(1000, 1120)}), monkeypatch, width=80)
    assert ("1059" in text, "1060" in text) == (True, False)
    assert "60 more rows; --json FILE writes them all." in capsys.readouterr().err


def test_markup_in_a_cell_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "[bold]Kaal[/bold]" in printed(pd.DataFrame({"name": ["[bold]Kaal[/bold]"], "n": [1]}), monkeypatch, width=80)
