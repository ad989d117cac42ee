"""``stance audit``: what it prints, and what goes into the model's card."""

from __future__ import annotations

import json

import pytest

from stance.training.baselines import MajorityClassifier


@pytest.fixture
def folder(tmp_path, tone_units):
    labels = ["neutral"] * 40 + ["positive"] * 20 + ["negative"] * 12
    MajorityClassifier(variable="tone").fit(tone_units[["text"]], labels).save(tmp_path / "m")
    return tmp_path / "m"


def test_warnings_go_into_the_card_of_a_model_folder(command, coded, folder, tmp_path):
    status, printed, told = command("audit", folder, coded, "--by", "outlet", "--card", "--json", tmp_path / "a.json")
    assert status == 0, told
    found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    warnings = [row["note"] for row in found["rows"] if row["part"] == "warning"]
    assert any("makes next to no use of the text" in warning for warning in warnings)  # it looks at nothing
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"- {warning}" in card for warning in warnings)
    assert all(f"warning: {warning}" in told for warning in warnings)
    assert f"{len(warnings)} warnings written into the card of {folder}." in told
    assert "| typos | 72 | 0.000 |" in card
    assert command("audit", folder, coded, "--card")[0] == 0
    assert (folder / "README.md").read_text(encoding="utf-8").count("## Audit") == 1
    assert "By outlet" in printed


def test_without_gold_nothing_is_scored_and_that_is_told(command, folder, tmp_path):
    (tmp_path / "t.csv").write_text("text,outlet\nDe VVD wint,Het Kanaal\nDe PvdA verliest,Het Kanaal\n", encoding="utf-8")
    status, printed, told = command("audit", folder, tmp_path / "t.csv", "--by", "outlet")
    assert status == 0
    assert "Without a column 'label' there is no gold, so nothing is scored by outlet." in told
    assert "Controls" not in printed
