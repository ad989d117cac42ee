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
