"""Targets to choose from, when none are given: the names that articles mention most.

By rule, a name is a run of capitalised words. With a model of names (spaCy or Hugging Face, a folder on this machine) it is what that model marks as a person,
an organisation or a place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import tomli_w

from stance.dutch.data import read_list
from stance.dutch.sentences import sentence_spans, sentence_starts
from stance.errors import ModelError

__all__ = ["Finder", "capitalised_names", "name_model", "suggest_targets", "targets_file"]

Finder: TypeAlias = Callable[[str], Iterable[str]]

_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][\w&]*(?:[-'’][\w&]+)*"
_JOINED = r"(?:van(?: de[nr]?| het| 't)?|de[nr]?|ten|ter|te|von|al|voor|of)"  # Van der Plas, Forum voor Democratie
_NAME = re.compile(rf"(?<![\w'’-]){_CAPITALISED}(?: {_CAPITALISED}){{0,3}}(?: {_JOINED}(?: {_CAPITALISED}){{1,2}})?")
_WORDS = frozenset([*read_list("abbreviations")["starters"], "De"])  # capitals of headings
_ADJECTIVE = ("se", "sche")  # Nederlandse, Russische
_RARE = 0.1  # a longer name with fewer mentions than this share of the short one does not take it over
_OPENERS = frozenset("\"'“„‘’‚«([:•–—")
_NAME_WORD = re.compile(r"\w+(?:[-'’&.]\w+)*")
_KINDS = frozenset(
    ["PER", "PERS", "PERSON", "ORG", "GPE", "LOC", "LOCATION", "NORP", "MISC"]
)  # of names; dates, sums and titles of works are no targets


def suggest_targets(texts: Iterable[str], *, top: int = 20, finder: Finder | None = None) -> pd.DataFrame:
    """Return the most mentioned names of ``texts`` with columns target, aliases, mentions and articles: a first list to choose from.

    A name is a run of capitalised words not at the start of a sentence or quote, so that it is no ordinary word. A last name counts with
    the longer name it ends, where only one does. Adjectives of country (*Nederlandse*) are left out. No model of names is used, unless ``finder`` is one
    (see `name_model`).

    >>> suggest_targets(["Toen zei Mark Rutte nee. Dat Rutte dat zei!", "Ook Rutte en de EU."]).to_dict("list")
    {'target': ['Mark Rutte', 'EU'], 'aliases': ['Rutte', ''], 'mentions': [3, 1], 'articles': [2, 1]}
    """
    found = [Counter((finder or capitalised_names)(text)) for text in texts]
    full_names = _full_names(_total(found))
    mentions: Counter[str] = Counter()
    articles: Counter[str] = Counter()
    for counts in found:
        for name, number in counts.items():
            mentions[full_names.get(name, name)] += number
        articles.update({full_names.get(name, name) for name in counts})
    short = {full: name for name, full in full_names.items()}
    rows = sorted(mentions.items(), key=lambda row: (-row[1], row[0]))[:top]
    return pd.DataFrame(
        [(name, short.get(name, ""), number, articles[name]) for name, number in rows],
        columns=["target", "aliases", "mentions", "articles"],
    )


def name_model(folder: Path) -> Finder:
    """Return what finds the names in a text with the model of names in ``folder``: one that spaCy saved, or a Hugging Face token classifier.

    Needs the extra ``ner`` (spaCy), or transformers and torch (the extra ``train``). Nothing is fetched from the internet.
    """
    if (folder / "meta.json").is_file():
        return _by_spacy(folder)
    if (folder / "config.json").is_file():
        return _by_transformers(folder)
    raise ModelError(
        f"{folder} holds no model of names: neither spaCy's meta.json nor a config.json; give the folder of one, or leave out --ner."
    )


def _by_spacy(folder: Path) -> Finder:
    try:
        import spacy
    except ModuleNotFoundError as error:
        raise ModelError("Reading a spaCy model needs the package 'spacy': pip install 'stance-nl[ner]'.") from error
    try:
        pipeline = spacy.load(folder)
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} cannot be opened as a spaCy model ({_first_line(error)}); copy the folder again.") from error
    return lambda text: [entity.text for entity in pipeline(text).ents if entity.label_ in _KINDS]


def _by_transformers(folder: Path) -> Finder:
    try:
        from transformers import pipeline
    except ModuleNotFoundError as error:
        raise ModelError(
            "Reading a Hugging Face model needs the packages 'transformers' and 'torch': pip install 'stance-nl[train]'."
        ) from error
    try:
        classifier = pipeline("token-classification", model=str(folder), tokenizer=str(folder), aggregation_strategy="simple", device="cpu")
    except (OSError, ValueError, ImportError) as error:
        raise ModelError(f"{folder} cannot be opened as a token classifier ({_first_line(error)}); copy the folder again.") from error

    def names(text: str) -> list[str]:
        sentences = [text[start:end] for start, end in sentence_spans(text) if text[start:end].strip()]
        found = zip(sentences, classifier(sentences), strict=True) if sentences else []
        return [name for sentence, named in found for name in _whole_words(sentence, named)]

    return names


def _whole_words(sentence: str, named: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield each name once, in whole words: a token classifier marks word pieces."""
    words = [match.span() for match in _NAME_WORD.finditer(sentence)]
    done = 0
    for name in named:
        inside = [word for word in words if word[0] < name["end"] and word[1] > max(name["start"], done)]
        if inside and name["entity_group"].upper() in _KINDS:
            done = inside[-1][1]
            yield sentence[inside[0][0] : done]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def targets_file(suggested: pd.DataFrame) -> str:
    """Return ``suggested`` as a targets file (TOML) to edit and pass to ``--targets``.

    >>> print(targets_file(pd.DataFrame({"target": ["Mark Rutte", "EU"], "aliases": ["Rutte", ""]})), end="")
    "Mark Rutte" = [
        "Rutte",
    ]
    EU = []
    """
    return tomli_w.dumps(
        {target: [other] if other else [] for target, other in zip(suggested["target"], suggested["aliases"], strict=True)}
    )


def capitalised_names(text: str) -> Iterator[str]:
    """Yield the runs of capitalised words in ``text`` that are no ordinary word with the capital of its place.

    >>> list(capitalised_names("Vandaag sprak Jan van der Berg in Gent. Iedereen luisterde."))
    ['Jan van der Berg', 'Gent']
    """
    starts = set(sentence_starts(text))
    for match in _NAME.finditer(text):
        before = text[max(0, match.start() - 2) : match.start()].rstrip()
        name = match[0].removesuffix("'s").removesuffix("’s")
        if match.start() in starts or before[-1:] in _OPENERS or before == ",,":
            name = name.partition(" ")[2]  # the first word has its capital from its place
        word = " " not in name
        if len(name) > 1 and name[0].isupper() and not (word and (name.endswith(_ADJECTIVE) or name in _WORDS)):
            yield name


def _total(counts: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total


def _full_names(mentions: Mapping[str, int]) -> dict[str, str]:
    """Return for each last name the one longer name that ends in it and is not rare beside it; a last name of several keeps to itself."""
    longer: dict[str, list[str]] = {}
    for name, number in mentions.items():
        for last in _last_names(name):
            if number >= _RARE * mentions.get(last, np.inf) and not _runs_together(name, number, mentions):
                longer.setdefault(last, []).append(name)
    return {last: full[0] for last, full in longer.items() if len(full) == 1}


def _runs_together(name: str, number: int, mentions: Mapping[str, int]) -> bool:
    """Return whether ``name`` is two names that happen to stand side by side (*als Poetin Oekraïne aanvalt*), or an adjective and a name."""
    first = name.partition(" ")[0]
    return first.endswith(_ADJECTIVE) or mentions.get(first, 0) > number


def _last_names(name: str) -> list[str]:
    """Return the later parts a name may go on under: *Caroline van der Plas* as *Van der Plas*, never as *Plas*."""
    words = name.split(" ")
    tails = [words[place:] for place in range(1, len(words)) if words[place - 1][0].isupper()]
    return [" ".join([tail[0][0].upper() + tail[0][1:], *tail[1:]]) for tail in tails]
