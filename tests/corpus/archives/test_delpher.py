from __future__ import annotations

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
