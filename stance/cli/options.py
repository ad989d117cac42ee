"""Options that several commands share, made once from the record they fill."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
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


ColumnsOption = Annotated[
    Path | None,
    typer.Option(
        "--columns",
        help='TOML file with the table\'s own names of columns: text = "artikel". Or one by one: --text-column artikel, --id-column nr, ...',
        show_default=False,
    ),
]


def with_columns(command: Callable[..., None]) -> Callable[..., None]:
    """Return ``command`` with options for the table's own names of columns, given to it as ``columns``.

    ``--columns FILE`` names any of them. ``--NAME-column`` names one, goes before the file, and is left out of the help.
    """
    signature = inspect.signature(command, eval_str=True)
    own = [parameter for name, parameter in signature.parameters.items() if name != "columns"]
    added = [_option("columns_file", ColumnsOption), *(_option(f"{name}_column", _own_name(name)) for name in COLUMN_NAMES)]

    @wraps(command)
    def wrapped(**values: Any) -> None:
        given = {name: values.pop(f"{name}_column") for name in COLUMN_NAMES}
        columns = _names(given, values.pop("columns_file"))
        command(**values, columns=columns)

    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    wrapped.__signature__ = signature.replace(parameters=[*keyword_only, *added])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *added)}
    return wrapped


def _names(given: Mapping[str, str | None], file: Path | None) -> Names:
    """Return the table's name of each column: that of its own option, else that of the file, else the contract's."""
    in_file: Names = {}
    if file is not None:
        from stance.corpus.columns import read_column_names

        in_file = read_column_names(file)
    return {name: given[name] or in_file.get(name, name) for name in COLUMN_NAMES}


def _option(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _own_name(name: str) -> Any:
    return Annotated[str | None, typer.Option(f"--{name}-column", help=f"The table's own name for the column {name}.", hidden=True)]
