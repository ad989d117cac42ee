"""The application that every command registers with, and the headings under which ``stance --help`` lists them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

__all__ = ["CHECK", "CLAIM", "MAKE", "READ", "app", "command"]

READ, CHECK, CLAIM, MAKE = "Read and label", "Code and check", "Claim", "Make models"

app = typer.Typer(
    name="stance",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Stance and tone of Dutch news articles: from the archive to a claim that survives review. Nothing leaves this machine.",
)

WRITTEN = ("out", "json", "html")  # the parameters that name what a command writes


class Checked(TyperCommand):
    """A command that refuses, before it begins, to write over what it reads."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command once no output is one of its inputs."""
        from stance.corpus.outputs import check_outputs  # start-up cost: --help needs none of it

        outputs = {f"--{name}": Path(ctx.params[name]) for name in WRITTEN if _is_local(ctx.params.get(name))}
        if outputs:
            check_outputs(self._inputs(ctx.params), outputs)
        return super().invoke(ctx)

    def _inputs(self, values: dict[str, Any]) -> list[Path]:
        """Return what is read: every argument, and every option that takes a path."""
        given = [
            (parameter.param_type_name, value)
            for parameter in self.params
            if parameter.name not in WRITTEN
            for value in _listed(values.get(str(parameter.name)))
        ]
        return [Path(value) for kind, value in given if isinstance(value, Path) or (kind == "argument" and _is_local(value))]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _is_local(value: Any) -> bool:
    return isinstance(value, Path) or (isinstance(value, str) and "://" not in value)


command = partial(app.command, cls=Checked)


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
