"""Targets: names in every dress, compounds told apart, words that look like names left alone, and the shipped list of actors."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.dutch.targets import find_mentions, names_target, political_actors, target_matcher
from stance.errors import InputError


def found(text, target, aliases=()):
    return [(text[mention.start : mention.end], mention.kind) for mention in find_mentions(text, target, aliases)]


def test_possessives_are_the_name_and_longer_words_are_compounds():
    text = "Poetins leger, Poetin's plan, Poetin’s wil en POETIN; het Poetin-bezoek, een anti-Poetin. Rasputin niet."
    kinds = dict(found(text, "Vladimir Poetin", ["Poetin"]))
    assert kinds == dict.fromkeys(["Poetins", "Poetin's", "Poetin’s", "POETIN"], "name") | dict.fromkeys(
        ["Poetin-bezoek", "anti-Poetin"], "compound"
    )


@pytest.mark.parametrize("written", ["Oekraïne", "Oekraine", "OEKRAÏNE", "Oekrai\u0308ne", "oekraïne", "Oekraïnes"])
def test_accents_and_case_do_not_matter_and_offsets_stay_those_of_the_text(written):
    text = f"Één jaar later: {written}, zei hij."
    assert found(text, "Oekraïne") == [(written, "name")]


def test_a_glued_compound_needs_the_capital_of_the_name():
    assert found("Het Oekraïnebeleid en de oekraïneganger.", "Oekraïne") == [("Oekraïnebeleid", "compound")]
    assert found("De boerenprotesten", "boeren") == [("boerenprotesten", "compound")]


@pytest.mark.parametrize(
    ("target", "text", "expected"),
    [
        ("DENK", "Ik denk dat Denk denkt, zegt DENK.", [("DENK", "name")]),
        ("NS", "Bij ons rijdt NS, zegt de NS-top.", [("NS", "name"), ("NS-top", "compound")]),
        ("PvdA", "pvda PVDA PvdA'ers PvdA", [("PvdA'ers", "compound"), ("PvdA", "name")]),
        ("Volt", "230 volt, zegt Volt.", [("Volt", "name")]),
        ("VVD", "VVDX en VVD's plan", [("VVD's", "name")]),
    ],
)
def test_short_names_keep_their_capitals(target, text, expected):
    assert found(text, target) == expected


@pytest.mark.parametrize(
    ("target", "text", "expected"),
    [
        ("Vooruit", "Zij kijkt vooruit. Volgens Vooruit kan dat. Vooruit wil meer. Vooruit maar!", ["Vooruit", "Vooruit"]),
        (
            "Groen",
            "Groen is mooi. Ecolo-Groen stemt voor, zegt Els Bos (Groen). Groenland, GroenLinks en Groen Links.",
            ["Ecolo-Groen", "Groen"],
        ),
        ("Volt", "Volt zegt nee. Volts plan en de Volt-fractie; 230 volt.", ["Volt", "Volts", "Volt-fractie"]),
        ("De Tijd", "In de tijd van toen schreef De Tijd dat het tijd was. DE TIJD!", ["De Tijd", "DE TIJD"]),
        ("Klaver", "De klaver bloeit. Klaver wil meer, en Klavers plan ook.", ["Klaver", "Klavers"]),
    ],
)
def test_names_that_are_words_count_in_the_form_and_context_of_a_name(target, text, expected):
    assert [form for form, _ in found(text, target)] == expected


@pytest.mark.parametrize(("target", "text", "expected"), [
    ("Bas", "Bas' plan, Basse wegen", ["Bas"]),
    ("Daan", "Daans plan is er. De Daansen niet.", ["Daans"]),
    ("Buma", "Buma's plan en Bumas plan", ["Buma's"]),
    ("CDA", "CDAs plan, CDA's plan", ["CDA's"]),
])  # fmt: skip
def test_possessives_of_short_names(target, text, expected):
    assert [form for form, _ in found(text, target)] == expected


def test_a_longer_name_with_a_capital_inside_names_no_other_target():
    assert found("OekraïneForum, Oekraïnebeleid en OEKRAÏNEBELEID", "Oekraïne") == [
        ("Oekraïnebeleid", "compound"),
        ("OEKRAÏNEBELEID", "compound"),
    ]


def test_the_longest_form_wins_and_spaces_bend():
    mentions = find_mentions("Forum voor\nDemocratie en Forum", "FvD", ["Forum", "Forum voor Democratie"])
    assert [mention.form for mention in mentions] == ["Forum voor Democratie", "Forum"]


def test_names_target_marks_windows_that_name_it():
    windows = ["Het Poetin-bezoek", "Niets hier", "poetin"]
    assert names_target(windows, ["Vladimir Poetin", "Poetin"]).tolist() == [True, False, True]
    assert names_target([], ["Poetin"]).dtype == np.bool_


def test_a_matcher_is_made_once():
    assert target_matcher("Poetin", ["Vladimir Poetin"]) is target_matcher("Poetin", ("Vladimir Poetin",))


@pytest.mark.parametrize("form", ["", "  ", "?!"])
def test_a_form_without_letters_is_refused(form):
    with pytest.raises(InputError, match="holds no letter or digit"):
        find_mentions("tekst", form)


@given(st.text(alphabet="Poetin’'s-aï\u0308 ÉéX", max_size=60))
def test_mentions_slice_the_text_and_do_not_overlap(text):
    mentions = find_mentions(text, "Poetin", ["Poet"])
    assert all("poet" in text[mention.start : mention.end].lower() for mention in mentions)
    assert all(before.end <= after.start for before, after in pairwise(mentions))


@pytest.mark.parametrize("piece", ["Poetin-", "Poetin", "a-", "x'", "Forum  ", "anti-Poetin "])
def test_two_megabytes_finish(piece):
    text = piece * (2_000_000 // len(piece))
    assert all(mention.end <= len(text) for mention in find_mentions(text, "Poetin", ["Forum voor Democratie"]))


def test_political_actors_by_day():
    may = political_actors(on="2019-06-01")
    assert set(may.loc[may["office"] == "minister-president", "name"]) == {"Mark Rutte"}
    assert "Rob Jetten" in set(may.loc[(may["role"] == "leader") & (may["party"] == "D66"), "name"])
    assert "NSC" not in set(may["name"])
    everyone = political_actors()
    assert everyone["source"].notna().all() and len(everyone) > len(may)
    assert not everyone.duplicated(["name", "role", "party", "office", "since"]).any()
    assert (everyone["until"].isna() | (everyone["until"].fillna("9") >= everyone["since"])).all()
    assert isinstance(everyone, pd.DataFrame) and all(isinstance(aliases, tuple) for aliases in everyone["aliases"])


def test_a_day_that_is_none_is_refused():
    with pytest.raises(InputError, match="is no date; give a year, month or day"):
        political_actors(on="gisteren")


@pytest.mark.data
def test_the_politicians_of_2019_are_called_so_in_the_news_of_2019(shared):
    # What can be checked offline: of 16 ministers and 12 Dutch leaders (Thieme and Simons are seldom called so), the news gives function and party.
    text = "\n".join(pd.read_parquet(shared / "news2019.parquet", columns=["text"])["text"])
    actors = political_actors(on="2019-05")
    for name in actors.loc[actors["role"] == "minister", "name"]:
        last = name.partition(" ")[2]
        assert sum(text.count(f"{function} {form}") for function in ("inister", "remier") for form in (name, last)) >= 20, name
    leaders = actors[actors["role"] == "leader"].set_index("party")["name"]
    for party in ("VVD", "PVV", "CDA", "D66", "PvdA", "GroenLinks", "SP", "SGP"):
        forms = (leaders[party], leaders[party].partition(" ")[2])
        assert sum(text.count(f"{party}-{office} {form}") for office in ("leider", "fractievoorzitter") for form in forms) >= 5, party
