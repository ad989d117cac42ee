"""Options that several commands share, made once from the record they fill."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

Names = dict[str, str]  # the table's own name of each column of the input contract
COLUMN_NAMES = ("text", "id", "title", "date", "outlet", "target", "holder", "label", "coder", "cluster")

VariableOption = Annotated[
    str | None, typer.Option("--variable", help="What to code: tone (of the article, or toward --target), stance, or one of your codebook.")
]
OneVariable = Annotated[str, typer.Option("--variable", help="What is coded: tone, stance, or one of your codebook.")]
ModelOption = Annotated[str | None, typer.Option("--model", help="A shipped model (tone, stance) or a model folder.")]
CodebookOption = Annotated[Path | None, typer.Option("--codebook", help="TOML file with your own variables.")]
TargetsFile = Annotated[
    Path | None, typer.Option("--targets", help='TOML file of targets and their other names: Poetin = ["Vladimir Poetin", "Putin"].')
]
WordsOption = Annotated[
    list[str] | None, typer.Option("--map", metavar="WORD=LABEL", help="Another word for a label: positief=positive; may be repeated.")
]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write the printed rows, with their signature, as JSON.")]
CovariatesOption = Annotated[
    Path | None,
    typer.Option(
        "--covariates", help="Table of facts on articles, joined by id or archive_id: its columns may be named by --by and the like."
    ),
]
ByOption = Annotated[list[str] | None, typer.Option("--by", help="Score each group of this column as well; may be repeated.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of all that is drawn by chance.")]


def with_columns(command: Callable[..., None]) -> Callable[..., None]:
    """Return ``command`` with an option ``--NAME-column`` for each column of the input contract, given to it as ``columns``."""
    signature = inspect.signature(command, eval_str=True)
    own = [parameter for name, parameter in signature.parameters.items() if name != "columns"]
    added = [
        inspect.Parameter(f"{name}_column", inspect.Parameter.KEYWORD_ONLY, default=name, annotation=_option(name)) for name in COLUMN_NAMES
    ]

    @wraps(command)
    def wrapped(**values: Any) -> None:
        columns = {name: values.pop(f"{name}_column") for name in COLUMN_NAMES}
        command(**values, columns=columns)

    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    wrapped.__signature__ = signature.replace(parameters=[*keyword_only, *added])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *added)}
    return wrapped


def _option(name: str) -> Any:
    return Annotated[str, typer.Option(f"--{name}-column", help=f"The table's own name for the column {name}.", rich_help_panel="Columns")]
