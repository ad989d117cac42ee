"""The codebook: what is coded, in which labels, by which rules, and toward which targets.

A codebook is a TOML file that coders, models and tables share::

    version = "1.0"

    [variables.tone]
    unit = "article"
    target = "optional"                             # a unit may name a target, toward which it is then coded
    labels = ["negative", "neutral", "positive"]    # in order, low to high
    level = "ordinal"
    instructions = "Is het nieuws in dit artikel goed of slecht nieuws?"

    [variables.tone.aliases]                        # other words for a label, as coders or older tables have them
    positive = ["positief", "+1"]

    [targets]
    PvdA = ["Partij van de Arbeid", "sociaaldemocraten"]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from stance.coding.label_checks import check_aliases, check_labels, label_numbers
from stance.coding.toml_values import as_table, as_text, as_texts, check_keys, check_word
from stance.corpus.spelling import as_spelled, tell_labels
from stance.corpus.toml_text import TomlError, parse_toml
from stance.errors import CodebookError, CodingError, did_you_mean

__all__ = [
    "BUILTINS",
    "Codebook",
    "Level",
    "Unit",
    "Variable",
    "at_level",
    "builtin",
    "check_codings",
    "codebook_text",
    "get_variable",
    "read_codebook",
    "variable_of_table",
]

Level: TypeAlias = Literal["nominal", "ordinal", "interval"]
Unit: TypeAlias = Literal["article", "passage", "sentence", "target"]

LEVELS: tuple[Level, ...] = get_args(Level)
UNITS: tuple[str, ...] = get_args(Unit)
BUILTINS = ("tone", "stance", "partisanship", "subjectivity")
_VARIABLE_KEYS = ("labels", "level", "unit", "target", "instructions", "aliases")
OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Variable:
    """What is coded: its labels in order, low to high, their level of measurement and the rules for coders.

    ``unit`` says what gets one label: an article, a passage, a sentence, or one of these with a ``target``. With ``optional_target`` a unit may
    name a target or not, and is coded toward it where it does (the tone of an article, the tone toward somebody in it).
    The labels of an interval variable are numbers, so that their distance means something. ``aliases`` are other words for a label.

    >>> Variable("toon", ("slecht", "goed"), aliases={"goed": ("prima", "+1")}).codes(["goed", "Slecht", "prima", 1, None]).tolist()
    [1, 0, 1, 1, -1]
    """

    name: str
    labels: tuple[str, ...]
    level: Level = "ordinal"
    unit: Unit = "article"
    instructions: str = ""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    optional_target: bool = False

    def __post_init__(self) -> None:
        where = f"variable '{self.name}'"
        check_labels(self.labels, where)
        check_aliases(self.labels, self.aliases, where)
        check_word(self.level, LEVELS, f"{where}: level")
        check_word(self.unit, UNITS, f"{where}: unit")
        if self.level == "interval":
            label_numbers(self.labels, where)

    @property
    def values(self) -> tuple[float, ...]:
        """The number of each label: its own for an interval variable, else its place in the order."""
        return (
            label_numbers(self.labels, f"variable '{self.name}'")
            if self.level == "interval"
            else tuple(map(float, range(len(self.labels))))
        )

    @property
    def has_target(self) -> bool:
        """Whether every unit of this variable is a text with a target."""
        return self.unit == "target"

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that together name one unit."""
        return ("id", "target", "holder") if self.has_target or self.optional_target else ("id",)

    @property
    def table(self) -> dict[str, Any]:
        """The table that defines it in a codebook file, without its name.

        >>> Variable("frame", ("conflict", "gevolg"), level="nominal").table
        {'labels': ['conflict', 'gevolg'], 'level': 'nominal', 'unit': 'article'}
        """
        more: dict[str, Any] = {"target": OPTIONAL} if self.optional_target else {}
        if self.instructions:
            more["instructions"] = self.instructions
        if self.aliases:
            more["aliases"] = {label: list(words) for label, words in self.aliases.items()}
        return {"labels": list(self.labels), "level": self.level, "unit": self.unit, **more}

    def codes(self, labels: Iterable[object]) -> npt.NDArray[np.int64]:
        """Return the place of each label in the order, whatever its case and outer spaces, -1 for none of them; shape (units,)."""
        others = {word: label for label, words in self.aliases.items() for word in words}
        spelled = as_spelled(pd.Series(list(labels), dtype=object), self.labels, others)
        return pd.Index(self.labels).get_indexer(pd.Index(spelled, dtype=object)).astype(np.int64)

    def labels_of(self, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
        """Return the label at each place in the order, as the codebook spells it, None at -1; shape (units,)."""
        return np.array([*self.labels, None], dtype=object)[codes]


@dataclass(frozen=True, slots=True)
class Codebook:
    """A version, its variables by name, and its targets with their aliases."""

    version: str
    variables: Mapping[str, Variable]
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def builtin(name: str) -> Variable:
    """Return the built-in variable of this name.

    >>> builtin("stance").labels
    ('against', 'neutral', 'favor')
    """
    return _parse(codebook_text(name), f"built-in codebook '{name}'").variables[name]


def codebook_text(name: str) -> str:
    """Return the built-in codebook as TOML text, to start your own from.

    >>> codebook_text("tone").splitlines()[3]
    'version = "2.0"'
    """
    check_word(name, BUILTINS, "built-in codebook")
    return files("stance.coding").joinpath("codebooks", f"{name}.toml").read_text(encoding="utf-8")


def read_codebook(path: Path) -> Codebook:
    """Return the codebook in a TOML file; a `CodebookError` names the file, the key and what is allowed."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CodebookError(f"{path}: this codebook cannot be read ({error.strerror}); give the path of a TOML file.") from error
    except UnicodeDecodeError as error:
        raise CodebookError(f"{path}: byte {error.start} is not UTF-8; save the codebook as UTF-8 text.") from error
    return _parse(text, path.name)


def get_variable(name: str, codebook: Path | None = None) -> Variable:
    """Return the variable of this name from the codebook file, or else the built-in one."""
    own = {} if codebook is None else read_codebook(codebook).variables
    if name in own:
        return own[name]
    if name in BUILTINS:
        return builtin(name)
    known = [*own, *(word for word in BUILTINS if word not in own)]
    if codebook is not None:
        raise CodebookError(f"{codebook.name}: variable '{name}' is unknown; known are {', '.join(known)}.{did_you_mean(name, known)}")
    raise CodebookError(
        f"variable '{name}' is unknown; known are {', '.join(known)}. One of your own is known by the codebook it was coded or trained with:"
        " pass --codebook FILE (TOML)."
    )


def at_level(variable: Variable, level: str | None) -> Variable:
    """Return the variable measured at another level; at its own where ``level`` is None.

    >>> at_level(builtin("tone"), "nominal").level
    'nominal'
    """
    return variable if level is None else replace(variable, level=cast(Level, level))  # Variable checks the word


def check_codings(
    frame: pd.DataFrame, variable: Variable, *, column: str = "label", where: str = "codings", complete: bool = False
) -> npt.NDArray[np.int64]:
    """Return the codes of a table's labels in label order, -1 where a cell is empty; shape (rows,).

    Case and outer spaces of a label do not matter, and its aliases count. Raises a `CodingError` that names the first row (counted from 1) of a label that is not
    the variable's, what is allowed, and all such labels; where the table is to be ``complete``, also of an empty cell.

    >>> check_codings(pd.DataFrame({"id": ["a", "b"], "label": ["positive", None]}), builtin("tone")).tolist()
    [2, -1]
    >>> check_codings(pd.DataFrame({"id": ["a"], "label": ["ja"]}), Variable("eens", ("0", "1")), where="c.csv")
    Traceback (most recent call last):
    stance.errors.CodingError: c.csv row 1: label 'ja' is not in variable 'eens' (0, 1). Give other words with --map ja=LABEL or as aliases in a codebook.
    """
    _check_columns(frame, ["id", column, *(["target"] if variable.has_target else [])], where)
    labels = frame[column].astype(object)
    codes = variable.codes(labels)
    bad = np.flatnonzero((codes < 0) & labels.notna().to_numpy())
    if bad.size:
        label = str(labels.iloc[bad[0]])
        more = tell_labels(labels.iloc[bad])
        allowed = f"is not in variable '{variable.name}' ({', '.join(variable.labels)})"
        mend = f" Give other words with --map {label}=LABEL or as aliases in a codebook."
        raise CodingError(f"{where} row {bad[0] + 1}: label '{label}' {allowed}.{did_you_mean(label, variable.labels)}{more}{mend}")
    if complete and (codes < 0).any():
        raise CodingError(f"{where} row {int((codes < 0).argmax()) + 1}: label is missing; give one of: {', '.join(variable.labels)}.")
    return codes


def _check_columns(frame: pd.DataFrame, needed: list[str], where: str) -> None:
    for name in needed:
        if name not in frame.columns:
            found = [str(column) for column in frame.columns]
            raise CodingError(f"{where}: column '{name}' is missing; found are {', '.join(found) or 'none'}.{did_you_mean(name, found)}")


def _parse(text: str, where: str) -> Codebook:
    try:
        raw = parse_toml(text)
    except TomlError as error:
        raise CodebookError(f"{where}: this is not valid TOML: {error}.") from error
    check_keys(raw, ("version", "variables", "targets"), where)
    variables = as_table(raw.get("variables"), f"{where}: key 'variables'")
    if not variables:
        raise CodebookError(f"{where}: no variable is defined; add a table such as [variables.tone] with its labels.")
    return Codebook(
        version=as_text(raw.get("version"), f"{where}: key 'version'"),
        variables=MappingProxyType({name: variable_of_table(name, entry, where) for name, entry in variables.items()}),
        targets=_targets(as_table(raw.get("targets", {}), f"{where}: key 'targets'"), where),
    )


def variable_of_table(name: str, entry: object, where: str) -> Variable:
    """Return the variable that a table of a codebook defines; ``where`` is the file, for errors."""
    where = f"{where}: variables.{name}"
    raw = as_table(entry, where)
    check_keys(raw, _VARIABLE_KEYS, where)
    if "labels" not in raw:
        raise CodebookError(f"{where}: key 'labels' is missing; give the labels in order, low to high, as a list.")
    labels = as_texts(raw["labels"], f"{where}: key 'labels'")
    settings = {key: as_text(raw[key], f"{where}: key '{key}'") for key in ("level", "unit", "instructions") if key in raw}
    if "target" in raw:
        check_word(as_text(raw["target"], f"{where}: key 'target'"), (OPTIONAL,), f"{where}: target")
    aliases = {
        label: as_texts(words, f"{where}: aliases.{label}")
        for label, words in as_table(raw.get("aliases", {}), f"{where}: key 'aliases'").items()
    }
    try:
        return Variable(name, labels, aliases=aliases, optional_target="target" in raw, **settings)  # type: ignore[arg-type]  # level and unit are checked by Variable
    except CodebookError as error:
        raise CodebookError(f"{where.partition(':')[0]}: {error}") from error


def _targets(raw: Mapping[str, Any], where: str) -> Mapping[str, tuple[str, ...]]:
    targets = {name: as_texts(aliases, f"{where}: targets.{name}") for name, aliases in raw.items()}
    owner: dict[str, str] = {}
    for name, aliases in targets.items():
        for alias in (name, *aliases):
            if owner.setdefault(alias.casefold(), name) != name:
                raise CodebookError(
                    f"{where}: alias '{alias}' names both '{owner[alias.casefold()]}' and '{name}'; keep it with one target."
                )
    return MappingProxyType(targets)
