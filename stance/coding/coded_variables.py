"""Which variables a table of codings holds, named by its column ``variable`` or known by its labels, and in which other words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from stance.coding.codebook import BUILTINS, Variable, builtin, check_codings, get_variable, read_codebook
from stance.errors import CodebookError, CodingError, InputError

__all__ = ["as_variable", "coded_variables", "one_variable", "relabelled", "variable_of", "with_words"]


def with_words(variables: Sequence[Variable], words: Sequence[str]) -> list[Variable]:
    """Return the variables with other words for their labels, each given as ``WORD=LABEL``; a word counts for each variable that has the label.

    >>> (tone,) = with_words([builtin("tone")], ["positief=positive", "-1=negative"])
    >>> tone.codes(["Positief", "-1", "neutral"]).tolist()
    [2, 0, 1]
    """
    own = {variable.name: {label: list(others) for label, others in variable.aliases.items()} for variable in variables}
    for given in words:
        word, equals, label = given.rpartition("=")
        if not (equals and word.strip() and label.strip()):
            raise CodebookError(f"--map '{given}' is not WORD=LABEL, such as positief=positive.")
        places = {variable.name: int(variable.codes([label])[0]) for variable in variables}
        if max(places.values()) < 0:
            allowed = "; ".join(f"{variable.name}: {', '.join(variable.labels)}" for variable in variables)
            raise CodebookError(f"--map '{given}': '{label}' is not a label ({allowed}).")
        for variable in variables:
            if places[variable.name] >= 0:
                own[variable.name].setdefault(variable.labels[places[variable.name]], []).append(word.strip())
    return [replace(one, aliases={label: tuple(others) for label, others in own[one.name].items()}) for one in variables]


def as_variable(given: str | Variable, codebook: str | Path | None = None) -> Variable:
    """Return a variable that is given as such, or by its name in the codebook file or among the built-in ones."""
    return given if isinstance(given, Variable) else get_variable(given, None if codebook is None else Path(codebook))


def variable_of(rows: pd.DataFrame, given: str | Variable | None, codebook: str | Path | None = None) -> Variable:
    """Return the variable that is given, or the only one that the rows name in their column ``variable``.

    >>> variable_of(pd.DataFrame({"label": ["favor"], "variable": ["stance"]}), None).labels
    ('against', 'neutral', 'favor')
    """
    if given is not None:
        return as_variable(given, codebook)
    found = sorted(map(str, rows["variable"].dropna().unique())) if "variable" in rows.columns else []
    if len(found) != 1:
        held = f"hold {', '.join(found)}" if found else "do not say what was coded"
        raise InputError(f"The rows {held}; pass --variable NAME.")
    return as_variable(found[0], codebook)


def relabelled(frame: pd.DataFrame, variable: Variable, *, where: str) -> pd.DataFrame:
    """Return ``frame`` with ``label`` as the codebook spells it, None where a cell is empty; refuses a label that is not the variable's.

    >>> (tone,) = with_words([builtin("tone")], ["goed=positive"])
    >>> relabelled(pd.DataFrame({"id": ["a", "b"], "label": ["Goed", "neutral"]}), tone, where="t")["label"].tolist()
    ['positive', 'neutral']
    """
    return frame.assign(label=variable.labels_of(check_codings(frame, variable, where=where)))


def coded_variables(codings: pd.DataFrame, codebook: Path | None = None, words: Sequence[str] = ()) -> tuple[Variable, ...]:
    """Return the variables of a table of codings, in order of appearance.

    A column ``variable`` names them. Without it the table holds one, and its labels tell which: that of the codebook, or else the
    built-in one, which has all of them, whatever their case; ``words`` are other words for labels (`with_words`). A `CodingError` asks for
    the name where none or several do.

    >>> codings = pd.DataFrame({"id": ["a", "a"], "coder": ["An", "Bo"], "label": ["against", "favor"]})
    >>> [variable.name for variable in coded_variables(codings)]
    ['stance']
    """
    if "variable" in codings.columns:
        names = codings["variable"].dropna().astype(str).unique()
        return tuple(with_words([get_variable(name, codebook) for name in names], words))
    if "label" not in codings.columns:
        raise CodingError(f"codings: column 'label' is missing; found are {', '.join(map(str, codings.columns))}.")
    given = set(codings["label"].dropna().astype(str).str.strip())
    known = with_words(_known(codebook), words)
    fitting = [variable for variable in known if given and (variable.codes(given) >= 0).all()]
    if len(fitting) == 1:
        return (fitting[0],)
    listed = ", ".join(sorted(given)[:6]) + (", ..." if len(given) > 6 else "")
    why = f"fit {' and '.join(variable.name for variable in fitting)}" if fitting else f"fit none of {', '.join(v.name for v in known)}"
    raise CodingError(f"codings: labels ({listed}) {why}; name the variable with --variable, and your own codebook with --codebook FILE.")


def one_variable(
    codings: pd.DataFrame, given: str | Variable | None, codebook: str | Path | None = None, words: Sequence[str] = ()
) -> Variable:
    """Return the variable that is given, or the only one that a table holds, with other words for its labels."""
    if given is not None:
        return with_words([as_variable(given, codebook)], words)[0]
    found = coded_variables(codings, None if codebook is None else Path(codebook), words)
    if len(found) > 1:
        raise CodingError(f"The table holds {len(found)} variables ({', '.join(one.name for one in found)}); name one with --variable.")
    return found[0]


def _known(codebook: Path | None) -> list[Variable]:
    own = {} if codebook is None else read_codebook(codebook).variables
    return [*own.values(), *(builtin(name) for name in BUILTINS if name not in own)]
