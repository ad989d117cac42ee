"""What single columns of a table say, however their file spells it: their names, which values are the same, and what is true."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.corpus.opening import check_exists, read_text
from stance.corpus.records import Columns, as_strings
from stance.corpus.toml_text import TomlError, parse_toml
from stance.errors import InputError, did_you_mean

__all__ = ["number_values", "read_column_names", "truths"]


def read_column_names(path: Path) -> dict[str, str]:
    """Return the table's own name of each column that a TOML file names, by the name of the contract.

    One line a column: ``text = "artikel"``.
    """
    check_exists(path)
    allowed = [field.name for field in fields(Columns)]
    try:
        table = parse_toml(read_text(path))
    except TomlError as error:
        raise InputError(f'{path}: not valid TOML ({error}); write one column per line, such as text = "artikel".') from error
    for name, own in table.items():
        if name not in allowed:
            raise InputError(f"{path}: '{name}' is not a column of the input ({', '.join(allowed)}).{did_you_mean(name, allowed)}")
        if not isinstance(own, str) or not own.strip():
            raise InputError(f"{path}: the name for column '{name}' must be a string, such as {name} = \"artikel\".")
    return table


def number_values(column: pd.Series) -> npt.NDArray[np.int64]:
    """Return a number for each value of ``column``, the same where values are; -1 where there is none, or a blank one; shape (rows,).

    >>> number_values(pd.Series(["storm", "", None, "storm", " ", "brand"])).tolist()
    [0, -1, -1, 0, -1, 1]
    """
    text = as_strings(column)
    return pd.factorize(text.where(text.str.strip().ne(""), None))[0].astype(np.int64)


def truths(flags: pd.Series) -> pd.Series:
    """Return where a column says that something is true: by a truth value, its name or a 1; an empty cell does not.

    >>> truths(pd.Series([True, "TRUE", "False", None])).tolist()
    [True, True, False, False]
    """
    return flags.astype("string").str.lower().isin(["true", "1", "1.0"]).astype(bool)
