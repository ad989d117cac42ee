"""Compare sentence splitters on invented Dutch news: boundaries right, texts wholly right, speed. Prints the table of sentences.md.

Run ``python benchmarks/sentences.py`` with syntok and pysbd installed. The cases stand for conventions of Dutch news, not for how often they occur, and were
written by the author of our rules: they show what each splitter knows, not how well it does on a corpus.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pysbd  # type: ignore[import-untyped]
import syntok.segmenter

from stance.corpus.sentences import sentence_starts

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
SPEED_COPIES = 400


def ours(text: str) -> set[int]:
    """Return where our sentences begin."""
    return set(sentence_starts(text))


def by_syntok(text: str) -> set[int]:
    """Return where the sentences of syntok begin."""
    return {sentence[0].offset for paragraph in syntok.segmenter.analyze(text) for sentence in paragraph}


def by_pysbd(text: str) -> set[int]:
    """Return where the sentences of pySBD (Dutch) begin; its offsets are looked up where it gives them back."""
    return {span.start for span in pysbd.Segmenter(language="nl", clean=False, char_span=True).segment(text)}


def score(split: Callable[[str], set[int]]) -> str:
    """Return one row: precision, recall, texts wholly right, MB a second."""
    right = found = wanted = whole = 0
    cases = [case for case in CASES.strip().splitlines() if case]
    for case in cases:
        pieces = case.split("|")
        gold = {sum(map(len, pieces[:place])) for place in range(1, len(pieces))}
        got = split(case.replace("|", "")) - {0}
        right, found, wanted, whole = right + len(gold & got), found + len(got), wanted + len(gold), whole + (gold == got)
    text = "\n".join(cases * SPEED_COPIES).replace("|", "")[: 20_000 if split is not ours else None]
    begin = time.perf_counter()
    split(text)
    speed = len(text.encode()) / 1e6 / (time.perf_counter() - begin)
    return f"{right / found:.2f} | {right / wanted:.2f} | {whole} of {len(cases)} | {speed:.3g}"


if __name__ == "__main__":
    print("| splitter | precision | recall | texts right | MB/s |\n|---|---|---|---|---|")
    for name, split in (
        ("ours", ours),
        (f"syntok {syntok.__version__ if hasattr(syntok, '__version__') else ''}", by_syntok),
        ("pySBD nl", by_pysbd),
    ):
        print(f"| {name.strip()} | {score(split)} |", flush=True)
