"""``stance sample``, ``stance collect`` and ``stance estimate``, one after the other, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def corpus(tmp_path: Path, rng: np.random.Generator) -> Path:
    """800 invented articles of two outlets; the model calls a quarter of what Het Kanaal writes negative too often."""
    truth = rng.choice(["negative", "neutral", "positive"], size=800)
    outlet = np.where(np.arange(800) < 400, "De Merenbode", "Het Kanaal")
    label = np.where((outlet == "Het Kanaal") & (rng.random(800) < 0.25), "negative", truth)
    rows = pd.DataFrame({"id": [f"a{n}" for n in range(800)], "variable": "tone", "label": label, "confidence": 0.7, "outlet": outlet})
    rows = rows.assign(target=None, date=[f"2019-0{month}-11" for month in rng.integers(1, 4, 800)], model="toon@1", target_named=None)
    rows.to_parquet(tmp_path / "labels.parquet")
    texts = rows[["id"]].assign(text=[f"Bericht {number} uit de haven." for number in range(800)], truth=truth)
    texts.to_parquet(tmp_path / "corpus.parquet")
    return tmp_path


def code(folder: Path, name: str) -> None:
    """Fill in a sheet, as a coder would, with what is true of each article."""
    truth = pd.read_parquet(folder / "corpus.parquet").set_index("text")["truth"]
    sheet = pd.read_csv(folder / name, dtype=str)
    sheet.assign(label=sheet["text"].str.strip().map(truth)).to_csv(folder / name, index=False)


@pytest.fixture
def codings(corpus: Path, command: Command) -> Path:
    coders = ["--coder", "An", "--coder", "Bo", "--overlap", 40]
    texts = ["--texts", corpus / "corpus.parquet"]
    status, _, told = command(
        "sample", corpus / "labels.parquet", "--n", 160, "--by", "outlet", *texts, *coders, "--blind", "--out", corpus / "blad.csv"
    )
    assert status == 0, told
    for name in ("blad-An.csv", "blad-Bo.csv"):
        code(corpus, name)
    status, printed, told = command(
        "collect", corpus / "blad-An.csv", corpus / "blad-Bo.csv", "--key", corpus / "blad.key.csv", "--out", corpus / "codings.csv"
    )
    assert status == 0, told
    assert "Codings by coder and label" in printed
    assert "200 codings written" in told
    return corpus / "codings.csv"


def test_a_sample_is_told_and_its_sheets_are_written(corpus, command):
    status, printed, told = command(
        "sample", corpus / "corpus.parquet", "--variable", "tone", "--n", 20, "--out", corpus / "blad.xlsx", "--json", corpus / "s.json"
    )
    assert status == 0
    assert "Sample of 20 from 800 units" in printed
    assert "blad.key.csv is the key" in told
    found = json.loads((corpus / "s.json").read_text(encoding="utf-8"))
    assert found["rows"] == [{"units": 800, "drawn": 20, "lowest_prob": 0.025, "highest_prob": 0.025}]
    assert found["signature"]["seed"] == "42"


def test_the_same_seed_draws_the_same_units(corpus, command):
    for name in ("een.csv", "twee.csv"):
        command("sample", corpus / "corpus.parquet", "--variable", "tone", "--n", 20, "--seed", 3, "--out", corpus / name)
    assert (corpus / "een.csv").read_text(encoding="utf-8") == (corpus / "twee.csv").read_text(encoding="utf-8")


def test_from_sheets_to_corrected_differences(corpus, codings, command):
    asked = ["--gold", codings, "--by", "outlet", "--versus", "De Merenbode", "--margin", 0.05]
    status, printed, told = command("estimate", corpus / "labels.parquet", *asked, "--out", corpus / "e.csv", "--json", corpus / "e.json")
    assert status == 0, told
    for title in ("Share of each label: tone, 95% intervals", "Mean label", "Differences", "more to code", "signature variable tone"):
        assert title in printed
    assert "gold: 200 codings of 160 units were settled by majority." in told
    found = json.loads((corpus / "e.json").read_text(encoding="utf-8"))
    table = pd.read_csv(corpus / "e.csv")
    assert list(found["rows"][0]) == list(table.columns)
    assert len(table) == len(found["rows"]) == 12
    difference = table[(table["part"] == "difference") & (table["measure"] == "negative")].iloc[0]
    truth = pd.read_parquet(corpus / "corpus.parquet")["truth"].eq("negative").groupby(np.arange(800) >= 400).mean()
    assert difference["low"] < truth[True] - truth[False] < difference["high"]
    assert found["signature"]["sample"] == "by sample_prob"


def test_an_earlier_draw_is_neither_overwritten_nor_mistaken(corpus, codings, command):
    asked = ["sample", corpus / "labels.parquet", "--n", 160, "--texts", corpus / "corpus.parquet", "--coder", "An", "--seed", 7]
    coded = (corpus / "blad-An.csv").read_bytes()
    status, _, told = command(*asked, "--coder", "Bo", "--out", corpus / "blad.csv")
    assert status == 1
    assert "blad-An.csv is there already" in told
    assert (corpus / "blad-An.csv").read_bytes() == coded
    status, _, told = command(*asked, "--out", corpus / "blad.xlsx")
    assert status == 1
    assert "blad.key.csv is there already" in told
    assert command(*asked, "--out", corpus / "tweede.csv")[0] == 0
    sheets = [corpus / "blad-An.csv", corpus / "blad-Bo.csv"]
    status, _, told = command("collect", *sheets, "--key", corpus / "tweede.key.csv", "--out", corpus / "c.csv")
    assert status == 1
    assert "(100 such rows) is not in the key; give the key that was written with these sheets." in told
    assert not (corpus / "c.csv").exists()


def test_the_recipe_is_of_the_rows_that_were_counted(corpus, codings, command):
    rows = pd.read_parquet(corpus / "labels.parquet")
    other = rows.head(50).assign(variable="stance", label="favor", target="de haven", model="standpunt@2")
    failed = pd.DataFrame({"id": ["x1"], "failed": ["text is empty; fill it in."]})
    pd.concat([other, rows, failed]).to_parquet(corpus / "both.parquet", index=False)
    coded = pd.read_csv(codings)
    pd.concat([coded, coded.head(9).assign(variable="stance", label="favor")]).to_csv(corpus / "two.csv", index=False)
    signatures = []
    for table, gold in (("labels.parquet", codings), ("both.parquet", corpus / "two.csv")):
        asked = ["--gold", gold, "--variable", "tone", "--json", corpus / "e.json"]
        status, _, told = command("estimate", corpus / table, *asked)
        assert status == 0, told
        signatures.append(json.loads((corpus / "e.json").read_text(encoding="utf-8"))["signature"])
    assert signatures[0] == signatures[1]
    assert signatures[0]["model"] == "toon@1"
    assert "1 of 851 rows could not be labelled" in told
    asked = ["--variable", "tone", "--n", 9, "--texts", corpus / "corpus.parquet", "--out", corpus / "mislukt.csv"]
    assert (
        "1 of 851 rows could not be labelled (column 'failed' says why), so they" in command("sample", corpus / "both.parquet", *asked)[2]
    )


def test_columns_of_gold_may_have_names_of_their_own(corpus, codings, command):
    pd.read_csv(codings).rename(columns={"id": "artikel", "label": "toon"}).to_csv(corpus / "eigen.csv", index=False)
    names = ["--id-column", "artikel", "--label-column", "toon"]
    status, _, told = command("estimate", corpus / "labels.parquet", "--gold", corpus / "eigen.csv", *names, "--out", corpus / "e.csv")
    assert status == 0, told
    command("estimate", corpus / "labels.parquet", "--gold", codings, "--out", corpus / "f.csv")
    assert (corpus / "e.csv").read_text(encoding="utf-8") == (corpus / "f.csv").read_text(encoding="utf-8")


def test_regressions_are_printed(corpus, codings, command):
    asked = ["--regress", "outlet + month", "--odds", "negative", "--method", "dsl"]
    status, printed, _ = command("estimate", corpus / "labels.parquet", "--gold", codings, *asked)
    assert status == 0
    assert "Regression coefficients: tone" in printed
    assert "outlet=Het Kanaal" in printed
    assert "odds negative" in printed


def test_units_that_do_not_name_their_target_can_be_left_out(corpus, command):
    rows = pd.read_parquet(corpus / "labels.parquet").assign(variable="stance", label="favor", target="de haven")
    rows.assign(target_named=np.arange(800) % 4 > 0).to_parquet(corpus / "stance.parquet")
    gold = rows[["id", "target"]].iloc[::8].assign(label="favor")
    gold.to_csv(corpus / "gold.csv", index=False)
    asked = ["--gold", corpus / "gold.csv", "--random-sample", "--named-only"]
    status, _, told = command("estimate", corpus / "stance.parquet", *asked, "--out", corpus / "e.csv")
    assert status == 1
    assert "none of its 100 units is among the predictions" in told
    rows[["id", "target"]].iloc[1::8].assign(label="favor").to_csv(corpus / "gold.csv", index=False)
    status, _, told = command("estimate", corpus / "stance.parquet", *asked, "--out", corpus / "e.csv")
    assert status == 0
    assert "200 of 800 units do not name their target and are left out." in told
    assert pd.read_csv(corpus / "e.csv")["n"].unique().tolist() == [600]


def test_refusals_are_one_sentence(corpus, codings, command):
    labels = corpus / "labels.parquet"
    gold = corpus / "hand.csv"
    pd.read_csv(codings).drop(columns="sample_prob").drop_duplicates("id").to_csv(gold, index=False)
    for arguments, message in (
        (["estimate", labels, "--gold", gold], "draw them with stance sample, or pass --random-sample"),
        (["estimate", labels, "--gold", codings, "--by", "krant"], "column 'krant' is missing"),
        (["estimate", labels, "--gold", codings, "--out", corpus / "e.docx"], "is no ending that can be written"),
        (["estimate", corpus / "corpus.parquet", "--gold", codings], "The rows do not say what was coded; pass --variable NAME."),
        (["estimate", labels, "--gold", codings, "--named-only", "--cluster", "verhaal"], "column 'verhaal' is missing"),
        (["sample", labels, "--n", 10, "--out", corpus / "b.csv"], "column 'text' is missing"),
        (["sample", labels, "--n", 900, "--out", corpus / "b.csv"], "A sample of 900 cannot be drawn from 800 units"),
        (["sample", labels, "--n", 10, "--out", corpus / "b.csv", "--target", "x"], "No unit has target 'x'"),
        (["sample", labels, "--n", 10, "--out", corpus / "geen" / "b.csv"], "there is no folder"),
        (["sample", labels, "--n", 10, "--out", corpus / "b.docx"], "is no ending of a sheet"),
        (["sample", labels, "--n", 10, "--out", corpus / "b.csv", "--texts", gold], "column 'text' is missing"),
        (["collect", codings, "--key", corpus / "blad.key.csv", "--out", corpus / "c.csv"], "column 'unit' is missing"),
    ):
        status, _, told = command(*arguments)
        assert status == 1, arguments
        assert message in told
        assert told.strip().splitlines()[-1].startswith("error")


def test_covariates_are_joined_by_the_id_of_the_archive(corpus, codings, command):
    rows = pd.read_parquet(corpus / "labels.parquet")
    rows.assign(archive_id=[str(7000 + number) for number in range(800)]).to_parquet(corpus / "labels.parquet")
    owners = np.where(rows["outlet"] == "Het Kanaal", "Vaart nv", "Merel bv")
    facts = pd.DataFrame({"id": np.arange(7000, 7800), "owner": owners}).sample(frac=1, random_state=1)
    facts.iloc[:-1].to_csv(corpus / "eigenaars.csv", index=False)
    asked = ["estimate", corpus / "labels.parquet", "--gold", codings, "--out", corpus / "e.csv"]
    assert command(*asked, "--by", "outlet")[0] == 0
    by_outlet = pd.read_csv(corpus / "e.csv").query("part == 'share'")
    status, _, told = command(*asked, "--by", "owner", "--covariates", corpus / "eigenaars.csv")
    assert status == 0, told
    assert "1 of 800 rows are of articles that are not in" in told
    by_owner = pd.read_csv(corpus / "e.csv").query("part == 'share'")
    one, other = (table.set_index([name, "measure"])["coded"] for table, name in ((by_outlet, "outlet"), (by_owner, "owner")))
    assert abs(other["Vaart nv"] - one["Het Kanaal"]).max() <= 1
    facts.rename(columns={"owner": "outlet"}).to_csv(corpus / "eigenaars.csv", index=False)
    status, _, told = command(*asked, "--covariates", corpus / "eigenaars.csv")
    assert status == 1
    assert "column 'outlet' is a column of the rows too; rename it." in told
