"""The application that every command registers with, and the headings under which ``stance --help`` lists them."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["CHECK", "CLAIM", "MAKE", "READ", "app"]

READ, CHECK, CLAIM, MAKE = "Read and label", "Code and check", "Claim", "Make models"

app = typer.Typer(
    name="stance",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Stance and tone of Dutch news articles: from the archive to a claim that survives review. Nothing leaves this machine.",
)


def _print_version(asked: bool) -> None:
    if asked:
        import stance

        typer.echo(f"stance {stance.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Take the options that belong to no command."""
