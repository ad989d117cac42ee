"""Text as people read it: composed letters, no invisible marks, no mojibake, one kind of line break.

Curly quotes, dashes and the ellipsis stay, since they are Dutch typography and the encoder knows them. What changes is what a reader
cannot see or was not meant to see: soft hyphens, zero-width marks, no-break spaces, ``cafÃ©`` for ``café``, ``&amp;``, PDF ligatures.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["clean_series", "clean_text"]

# soft hyphen, Mongolian separator, zero-width marks, marks of direction, word joiner, byte-order mark
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
_ODD_SPACE = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_BREAK = re.compile("\r\n?|[\u2028\u2029\x0b\x0c]")

# What clean Dutch is written in: text of these characters only needs no look, unless some of them stand as UTF-8 read as cp1252 would
# ("Ã©", "â€™"), or as an HTML entity. Â and Ã are left out: Dutch has no words with them and mojibake is full of them.
_SIGNS = "‘’‚“”„…–—€«»§°·•½¼£"
_KNOWN = rf"\t\n -~ÀÁÄÇÈÉÊËÌÍÎÏÑÒÓÔÖÙÚÛÜß-öø-ü{_SIGNS}"
_PAIRS, _ENTITY = rf"[À-ß][{_SIGNS}]|[à-ü][{_SIGNS}]{{2}}", "&#?[0-9A-Za-z]{1,24};"
_SUSPECT = rf"[^{_KNOWN}]|{_PAIRS}|{_ENTITY}"
_ALL_KNOWN, _ANY_PAIR, _ANY_ENTITY = re.compile(f"[{_KNOWN}]*"), re.compile(rf"(?=[À-ü][{_SIGNS}])(?:{_PAIRS})"), re.compile(_ENTITY)


def clean_text(text: str) -> str:
    r"""Return ``text`` in Unicode NFC without invisible marks, mojibake or HTML entities, its lines ended by ``\n``.

    >>> clean_text("Het caf\u00c3\u00a9 aan de kust\u00adlijn\u200b:\r\n\u2018dicht\u2019")
    'Het café aan de kustlijn:\n‘dicht’'
    """
    cleaned = _clean_lines(text)
    while cleaned != text:  # mending one thing may bring out another: mojibake of a soft hyphen, mojibake split by a zero-width mark
        text, cleaned = cleaned, _clean_lines(cleaned)
    return cleaned


def _clean_lines(text: str) -> str:
    if not _is_suspect(text):
        return text
    lines = _LINE_BREAK.sub("\n", text).split("\n")
    return "\n".join(_clean_line(line) if _is_suspect(line) else line for line in lines)


def _is_suspect(text: str) -> bool:
    """Return whether ``_SUSPECT`` is found in ``text``; one search for each of its parts is several times as fast as one for all."""
    if not _ALL_KNOWN.fullmatch(text) or _ANY_ENTITY.search(text):
        return True
    return not text.isascii() and _ANY_PAIR.search(text) is not None


def _clean_line(line: str) -> str:
    import ftfy  # start-up cost: most text is clean and never comes here

    mended = ftfy.fix_text(_INVISIBLE.sub("", line), uncurl_quotes=False, fix_character_width=False, explain=False)
    return unicodedata.normalize("NFC", _ODD_SPACE.sub(" ", mended))


def clean_series(column: pd.Series) -> pd.Series:
    r"""Return ``column`` with every string in it cleaned as ``clean_text`` does; what is no string stays as it is.

    One vectorised search finds the rows that may need it, so a column of clean text costs nearly nothing.

    >>> list(clean_series(pd.Series(["Schoon.", "Kust\u00adlijn"])))
    ['Schoon.', 'Kustlijn']
    """
    suspect = _suspects(column)
    if not suspect.any():
        return column
    cleaned = column.astype(object)
    cleaned[suspect] = [clean_text(value) if isinstance(value, str) else value for value in cleaned[suspect]]
    return cleaned


def _suspects(column: pd.Series) -> pd.Series:
    """Return where ``column`` may hold text that is not clean."""
    try:
        text = pa.array(column, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowException, UnicodeEncodeError):  # something else than text, or lone surrogates: look at each
        return pd.Series(True, index=column.index)
    found = pc.fill_null(pc.match_substring_regex(text, _SUSPECT), False)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=column.index)
