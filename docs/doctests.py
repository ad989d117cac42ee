"""For the reference: examples in docstrings (``>>> ...``) are shown as code. An extension of griffe, which reads the package for mkdocstrings."""

from __future__ import annotations

from typing import Any

import griffe

__all__ = ["Doctests", "fenced"]


class Doctests(griffe.Extension):
    """Fence the examples of every docstring."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of an object that was read."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """Return a docstring with each paragraph that begins with ``>>>`` as a fenced block."""
    return "\n\n".join(f"```pycon\n{part}\n```" if part.startswith(">>> ") else part for part in text.split("\n\n"))
