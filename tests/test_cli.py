"""The commands: what they write, what they print, and how they refuse."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

Command = Callable[..., tuple[int, str, str]]
ARTICLE = "date 2024-05\nDe raad bespreekt kernenergie in mei. Minister krijgt veel lof en winst."


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "artikelen"
    folder.mkdir()
    (folder / "kern.txt").write_text(ARTICLE, encoding="utf-8")
    (folder / "zorg.md").write_text("# Zorgbond boos na ramp\nGemeente Deventer verliest banen en geld.", encoding="utf-8")
    return folder


@pytest.fixture
def coded(tmp_path: Path, tone_units: pd.DataFrame) -> Path:
    path = tmp_path / "koppen.csv"
    tone_units.assign(outlet=["De Merenbode", "Het Kanaal"] * 36).to_csv(path, index=False)
    return path


READERS = {"csv": pd.read_csv, "jsonl": lambda path: pd.read_json(path, lines=True), "parquet": pd.read_parquet}


@pytest.mark.parametrize("ending", READERS)
@pytest.mark.usefixtures("shipped")
def test_label_writes_tone_and_stances_of_article_files(command, articles, tmp_path, ending):
    out = tmp_path / f"uit.{ending}"
    targets = ["--target", "kernenergie", "--target", "de Lelylijn"]
    status, printed, told = command("label", articles, *targets, "--out", out, "--with-text", "--min-confidence", 0.9)
    assert (status, printed) == (0, "")
    assert f"10 rows written to {out}." in told
    assert "6 rows name a target that is not in their text" in told
    rows = READERS[ending](out)
    assert rows["id"].tolist() == ["kern"] * 5 + ["zorg"] * 5
    assert rows["variable"].tolist() == ["tone", "tone", "tone", "stance", "stance"] * 2
    assert rows["target"].dropna().tolist() == ["kernenergie", "de Lelylijn"] * 4
    assert rows[rows["id"] == "kern"]["date"].astype(str).str[:7].eq("2024-05").all()
    assert not rows["text"].str.contains("2024").any()
    assert rows["abstained"].tolist() == rows["confidence"].lt(0.9).tolist()
    assert rows["target_named"].dropna().astype(bool).tolist() == [True, False, True, False, False, False, False, False]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["artikelen", out.name]


@pytest.mark.usefixtures("shipped")
def test_label_prints_a_table_where_no_file_is_named(command, articles, tmp_path):
    aliases = tmp_path / "doelen.toml"
    aliases.write_text('Atoomstroom = ["kernenergie"]', encoding="utf-8")
    status, printed, told = command("label", articles, "--targets", aliases)
    assert status == 0
    assert all(word in printed for word in ("kern", "zorg", "Atoomstroom", "tone", "stance"))
    assert "2 rows name a target that is not in their text" in told
    assert "probabilities of tone: negative neutral positive; stance: against neutral favor. Models: tone@" in told


def test_label_takes_the_names_of_a_table(command, tone_model, tmp_path):
    table = tmp_path / "nexis.csv"
    table.write_text(
        "nr,artikel,krant,p_nr\n007,Haven viert groot succes,De Merenbode,A3\n,Minister in crisis,Het Kanaal,A4\n", encoding="utf-8"
    )
    names = ["--text-column", "artikel", "--outlet-column", "krant", "--id-column", "nr"]
    out = tmp_path / "uit.csv"
    status, _, told = command("label", table, "--model", tone_model, *names, "--keep", "p_nr", "--out", out)
    assert (status, told) == (0, f"2 rows written to {out}.\n")
    rows = pd.read_csv(out, dtype={"id": str})
    assert rows["id"].tolist() == ["007", "2"]
    assert rows[["outlet", "p_nr"]].values.tolist() == [["De Merenbode", "A3"], ["Het Kanaal", "A4"]]
    assert "text" not in rows
    assert command("label", table, "--model", tone_model, *names, "--keep", "p_nr")[0] == 0


def written(folder: Path, name: str, content: str | bytes) -> Path:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder / name


BAD_TABLES = {
    "missing column": ("t.csv", "id,txt\n1,Kop\n", r"column 'text' is missing .* Did you mean 'txt'\? .*--text-column"),
    "empty file": ("t.csv", "", "empty"),
    "empty article": ("t.txt", "", "empty"),
    "no rows": ("t.csv", "id,text\n", "no rows"),
    "empty text": ("t.csv", "id,text\n1,Kop\n2,   \n", "row 2: text is empty"),
    "missing text": ("t.jsonl", '{"id": 1, "text": "Kop"}\n{"id": 2, "text": null}\n', "row 2: text is missing"),
    "NaN text": ("t.jsonl", '{"id": 1, "text": NaN}\n', "row 1: text is missing"),
    "a wrong ending": ("t.docx", "gewoon tekst", "t.docx"),
    "a picture": ("t.txt", b"\x89PNG\r\n\x1a\n" + bytes(50), "t.txt.* picture"),
    "broken encoding": ("t.jsonl", b'{"text": "caf\xe9"}\n', "t.jsonl line 1: .*UTF-8"),
    "truncated parquet": ("t.parquet", b"PAR1" + bytes(60), "cannot be read as Parquet"),
    "truncated gzip": ("t.jsonl.gz", gzip.compress(b'{"text": "Kop"}\n' * 100, mtime=0)[:30], "cannot be read as JSON Lines"),
    "blank target": ("t.jsonl", '{"text": "Kop", "target": " "}\n', "row 1: target is blank"),
    "repeated unit": ("t.csv", "id,text,target\na,Een,Gent\na,Twee,Gent\n", "both have id 'a', target 'Gent'"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_input_is_refused_with_one_sentence_and_no_file(command, tone_model, tmp_path, case):
    name, content, problem = BAD_TABLES[case]
    table = written(tmp_path, name, content)
    out = tmp_path / "uit.csv"
    status, printed, told = command("label", table, "--model", tone_model, "--out", out)
    assert (status, printed, told.count("\n")) == (1, "", 1)
    assert told.startswith("error ")
    assert pd.Series([told]).str.contains(problem, regex=True).all(), told
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("case", "arguments", "mend"),
    [
        ("empty text", [], r"out\. Pass --on-error mark to label all other rows and list those that fail, or remove .* with stance read"),
        ("repeated unit", [], r"its own id\. Pass --on-error mark to label all other rows"),
        ("empty text", ["--net"], r"leave the row out\. Pass --on-error mark"),
    ],
)
def test_a_bad_row_is_refused_with_the_way_to_label_the_others(command, tone_model, stance_model, tmp_path, case, arguments, mend):
    name, content, _ = BAD_TABLES[case]
    table = written(tmp_path, name, content)
    status, _, told = command("label", table, "--model", tone_model, "--out", tmp_path / "uit.csv", *arguments)
    assert status == 1
    assert re.search(mend, told), told
    assert command("label", table, "--model", tone_model, "--out", f"{tmp_path}/uit/")[0] == 0
    found = pd.read_parquet(tmp_path / "uit")
    assert found["failed"].notna().tolist() == [False, True]
    assert command("read", table, "--out", tmp_path / "corpus.csv")[0] == 0
    assert command("label", tmp_path / "corpus.csv", "--model", tone_model, "--out", tmp_path / "uit.csv")[0] == 0


def test_a_variable_that_no_shipped_model_codes_needs_a_folder(command, shipped, tmp_path):
    table = written(tmp_path, "t.csv", "text\nKop over Gent\n")
    status, _, told = command("label", table, "--variable", "partisanship")
    assert status == 1
    assert "no shipped model has that name or codes a variable of it (shipped: stance, tone)" in told
    assert "name the folder of your own model with --model FOLDER." in told


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--target", " ", "--model", "{stance}"], "target is blank"),
        (["--target", "fusie"], "trained without targets"),
        (["--model", "{stance}"], "target is missing; .*--target"),
        (["--keep", "rubriek"], "no column 'rubriek' to keep"),
        (["--keep", "label"], "'label' of the input cannot be kept"),
        (["--min-confidence", "70"], "between 0 and 1"),
        (["--model", "tonne"], "no model 'tonne'"),
        (["--model", "{broken}"], "lacks its file tokenizer.json"),
        (["--model", "{altered}"], "tokenizer.json was altered"),
        (["--targets", "{missing}"], "weg.toml"),
        (["--out", "{missing_folder}"], "there is no folder"),
        (["--out", "uit.docx"], "is no ending that can be written"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(command, tone_model, stance_model, tmp_path_factory, tmp_path, arguments, problem):
    elsewhere = tmp_path_factory.mktemp("elders")
    places = {"stance": stance_model, "missing": elsewhere / "weg.toml", "missing_folder": elsewhere / "weg" / "uit.csv"}
    for name in ("broken", "altered"):
        places[name] = shutil.copytree(tone_model, elsewhere / name)
    (places["broken"] / "tokenizer.json").unlink()
    with (places["altered"] / "tokenizer.json").open("a") as file:
        file.write(" ")
    table = written(tmp_path, "t.csv", "id,text,label\n1,Kop over Gent,neutral\n")
    given = [argument.format(**places) for argument in arguments]
    options = {"--model": str(tone_model), "--out": str(tmp_path / "uit.csv")} | dict(zip(given[::2], given[1::2], strict=True))
    status, printed, told = command("label", table, *[part for option in options.items() for part in option])
    assert (status, printed, told.count("\n")) == (1, "", 1), told
    assert pd.Series([told]).str.contains(problem, regex=True).all(), told
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_wrong_usage_is_status_2(command):
    assert command("label")[0] == 2
    assert command("label", "a.txt", "--onbekend")[0] == 2
    assert command("etiketteer")[0] == 2


def test_help_names_the_commands(command):
    status, printed, _ = command("--help")
    assert status == 0
    assert all(name in printed for name in ("label", "train", "evaluate", "agree", "codebook", "models"))


def test_train_makes_a_model_that_labels(command, coded, tone_model, tiny_encoder, tmp_path):
    out = tmp_path / "toon"
    settings = ["--epochs", 20, "--batch-size", 8, "--learning-rate", 0.005]
    arguments = ["train", coded, "--variable", "tone", "--encoder", tiny_encoder, "--dev", coded, *settings, "--out", out]
    status, printed, told = command(*arguments, "--json", tmp_path / "m.json")
    assert status == 0, told
    assert {path.name for path in out.iterdir()} == {path.name for path in tone_model.iterdir()} | {"README.md"}
    card = (out / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlanguage: nl\n")
    assert "| encoder | tiny-robbert |" in card
    assert "signature encoder tiny-robbert" in printed
    assert "int8 file: 100.0% of labels equal" in told
    written_json = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert written_json["rows"][0].items() >= {"seed": 42, "dev_units": 72}.items()
    assert command("label", coded, "--model", out, "--out", tmp_path / "uit.csv")[0] == 0
    assert (pd.read_csv(tmp_path / "uit.csv")["label"] == pd.read_csv(coded)["label"]).mean() > 0.9
    status, _, told = command(*arguments)
    assert (status, told.count("\n")) == (1, 1)
    assert "holds a finished model already" in told


@pytest.mark.parametrize(
    ("joined", "holds", "rows"),
    [([], "holds seed", [42, 7]), (["--average"], "holds the mean of their weights", ["42", "7", "mean of weights"])],
)
def test_several_seeds_leave_one_model(command, coded, tiny_encoder, tmp_path, joined, holds, rows):
    out, settings = tmp_path / "toon", ["--epochs", 2, "--batch-size", 8, "--learning-rate", 0.005]
    arguments = ["train", coded, "--variable", "tone", "--encoder", tiny_encoder, "--dev", coded, *settings, "--seed", 42, "--seed", 7]
    status, _, told = command(*arguments, *joined, "--out", out, "--json", tmp_path / "m.json")
    assert status == 0, told
    assert holds in told
    found = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert [row["seed"] for row in found["rows"]] == rows
    assert {path.name for path in out.iterdir() if path.is_dir()} == {"seed-42", "seed-7"}
    assert command("label", coded, "--model", out, "--out", tmp_path / "uit.csv")[0] == 0
    probabilities = pd.read_csv(tmp_path / "uit.csv").filter(like="p_")
    assert (len(probabilities), bool(probabilities.notna().all().all())) == (72, True)


@pytest.mark.parametrize("kind", ["tfidf", "majority", "lexicon"])
def test_a_baseline_is_trained_evaluated_and_labels(command, coded, tmp_path, kind):
    words = written(tmp_path, "woorden.csv", "word,score\nlof,1\nsucces,1\nramp,-1\nboos,-1\n")
    out = tmp_path / kind
    arguments = ["train", coded, "--variable", "tone", "--baseline", kind, "--lexicon", words, "--out", out]
    assert command(*arguments, "--json", tmp_path / "b.json")[0] == 0
    trained = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert trained["signature"].items() >= {"model": kind, "variable": "tone", "n": "72"}.items()
    assert sum(row["units"] for row in trained["rows"]) == 72
    assert (out / "README.md").is_file()
    status, printed, _ = command("evaluate", coded, "--variable", "tone", "--model", out)
    assert status == 0
    assert "macro_f1" in printed
    assert command("label", coded, "--model", out, "--out", tmp_path / "uit.csv")[0] == 0
    assert len(pd.read_csv(tmp_path / "uit.csv")) == 72


def test_a_baseline_learns_from_labels_in_capitals(command, tone_units, tmp_path):
    table = tmp_path / "t.csv"
    tone_units.assign(label=tone_units["label"].str.capitalize() + " ").to_csv(table, index=False)
    asked = ["--variable", "tone", "--baseline", "majority", "--json", tmp_path / "b.json", "--out", tmp_path / "m"]
    status, _, told = command("train", table, *asked)
    assert status == 0, told
    assert sum(row["units"] for row in json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))["rows"]) == 72


@pytest.mark.parametrize(
    ("change", "arguments", "problem"),
    [
        ({"label": "neutral"}, [], "all .* labels are 'neutral'"),
        (
            {"label": ["nuetral"] + ["neutral", "negative", "positive"] * 23 + ["positive"] * 2},
            [],
            "row 1: label 'nuetral' .*Did you mean 'neutral'",
        ),
        ({}, ["--encoder", "robbert-2032-base"], "no encoder 'robbert-2032-base'"),
        ({}, ["--baseline", "tfdif"], "Did you mean 'tfidf'"),
        ({}, ["--baseline", "lexicon"], "pass --lexicon FILE"),
        ({}, ["--variable", "toon"], "toon"),
        ({}, ["--epochs", "0"], "epochs must be above 0"),
        ({}, ["--average", "--seed=42"], "pass --seed at least twice, and --dev"),
        ({}, ["--label-column", "oordeel"], "column 'oordeel' is missing"),
    ],
)
def test_train_refuses_in_one_sentence(command, tone_units, tiny_encoder, tmp_path, change, arguments, problem):
    table = tmp_path / "t.parquet"
    tone_units.assign(**change).to_parquet(table)
    options = {"--variable": "tone", "--encoder": str(tiny_encoder), "--dev": str(table), "--out": str(tmp_path / "m")}
    status, _, told = command("train", table, *[part for option in options.items() for part in option], *arguments)
    assert (status, told.count("\n")) == (1, 1), told
    assert pd.Series([told]).str.contains(problem, regex=True).all(), told
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


@pytest.mark.parametrize("kind", [["--encoder", "{encoder}"], ["--baseline", "majority"]])
@pytest.mark.parametrize("out", ["bestand", "bestand/m"])
def test_train_does_not_write_where_a_file_stands(command, coded, tiny_encoder, tmp_path, kind, out):
    written(tmp_path, "bestand", "van de gebruiker")
    how = [part.format(encoder=tiny_encoder) for part in kind]
    status, _, told = command("train", coded, "--variable", "tone", "--dev", coded, *how, "--out", tmp_path / out)
    assert (status, told.count("\n")) == (1, 1), told
    assert "bestand is a file, so no model folder can be made there" in told
    assert (tmp_path / "bestand").read_text() == "van de gebruiker"


def test_evaluate_prints_and_writes_the_same_rows(command, coded, tone_model, tmp_path):
    status, printed, _ = command(
        "evaluate", coded, "--variable", "tone", "--model", tone_model, "--by", "outlet", "--json", tmp_path / "e.json"
    )
    assert status == 0
    found = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert set(found) == {"signature", "rows"}
    assert found["signature"].items() >= {"variable": "tone", "n": "72", "seed": "42"}.items()
    assert found["signature"]["model"].startswith("tone@")
    by_metric = {row["metric"]: row for row in found["rows"] if not row.get("outlet")}
    assert {"accuracy", "macro_f1", "alpha"} <= set(by_metric)
    assert "De Merenbode" in printed
    labels = command("label", coded, "--model", tone_model, "--out", tmp_path / "uit.csv")
    assert labels[0] == 0
    right = (pd.read_csv(tmp_path / "uit.csv")["label"] == pd.read_csv(coded)["label"]).mean()
    assert by_metric["accuracy"]["score"] == pytest.approx(right, abs=1e-14)


def test_evaluate_refuses_what_it_cannot_score(command, coded, tone_model, stance_model, tmp_path):
    for arguments, problem in [
        (["--variable", "tone", "--model", stance_model], "codes variable 'stance', not 'tone'"),
        (["--variable", "tone", "--model", tone_model, "--by", "outlett"], "Did you mean 'outlet'"),
        (["--variable", "tone", "--model", tone_model, "--json", tmp_path / "weg" / "e.json"], "cannot be written"),
    ]:
        status, _, told = command("evaluate", coded, *arguments)
        assert (status, told.count("\n")) == (1, 1), told
        assert problem in told
    pd.read_csv(coded).assign(label=None).to_csv(coded, index=False)
    status, _, told = command("evaluate", coded, "--variable", "tone", "--model", tone_model)
    assert (status, told.count("\n")) == (1, 1), told
    assert "none of the 72 units has a label" in told


def test_agree_measures_coders(command, tmp_path):
    codings = written(
        tmp_path,
        "codings.csv",
        "id,coder,label\n" + "".join(f"{unit},{coder},{'neutral' if unit % 3 else 'positive'}\n" for unit in range(12) for coder in "ab"),
    )
    status, printed, told = command("agree", codings, "--variable", "tone", "--json", tmp_path / "a.json")
    assert status == 0, told
    assert "alpha" in printed
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["signature"]["variable"] == "tone"


def test_codebook_prints_one_that_can_be_read_back(command, tmp_path, coded):
    status, printed, _ = command("codebook", "tone")
    assert status == 0
    own = written(tmp_path, "eigen.toml", printed)
    out = tmp_path / "m"
    assert command("train", coded, "--variable", "tone", "--codebook", own, "--baseline", "majority", "--out", out)[0] == 0
    assert command("codebook", "toon")[0] == 1


@pytest.mark.usefixtures("shipped")
def test_models_lists_what_ships(command, tmp_path):
    status, printed, _ = command("models", "--json", tmp_path / "m.json")
    assert status == 0
    rows = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))["rows"]
    assert [(row["model"], row["variable"], row["labels"]) for row in rows] == [
        ("stance", "stance", "against, neutral, favor"),
        ("tone", "tone", "negative, neutral, positive"),
    ]
    assert all(row["MB"] > 0 for row in rows)
    assert "dev_macro_f1" in printed


def test_the_command_itself_runs_and_refuses(tone_model, articles, tmp_path):
    run = [sys.executable, "-m", "stance", "label"]
    done = subprocess.run([*run, articles, "--model", tone_model, "--out", tmp_path / "uit.csv"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"2 rows written to {tmp_path / 'uit.csv'}.\n")
    refused = subprocess.run([*run, tmp_path / "weg.txt", "--model", tone_model], capture_output=True, text=True)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert "weg.txt" in refused.stderr


def test_label_writes_a_folder_of_parts_and_reads_it_back(command, coded, tone_model, tmp_path):
    out = f"{tmp_path}/v1.0/"
    status, _, told = command("label", coded, "--model", tone_model, "--threads", 1, "--out", out)
    assert (status, told) == (0, f"72 rows in 1 parts in {out}.\n")
    again = command("label", coded, "--model", tone_model, "--threads", 1, "--out", out)
    assert (again[0], again[2]) == (0, f"{tmp_path}/v1.0: 1 finished parts found; going on from there.\n72 rows in 1 parts in {out}.\n")
    status, _, told = command("label", coded, "--model", tone_model, "--out", out, "--engine", "spark")
    assert (status, told) == (1, "error --engine spark is not one of local, ray.\n")
