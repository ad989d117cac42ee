from __future__ import annotations

import pytest

from stance.corpus.archives import read_archives


@pytest.mark.parametrize("ending", ["txt", "rtf"])
def test_several_articles_a_file(ending, sample, save, rtf):
    lines = sample("gopress")
    found = read_archives([save(f"g.{ending}", rtf(lines) if ending == "rtf" else "\n".join(lines))])
    assert found.problems.empty
    articles = found.articles
    assert articles["title"].tolist() == ["Vlaamse regering steekt miljoenen in de Lelielijn", "Burgemeester van Zulte stapt op"]
    assert articles["outlet"].tolist() == ["De Scheldepost", "De Morgenster"]
    assert articles["date"].tolist() == ["2022-12-17", "2023-03-03"]
    assert articles["section"].tolist() == ["Pagina 4", "Pagina 1"]
    assert articles["byline"].dropna().tolist() == ["Lotte Verhaegen"]
    assert articles["text"][0].endswith("vrezen voor banen.")
    assert articles["text"][1] == "Na drie weken van verwijten stapt de burgemeester van Zulte op. Wie haar opvolgt, is nog niet bekend."


@pytest.mark.parametrize(
    ("source", "outlet", "section"),
    [
        ("De Tijd van Gent* 3 mrt. 2021", "De Tijd van Gent", None),
        ("De Scheldepost* | 3 mrt. 2021 | p. 12", "De Scheldepost", "Pagina 12"),
        ("De Scheldepost - 3 maart 2021 - blz. 4/5 (Antwerpen)", "De Scheldepost", "Pagina 4/5"),
        ("De Scheldepost*, wo. 3 mrt. 2021, pagina 7", "De Scheldepost", "Pagina 7"),
    ],
)
def test_the_line_of_the_outlet_is_written_in_several_ways(source, outlet, section, save):
    article = read_archives([save("g.txt", f"Kop\n{source}\n\nDoor: Lotte Verhaegen\n\nDe tekst volgt hier.\n")]).articles.iloc[0]
    assert (article["outlet"], article["date"], article["title"], article["byline"]) == (outlet, "2021-03-03", "Kop", "Lotte Verhaegen")
    assert (article["section"] if isinstance(article["section"], str) else None) == section
    assert article["text"] == "De tekst volgt hier."


@pytest.mark.parametrize(
    "text", ["Kop\nDe Scheldepost - 3 maart 2021\nTekst.", "Kop\nDe Scheldepost* - 31 februari 2021\nTekst.", "Kop\nTekst*\nTekst."]
)
def test_other_text_is_one_article(text, save):
    assert read_archives([save("g.txt", text)]).articles["text"].tolist() == [text]
