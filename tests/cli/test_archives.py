from __future__ import annotations

import json
import re
import tracemalloc
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from stance.commands.archives import ReadRequest, read_corpus
from stance.corpus.tables import read_table

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "archives"


def test_archives_become_a_corpus_that_label_reads(command, tmp_path):
    out = tmp_path / "corpus.parquet"
    status, printed, told = command("read", SAMPLES, "--out", out, "--json", tmp_path / "uit.json")
    assert status == 0
    assert f"5 articles from 4 files written to {out}. 6 repeats of an article" in told
    assert "De Scheldepost" in printed
    corpus = read_table(out)
    assert corpus["id"].is_unique
    assert corpus.columns.tolist()[:5] == ["id", "date", "outlet", "title", "text"]
    assert set(corpus.columns[5:]) == {"section", "byline", "length_words", "load_date", "archive_id", "url", "source_file"}
    assert corpus["length_words"].dropna().tolist() == [22, 62, 59, 47]
    report = json.loads((tmp_path / "uit.json").read_text(encoding="utf-8"))
    assert sum(row["articles"] for row in report["rows"]) == 5
    assert set(report["signature"]) == {"duplicates", "threshold", "data", "stance-nl"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.parquet", "uit.json"]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_other_formats_hold_the_same(command, tmp_path, ending):
    assert command("read", SAMPLES, "--out", tmp_path / "a.parquet")[0] == 0
    assert command("read", SAMPLES, "--out", tmp_path / f"a.{ending}")[0] == 0
    parquet, other = read_table(tmp_path / "a.parquet"), read_table(tmp_path / f"a.{ending}")
    columns = ["id", "date", "outlet", "title", "text"]
    assert other[columns].values.tolist() == parquet[columns].values.tolist()
    assert other["length_words"].dropna().tolist() == parquet["length_words"].dropna().tolist()


@pytest.fixture
def mixed(tmp_path):
    folder = tmp_path / "uit"
    folder.mkdir()
    (folder / "goed.txt").write_text("De gemeenteraad van Oosterveen stemt donderdag over de sluis.", encoding="utf-8")
    (folder / "scan.pdf").write_bytes(b"%PDF")
    (folder / "tabel.csv").write_text("tekst,datum\nEen bericht over de dijk.,morgen\n", encoding="utf-8")
    return folder


def test_what_cannot_be_read_is_printed_and_listed(command, mixed, tmp_path):
    status, _, told = command("read", mixed, "--out", tmp_path / "c.parquet")
    assert status == 0
    assert "scan.pdf: '.pdf' is no ending that is read" in told
    assert f"2 problems listed in {tmp_path}/c.errors.csv." in told
    listed = pd.read_csv(tmp_path / "c.errors.csv")
    assert listed.columns.tolist() == ["file", "reason", "article", "kept"]
    assert listed["kept"].tolist() == [False, True]
    assert len(pq.read_table(tmp_path / "c.parquet")) == 2
    (mixed / "scan.pdf").unlink()
    (mixed / "tabel.csv").unlink()
    assert command("read", mixed, "--out", tmp_path / "c.parquet")[0] == 0
    assert not (tmp_path / "c.errors.csv").exists()  # the list of the run before is not left to mislead


def test_strict_refuses_all_and_leaves_an_earlier_corpus_alone(command, mixed, tmp_path):
    out = tmp_path / "c.parquet"
    command("read", SAMPLES, "--out", out)
    before = out.read_bytes()
    status, _, told = command("read", mixed, "--out", out, "--strict")
    assert status == 1
    assert "2 problems, listed in" in told
    assert "leave out --strict to read the rest" in told
    assert out.read_bytes() == before
    assert (tmp_path / "c.errors.csv").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.fixture
def repeating(tmp_path):
    wire = "Duizenden bezoekers kwamen zaterdag naar de opening van de nieuwe haven in Merenwijk, meldt de gemeente."
    rows = [
        ("De Veenbode", wire),
        ("Het Kanaal", f"{wire} De burgemeester was tevreden."),
        ("De Veenbode", "De raad van Zulte stelt het debat over de school uit tot na de zomer."),
        ("Het Kanaal", wire),
        ("De Veenbode", wire),
    ]
    path = tmp_path / "draad.csv"
    pd.DataFrame(rows, columns=["krant", "tekst"]).to_csv(path, index=False)
    return path


def test_near_duplicates_are_marked_or_dropped(command, repeating, tmp_path):
    out = tmp_path / "c.parquet"
    status, _, told = command("read", repeating, "--out", out, "--mark-duplicates")
    assert status == 0
    assert "1 repeats of an article" in told
    assert "2 near-duplicates of an earlier article were marked" in told
    marked = read_table(out)
    ids = marked["id"].tolist()
    assert marked["cluster"].tolist() == [ids[0], ids[0], ids[2], ids[0]]
    assert marked["duplicate_of"].fillna("").tolist() == ["", ids[0], "", ids[0]]
    status, _, told = command("read", repeating, "--out", out, "--drop-duplicates")
    assert "2 near-duplicates of an earlier article were left out" in told
    assert read_table(out)["id"].tolist() == [ids[0], ids[2]]
    status, _, told = command("read", repeating, "--out", out, "--drop-duplicates", "--threshold", 0.95)
    assert read_table(out)["id"].tolist() == ids[:3]
    assert command("read", repeating, "--out", out, "--drop-duplicates", "--mark-duplicates")[0] == 1


def test_names_of_columns_are_taken(command, tmp_path):
    path = tmp_path / "coosto.csv"
    path.write_text("datum;bron;bericht titel;bericht tekst\n17-12-2022;nos.example;Kop;De sluis is dicht.\n", encoding="utf-8")
    out = tmp_path / "c.csv"
    status, *_ = command("read", path, "--out", out, "--text-column", "bericht tekst", "--title-column", "bericht titel")
    assert status == 0
    assert pd.read_csv(out)[["date", "outlet", "title", "text"]].values.tolist() == [
        ["2022-12-17", "nos.example", "Kop", "De sluis is dicht."]
    ]


@pytest.fixture
def covariates(tmp_path):
    path = tmp_path / "uit.csv"
    rows = [
        ("1", "1-3-2023", "De Veenbode", "zorg", "De zorg in Merenwijk loopt vast, tot woede van bewoners."),
        ("2", "14 maart 2023", "de Veenbode", "water", "De nieuwe sluis is een groot succes voor het dorp."),
        ("3", "2023-04-02", "Het Kanaal", "zorg", "De raad van Zulte vergadert donderdag."),
    ]
    pd.DataFrame(rows, columns=["id", "datum", "krant", "thema", "tekst"]).to_csv(path, index=False)
    return path


def test_a_covariate_goes_from_the_archive_to_the_scores(command, tone_model, covariates, tmp_path):
    corpus, labels, gold = tmp_path / "c.parquet", tmp_path / "l.csv", tmp_path / "g.csv"
    status, _, told = command("read", covariates, "--out", corpus, "--keep", "thema", "--mark-duplicates")
    assert (status, "not read" in told) == (0, False), told
    assert read_table(corpus)["thema"].tolist() == ["zorg", "water", "zorg"]
    assert command("label", corpus, "--model", tone_model, "--keep", "thema", "--out", labels)[0] == 0
    rows = pd.read_csv(labels)
    assert rows["thema"].tolist() == ["zorg", "water", "zorg"]
    rows.to_csv(gold, index=False)
    status, printed, _ = command("evaluate", gold, "--variable", "tone", "--predictions", labels, "--by", "thema")
    assert status == 0
    assert "By thema" in printed and "water" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--keep", "themma"], "No table has a column 'themma' to keep: 1 problem, listed in .* Did you mean 'thema'"),
        (["--keep", "title"], "The corpus has a column 'title' of its own"),
        (["--keep", "cluster", "--mark-duplicates"], "--mark-duplicates makes a column 'cluster'"),
    ],
)
def test_a_column_that_cannot_be_kept_is_refused(command, covariates, tmp_path, arguments, message):
    status, _, told = command("read", covariates, "--out", tmp_path / "c.parquet", *arguments)
    assert status == 1
    assert re.search(message, told), told
    assert not (tmp_path / "c.parquet").exists()


def test_outlets_that_differ_by_capitals_alone_are_told(command, covariates, tmp_path):
    _, _, told = command("read", covariates, "--out", tmp_path / "c.parquet")
    assert "Outlets 'De Veenbode' and 'de Veenbode' differ by capitals alone and are 2 outlets here" in told
    assert "Kanaal" not in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["weg.txt", "--out", "c.parquet"], "weg.txt: there is no such file"),
        (["--out", "c.parquet"], "No archive is named"),
        (["a.csv", "--out", "c.pdf"], "'.pdf' is no ending that can be written"),
        (["a.csv", "--out", "a.csv"], "--out a.csv is also an input"),
        (["leeg.txt", "--out", "c.parquet"], "Nothing was read: 1 problem, listed in"),
        (["a.csv", "--out", "c.parquet", "--amcat", "amcat.example", "--index", "x"], "is no address"),
        (["a.csv", "--out", "c.parquet", "--threshold", "2", "--mark-duplicates"], "not between 0 and 1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(command, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("text\nStuk.\n", encoding="utf-8")
    Path("leeg.txt").write_bytes(b"")
    Path("a.json").write_text('[{"text": "Stuk."}]', encoding="utf-8")
    status, printed, told = command("read", *arguments)
    assert (status, printed) == (1, "")
    assert message in told
    assert not Path("c.parquet").exists()
    assert not list(tmp_path.glob(".c.parquet*"))


def test_a_corpus_in_a_folder_that_is_read_again_is_neither_overwritten_nor_left_out(command, mixed):
    out = mixed / "c.parquet"
    status, _, told = command("read", mixed, "--out", out)
    assert status == 0
    assert "2 articles from 3 files" in told
    before = out.read_bytes()
    status, _, told = command("read", mixed, "--out", out)
    assert status == 1
    assert "uit/c.errors.csv is also an input" in told
    (mixed / "c.errors.csv").unlink()
    assert "uit/c.parquet is also an input" in command("read", mixed, "--out", out)[2]
    assert out.read_bytes() == before


def test_memory_does_not_grow_with_the_archive(tmp_path, monkeypatch):
    """Three times the articles take as much memory: they are written as they are read."""
    monkeypatch.setattr("stance.commands.archives._ROWS", 4)
    text = "De gemeenteraad van Oosterveen stemt donderdag over de sluis. " * 1_000
    peaks = []
    for articles in (4, 16, 48):  # the first warms up
        folder = tmp_path / str(articles)
        folder.mkdir()
        for number in range(articles):
            (folder / f"{number}.txt").write_text(f"{number} {text}", encoding="utf-8")
        tracemalloc.start()
        read_corpus(ReadRequest((folder,), tmp_path / "c.parquet"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert len(pq.read_table(tmp_path / "c.parquet")) == 48
    assert peaks[2] < 1.5 * peaks[1]
    assert peaks[2] < 24 * len(text)


def test_a_zip_on_the_command_line(command, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in SAMPLES.iterdir():
            archive.write(path, path.name)
    status, _, told = command("read", tmp_path / "a.zip", "--out", tmp_path / "c.parquet")
    assert status == 0
    assert "5 articles from 1 files" in told


def test_names_with_brackets_are_printed_as_they_are(command, tmp_path):
    folder = tmp_path / "[bold] uit [red]"
    folder.mkdir()
    (folder / "[link] a.pdf").write_bytes(b"%PDF")
    (folder / "b.csv").write_text("titel,tekst\n[/red] Foto [ANP],\nKop,Stuk.\n", encoding="utf-8")
    status, printed, told = command("read", folder, "--out", folder / "c.parquet")
    assert status == 0
    assert f"{folder}/[link] a.pdf: '.pdf' is no ending" in told
    assert "row 1 ([/red] Foto [ANP]): it has no text" in told
    assert "[bold] uit [red]" in printed
