"""The application that every command registers with, and the headings under which ``stance --help`` lists them."""

from __future__ import annotations

import typer

__all__ = ["CHECK", "CLAIM", "MAKE", "READ", "app"]

READ, CHECK, CLAIM, MAKE = "Read and label", "Code and check", "Claim", "Make models"

app = typer.Typer(
    name="stance",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Stance and tone of Dutch news articles: from the archive to a claim that survives review. Nothing leaves this machine.",
)
