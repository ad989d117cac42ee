"""An explained article as coloured text on the terminal and as a self-contained HTML page.

The page needs no network and no script: sentences are shaded by their stance (two hues that colour-blind readers can tell apart, light enough for black text),
quotes stand in another style with their source, and a sentence under the pointer or with the keyboard focus shows its probabilities at the foot of the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import pairwise
from math import ceil

import pandas as pd
from rich.console import Console
from rich.text import Text

from stance.close_reading.explaining import Explanation, Part

__all__ = ["explanation_page", "explanation_text", "print_explanation", "shade", "weighty_words"]

_out = Console()
_AGAINST, _FAVOR = (213, 94, 0), (0, 114, 178)  # Okabe & Ito 2008, Color universal design: vermilion and blue
_DEEPEST = 0.45  # share of the hue in the strongest shade: black on it keeps a contrast above 7 to 1
_MOST_WORDS = 0.15  # share of the words shown as having carried their sentence
_LEAST = 0.01  # of probability: a word that costs less carried nothing
_HEAVY = 0.1
_MEANINGS = {
    "occlusion": "what the probability of the sentence's label loses when the word is left out",
    "gradients": "what the word adds to the probability of the sentence's label on the way from an empty sentence (integrated gradients)",
}
_STYLES = {-1: "red", 0: "", 1: "green"}

Cell = str | float | int | None


def print_explanation(found: Explanation) -> None:
    """Print the article with its label above it."""
    shares = ", ".join(f"{label} {share:.2f}" for label, share in zip(found.labels, found.probabilities, strict=True))
    _out.print(Text(f"{found.id}. {_title(found)} ({shares})", style="bold"), "", explanation_text(found), "", sep="\n")


def explanation_text(found: Explanation) -> Text:
    """Return the article for a terminal: red to green by label, quotes in italics with their source, the words that carried a label bold and underlined."""
    shown = Text()
    weighty, last = weighty_words(found), len(found.labels) - 1
    for part, following in pairwise([*found.parts, None]):
        assert part is not None  # only the last of a pair is None
        label = found.labels.index(part.label) if part.label is not None else None
        colour = _STYLES[0 if label is None else (label == last) - (label == 0)]
        for start, end, kind in _pieces(found, part, weighty):
            style = " ".join(filter(None, [colour, "italic" if _quoted(part) else "", "bold underline" if kind == "word" else ""]))
            shown.append(found.text[start:end], style=style)
        if _closes(part, following):
            _insert_source(shown, f" [{_source(part)}]")
    return shown


def explanation_page(found: Explanation, by_voice: pd.DataFrame, measured: pd.DataFrame, signature: Mapping[str, str]) -> str:
    """Return the page: the label of the whole, the article, the labels by voice and the faithfulness of the words, with the signature."""
    css = files(__package__).joinpath("explanation.css").read_text(encoding="utf-8")
    title = _title(found)
    weighty = weighty_words(found)
    parts = "".join(_part(found, part, following, weighty) for part, following in pairwise([*found.parts, None]) if part is not None)
    return f"""<!DOCTYPE html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>
{css}</style>
</head>
<body>
<header lang="en">
<h1>{escape(title)}</h1>
<p>Article {escape(found.id)}, model {escape(found.model)}. The label and probabilities of the whole article:</p>
{_bars(found.labels, found.probabilities)}
{_legend(found)}
</header>
<main>
<article>{parts}</article>
<section lang="en">
{_table(by_voice, "Labels by voice")}
{_table(measured, "Are these the words that count?")}
</section>
</main>
<footer lang="en">
<p>Sentences are labelled one by one, with the quoted source as the holder; the label of the whole article is not their sum.
Words: {escape(_MEANINGS[found.method], quote=False)}.</p>
<p>{escape(" | ".join(f"{name} {text}" for name, text in signature.items()))}</p>
</footer>
</body>
</html>
"""


def weighty_words(found: Explanation) -> dict[int, float]:
    """Return where the words start that carried their sentence's label most, with their weights: at most a share of all words."""
    words = found.words
    return {word.start: word.weight for _, word in words[: ceil(_MOST_WORDS * len(words))] if word.weight >= _LEAST}


def shade(probabilities: Sequence[float]) -> str:
    """Return the background of a sentence, from white to the hue of its last (favor) or first label (against), as ``#rrggbb``.

    >>> shade([0.0, 1.0, 0.0]), shade([1.0, 0.0, 0.0]), shade([0.0, 0.0, 1.0])
    ('#ffffff', '#ecb68c', '#8cbfdc')
    """
    direction = probabilities[-1] - probabilities[0]
    share = _DEEPEST * min(abs(direction), 1.0)
    hue = _FAVOR if direction > 0 else _AGAINST
    return "#" + "".join(f"{int(255 + share * (tone - 255)):02x}" for tone in hue)


def _title(found: Explanation) -> str:
    toward = f" toward {found.target}" if found.target is not None else ""
    return f"{found.variable.capitalize()}{toward}: {found.label}"


def _part(found: Explanation, part: Part, following: Part | None, weighty: Mapping[int, float]) -> str:
    """Return one sentence, or part of one, with what it shows on pointing at it."""
    text = "".join(_piece(found.text[start:end], kind, weighty.get(start, 0.0)) for start, end, kind in _pieces(found, part, weighty))
    body, space = text.rstrip(), text[len(text.rstrip()) :]
    names = "part quoted" if _quoted(part) else "part"
    cite = f'<cite lang="en">{escape(_source(part))}</cite>' if _closes(part, following) else ""
    if part.label is None:
        return f'<span class="{names}">{body}</span>{cite}{space}'
    tip = f"tip{part.segment.start}"
    return (
        f'<span class="{names}" tabindex="0" aria-describedby="{tip}" style="background:{shade(part.probabilities)}">{body}'
        f'<span class="tip" role="tooltip" id="{tip}" lang="en"><span>{_told(found, part)}</span></span></span>{cite}{space}'
    )


def _told(found: Explanation, part: Part) -> str:
    voice = f"quoted: {_source(part)}" if _quoted(part) else "narrator"
    named = "" if found.target is None or part.names_target else f" Does not name {found.target}."
    heaviest = sorted((word for word in part.words if word.weight >= _LEAST), key=lambda word: -word.weight)[:4]
    words = ", ".join(f"{found.text[word.start : word.end]} ({word.weight:+.2f})" for word in heaviest)
    carried = f"Carried by: {escape(words)}" if words else ""
    return f"<strong>{escape(str(part.label))}</strong>, {escape(voice)}.{escape(named)}{_bars(found.labels, part.probabilities)}{carried}"


def _pieces(found: Explanation, part: Part, weighty: Mapping[int, float]) -> Iterator[tuple[int, int, str]]:
    """Yield the text of a part in stretches: plain, a word that carried the label, or a mention of the target."""
    inside = {word.start: (word.end, "word") for word in part.words if word.start in weighty}
    inside |= {start: (end, "target") for start, end in found.mentions if part.segment.start <= start and end <= part.segment.end}
    done = part.segment.start
    for start, (end, kind) in sorted(inside.items()):
        if start < done:
            continue  # a word inside a name of several words
        if done < start:
            yield done, start, "plain"
        yield start, end, kind
        done = end
    if done < part.segment.end:
        yield done, part.segment.end, "plain"


def _piece(text: str, kind: str, weight: float) -> str:
    if kind == "plain":
        return escape(text)
    word = f'<span class="word{" heavy" if weight >= _HEAVY else ""}">{escape(text)}</span>' if weight else escape(text)
    return f"<mark>{word}</mark>" if kind == "target" else word


def _quoted(part: Part) -> bool:
    return part.segment.voice == "quoted"


def _source(part: Part) -> str:
    outlet = f", in {part.segment.outlet}" if part.segment.outlet else ""
    return (part.segment.source or "source not named") + outlet


def _closes(part: Part, following: Part | None) -> bool:
    """Return whether a quote ends with ``part``: the next part has another voice."""
    after = following.segment if following is not None else None
    return _quoted(part) and (after is None or (after.voice, after.source) != (part.segment.voice, part.segment.source))


def _insert_source(shown: Text, source: str) -> None:
    """Append the source before the white space that ``shown`` ends in."""
    space = shown.plain[len(shown.plain.rstrip()) :]
    if space:
        shown.right_crop(len(space))
    shown.append(source, style="dim")
    shown.append(space)


def _bars(labels: Sequence[str], probabilities: Sequence[float]) -> str:
    last = len(labels) - 1
    kinds = ["first" if place == 0 else "last" if place == last else "middle" for place in range(len(labels))]
    rows = [
        f'<span>{escape(label)}</span><span class="bar"><b class="{kind}" style="width:{share:.0%}"></b></span><span>{share:.2f}</span>'
        for label, share, kind in zip(labels, probabilities, kinds, strict=True)
    ]
    return f'<span class="bars">{"".join(rows)}</span>'


def _legend(found: Explanation) -> str:
    first, last = escape(found.labels[0]), escape(found.labels[-1])
    steps = "".join(f'<i style="background:{shade([max(-step, 0.0), 0.0, max(step, 0.0)])}"></i>' for step in (-1.0, -0.5, 0.0, 0.5, 1.0))
    target = "<span><mark>name</mark> of the target</span>" if found.target is not None else ""
    return (
        f'<p class="legend"><span class="scale">{first} {steps} {last}</span><span class="quoted">quoted</span>'
        f'<span><span class="word">word</span> that carried the label (<span class="word heavy">heavily</span>)</span>{target}'
        "<span>Point at a sentence, or reach it with Tab, for its probabilities.</span></p>"
    )


def _table(rows: pd.DataFrame, title: str) -> str:
    if rows.empty:
        return ""
    numeric = [pd.api.types.is_numeric_dtype(rows[name]) for name in rows.columns]
    kinds = [' class="number"' if number else "" for number in numeric]
    head = "".join(f'<th scope="col"{kind}>{escape(str(name))}</th>' for name, kind in zip(rows.columns, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{_cell(value)}</td>" for value, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows.itertuples(index=False)
    )
    return f'<h2>{escape(title)}</h2><div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: Cell) -> str:
    if value is None or pd.isna(value):
        return ""
    return f"{value:.3f}" if isinstance(value, float) else escape(str(value))
