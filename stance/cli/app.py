"""The application that every command below registers with, in the order in which ``stance --help`` lists them."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer(
    name="stance",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Stance and tone of Dutch news articles: label, train, evaluate. Nothing leaves this machine.",
)
