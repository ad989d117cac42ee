"""Compare sentence splitters on Dutch news: boundaries right, texts wholly right, speed. ``python benchmarks/sentences.py`` reprints the tables of sentences.md.

Needs syntok, pysbd and spacy (``pip install syntok pysbd spacy``). Two sets: sentences of real articles whose beginnings were read by hand (kept as offsets in
``tests/dutch/data/sentences.json``; the texts are the research data), and invented cases that stand for conventions, written by the author of our rules.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pysbd  # type: ignore[import-untyped]
import spacy
import syntok.segmenter
from research_data import DATA

from stance.dutch.sentences import sentence_starts

# A bar marks where a sentence begins.
CASES = """
Dr. J.P. de Vries won. |Hij kreeg 3.5 punt.
Het plan kost o.a. De Bilt veel geld. |De raad stemt op 3 mei a.s. om acht uur.
Mr. A. Jansen (o.a. VVD) zei niets. |Daarna ging hij weg.
Op 12 maart jl. werd het stil. |Dat bleef zo.
Zij verkocht fietsen, brommers enz. |Toen kwam de brand.
'Mooi!' riep hij. |Daarna ging hij weg.
"Wat doe je?" vroeg ze. |"Niets," zei hij. |"Ik ga."
'Kom je?' |'Nee.' |Meer zei ze niet.
Hij kwam. |'s Avonds ging hij weer.
„Ik kom morgen. |Dan praten we”, zegt Bakker. |„Of niet.”
,,Het is klaar.'' |,,Wij stoppen'', zegt De Wit.
Bakker N.V. maakte winst. |Verlies leed Smit & Co.
Wie wint... niemand weet het. |Morgen volgt de uitslag...
Hij reist naar de VS. |Dat is een land apart.
Zij slikt vitamine C. |Dat helpt niet.
Het kabinet viel. |Wat nu?! |Niemand die het weet…
Hij woont naast prof. Janssens. |St. Nicolaas kwam.
Zie art. 12 van de wet. |Daarin staat het.
Om 15.30 uur begon het, 1.500 mensen keken. |Het werd 2-1.
Het woord was aan Kamerlid T. van der Berg. |Zij zweeg.
Kijk op www.voorbeeld.nl voor meer. |Of bel.
Hij zei: 'Ik stop ermee.' |Zij: 'Ik ook.'
Jan vs. Piet, dat was m.a.w. de finale. |Jan won.
De prijs steeg met ca. 5 procent. |In 2019. |Daarna niet meer.
Mevr. Th. de Boer en dhr. K. Smit trouwden in okt. 2019. |In Gent.
De brief van mw. mr. drs. E. Bos is zoek. |Niemand heeft hem.
Het duurt 5 min. |Daarna is het klaar.
Ze kocht appels, peren e.d. |Alles was op.
Het is voorbij.|Daarna werd het stil.
De zaak (zie blz. 4) loopt nog. |3 mei is de uitspraak.
"""
READ = Path(__file__).resolve().parents[1] / "tests" / "dutch" / "data" / "sentences.json"
SPEED_CHARACTERS = 100_000
Splitter = Callable[[str], set[int]]
Case = tuple[str, set[int]]  # a text, and where its sentences begin (the first, at 0, left out)


def ours(text: str) -> set[int]:
    """Return where our sentences begin."""
    return set(sentence_starts(text))


def by_syntok(text: str) -> set[int]:
    """Return where the sentences of syntok begin."""
    return {sentence[0].offset for paragraph in syntok.segmenter.analyze(text) for sentence in paragraph}


def by_pysbd(text: str) -> set[int]:
    """Return where the sentences of pySBD (Dutch) begin; its offsets are looked up where it gives them back."""
    return {span.start for span in pysbd.Segmenter(language="nl", clean=False, char_span=True).segment(text)}


def by_spacy(text: str) -> set[int]:
    """Return where the sentences of spaCy's rules for Dutch begin: a blank pipeline with the sentencizer."""
    return {sentence.start_char for sentence in _DUTCH(text).sents}


_DUTCH = spacy.blank("nl")
_DUTCH.add_pipe("sentencizer")
_DUTCH.max_length = 10_000_000
SPLITTERS: dict[str, Splitter] = {
    "ours": ours,
    f"syntok {version('syntok')}": by_syntok,
    f"pySBD {version('pysbd')} (nl)": by_pysbd,
    f"spaCy {version('spacy')} (blank nl, sentencizer)": by_spacy,
}


def invented() -> list[Case]:
    """Return the invented cases."""
    cases = []
    for case in CASES.strip().splitlines():
        pieces = case.split("|")
        cases.append((case.replace("|", ""), {sum(map(len, pieces[:place])) for place in range(1, len(pieces))}))
    return cases


def read_by_hand(part: str) -> list[Case]:
    """Return the articles of ``part`` with the beginnings that were read by hand; refuses an article that is not the one that was read."""
    articles = [article for article in json.loads(READ.read_text(encoding="utf-8"))["articles"] if article["part"] == part]
    texts = dict(_texts())
    for article in articles:
        if len(texts.get((article["set"], article["id"]), "")) != article["length"]:
            raise SystemExit(f"{article['set']} {article['id']} is missing, or not the text that was read; check the research data.")
    return [(texts[article["set"], article["id"]], set(article["starts"]) - {0}) for article in articles]


def _texts() -> Iterator[tuple[tuple[str, str], str]]:
    with (DATA / "partisan" / "dpgmedia2019" / "articles_all.jsonl").open(encoding="utf-8") as lines:
        yield from ((("dpgmedia2019", row["id"]), row["text"]) for row in map(json.loads, lines))
    news = pd.read_parquet(DATA / "news2019.parquet", columns=["id", "text"])
    yield from ((("news2019", str(name)), text) for name, text in zip(news["id"], news["text"], strict=True))


def score(split: Splitter, cases: Sequence[Case]) -> str:
    """Return one row: precision, recall, texts wholly right. A sentence begins at its first character that is no white space."""
    right = found = wanted = whole = 0
    for text, gold in cases:
        got = {_first_character(text, start) for start in split(text)} - {_first_character(text, 0)}
        right, found, wanted, whole = right + len(gold & got), found + len(got), wanted + len(gold), whole + (gold == got)
    return f"{right / found:.3f} | {right / wanted:.3f} | {whole} of {len(cases)}"


def _first_character(text: str, start: int) -> int:
    return start + len(text[start:]) - len(text[start:].lstrip())


def megabytes_a_second(split: Splitter, cases: Sequence[Case]) -> float:
    """Return the speed on running news, after one call to warm up."""
    text = "\n".join(text for text, _ in cases)
    text = (text * (SPEED_CHARACTERS // len(text) + 1))[:SPEED_CHARACTERS]
    split(text[:1_000])
    begin = time.perf_counter()
    split(text)
    return len(text.encode()) / 1e6 / (time.perf_counter() - begin)


def main() -> None:
    """Print one table a set of cases, and the speeds."""
    sets = {
        "articles drawn by chance": read_by_hand("random"),
        "articles with abbreviations and initials": read_by_hand("hard"),
        "invented cases": invented(),
    }
    for name, cases in sets.items():
        print(
            f"\n**{name}**: {sum(len(gold) + 1 for _, gold in cases)} sentences\n\n| splitter | precision | recall | texts right |\n|---|---|---|---|"
        )
        for splitter, split in SPLITTERS.items():
            print(f"| {splitter} | {score(split, cases)} |", flush=True)
    print("\n| splitter | MB/s |\n|---|---|")
    for splitter, split in SPLITTERS.items():
        print(f"| {splitter} | {megabytes_a_second(split, sets['articles drawn by chance']):.2g} |", flush=True)


if __name__ == "__main__":
    main()
