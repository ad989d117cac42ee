"""What may be a label of a variable, and what another word for one."""

from __future__ import annotations

from collections.abc import Mapping

from stance.corpus.spelling import label_form
from stance.errors import CodebookError, did_you_mean

__all__ = ["check_aliases", "check_labels", "label_numbers"]


def check_labels(labels: tuple[str, ...], where: str) -> None:
    """Refuse labels that are fewer than two, empty, or not all different."""
    twice = [label for place, label in enumerate(labels) if label in labels[:place]]
    if twice:
        raise CodebookError(f"{where}: label '{twice[0]}' stands twice in ({', '.join(labels)}); name each label once.")
    if any(not label.strip() or label != label.strip() for label in labels):
        raise CodebookError(f"{where}: labels {list(labels)} hold an empty label or spaces at an end; write plain words.")
    if len(labels) < 2:
        raise CodebookError(f"{where}: labels {list(labels)} are too few; a variable needs at least two labels.")


def check_aliases(labels: tuple[str, ...], aliases: Mapping[str, tuple[str, ...]], where: str) -> None:
    """Refuse other words for what is no label, and a word that would stand for two labels."""
    owner = {label_form(label): label for label in labels}
    for label, words in aliases.items():
        if label not in labels:
            raise CodebookError(f"{where}: aliases of '{label}', which is not a label ({', '.join(labels)}).{did_you_mean(label, labels)}")
        for word in words:
            if not word.strip():
                raise CodebookError(f"{where}: an alias of '{label}' is empty; write a word.")
            if owner.setdefault(label_form(word), label) != label:
                raise CodebookError(f"{where}: '{word}' stands for both '{owner[label_form(word)]}' and '{label}'; keep it with one label.")


def label_numbers(labels: tuple[str, ...], where: str) -> tuple[float, ...]:
    """Return the numbers that the labels of an interval variable are; refuses other labels, and numbers that do not rise."""
    try:
        values = tuple(float(label) for label in labels)
    except ValueError as error:
        raise CodebookError(f"{where}: level 'interval' needs labels that are numbers, not ({', '.join(labels)}).") from error
    if list(values) != sorted(set(values)):
        raise CodebookError(f"{where}: labels ({', '.join(labels)}) of level 'interval' must rise from low to high.")
    return values
