"""Articles from an AmCAT 4 server, through its own client (``amcat4py``); asked for by name, since it goes over the network.

Needs ``pip install 'stance-nl[archives]'``. What a server exports as CSV or NDJSON is read without (`stance.corpus.archives.tables`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stance.corpus.archives.records import Item, finish
from stance.errors import InputError

__all__ = ["AmcatIndex", "read_amcat"]

KEY = "AMCAT_API_KEY"
_AT_ONCE = 200  # documents a request
_FACTS = {
    "text": ("text",),
    "title": ("title", "headline"),
    "date": ("date",),
    "outlet": ("publisher", "medium", "source", "outlet"),
    "section": ("section",),
    "byline": ("author", "byline"),
    "length_words": ("length", "words"),
    "archive_id": ("_id", "id"),
    "url": ("url",),
}


@dataclass(frozen=True, slots=True)
class AmcatIndex:
    """What to ask for: a server (``https://amcat.example/amcat``), an index of it, and a query where not all of it is wanted."""

    server: str
    index: str
    query: str | None = None

    def __post_init__(self) -> None:
        if not self.server.startswith(("https://", "http://")):
            raise InputError(f"AmCAT server '{self.server}' is no address; write it with https:// in front.")
        if not self.index:
            raise InputError("No index of the AmCAT server is named; name it with --index.")


def read_amcat(wanted: AmcatIndex, *, keep: Sequence[str] = ()) -> Iterator[Item]:
    """Yield the articles that a server holds, as it gives them, with the fields in ``keep``.

    A server that asks for a key gets that of the variable ``AMCAT_API_KEY``.
    """
    try:
        import amcat4py  # an extra
        import requests
    except ImportError as error:
        raise InputError(f"Reading from an AmCAT server needs the package '{error.name}': pip install 'stance-nl[archives]'.") from error
    name = f"{wanted.server.rstrip('/')}/{wanted.index}"
    try:
        client = amcat4py.AmcatClient(wanted.server, api_key=os.environ.get(KEY))
        found = client.query(wanted.index, fields=None, queries=wanted.query, per_page=_AT_ONCE, date_fields=())
        for number, document in enumerate(found, start=1):
            kept = {field: _text(document[field]) for field in keep if field in document}
            yield from finish(_facts(document), source_file=name, article=f"document {document.get('_id', number)}", kept=kept)
    except (requests.RequestException, PermissionError, KeyError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = str(error).strip().partition("\n")[0][:160].rstrip(".")
        raise InputError(
            f"{name}: the AmCAT server does not give its documents ({reason}); check address and index, and set {KEY}."
        ) from error


def _facts(document: dict[str, Any]) -> dict[str, str | None]:
    found = {fact: next((document[name] for name in names if document.get(name)), None) for fact, names in _FACTS.items()}
    return {fact: _text(value) for fact, value in found.items()}


def _text(value: object) -> str | None:
    return None if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
