"""What a label rests on: the label of each sentence by the voice that says it, and the words that carried it.

The weight of a word is what the probability of its sentence's label loses when the word is left out (occlusion; Li, Monroe & Jurafsky 2016, Understanding
neural networks through representation erasure, section 3). It asks nothing of a model but labels, so it serves every model folder, and all variants of an
article go through the session in a few batches. Sentences are read one by one: the label of the whole article need not be their sum.
Another method (`stance.close_reading.gradients`) gives other weights to the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.dutch.segments import Segment, segments
from stance.dutch.targets import find_mentions
from stance.errors import ModelError
from stance.model.folder import find_model, read_settings
from stance.model.labelling import Labeller
from stance.model.pooling import Aliases

__all__ = [
    "OCCLUSION",
    "Explanation",
    "Method",
    "Part",
    "Unit",
    "Word",
    "checkpoint_folder",
    "explain",
    "said",
    "score_texts",
    "without_words",
    "word_spans",
]

Floats = npt.NDArray[np.float64]
_WORD = re.compile(r"\w+(?:[-'’.,/&]\w+)*")
_NOTHING = "."  # what is left of a sentence of one word


@dataclass(frozen=True, slots=True)
class Word:
    """A word ``text[start:end]`` of the article; ``weight`` is how much of the probability of its part's label it carries.

    By occlusion: what that probability loses without the word.
    """

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence, or the part of one that a voice says, with its label.

    ``probabilities`` follow the labels of the explanation; ``names_target`` is whether the target is named in it. An attribution (*zegt Els Bos*) states nothing
    and has no label, probabilities or words.
    """

    segment: Segment
    label: str | None
    probabilities: tuple[float, ...]
    words: tuple[Word, ...]
    names_target: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """An article with its label and the parts it is made of, which cover the text exactly once."""

    id: str
    text: str
    target: str | None
    variable: str
    labels: tuple[str, ...]
    label: str
    probabilities: tuple[float, ...]
    parts: tuple[Part, ...]
    mentions: tuple[tuple[int, int], ...]
    model: str
    method: str = "occlusion"

    @property
    def words(self) -> list[tuple[str, Word]]:
        """All words with the label they carried, the heaviest first."""
        carried = [(str(part.label), word) for part in self.parts for word in part.words]
        return sorted(carried, key=lambda pair: -pair[1].weight)


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit to explain: its id, text, target and holder (None: no target, or the journalist), and its title, which no part is made of."""

    id: str
    text: str
    target: str | None = None
    holder: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """How words get their weights: from the labeller, the unit, its parts and their probabilities to the words of each part."""

    name: str
    weigh: Callable[[Labeller, Unit, Sequence[Segment], Floats], list[list[Word]]]


def explain(labeller: Labeller, asked: Unit, aliases: Aliases | None = None, *, method: Method | None = None) -> Explanation:
    """Return why ``labeller`` gives the article its label: the labels of its sentences, and the words that carried these (by occlusion).

    >>> from stance.model.labelling import load
    >>> found = explain(load("tone"), Unit("1", 'De fabriek is failliet. "Een ramp voor de stad", zegt Els Bos.'))
    >>> [(part.segment.source, part.label is None) for part in found.parts]
    [(None, False), ('Els Bos', False), (None, True)]
    """
    found = segments(asked.text)
    stated = [part for part in found if part.states and _WORD.search(asked.text, part.start, part.end)]
    texts = [(asked.text, asked.holder), *((said(asked, part), part.source) for part in stated)]
    whole, *each = score_texts(labeller, texts, asked.target, titles=[asked.title] + [None] * len(stated))
    chosen = method or OCCLUSION
    weights = chosen.weigh(labeller, asked, stated, np.array(each).reshape(len(stated), len(whole)))
    forms = (asked.target, *(aliases or {}).get(asked.target, ())) if asked.target is not None else ()
    mentions = tuple((one.start, one.end) for one in find_mentions(asked.text, forms[0], forms[1:])) if forms else ()
    labels = labeller.settings.labels
    labelled = {part.start: (scores, words) for part, scores, words in zip(stated, each, weights, strict=True)}

    def made(part: Segment) -> Part:
        scores, words = labelled.get(part.start, (None, ()))
        named = any(part.start <= start < part.end for start, _ in mentions)
        if scores is None:
            return Part(part, None, (), (), named)
        return Part(part, labels[int(scores.argmax())], tuple(map(float, scores)), tuple(words), named)

    return Explanation(
        id=asked.id,
        text=asked.text,
        target=asked.target,
        variable=labeller.settings.variable,
        labels=labels,
        label=labels[int(whole.argmax())],
        probabilities=tuple(map(float, whole)),
        parts=tuple(map(made, found)),
        mentions=mentions,
        model=labeller.model,
        method=chosen.name,
    )


def without_words(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return ``text`` without the stretches ``spans`` (in order), single spaces left.

    >>> without_words("De oude fabriek sluit.", [(3, 7)])
    'De fabriek sluit.'
    """
    pieces, done = [], 0
    for start, end in spans:
        pieces.append(text[done:start])
        done = end
    left = re.sub(r"\s+", " ", "".join([*pieces, text[done:]])).strip()
    return re.sub(r" (?=[.,;:!?])", "", left) or _NOTHING


def score_texts(
    labeller: Labeller, texts: Sequence[tuple[str, str | None]], target: str | None, *, titles: Sequence[str | None] | None = None
) -> Floats:
    """Return the probabilities of each ``(text, holder)`` toward ``target``, shape (texts, labels); some of the texts may have a title."""
    units = pd.DataFrame(
        {
            "id": [str(number) for number in range(len(texts))],
            "text": [text for text, _ in texts],
            "target": [target] * len(texts),
            "holder": [holder for _, holder in texts],
            "title": titles if titles is not None else [None] * len(texts),
        },
        dtype=object,
    )
    return labeller.predict_proba(units)


def said(asked: Unit, part: Segment) -> str:
    """Return the text of a part, without the white space around it."""
    return asked.text[part.start : part.end].strip()


def word_spans(asked: Unit, part: Segment) -> list[tuple[int, int]]:
    """Return where the words of a part start and end in the text of the unit."""
    return [match.span() for match in _WORD.finditer(asked.text, part.start, part.end)]


def checkpoint_folder(model: str | Path) -> Path:
    """Return the folder of a model that keeps the checkpoint it was exported from, which methods that need torch ask for."""
    folder = find_model(model)
    kind = read_settings(folder).kind
    if kind == "encoder" and (folder / "model.safetensors").is_file():
        return folder
    what = "has no checkpoint (model.safetensors)" if kind == "encoder" else f"is of kind '{kind}' and has no checkpoint of its own"
    raise ModelError(
        f"Model '{model}' {what}, which gradients need: pass --model with the folder of an encoder made by stance train, or take occlusion."
    )


def _occluded(labeller: Labeller, asked: Unit, stated: Sequence[Segment], scores: Floats) -> list[list[Word]]:
    """Return the words of each part with their weights, from one run over all parts without each of their words."""
    spans = [word_spans(asked, part) for part in stated]
    variants = [
        (without_words(said(asked, part), [(start - part.start, end - part.start)]), part.source)
        for part, words in zip(stated, spans, strict=True)
        for start, end in words
    ]
    if not variants:
        return []
    left = score_texts(labeller, variants, asked.target)
    result, place = [], 0
    for words, full in zip(spans, scores, strict=True):
        label = int(full.argmax())
        lost = full[label] - left[place : place + len(words), label]
        result.append([Word(start, end, float(weight)) for (start, end), weight in zip(words, lost, strict=True)])
        place += len(words)
    return result


OCCLUSION = Method("occlusion", _occluded)
