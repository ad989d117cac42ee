"""Which variables a table of codings holds: named by its column ``variable``, or known by its labels."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stance.coding.codebook import BUILTINS, Variable, builtin, get_variable, read_codebook
from stance.errors import CodingError

__all__ = ["coded_variables"]


def coded_variables(codings: pd.DataFrame, codebook: Path | None = None) -> tuple[Variable, ...]:
    """Return the variables of a table of codings, in order of appearance.

    A column ``variable`` names them. Without it the table holds one, and its labels tell which: that of the codebook, or else the
    built-in one, which has all of them, whatever their case. A `CodingError` asks for the name where none or several do.

    >>> codings = pd.DataFrame({"id": ["a", "a"], "coder": ["An", "Bo"], "label": ["against", "favor"]})
    >>> [variable.name for variable in coded_variables(codings)]
    ['stance']
    """
    if "variable" in codings.columns:
        names = codings["variable"].dropna().astype(str).unique()
        return tuple(get_variable(name, codebook) for name in names)
    if "label" not in codings.columns:
        raise CodingError(f"codings: column 'label' is missing; found are {', '.join(map(str, codings.columns))}.")
    given = set(codings["label"].dropna().astype(str).str.strip())
    known = _known(codebook)
    fitting = [variable for variable in known if given and (variable.codes(given) >= 0).all()]
    if len(fitting) == 1:
        return (fitting[0],)
    listed = ", ".join(sorted(given)[:6]) + (", ..." if len(given) > 6 else "")
    why = f"fit {' and '.join(variable.name for variable in fitting)}" if fitting else f"fit none of {', '.join(v.name for v in known)}"
    raise CodingError(f"codings: labels ({listed}) {why}; name the variable with --variable, and your own codebook with --codebook FILE.")


def _known(codebook: Path | None) -> list[Variable]:
    own = {} if codebook is None else read_codebook(codebook).variables
    return [*own.values(), *(builtin(name) for name in BUILTINS if name not in own)]
