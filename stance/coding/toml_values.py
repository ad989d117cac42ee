"""Values of a TOML table, checked: each refusal names the place, the value and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stance.errors import CodebookError, did_you_mean

__all__ = ["as_table", "as_text", "as_texts", "check_keys", "check_word"]


def check_word(value: str, allowed: tuple[str, ...], what: str) -> None:
    """Refuse a value that is not one of the ``allowed`` words."""
    if value not in allowed:
        raise CodebookError(f"{what} '{value}' is unknown; allowed are {', '.join(allowed)}.{did_you_mean(value, allowed)}")


def check_keys(raw: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    """Refuse a key of ``raw`` that is not ``allowed``."""
    for key in raw:
        if key not in allowed:
            raise CodebookError(f"{where}: key '{key}' is unknown; allowed are {', '.join(allowed)}.{did_you_mean(key, allowed)}")


def as_table(value: object, where: str) -> Mapping[str, Any]:
    """Return ``value`` if it is a table."""
    if not isinstance(value, dict):
        raise CodebookError(f"{where} is {'missing' if value is None else repr(value)}; it must be a table, such as [variables.tone].")
    return value


def as_text(value: object, where: str) -> str:
    """Return ``value`` if it is text."""
    if not isinstance(value, str):
        raise CodebookError(f'{where} is {"missing" if value is None else repr(value)}; it must be text in quotes, such as "1.0".')
    return value


def as_texts(value: object, where: str) -> tuple[str, ...]:
    """Return ``value`` if it is a list of texts, as a tuple."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise CodebookError(f'{where} is {value!r}; it must be a list of words in quotes, such as ["negative", "positive"].')
    return tuple(value)
