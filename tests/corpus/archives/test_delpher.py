from __future__ import annotations

import zipfile

from stance.corpus.archives import read_archives

DIDL = """<?xml version="1.0" encoding="UTF-8"?>
<didl:DIDL xmlns:didl="urn:mpeg:mpeg21:2002:02-DIDL-NS" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:srw_dc="info:srw/schema/1/dc-v1.1">
<didl:Item><didl:Component><didl:Resource><srw_dc:dcx><dc:title>Nieuwe Merenlandsche Courant</dc:title><dc:date>1876-12-01</dc:date></srw_dc:dcx>
</didl:Resource></didl:Component><didl:Item><srw_dc:dcx><dc:title>Stadsnieuws</dc:title></srw_dc:dcx></didl:Item></didl:Item></didl:DIDL>"""
TEXT = (
    '<?xml version="1.0" encoding="UTF-8"?><text><title>Stadsnieuws</title><p>De brug is gister\ngesloten.</p><p>Men vaart om.</p></text>'
)


def test_an_article_takes_paper_and_date_from_the_description_beside_it(save):
    save("uit/DDD_ddd_1/1_didl.xml", DIDL)
    save("uit/DDD_ddd_1/1_001_alto.xml", "<alto><Layout/></alto>")
    folder = save("uit/DDD_ddd_1/DDD_1_0001_articletext.xml", TEXT).parents[1]
    found = read_archives([folder])
    assert found.problems.empty
    assert found.articles[["outlet", "date", "title", "text", "archive_id"]].values.tolist() == [
        ["Nieuwe Merenlandsche Courant", "1876-12-01", "Stadsnieuws", "De brug is gister gesloten.\nMen vaart om.", "DDD_1_0001"]
    ]


def test_what_lacks_or_is_no_article_is_told(save):
    alone = read_archives([save("los/DDD_1_0001_articletext.xml", TEXT)])
    assert len(alone.articles) == 1
    assert "kept without date and outlet" in alone.problems["reason"][0]
    assert "holds no article" in read_archives([save("leeg/1_didl.xml", DIDL)]).problems["reason"][0]
    assert "XML with root 'rss' is not read" in read_archives([save("feed.xml", "<rss/>")]).problems["reason"][0]
    assert (
        "declares XML entities"
        in read_archives([save("bom.xml", '<!DOCTYPE x [<!ENTITY a "b">]><text><p>&a;</p></text>')]).problems["reason"][0]
    )


def issue(name, paper, day):
    """Return the description and one article of a newspaper, by the names of their files."""
    described = DIDL.replace("Nieuwe Merenlandsche Courant", paper).replace("1876-12-01", day)
    return {f"{name}_didl.xml": described, f"{name}_0001_articletext.xml": TEXT, f"{name}_0001_alto.xml": "<alto><Layout/></alto>"}


def packed(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_in_a_zip_each_article_has_the_paper_and_date_of_its_own_folder(tmp_path):
    files = {
        f"delpher/{name}/{file}": text
        for name, paper, day in (("DDD_1", "De Rijnbode", "1876-12-01"), ("DDD_2", "Het Veen", "1877-01-05"))
        for file, text in sorted(issue(name, paper, day).items())  # the article before its description
    }
    found = read_archives([packed(tmp_path / "d.zip", files)])
    assert found.problems.empty
    assert found.articles[["outlet", "date", "archive_id"]].values.tolist() == [
        ["De Rijnbode", "1876-12-01", "DDD_1_0001"],
        ["Het Veen", "1877-01-05", "DDD_2_0001"],
    ]


def test_in_a_folder_of_several_newspapers_the_description_has_the_name_of_the_article(save, tmp_path):
    files = issue("DDD_1", "De Rijnbode", "1876-12-01") | issue("DDD_10", "Het Veen", "1877-01-05") | {"DDD_3_0001_articletext.xml": TEXT}
    for name, text in files.items():
        save(f"plat/{name}", text)
    for found in (read_archives([tmp_path / "plat"]), read_archives([packed(tmp_path / "plat.zip", files)])):
        facts = found.articles.set_index("archive_id")[["outlet", "date"]].fillna("").agg(" ".join, axis=1).to_dict()
        assert facts == {"DDD_1_0001": "De Rijnbode 1876-12-01", "DDD_10_0001": "Het Veen 1877-01-05", "DDD_3_0001": " "}
        assert found.problems["reason"].tolist() == [
            "no description (didl.xml) of its newspaper can be read beside it; it is kept without date and outlet."
        ]


def test_a_description_that_is_damaged_is_listed_and_its_articles_are_kept_without_a_date(save, tmp_path):
    files = issue("DDD_1", "De Rijnbode", "1876-12-01") | {"DDD_1_didl.xml": DIDL[:-40]}
    for name, text in files.items():
        save(f"stuk/{name}", text)
    for found in (read_archives([tmp_path / "stuk"]), read_archives([packed(tmp_path / "stuk.zip", files)])):
        assert found.articles["date"].isna().tolist() == [True]
        assert any("kept without date and outlet" in reason for reason in found.problems["reason"])
        assert not found.problems["reason"].str.contains("/").any()
