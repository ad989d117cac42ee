"""Voices: quotes in every Dutch convention with their source, apostrophes left alone, and the score on quotes read by hand."""

import json
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.dutch.quotes import quoted_stretches
from stance.dutch.voices import VoiceSpan, voice_spans

GOLD = json.loads((Path(__file__).parent / "data" / "quotes.json").read_text(encoding="utf-8"))["articles"]
SIGNS = [
    '"',
    "'",
    "“",
    "”",
    "„",
    "‘",
    "’",
    ",,",
    "''",
    "«",
    "»",
    " ",
    "–",
    "- ",
    "\n",
    "a",
    "Bc",
    ". ",
    ": ",
    ", zegt Jan ",
    "volgens ",
    "zei hij",
    "dat ",
]


def quoted(text: str) -> list[tuple[str, str | None, str]]:
    return [(text[span.start : span.end].rstrip(), span.source, span.kind) for span in voice_spans(text) if span.voice == "quoted"]


def check_cover(text: str) -> None:
    spans = voice_spans(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(span.start < span.end for span in spans)
    assert all(before.end == after.start for before, after in pairwise(spans))


@pytest.mark.parametrize("marks", ["“”", "„”", "‘’", "''", '""', "’’", "””", "«»", (",,", "''"), (",,", '"')])
def test_every_convention_of_quotation_marks(marks):
    left, right = marks
    quote = f"{left}Dit plan deugt niet{right}"
    assert quoted(f"{quote}, zegt wethouder Els Bos.") == [(quote, "Els Bos", "direct")]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('"Wij stoppen", zegt correspondent Els de Wit tegen de krant.', "Els de Wit"),
        ('"Wij stoppen", legt oud-commandant der Landstrijdkrachten Jan de Wit uit.', "Jan de Wit"),
        ('"Wij stoppen", aldus de burgemeester.', "de burgemeester"),
        ('"Wij stoppen", liet minister Bos gisteren weten.', "Bos"),
        ('Daarover zei premier Jan Bos: "Wij stoppen."', "Jan Bos"),
        ('De Wit: "Wij stoppen."', "De Wit"),
        ('Bram Smit (25), eigenaar van een winkel, zegt: "Wij stoppen."', "Bram Smit"),
        ('Volgens een woordvoerder "stoppen wij er nu mee".', "een woordvoerder"),
        ('"Wij stoppen." Meer stond er niet.', None),
    ],
)
def test_the_source_where_it_is_named(text, source):
    assert [found[1] for found in quoted(text) if found[2] == "direct"] == [source]


def test_an_interrupted_quote_keeps_its_source_and_the_next_one_goes_on():
    text = '"Ik fiets," zegt Els Bos, "maar ik snap het wel." Ze zucht. "Het is niet anders."'
    assert [(quote, source) for quote, source, _ in quoted(text)] == [
        ('"Ik fiets,"', "Els Bos"),
        ('"maar ik snap het wel."', "Els Bos"),
        ('"Het is niet anders."', "Els Bos"),
    ]


def test_short_forms_and_functions_go_back_to_the_full_name():
    text = "Minister Els van der Bos kwam terug. \"Het mag niet\", zei Van der Bos. 'Nooit meer', zei de minister."
    assert [source for _, source, _ in quoted(text)] == ["Els van der Bos", "Els van der Bos"]


@pytest.mark.parametrize(
    "text",
    ["'s Avonds zijn foto's van de jaren '90 in 't café duur.", "Wilders' partij en Max' auto's, zo'n veertig.", "Z'n zus d'r huis."],
)
def test_apostrophes_are_no_quotes(text):
    assert quoted_stretches(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Het college stuurde een 'grensbewakingseenheid' van tien agenten.",
        "De campagne 'Handen af van onze bomen' begint vandaag.",
        "Dat geldt voor de 'zware beroepen' in de bouw.",
    ],
)
def test_terms_and_titles_stay_with_the_narrator(text):
    assert quoted(text) == []


def test_nested_and_unclosed_quotes():
    assert quoted("\"Hij riep 'kom nou toch mee' en ging\", zegt Els Bos.")[0][0] == "\"Hij riep 'kom nou toch mee' en ging\""
    assert quoted('Els Bos zegt: "Wij stoppen ermee. Morgen meer.')[0][:2] == ('"Wij stoppen ermee.', "Els Bos")
    assert quoted_stretches("“Wij stoppen. Echt.\n“En jullie ook.”") == [(0, 19), (20, 36)]


def test_a_dialogue_dash_opens_a_turn():
    text = "– Kom je mee? vroeg Els Bos.\n– Nee!\n– de lijst loopt door\n"
    assert [quote for quote, _, _ in quoted(text)] == ["– Kom je mee?", "– Nee!"]


@pytest.mark.parametrize(
    ("text", "reported", "source"),
    [
        ("Volgens Els Bos is het plan te duur.", "Volgens Els Bos is het plan te duur.", "Els Bos"),
        ("Het plan is te duur, zegt Els Bos.", "Het plan is te duur, zegt Els Bos.", "Els Bos"),
        ("Minister Els Bos vindt dat het plan niet deugt.", "dat het plan niet deugt.", "Els Bos"),
    ],
)
def test_indirect_speech(text, reported, source):
    assert quoted(text) == [(reported, source, "indirect")]


def test_headlines_that_quote():
    assert quoted("Els Bos: plan is veel te duur\n\nDe raad stemt morgen.") == [("plan is veel te duur", "Els Bos", "headline")]
    assert quoted("'Wij gaan er nooit meer heen'\n\nDe raad stemt morgen.") == [("'Wij gaan er nooit meer heen'", None, "headline")]


def test_empty_text_and_narrator_only():
    assert voice_spans("") == []
    assert voice_spans("De raad stemt.") == [VoiceSpan(0, 14, "narrator", None, "narration")]


@given(st.lists(st.sampled_from(SIGNS), max_size=40).map("".join))
def test_voices_cover_the_text_exactly_once(text):
    check_cover(text)


def test_ten_thousand_random_strings_never_crash():
    draw = random.Random(20221217)
    for _ in range(10_000):
        check_cover("".join(draw.choices(SIGNS, k=draw.randrange(12))))


@pytest.mark.parametrize("piece", ["De raad stemt morgen over het plan van het college en dat duurt even. ", '"a ', "'a ", "– "])
def test_two_megabytes_finish(piece):
    text = piece * (2_000_000 // len(piece))
    assert voice_spans(text)[-1].end == len(text)


def texts_of(shared: Path) -> dict[str, str]:
    with (shared / "partisan" / "dpgmedia2019" / "articles.jsonl").open(encoding="utf-8") as lines:
        texts = {row["id"]: row["text"] for row in map(json.loads, lines)}
    (seed,) = (shared.parent / "seed").glob("*.txt")
    return texts | {"seed": seed.read_text(encoding="utf-8")}


def score(part: str, texts: dict[str, str]) -> tuple[float, float, float]:
    """Precision and recall of quote spans (both ends exact), and the share of quotes read that were found with the right source."""
    found = read = right = sourced = 0
    for article in (article for article in GOLD if article["part"] == part):
        text = texts[article["id"]]
        assert len(text) == article["length"]
        spans = {
            (span.start, span.start + len(text[span.start : span.end].rstrip())): span
            for span in voice_spans(text)
            if span.kind in ("direct", "headline")
        }
        quotes = {(quote["start"], quote["end"]): [text[start:end] for start, end in quote["sources"]] for quote in article["quotes"]}
        found, read = found + len(spans), read + len(quotes)
        for place in spans.keys() & quotes.keys():
            right += 1
            source = spans[place].source
            last_words = {name.split()[-1].casefold() for name in quotes[place]}
            sourced += source.split()[-1].casefold() in last_words if source else not last_words
    return right / found, right / read, sourced / read


@pytest.mark.data
def test_the_seed_article_reads_right(shared):
    texts = texts_of(shared)
    assert score("seed", texts) == (1.0, 1.0, 1.0)
    assert {span.source for span in voice_spans(texts["seed"]) if span.kind == "direct"} == {"Eva Hartog", "Mart de Kruif"}
    assert [span.source for span in voice_spans(texts["seed"]) if span.kind == "indirect"] == ["Mart de Kruif"]


@pytest.mark.data
@pytest.mark.parametrize(("part", "least"), [("dev", (0.95, 0.94, 0.75)), ("test", (0.95, 0.95, 0.75)), ("second", (0.94, 0.94, 0.75))])
def test_quotes_read_by_hand(shared, part, least):
    # Precision, recall, share with the right source. Dev, open while the rules were written, 115 quotes: .97, .95, .81.
    # Test, scored when the rules were done, 73 quotes: 1.00, .97, .75; with fixes found elsewhere 1.00, .96, .78.
    # Second, drawn by chance and annotated later, 146 quotes: first score .95, .95, .74. Two plain defects it brought to light (a name with two
    # particles cut off, a broken pattern for functions) were mended: .95, .95, .76. Thirty-one of its quotes are one dialogue without names;
    # without that article .95, .97, .70 at first. One reader annotated all parts and wrote the rules.
    assert all(value >= bound for value, bound in zip(score(part, texts_of(shared)), least, strict=True))


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('"Wij stoppen", stelt CDA-raadslid Jan van der Berg.', "Jan van der Berg"),
        ('Volgens directeur Jan van der Berg is alles klaar. "Wij stoppen."', "Jan van der Berg"),
        ('"Wij stoppen", zegt Els Bos van de SGP.', "Els Bos"),
    ],
)
def test_names_with_two_particles_and_names_with_a_body(text, source):
    assert [found[1] for found in quoted(text) if found[2] == "direct"] == [source]


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ('"Wij stoppen ermee", zegt mr. drs. E.J. de Wit. "Wij gaan door", zegt prof. dr. L. Maas.', ["E.J. de Wit", "L. Maas"]),
        ('"Wij gaan door", zegt L. Maas. "Nooit", zegt mevr. Smit.', ["L. Maas", "Smit"]),
        ('Dr. Smit zei: "Wij gaan door." Volgens dhr. P. Maas kan dat niet.', ["Smit", "P. Maas"]),
        ('"Wij gaan door", zegt K. van der Wal. "Nooit", zegt Van der Wal.', ["K. van der Wal", "K. van der Wal"]),
        ('"Wij gaan door", zegt Vlaams Parlementslid Els Bos.', ["Els Bos"]),
    ],
)
def test_titles_are_left_out_and_initials_are_part_of_a_name(text, sources):
    assert [source for _, source, _ in quoted(text)] == sources


@pytest.mark.parametrize("name", ["Jan Peter van 't Veer", "Els in 't Veld", "Jan d'Hont", "Anna Maria van der Wal", "Piet op ’t Hof"])
def test_particles_of_names(name):
    assert quoted(f'Volgens {name} deugt het niet. "Het is te laat", zegt {name}.') == [
        (f"Volgens {name} deugt het niet.", name, "indirect"),
        ('"Het is te laat"', name, "direct"),
    ]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("Raadslid Smit ontkent dat de brug onveilig is.", "Raadslid Smit ontkent dat de brug onveilig is."),
        ("Raadslid Smit zegt niet dat de brug onveilig is.", "Raadslid Smit zegt niet dat de brug onveilig is."),
        ("Raadslid Smit betwist dat de brug onveilig is.", "Raadslid Smit betwist dat de brug onveilig is."),
        ("Raadslid Smit zegt dat de brug niet onveilig is.", "dat de brug niet onveilig is."),
    ],
)
def test_what_someone_denies_is_reported_with_the_denial(text, reported):
    assert quoted(text) == [(reported, "Smit", "indirect")]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('"Helaas," begon Smit zijn verhaal, "de brug is een ruïne."', "Smit"),
        ('"Wanneer", wilde de buurman weten, "gaat die brug open?"', "de buurman"),
        ('"Ik denk", zei Smit gisteren in de raad, "dat de brug deugt."', "Smit"),
    ],
)
def test_both_halves_of_a_broken_quote_have_its_source(text, source):
    assert [found for _, found, _ in quoted(text)] == [source, source]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Volgens Smit is de brug onveilig, maar het bestuur vindt de brug prima.",
            [("Volgens Smit is de brug onveilig,", "Smit"), ("maar het bestuur vindt de brug prima.", "het bestuur")],
        ),
        (
            "De brug is volgens Smit onveilig en volgens Maas een sieraad.",
            [("De brug is volgens Smit onveilig", "Smit"), ("en volgens Maas een sieraad.", "Maas")],
        ),
        (
            "Smit zegt dat de brug onveilig is en Maas dat zij een sieraad is.",
            [("dat de brug onveilig is", "Smit"), ("dat zij een sieraad is.", "Maas")],
        ),
        ("De brug gaat open, maar volgens Smit is zij onveilig.", [("maar volgens Smit is zij onveilig.", "Smit")]),
        ("Volgens Smit is de brug onveilig, maar niet lelijk.", [("Volgens Smit is de brug onveilig, maar niet lelijk.", "Smit")]),
        ("De brug is oud en zij verzakt, zegt Smit.", [("De brug is oud en zij verzakt, zegt Smit.", "Smit")]),
        (
            "De buurman zei dat de brug “een ruïne” is, maar Maas sprak van “een sieraad”.",
            [("dat de brug", "De buurman"), ("“een ruïne”", "De buurman"), ("“een sieraad”", "Maas")],
        ),
        (
            "De buurman noemt de brug “een ruïne met palen”, terwijl Maas haar “een sieraad voor de stad” vindt.",
            [("“een ruïne met palen”", "De buurman"), ("“een sieraad voor de stad”", "Maas")],
        ),
    ],
)
def test_two_sources_in_one_sentence_part_at_the_conjunction(text, parts):
    assert [found[:2] for found in quoted(text)] == parts


@pytest.mark.parametrize(
    ("text", "led_in", "denied"),
    [
        ("Wethouder Smit zegt dat de brug “te snel verzakt”.", "dat de brug", False),
        ("Wethouder Smit ontkent dat de brug “te snel verzakt”.", "Wethouder Smit ontkent dat de brug", True),
        ("Wethouder Smit noemt de brug “te smal voor bussen”.", "", False),
        ("Maas vindt dat de brug mooi is; Smit sprak van “een ramp voor de stad”.", "", False),
    ],
)
def test_reported_words_that_lead_into_a_part_quote_are_of_its_source(text, led_in, denied):
    spans = [span for span in voice_spans(text) if span.kind == "indirect" and span.source == "Smit"]
    assert "".join(text[span.start : span.end].rstrip() for span in spans) == led_in
    assert any(span.denied for span in spans) is denied


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Buurman Smit riep: "Weg!"', [('"Weg!"', "Smit", "direct")]),
        ('Vraagt Smit: "Gaan wij door?"', [('"Gaan wij door?"', "Smit", "direct")]),
        ("In haar roman ‘Het huis aan zee’ schetst Smit de oorlog.", []),
        ("Het is haar eigen schuld, zegt men.", []),
        (
            'Smit was verdrietig. "Het is voorbij. Nu moet ik verder." Toen ging zij.',
            [('"Het is voorbij. Nu moet ik verder."', "Smit", "direct")],
        ),
    ],
)
def test_one_word_said_titles_and_a_speaker_named_once(text, found):
    assert quoted(text) == found
