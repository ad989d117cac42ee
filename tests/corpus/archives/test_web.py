from __future__ import annotations

import socket

import pytest

from stance.corpus.archives import read_archives

BODY = "De gemeenteraad van Oosterveen stemt donderdag over de nieuwe sluis. De kosten zijn opgelopen tot veertig miljoen euro."


def page(title, address=None, *, stated="canonical"):
    link = {
        "canonical": f'<link rel="canonical" href="{address}">',
        "og": f'<meta property="og:url" content="{address}">',
        "saved": "",
    }[stated]
    saved = f"<!-- saved from url=({len(address or ''):04d}){address} -->\n" if stated == "saved" else ""
    return (
        f'<!DOCTYPE html>\n{saved}<html lang="nl"><head><title>{title}</title>{link if address else ""}'
        '<meta property="article:published_time" content="2022-12-17T08:00:00+01:00"><meta property="og:site_name" content="Het Kanaal">'
        f'<meta name="author" content="Roos Terpstra"></head><body><nav>Home Sport</nav><article><h1>{title}</h1>'
        f"<p>{BODY}</p><p>{BODY} Meer over {title}.</p></article></body></html>"
    )


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """No test of this file may reach for the network."""

    def refuse(*_):
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_a_saved_page_tells_its_facts(save):
    found = read_archives([save("sluis.html", page("Sluis duurder", "https://www.kanaal.example/sluis"))])
    article = found.articles.iloc[0]
    assert (article["title"], article["date"], article["outlet"]) == ("Sluis duurder", "2022-12-17", "Het Kanaal")
    assert (article["byline"], article["url"]) == ("Roos Terpstra", "https://www.kanaal.example/sluis")
    assert article["text"].startswith("De gemeenteraad")
    assert "Home" not in article["text"]


def test_what_browsers_save_beside_a_page_is_passed_over(save, tmp_path):
    save("Sluis.html", page("Sluis"))
    for name in ("Sluis_files/ad.html", "Sluis_files/x.js", "Sluis_bestanden/y.css"):
        save(name, "x")
    found = read_archives([tmp_path])
    assert (len(found.articles), len(found.problems)) == (1, 0)


def test_a_list_of_addresses_finds_the_saved_pages_and_tells_which_are_missing(save, tmp_path):
    for number, stated in enumerate(("canonical", "og", "saved"), start=1):
        save(f"paginas/{number}.html", page(f"Stuk {number}", f"https://www.kanaal.example/{number}/", stated=stated))
    addresses = [
        "http://kanaal.example/1",
        "https://www.kanaal.example/2/#reacties",
        "https://kanaal.example/3",
        "https://kanaal.example/4",
    ]
    listed = save("adressen.txt", "\n".join(addresses))
    found = read_archives([listed])
    assert found.articles["title"].tolist() == ["Stuk 1", "Stuk 2", "Stuk 3"]
    assert found.problems["article"].tolist() == ["line 4"]
    assert "no saved page states the address https://kanaal.example/4" in found.problems["reason"][0]
    both = read_archives([tmp_path])
    assert both.articles["id"].tolist() == found.articles["id"].tolist()
    assert len(both.problems) == 1


def test_a_list_may_name_the_files_of_its_pages(save):
    save("lijst/sluis.html", page("Sluis"))
    save("geheim.html", page("Geheim"))
    listed = save(
        "lijst/adressen.txt", "https://k.example/1\tsluis.html\nhttps://k.example/2\t../geheim.html\nhttps://k.example/3\tweg.html\n"
    )
    found = read_archives([listed])
    assert found.articles["title"].tolist() == ["Sluis"]
    assert "leads out of the folder of the list" in found.problems["reason"][0]
    assert "'weg.html' is no saved page beside the list" in found.problems["reason"][1]


def test_a_page_without_an_article_is_told(save):
    found = read_archives([save("leeg.html", "<html><body></body></html>")])
    assert found.articles.empty
    assert "it has no text" in found.problems["reason"][0]


def saved(*parts, title="Brug weer open", head="", above=""):
    article = "".join(f"<p>{part}</p>" if not part.startswith("<") else part for part in parts)
    return (
        f'<!DOCTYPE html><html lang="nl"><head><title>{title}</title>{head}</head><body>{above}<main><article><h1>{title}</h1>{article}'
        "</article></main></body></html>"
    )


@pytest.mark.parametrize(
    "aside",
    [
        "Lees ook: Wethouder wist van niets",
        "Lees ook: <a href='/x'>Wethouder wist van niets</a>",
        "<h3>Lees ook</h3><ul><li><a href='/x'>Wethouder wist van niets</a></li><li><a href='/y'>Nieuwe sluis duurder</a></li></ul>",
        "Meld je aan voor onze nieuwsbrief en mis niets.",
        "Deze video kan niet worden afgespeeld.",
        "Zet JavaScript aan om de kaart te zien.",
    ],
)
def test_what_stands_between_the_paragraphs_is_left_out(aside, save):
    found = read_archives([save("brug.html", saved(BODY, aside, "Volgens het waterschap duurde het herstel een week langer dan gedacht."))])
    assert found.problems.empty
    assert found.articles["text"].tolist() == [f"{BODY}\nVolgens het waterschap duurde het herstel een week langer dan gedacht."]


def test_sentences_that_only_begin_like_an_aside_stay(save):
    text = ["Lees ook eens een boek, zei de bibliothecaris tegen de klas, en de hele klas lachte om wat hij daarmee bedoelde. " * 3, BODY]
    assert read_archives([save("boek.html", saved(*text))]).articles["text"].str.startswith("Lees ook eens een boek").all()


def test_a_short_article_comes_without_the_menu_and_its_title(save):
    menu = (
        "<header><nav><ul>"
        + "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("Binnenland", "Sport", "Economie"))
        + "</ul></nav></header>"
    )
    found = read_archives([save("kort.html", saved("De brug is open.", "De omleiding is voorbij.", above=menu))])
    assert found.articles["text"].tolist() == ["De brug is open.\nDe omleiding is voorbij."]


@pytest.mark.parametrize(
    "offer",
    [
        "<div><h2>Verder lezen?</h2><p>Word abonnee voor 2 euro per week.</p><p>Al abonnee? Log in</p></div>",
        "Dit artikel is exclusief voor abonnees.",
        "",
    ],
)
def test_an_offer_is_left_out_and_told(offer, save):
    head = "" if offer else '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
    found = read_archives([save("betaald.html", saved(BODY, offer, head=head))])
    assert found.articles["text"].tolist() == [BODY]
    assert found.problems[["reason", "kept"]].values.tolist() == [
        ["the page offers a subscription; the text may be but the beginning of the article.", True]
    ]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (["Deze video kan niet worden afgespeeld."], "holds no article, but only a message"),
        (["Wij gebruiken cookies. Geef toestemming voor cookies of pas je instellingen aan.", "Lees ons beleid over cookies."], "asks for consent"),
    ],
)  # fmt: skip
def test_a_page_that_holds_but_a_message_is_told(parts, reason, save):
    found = read_archives([save("leeg.html", saved(*parts))])
    assert found.articles.empty
    assert reason in found.problems["reason"][0]


def test_several_articles_on_a_page_are_told(save):
    other = f"</article><article><h1>Sluis duurder</h1><p>{' '.join([BODY] * 6)}</p>"
    found = read_archives([save("twee.html", saved(" ".join([BODY] * 6), other))])
    assert any("holds 2 articles with headings of their own" in reason for reason in found.problems["reason"])
