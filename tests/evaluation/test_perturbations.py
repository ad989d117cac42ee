from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.dutch.data import read_list
from stance.dutch.genders import to_feminine, to_masculine
from stance.dutch.swaps import Group, Swapper, countries, outlets, parties, politicians, with_possessive
from stance.dutch.targets import political_actors
from stance.errors import InputError
from stance.evaluation.perturbations import MASK, PERTURBATIONS, get_perturbation, mask_target, remove_quotes, typos

ARTICLE = (
    "De VVD wil minder regels, maar het CDA aarzelt.\n\n"
    "Premier Mark Rutte (VVD) zei dinsdag in Den Haag dat hij zijn plan doorzet. “Wij gaan hiermee door, wat er ook gebeurt”, zegt Rutte. "
    "Ruttes voorstel kost 2,5 miljoen euro; Sigrid Kaag noemde het naïef. VVD'er Els de Groot prees haar in de Volkskrant.\n"
    "In Rusland kijken Russische kranten mee: de VVD-leider is er bekend."
)


@pytest.fixture
def apply(rng):
    return lambda name, *units: get_perturbation(name).apply(list(units), rng=rng)


def filled(template, pattern):
    """A regex that matches ``template`` byte for byte, save for each ``{}``, where ``pattern`` must match."""
    return re.compile("".join(pattern if part == "{}" else re.escape(part) for part in re.split(r"(\{\})", template)))


def test_one_party_becomes_one_other_throughout_and_nothing_else_changes(apply):
    (text,) = apply("parties", ARTICLE)["text"]
    name = r"(?:PVV|PvdA|SP|SGP|BBB)"  # those that take 'er, as the article has one
    template = ARTICLE.replace("VVD", "{}")
    assert filled(template, name).fullmatch(text)
    assert len(set(re.findall(name, text))) == 1
    assert "het CDA aarzelt" in text


def test_parties_keep_their_article(rng):
    articles = read_list("swaps")["parties"]
    for _ in range(50):
        (text,) = parties().swap(["De kleine SGP wint van het CDA. GroenLinks weet het al."], rng)
        found = re.fullmatch(r"De kleine (.+) wint van het CDA\. (.+) weet het al\.", text)
        assert found[1] in set(articles["de"]) - {"SGP"}
        assert found[2] in set(articles["none"]) - {"GroenLinks"}
    headlines = {parties().swap(["CDA wint van VVD"], rng)[0] for _ in range(50)}
    assert len(headlines) > 10  # without articles in the headline, CDA and VVD may change places with all of them
    assert parties().swap(["het D66 van toen"], rng) == ["het D66 van toen"]


def test_two_parties_never_become_one(rng):
    for _ in range(30):
        (text,) = parties().swap(["De VVD, de PVV, de SP en de PvdA."], rng)
        names = re.findall(r"de (.+?)(?:,| en|\.)", text, flags=re.IGNORECASE)
        assert len(set(names)) == 4
        assert all(new != old for new, old in zip(names, ["VVD", "PVV", "SP", "PvdA"], strict=True))


def test_target_and_holder_change_with_the_text(rng):
    units = [("De VVD is tegen de PVV.", "PVV", "VVD"), ("De VVD is tegen de PVV.", "VVD", "PVV")]
    changed = get_perturbation("parties").apply(units, rng=rng)
    for row in changed.itertuples():
        assert re.fullmatch(rf"De ({row.holder}|{row.target}) is tegen de ({row.target}|{row.holder})\.", row.text)
    assert changed.loc[0, "target"] == changed.loc[1, "holder"]


def test_politicians_change_with_their_gender_and_possessive(rng):
    actors = political_actors()
    women = set(read_list("swaps")["politicians"]["women"])
    assert women <= set(actors["name"])
    for _ in range(30):
        (text,) = politicians().swap(["Mark Rutte en Sigrid Kaag. Ruttes plan, Kaags kritiek."], rng)
        full = re.fullmatch(r"(.+) en (.+)\. (.+) plan, (.+) kritiek\.", text)
        assert full[1] not in women | {"Mark Rutte"}
        assert full[2] in women - {"Sigrid Kaag"}
        short = actors.set_index("name").loc[full[2], "aliases"]
        short = short if isinstance(short, tuple) else short.iloc[0]
        assert full[4] == with_possessive(short[0])


def test_a_last_name_that_is_a_word_is_left_unless_the_full_name_is_there(rng):
    assert politicians().swap(["Klaver bloeit langs de weg."], rng) == ["Klaver bloeit langs de weg."]
    (text,) = politicians().swap(["Jesse Klaver sprak. Klaver kreeg applaus."], rng)
    assert "Klaver" not in text
    assert politicians().swap(["Wiersma en Bruins waren er."], rng) == ["Wiersma en Bruins waren er."]  # two of each
    (text,) = politicians().swap(["Femke Wiersma sprak. Wiersma kreeg applaus."], rng)
    assert "Wiersma" not in text


def test_capitals_and_country_forms_are_kept(rng):
    (text,) = countries().swap(["RUSLAND: Russische troepen, Russisch gas, Russen, Moskou en Ruslands leger. Frans Bauer zong."], rng)
    name, adjective, plain, people, capital = next(
        forms for forms in read_list("swaps")["countries"]["none"] if text.startswith(forms[0].upper() + ":")
    )
    own = with_possessive(name)
    assert text == f"{name.upper()}: {adjective} troepen, {plain} gas, {people}, {capital} en {own} leger. Frans Bauer zong."
    assert name != "Rusland"


def test_outlets_keep_their_article(rng):
    (text,) = outlets().swap(["Dat schreef de Volkskrant, niet het AD of NRC."], rng)
    lists = read_list("swaps")["outlets"]
    first, second, third = re.fullmatch(r"Dat schreef de (.+), niet het (.+) of (.+)\.", text).groups()
    assert [first] in lists["de"]
    assert any(second == names[0] for names in lists["het"])
    assert [third] in lists["none"]


def test_names_within_words_are_not_names(rng):
    swapper = Swapper([Group((("SP",), ("NOS",), ("Rusland",)))])
    text = "SPelling, NOSTALGIE, Ruslandkenner, NOS.nl"
    assert swapper.swap([text], rng) == [text]
    other = "Dat zei buurman Matty Timmermans, niet Koen Rutte."
    assert politicians().swap([other], rng) == [other]


@pytest.mark.parametrize(
    ("masculine", "feminine"),
    [
        ("Hij zag zijn vader.", "Zij zag haar moeder."),
        ("Meneer Bos is ziek, zei hij.", "Mevrouw Bos is ziek, zei zij."),
        ("De man met zijn zoon", "De vrouw met haar dochter"),
        ("VADER BOOS", "MOEDER BOOS"),
        ("Een man viel toen hij van zijn fiets werd gereden.", "Een vrouw viel toen zij van haar fiets werd gereden."),
    ],
)
def test_gendered_words_change_both_ways(masculine, feminine, rng):
    assert to_feminine(masculine, rng) == feminine
    assert to_masculine(feminine, rng) == masculine


@pytest.mark.parametrize(
    "text",
    [
        "De prijzen zijn gestegen.",
        "Onduidelijk is of hij of zij komt.",
        "Er zijn twintig man ontslagen, zijn de bonden boos?",
        "Het vaderland en de mannenploeg.",
        "Wij zijn er.",
    ],
)
def test_words_that_only_look_masculine_stay(text, rng):
    assert to_feminine(text, rng) == text


@pytest.mark.parametrize("text", ["Zij werken hard, zeggen ze.", "Zij het met moeite.", "Het moederbedrijf van het blonde meisje."])
def test_words_that_only_look_feminine_stay(text, rng):
    assert to_masculine(text, rng) == text


def test_first_names_change_gender_one_for_one(rng):
    text = to_feminine("Jan en Pieter kwamen; Jans hond, Pieters kat. Sint Jan niet.", rng)
    first, second, hers, seconds = re.fullmatch(r"(\w+) en (\w+) kwamen; ([\w']+) hond, ([\w']+) kat\. Sint Jan niet\.", text).groups()
    women = read_list("swaps")["genders"]["women"]
    assert {first, second} <= set(women)
    assert first != second
    assert (hers, seconds) == (with_possessive(first), with_possessive(second))


def test_quotes_go_and_the_rest_stays():
    without = remove_quotes(ARTICLE)
    start, end = ARTICLE.index("“"), ARTICLE.index("”") + 1
    assert without == ARTICLE[:start] + ARTICLE[end:]
    assert remove_quotes("“Wij gaan hiermee door, wat er ook gebeurt.”") == "“Wij gaan hiermee door, wat er ook gebeurt.”"


def test_a_masked_target_leaves_compounds(apply):
    assert (
        mask_target("De VVD wint; VVD-leider blij. VVD verliest.", "VVD")
        == "De dit onderwerp wint; VVD-leider blij. Dit onderwerp verliest."
    )
    changed = apply("target masked", ("Stop kernenergie.", "kernenergie"), ("Goed zo.", "kernenergie"))
    assert changed["target"].tolist() == [MASK, MASK]
    assert changed["text"].tolist() == [f"Stop {MASK}.", "Goed zo."]
    assert not apply("target masked", "Zonder doel.")["changed"].any()


def test_an_unrelated_target_is_not_in_the_text(apply):
    unrelated = read_list("swaps")["targets"]["unrelated"]
    text = "Over " + ", ".join(unrelated[:-1])
    changed = apply("target unrelated", (text, "de haven"))
    assert changed["target"].tolist() == [unrelated[-1]]
    assert changed["text"].tolist() == [text]


def test_a_negated_target_says_the_opposite_and_a_topic_stays(apply):
    changed = apply(
        "target negated",
        ("Goed plan.", "De raad moet een brug bouwen."),
        ("Goed plan.", "De raad moet geen brug bouwen."),
        ("Goed plan.", "De belasting mag niet omhoog."),
        ("Goed plan.", "De raad, die veel wil, moet luisteren."),
        ("Goed plan.", "Nederland blijft in de EU."),
        ("Goed plan.", "Rutte en zijn kabinet"),
    )
    assert changed["target"].tolist()[:5] == [
        "De raad moet geen brug bouwen.",
        "De raad moet brug bouwen.",
        "De belasting mag omhoog.",
        "De raad, die veel wil, moet niet luisteren.",
        "Nederland blijft niet in de EU.",
    ]
    assert changed["changed"].tolist() == [True] * 5 + [False]


def test_plain_changes_do_what_they_say(apply):
    text = "Café 'De Zon' in België: foto's, 2,5 miljoen, oud-minister… IJs!"
    assert apply("lower case", text)["text"][0] == text.lower()
    assert apply("upper case", text)["text"][0] == text.upper()
    assert apply("diacritics removed", text)["text"][0] == text.replace("é", "e").replace("ë", "e")
    assert apply("punctuation removed", text)["text"][0] == "Café De Zon in België foto's 2,5 miljoen oud-minister IJs"
    assert not apply("punctuation removed", "geen leesteken")["changed"][0]


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="abcdeé .,\nXYZ", max_size=80), seed=st.integers(0, 99))
def test_a_typo_touches_letters_of_longer_words_only(text, seed):
    changed = typos(text, np.random.default_rng(seed))
    assert len(changed) == len(text)
    inner = {place for word in re.finditer(r"[^\W\d_]{4,}", text) for place in range(word.start() + 1, word.end())}
    different = {place for place, (new, old) in enumerate(zip(changed, text, strict=True)) if new != old}
    assert different <= inner
    words = len(re.findall(r"[^\W\d_]{4,}", text))
    assert len(different) <= 2 * max(1, round(0.05 * words))


@pytest.mark.parametrize("one", PERTURBATIONS, ids=lambda one: one.name)
def test_changes_depend_on_seed_and_text_not_on_order(one):
    target = "De VVD moet regeren" if one.name == "target negated" else "VVD"
    units = [(ARTICLE, target), ("Jan prijst de PVV, Rusland en NRC.", "PVV"), ("Het regent.", "weer")]
    there = one.apply(units, rng=np.random.default_rng(5))
    back = one.apply(units[::-1], rng=np.random.default_rng(5))
    assert there["text"].tolist() == back["text"].tolist()[::-1]
    assert there["target"].tolist() == back["target"].tolist()[::-1]
    same = [row.text == text and row.target == target for row, (text, target) in zip(there.itertuples(), units, strict=True)]
    assert (~there["changed"]).tolist() == same
    assert there["changed"][0]  # the article holds something of every kind


def test_an_unknown_perturbation_is_refused():
    with pytest.raises(InputError, match=r"There is no perturbation 'partijen'; there are parties, .* Did you mean 'parties'"):
        get_perturbation("partijen")
