from __future__ import annotations

import shutil
import zipfile

import pandas as pd
import pyarrow as pa
import pytest

import stance
from stance.corpus.archives import find_sources, read_archives
from stance.corpus.parts import PartFolder
from stance.errors import InputError


def test_a_folder_of_everything_is_read_and_the_rest_is_told(save, save_docx, sample, tmp_path):
    save("uit/nexis/een.txt", "\n".join(sample("lexisnexis_nl")))
    save("uit/gopress.txt", "\n".join(sample("gopress")))
    save("uit/kern.txt", "date 2024-05 Stuk over kernenergie.")
    save("uit/zorg.md", "# Zorgbond boos\nDe zorgbond is boos.")
    save("uit/tabel.csv", "titel;datum;krant;artikel\nKop;3 mrt. 2021;Het Kanaal;Tekst van de tabel.\n")
    save("uit/scan.pdf", b"%PDF-1.7")
    save("uit/oud.doc", b"\xd0\xcf\x11\xe0")
    save("uit/leeg.txt", b"")
    save("uit/vreemd.xyz", "tekst")
    save("uit/.verborgen.txt", "x")
    save("uit/~$een.docx", "x")
    shutil.move(save_docx("los.docx", ["Stuk uit Word."]), tmp_path / "uit")
    found = read_archives([tmp_path / "uit"])
    assert found.articles["outlet"].dropna().tolist() == [
        "De Scheldepost",
        "De Morgenster",
        "De Veenbode",
        "Het Kanaal",
        "Dagblad Merenland",
        "Het Kanaal",
    ]
    assert found.articles["title"].notna().sum() == 7
    assert {"Stuk over kernenergie.", "Stuk uit Word.", "Tekst van de tabel."} <= set(found.articles["text"])
    assert found.articles.set_index("text")["date"]["Stuk over kernenergie."] == "2024-05"
    reasons = dict(zip(found.problems["file"].str[len(str(tmp_path)) + 5 :], found.problems["reason"], strict=True))
    assert sorted(reasons) == ["leeg.txt", "oud.doc", "scan.pdf", "vreemd.xyz"]
    assert reasons["oud.doc"] == "'.doc' is no ending that is read; save it as .docx."
    assert reasons["leeg.txt"] == "the file is empty; give a file with text in it."
    assert "a page of print does not tell" in reasons["scan.pdf"]
    assert "these are: .txt, .md" in reasons["vreemd.xyz"]


def test_a_zip_is_read_as_a_folder_is(save, sample, tmp_path):
    for name in ("lexisnexis_nl", "gopress"):
        save(f"uit/{name}.txt", "\n".join(sample(name)))
    with zipfile.ZipFile(tmp_path / "uit.zip", "w") as archive:
        for path in sorted((tmp_path / "uit").iterdir()):
            archive.write(path, f"map/{path.name}")
        archive.writestr("__MACOSX/._x.txt", "x")
        archive.writestr("map/stuk.pdf", "%PDF")
    folder, packed = read_archives([tmp_path / "uit"]), read_archives([tmp_path / "uit.zip"])
    assert packed.articles["id"].tolist() == folder.articles["id"].tolist()
    assert packed.articles["source_file"].unique().tolist() == [
        f"{tmp_path}/uit.zip/map/gopress.txt",
        f"{tmp_path}/uit.zip/map/lexisnexis_nl.txt",
    ]
    assert packed.problems["file"].tolist() == [f"{tmp_path}/uit.zip/map/stuk.pdf"]
    assert "/tmp/stance-" not in packed.problems.to_csv()


def test_an_article_that_stands_in_two_files_comes_once(save, sample, tmp_path):
    save("a.txt", "\n".join(sample("nexis_uni_nl")))
    save("b.txt", "\n".join(sample("nexis_uni_en")))
    found = read_archives([tmp_path])
    assert found.articles["source_file"].unique().tolist() == [str(tmp_path / "a.txt")]
    assert len(found.articles) == 3


def test_a_file_named_twice_is_read_once(save, tmp_path):
    path = save("a.txt", "Tekst.")
    assert len(find_sources([path, tmp_path, tmp_path / "." / "a.txt"])) == 1


def test_an_id_changes_with_what_it_is_made_of_and_nothing_else(save):
    def ids(text):
        return read_archives([save("t.csv", text)]).articles["id"].tolist()

    base = ids("outlet,date,title,text\nA,2022-12-17,Kop,Een  tekst.\n")
    assert ids("text,title,date,outlet,author\nEen tekst.,Kop,17 december 2022,A,Ik\n") == base
    others = [
        ids(f"outlet,date,title,text\n{row}\n")
        for row in ("B,2022-12-17,Kop,Een tekst.", "A,2022-12-18,Kop,Een tekst.", "A,2022-12-17,,Een tekst.")
    ]
    assert len({*base, *(one for other in others for one in other)}) == 4
    assert base[0][0] == "a"
    assert len(base[0]) == 17


def test_text_is_composed_and_free_of_invisible_marks(save):
    found = read_archives([save("a.txt", "Het cafe\u0301 aan de kust\u00adlijn.\r\nDicht.".encode("utf-16"))])
    assert found.articles["text"].tolist() == ["Het café aan de kustlijn.\nDicht."]


@pytest.mark.parametrize(
    ("paths", "message"), [([], "No file is named"), (["leeg"], "No file is named"), (["weg"], "there is no such file")]
)
def test_names_of_nothing_are_refused(paths, message, tmp_path):
    (tmp_path / "leeg").mkdir()
    with pytest.raises(InputError, match=message):
        read_archives([tmp_path / path for path in paths])


def test_the_result_goes_on_to_be_labelled(save, sample):
    found = stance.read_archives([save("a.txt", "\n".join(sample("gopress")))])
    assert isinstance(found.articles, pd.DataFrame)
    assert found.articles.columns[:5].tolist() == ["id", "date", "outlet", "title", "text"]
    assert found.articles["length_words"].dropna().tolist() == [22]


def test_a_folder_of_parts_is_one_table(tmp_path):
    folder = PartFolder.open(tmp_path / "deel")
    parts = [folder.write_part(number, pa.table({"text": [f"Stuk {number}."]})) for number in range(2)]
    folder.write_manifest({"parts": parts, "finished": True})
    found = read_archives([tmp_path / "deel"])
    assert found.articles["text"].tolist() == ["Stuk 0.", "Stuk 1."]
    assert found.articles["source_file"].unique().tolist() == [str(tmp_path / "deel")]
    (tmp_path / "deel" / "part-00001.parquet").unlink()
    assert "is missing or damaged" in read_archives([tmp_path / "deel"]).problems["reason"][0]
