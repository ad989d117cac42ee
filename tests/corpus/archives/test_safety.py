from __future__ import annotations

import gzip
import io
import json
import stat
import time
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest

from stance.corpus.archives import read_archives

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&c;</w:t></w:r></w:p></w:body></w:document>
"""


def refused(path):
    """The one reason for which nothing of ``path`` was read."""
    found = read_archives([path])
    assert found.articles.empty
    assert found.problems["kept"].eq(False).all()
    assert not found.problems["reason"].str.contains("\n").any()
    return found.problems["reason"].tolist()


def changed(path: Path, **parts: str | bytes) -> None:
    """Replace parts of a Word or Excel file, or add them."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**content, **parts}.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_not_expanded(save_docx, encoding):
    path = save_docx("bom.docx", ["Tekst."])
    changed(path, **{"word/document.xml": BOMB.encode(encoding)})
    assert refused(path) == ["'word/document.xml' in it declares XML entities, as no Office program does; it is not opened."]


def test_a_declaration_is_found_wherever_a_block_cuts_it(save_docx):
    path = save_docx("bom.docx", ["Tekst."])
    for shift in range(0, 12, 3):
        comment = "<?xml version='1.0'?><!--" + "x" * ((1 << 20) - 33 - shift) + "-->"
        changed(path, **{"word/document.xml": comment + BOMB.split("\n", 1)[1]})
        assert "declares XML entities" in refused(path)[0]


def test_xml_entities_in_a_workbook_are_not_expanded(tmp_path):
    path = tmp_path / "bom.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.append(["Tekst."])
    book.save(path)
    changed(path, **{"xl/sharedStrings.xml": BOMB})
    assert "declares XML entities" in refused(path)[0]


def test_macros_are_refused(save_docx, save):
    path = save_docx("macro.docx", ["Tekst."])
    changed(path, **{"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"})
    assert refused(path) == ["the file holds macros and is not opened; save it again as .docx without macros."]
    assert refused(save("macro.docm", path.read_bytes()))[0].startswith("'.docm' is no ending that is read; it may hold macros")


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "bom.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.txt", "w") as member:
        for _ in range(300):
            member.write(bytes(10**6))
    began = time.perf_counter()
    assert "unpacks to 300 MB, over 20 times its size" in refused(path)[0]
    assert time.perf_counter() - began < 1


def test_a_zip_that_lies_about_a_size_gives_no_more_than_it_states(tmp_path):
    path = zipped(tmp_path / "leugen.zip", {"a.txt": b"Tekst die langer is dan de zip zegt. " * 1000})
    data = bytearray(path.read_bytes())
    place = data.rfind(b"PK\x01\x02") + 24  # uncompressed size in the central directory
    data[place : place + 4] = (100).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    assert "cannot be read as a file in a zip" in refused(path)[0]


def test_zips_in_zips_are_opened_to_a_depth(tmp_path):
    content = b"Stuk van de raad."
    name = "a.txt"
    for depth in range(4):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, content)
        content, name = buffer.getvalue(), f"{depth}.zip"
        path = tmp_path / name
        path.write_bytes(content)
        found = read_archives([path])
        if depth < 2:
            assert found.articles["text"].tolist() == ["Stuk van de raad."]
        else:
            assert found.articles.empty
            assert found.problems["reason"].tolist() == ["this is a zip in a zip in a zip; it looks like a bomb and is not opened."]


def test_members_that_lead_elsewhere_are_refused_and_the_rest_is_read(tmp_path):
    path = tmp_path / "pad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../buiten.txt", "/etc/buiten.txt", "C:\\buiten.txt", "map\\..\\..\\buiten.txt", "map/binnen.txt"):
            archive.writestr(name, f"Stuk {name[-9]}.")
        link = zipfile.ZipInfo("koppeling.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    found = read_archives([path])
    assert found.articles["source_file"].tolist() == [f"{path}/map/binnen.txt"]
    assert found.problems["reason"].str.contains("leads out of the zip").sum() == 4
    assert found.problems["reason"].str.contains("link to another file").sum() == 1
    assert sorted(file.name for file in tmp_path.parent.rglob("buiten.txt")) == []


def test_an_encrypted_member_is_told(tmp_path):
    path = zipped(tmp_path / "slot.zip", {"a.txt": b"geheim"})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + offset] |= 1
    path.write_bytes(bytes(data))
    assert refused(path) == ["it is encrypted; unpack it with its password and read the folder."]


def test_packed_json_that_goes_on_and_on_is_not_read_on(tmp_path):
    path = tmp_path / "bom.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'{"text": "')
        for _ in range(60):
            file.write(b"x" * 10**6)
    tracemalloc.start()
    assert "it looks like a bomb and is not read on" in refused(path)[0]
    assert tracemalloc.get_traced_memory()[1] < 200 * 10**6
    tracemalloc.stop()


def test_json_as_deep_as_a_well_is_refused(save):
    assert "this is no JSON" in refused(save("diep.jsonl", "[" * 100_000))[0]
    assert json.dumps({"text": "Gewoon."})
