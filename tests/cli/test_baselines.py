"""``stance train --baseline``: its dev table, and what its model folder keeps of the codebook."""

from __future__ import annotations

import json

import pytest

import stance
from stance.coding.codebook import LEVELS
from stance.model.folder import read_settings

BOOK = 'version = "1"\n[variables.kader]\nlabels = ["conflict", "gevolg", "moraal"]\nlevel = "nominal"\naliases = {gevolg = ["effect"]}\n'


def test_a_baseline_is_calibrated_on_the_dev_table(command, coded, tone_units, tmp_path):
    out, dev = tmp_path / "m", tmp_path / "dev.csv"
    asked = ["train", coded, "--variable", "tone", "--baseline", "majority", "--out", out, "--dev", dev]
    tone_units.head(30).assign(label=["nuetral"] * 30).to_csv(dev, index=False)
    status, _, told = command(*asked)
    assert status == 1
    assert "the dev table row 1: label 'nuetral' is not in variable 'tone'" in told
    assert not out.exists()
    tone_units.head(30).assign(label=["negative"] * 28 + ["positive"] * 2).to_csv(dev, index=False)
    status, _, told = command(*asked, "--json", tmp_path / "b.json")
    assert status == 0, told
    assert "calibrated on 30 dev units" in told
    assert json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))["signature"]["dev"].startswith("30 units ")
    settings = read_settings(out)
    assert (settings.scores["dev_units"], settings.calibration.units) == (30, 30)
    assert command("label", coded, "--model", out, "--risk", "0.3", "--out", tmp_path / "uit.csv")[0] == 0  # which dev.csv is needed for


def test_a_model_folder_keeps_the_level_of_its_variable(command, tone_units, tmp_path):
    book = tmp_path / "boek.toml"
    book.write_text(BOOK, encoding="utf-8")
    names = {"negative": "conflict", "neutral": "gevolg", "positive": "moraal"}
    table, out = tmp_path / "kaders.csv", tmp_path / "m"
    units = tone_units.assign(label=tone_units["label"].map(names))
    units.to_csv(table, index=False)
    trained = command("train", table, "--variable", "kader", "--codebook", book, "--baseline", "tfidf", "--out", out)
    assert trained[0] == 0, trained[2]
    units = units.assign(label=units["label"].where(units.index % 4 > 0, "conflict"))  # some gold that no model can get right
    units.to_csv(table, index=False)
    status, _, told = command("evaluate", table, "--variable", "kader", "--model", out, "--json", tmp_path / "e.json")
    assert status == 0, told
    assert "taken as ordered" not in told
    found = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert found["signature"]["level"] == "nominal"
    alpha = next(row["score"] for row in found["rows"] if row.get("metric") == "alpha")
    assert command("audit", out, table, "--json", tmp_path / "a.json")[0] == 0
    rows = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["rows"]
    audited = next(row["score"] for row in rows if row.get("control") == "as given" and row["metric"] == "alpha")
    predicted = stance.load(out).predict(units)
    nominal, ordinal = (stance.compare(units["label"], predicted, labels=list(names.values()), level=level).alpha for level in LEVELS[:2])
    assert nominal != pytest.approx(ordinal, abs=1e-3)
    assert (alpha, audited) == (pytest.approx(nominal), pytest.approx(nominal))
