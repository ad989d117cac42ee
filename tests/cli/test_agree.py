"""``stance agree``: variables found, levels, groups, the model as a coder, gold, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

LABELS = np.array(["negative", "neutral", "positive"], dtype=object)


def codings(rng, units=40, coders=("An", "Bo", "Cas")):
    truth = rng.integers(3, size=units)
    codes = np.where(rng.random((len(coders), units)) < 0.75, truth, rng.integers(3, size=(len(coders), units)))
    rows = [(f"u{unit}", coder, LABELS[codes[place, unit]]) for unit in range(units) for place, coder in enumerate(coders)]
    return pd.DataFrame(rows, columns=["id", "coder", "label"]), LABELS[truth]


@pytest.fixture
def table(rng, tmp_path):
    path = tmp_path / "codings.csv"
    frame, _ = codings(rng)
    frame.assign(coder_type=np.where(frame["coder"] == "Cas", "expert", "student"), text="Kop van " + frame["id"]).to_csv(path, index=False)
    return path


def rows(path):
    return pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))["rows"])


def test_the_variable_is_known_by_its_labels_and_kinds_of_coders_stand_apart(command, table, tmp_path):
    status, printed, told = command("agree", table, "--json", tmp_path / "a.json")
    assert status == 0, told
    found = rows(tmp_path / "a.json")
    assert set(found["variable"]) == {"tone"}
    assert set(found["coder_type"]) == {"all", "student"}
    assert "coder_type expert is left out: codings: agreement needs two coders, and labels stand with 1 (Cas)." in told
    assert set(found["level"]) == {"nominal", "ordinal", "interval"}
    assert "Agreement on tone, coder_type student" in printed
    assert found["agreement"].between(0, 1).all()


def test_capitals_and_spaces_of_labels_change_nothing(command, table, tmp_path):
    given = pd.read_csv(table)
    typed = given.assign(label=[[f"{label.capitalize()} ", label.upper(), label][row % 3] for row, label in enumerate(given["label"])])
    typed.to_csv(tmp_path / "t.csv", index=False)
    for name, path in (("a", table), ("t", tmp_path / "t.csv")):
        asked = ["--gold", "majority", "--out", tmp_path / f"{name}.gold.csv", "--json", tmp_path / f"{name}.json"]
        assert command("agree", path, *asked)[0] == 0
    pd.testing.assert_frame_equal(rows(tmp_path / "t.json"), rows(tmp_path / "a.json"))
    assert (tmp_path / "t.gold.csv").read_bytes() == (tmp_path / "a.gold.csv").read_bytes()


def test_each_variable_of_a_table_is_measured(command, rng, tmp_path):
    tone, _ = codings(rng)
    stance = tone.assign(label=tone["label"].map(dict(zip(LABELS, ["against", "neutral", "favor"], strict=True))), target="de fusie")
    pd.concat([tone.assign(variable="tone"), stance.assign(variable="stance")]).to_csv(tmp_path / "c.csv", index=False)
    status, printed, told = command("agree", tmp_path / "c.csv", "--json", tmp_path / "a.json")
    assert status == 0, told
    found = rows(tmp_path / "a.json")
    alphas = found[found["scope"] == "all"].set_index("variable")["alpha"]
    assert alphas["tone"] == pytest.approx(alphas["stance"])
    assert "Agreement on stance" in printed
    status, _, told = command("agree", tmp_path / "c.csv", "--gold", "majority", "--out", tmp_path / "gold.csv")
    assert (status, told.count("\n")) == (1, 1)
    assert "holds 2 variables (tone, stance), and gold is settled for one: pass --variable" in told
    assert not (tmp_path / "gold.csv").exists()


def test_the_level_can_be_chosen(command, table, tmp_path):
    assert command("agree", table, "--level", "nominal", "--json", tmp_path / "n.json")[0] == 0
    assert command("agree", table, "--json", tmp_path / "o.json")[0] == 0
    nominal, ordinal = rows(tmp_path / "n.json"), rows(tmp_path / "o.json")
    assert nominal["alpha"][0] == pytest.approx(ordinal.loc[ordinal["name"] == "nominal", "alpha"].iloc[0])
    status, _, told = command("agree", table, "--level", "ordnal")
    assert (status, told.count("\n")) == (1, 1)
    assert "Did you mean 'ordinal'" in told


def test_the_model_stands_beside_the_coders_in_tables_of_its_own(command, table, tmp_path):
    units = pd.read_csv(table).drop_duplicates("id")
    rows_of_label = units[["id"]].assign(variable="tone", label=units["label"], model="tone@1234", abstained=False)
    rows_of_label.to_csv(tmp_path / "p.csv", index=False)
    status, printed, told = command("agree", table, "--with-predictions", tmp_path / "p.csv", "--json", tmp_path / "a.json")
    assert status == 0, told
    found = rows(tmp_path / "a.json").query("coder_type == 'all'").set_index(["scope", "name"])
    assert found.loc[("model", "tone@1234"), "units"] == 40
    assert ("model pair", "An - tone@1234") in found.index
    assert "The model against the coders" in printed
    assert command("agree", table, "--json", tmp_path / "b.json")[0] == 0
    alone = rows(tmp_path / "b.json").query("coder_type == 'all'").set_index(["scope", "name"])
    assert found.loc[("all", ""), "alpha"] == alone.loc[("all", ""), "alpha"]
    rows_of_label.assign(id="elders" + rows_of_label["id"]).to_csv(tmp_path / "p.csv", index=False)
    status, _, told = command("agree", table, "--with-predictions", tmp_path / "p.csv")
    assert (status, told.count("\n")) == (1, 1)
    assert "no unit is coded by people too" in told


@pytest.mark.parametrize("method", ["majority", "weighted", "dawid-skene"])
def test_gold_is_settled_into_a_table_that_evaluate_reads(command, table, tmp_path, method):
    out = tmp_path / "gold.csv"
    status, _, told = command("agree", table, "--gold", method, "--out", out)
    assert status == 0, told
    gold = pd.read_csv(out, keep_default_na=False)
    assert f"gold of 40 units by {method} written to {out}" in told
    assert f"{(gold['tie'].astype(str) == 'True').sum()} ties" in told
    assert gold["text"].tolist() == [f"Kop van u{unit}" for unit in range(40)]
    assert set(gold["method"]) == {method}


BAD_CODINGS = {
    "one coder only": (["u1,An,neutral", "u2,An,positive"], "agreement needs two coders, and labels stand with 1 (An)"),
    "no unit shared": (["u1,An,neutral", "u2,Bo,positive"], "none of 2 units was coded by two coders"),
    "all labels equal": (["u1,An,neutral", "u1,Bo,neutral"], "all labels are equal ('neutral' in 1 compared units), so alpha is undefined"),
    "a label outside the codebook": (["u1,An,nuetral", "u1,Bo,positive"], "row 1: label 'nuetral' is not in variable 'tone'"),
    "a coding given twice": (["u1,An,neutral", "u1,An,positive"], "coder 'An' coded unit 'u1' before, in row 1"),
    "no coder": (["u1,,neutral", "u1,Bo,positive"], "row 1: column 'coder' is empty; name the coder"),
}


@pytest.mark.parametrize("case", BAD_CODINGS)
def test_codings_that_cannot_be_compared_give_one_sentence(command, tmp_path, case):
    lines, problem = BAD_CODINGS[case]
    (tmp_path / "c.csv").write_text("id,coder,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    status, printed, told = command("agree", tmp_path / "c.csv", "--variable", "tone")
    assert (status, printed, told.count("\n")) == (1, "", 1), told
    assert problem in told


def test_units_without_codings_are_counted_and_labels_of_no_variable_are_asked_about(command, table, tmp_path):
    frame = pd.read_csv(table)
    empty = pd.DataFrame({"id": ["leeg"] * 2, "coder": ["An", "Bo"], "label": [None, None], "coder_type": "student", "text": "Leeg"})
    pd.concat([frame, empty]).to_csv(table, index=False)
    status, _, told = command("agree", table, "--gold", "majority", "--out", tmp_path / "gold.csv")
    assert status == 0
    assert "1 of 41 units have no coding." in told
    assert pd.read_csv(tmp_path / "gold.csv").set_index("id").loc["leeg", "note"] == "no coding"
    frame.assign(label="goed").to_csv(table, index=False)
    status, _, told = command("agree", table)
    assert (status, told.count("\n")) == (1, 1)
    assert "labels (goed) fit none of tone, stance, partisanship, subjectivity; name the variable with --variable" in told


def test_gold_needs_a_way_and_a_file(command, table, tmp_path):
    for arguments, problem in [
        (["--gold", "majority"], "pass --gold majority --out gold.csv"),
        (["--gold", "meerderheid", "--out", tmp_path / "g.csv"], "method 'meerderheid' is unknown"),
        (["--by", "codertype"], "Did you mean 'coder_type'"),
    ]:
        status, _, told = command("agree", table, *arguments)
        assert (status, told.splitlines()[-1].startswith("error")) == (1, True)
        assert problem in told


@pytest.mark.data
def test_ecosent_prints_the_published_agreement(command, shared, tmp_path):
    status, printed, told = command("agree", shared / "tone" / "ecosent" / "coders.jsonl", "--json", tmp_path / "a.json")
    assert status == 0, told
    found = rows(tmp_path / "a.json").set_index(["coder_type", "scope", "name"])["alpha"].round(3)
    assert found[("crowd", "all", "")] == 0.675
    assert found[("student", "level", "interval")] == 0.798
    assert "0.675" in printed
    assert "0.798" in printed
