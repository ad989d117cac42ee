"""What a file is before it is read: its kind by its first bytes, its encoding, its size once unpacked."""

from __future__ import annotations

import codecs
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import charset_normalizer

from stance.errors import InputError

__all__ = ["BROKEN_ZIP", "check_exists", "check_office", "check_zip", "encoding_of", "read_text", "reading"]

_BLOCK = 1 << 20
_MAX_UNPACKED = 200 * 10**6  # bytes; a Word file of an article unpacks to well under one megabyte
_MAX_RATIO = 20  # text packs five- to tenfold, a zip bomb a thousandfold; lets a large and honest Excel file through

# What the reader of zip files raises for one that is damaged; ValueError also of names that no encoding fits.
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, NotImplementedError, ValueError)
_DECLARATIONS = [f"<!{word}".encode(code) for word in ("DOCTYPE", "ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")]

_BYTE_ORDER_MARKS = {  # UTF-32 first: its mark begins with that of UTF-16
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What Dutch text is saved in when it is not UTF-8. Left free, the guess for a short text is often a Polish or Japanese code page; and for
# one headline with an accent even this list is too free (72 of 80 right), so text that makes good Dutch as cp1252 is that (80 of 80).
_DUTCH_ENCODINGS = ["cp1252", "utf_16_le", "utf_16_be", "mac_roman", "cp850"]
_DUTCH_LETTERS = frozenset("éëïöüèêáàâäçñóòôíìîúùûÉ‘’“”„…–—€°½«»·•")

_KINDS = {
    b"PK\x03\x04": "a zip, Word or Excel file",
    b"\xd0\xcf\x11\xe0": "an encrypted or pre-2007 Office file",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF file",
    b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


@contextmanager
def reading(path: Path, kind: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn ``errors``, and those of the file system, into one sentence that says ``path`` cannot be read as ``kind``."""
    expected: tuple[type[Exception], ...] = (OSError, *errors)
    try:
        yield
    except InputError:
        raise
    except expected as error:
        reason = getattr(error, "strerror", None) or str(error).strip().partition("\n")[0] or type(error).__name__
        raise InputError(
            f"{path}: cannot be read as {kind} ({reason[:160].rstrip('.')}); check that the file is whole and has the right ending."
        ) from error


def check_exists(path: Path) -> None:
    """Refuse a path where nothing is, and an empty file."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise InputError(f"{path}: there is no such file or folder that can be read; check the name.") from error
    if path.is_file() and size == 0:
        raise InputError(f"{path}: the file is empty; give a file with text in it.")


def encoding_of(path: Path) -> str:
    """Return the encoding of the text file ``path``: by its mark, UTF-8 if it is that from start to end, else the likeliest for Dutch."""
    with reading(path, "a text file"), path.open("rb") as file:
        head = file.read(8)
        _check_is_text(path, head)
        for mark, encoding in _BYTE_ORDER_MARKS.items():
            if head.startswith(mark):
                return encoding
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        while block := file.read(_BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return _guess(path, block)
            if b"\x00" in block:
                return _guess(path, block)
        return "utf-8" if not decoder.getstate()[0] else _guess(path, head)  # ends within a letter


def _check_is_text(path: Path, head: bytes) -> None:
    for magic, kind in _KINDS.items():
        if head.startswith(magic):
            raise InputError(f"{path}: this is {kind}, not text as its ending '{path.suffix}' says; give it the ending that fits.")


def _guess(path: Path, block: bytes) -> str:
    """Return the likeliest encoding of ``block``, a part of ``path`` that is not UTF-8."""
    zeros = block.count(0)
    if zeros and zeros * 4 < len(block):  # in UTF-16 about every second byte of Dutch is zero
        raise InputError(f"{path}: this is no text file (it holds NUL bytes); give text, saved as UTF-8.")
    as_utf8 = [letter for letter in block.decode(errors="replace") if not letter.isascii()]
    if as_utf8.count("\ufffd") * 2 < len(as_utf8):
        raise InputError(f"{path}: its encoding is broken: most of it is UTF-8, but some bytes are not; save it again as UTF-8.")
    as_windows = [letter for letter in block.decode("cp1252", errors="replace") if not letter.isascii()]
    if not zeros and sum(letter in _DUTCH_LETTERS for letter in as_windows) * 2 >= len(as_windows):
        return "cp1252"
    best = charset_normalizer.from_bytes(block, cp_isolation=_DUTCH_ENCODINGS).best()
    return best.encoding if best else "cp1252"


def read_text(path: Path) -> str:
    """Return the text of the file ``path``, whatever its encoding."""
    encoding = encoding_of(path)
    with reading(path, f"text in its likeliest encoding, {encoding}", UnicodeError), path.open(encoding=encoding, newline="") as file:
        text = file.read()
    if "\x00" in text:
        raise InputError(f"{path}: this is no text file (it holds NUL characters); give text, saved as UTF-8.")
    return text


def check_zip(path: Path) -> None:
    """Refuse a Word or Excel file that is none, or that unpacks to far more than such a file does."""
    with reading(path, f"a {path.suffix} file", *BROKEN_ZIP):
        with path.open("rb") as file:
            if file.read(4) == b"\xd0\xcf\x11\xe0":
                raise InputError(
                    f"{path}: the file is encrypted or of a Word or Excel before 2007; save it again as {path.suffix} without a password."
                )
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > max(_MAX_UNPACKED, _MAX_RATIO * path.stat().st_size):
        raise InputError(
            f"{path}: the file unpacks to {unpacked / 1e6:,.0f} MB, over {_MAX_RATIO} times its size and over {_MAX_UNPACKED / 1e6:.0f} MB;"
            " it looks like a zip bomb and is not opened."
        )


def check_office(path: Path) -> None:
    """Refuse a Word or Excel file that ``check_zip`` refuses, one with macros, and one whose XML declares entities.

    No part of an Office file may hold a document type declaration (ECMA-376, part 2), and entities cannot be declared without one.
    """
    check_zip(path)
    with reading(path, f"a {path.suffix} file", *BROKEN_ZIP), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.lower()
            if name.endswith("vbaproject.bin"):
                raise InputError(f"{path}: the file holds macros and is not opened; save it again as {path.suffix} without macros.")
            if name.endswith((".xml", ".rels")) and _declares(archive, member):
                raise InputError(f"{path}: '{member.filename}' in it declares XML entities, as no Office program does; it is not opened.")


def _declares(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Return whether a declaration of a document type or an entity stands anywhere in an XML part."""
    tail = b""
    with archive.open(member) as part:
        while block := part.read(_BLOCK):
            seen = tail + block
            if any(mark in seen for mark in _DECLARATIONS):
                return True
            tail = seen[-32:]  # longer than any mark that a block may cut in two
    return False
