"""Coded sheets read back: one table of codings from spreadsheets and from exports of Label Studio, Argilla and doccano."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.exports import CODER_COLUMNS, NOBODY, Row, read_export
from stance.coding.sheets import KEY_COLUMNS
from stance.corpus.opening import check_exists
from stance.corpus.records import as_strings, require_column
from stance.corpus.tables import is_table, read_table
from stance.errors import CodingError, InputError

__all__ = ["Collected", "collect", "read_sheet"]

_REMARK = 60  # characters of a remark that are told


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """Codings read back.

    Attributes:
        codings: one row a coding, in the order of the key: ``id variable target holder coder label note`` and, where the key has them,
            ``sample_prob drawn corpus date outlet cluster``.
            A unit that a coder left open has an empty label; one that nobody has worked on, an empty coder as well.
        notes: what is missing and what was left out, in sentences.
    """

    codings: pd.DataFrame
    notes: tuple[str, ...]


def collect(paths: Sequence[Path], key: pd.DataFrame, variable: Variable) -> Collected:
    """Return the codings in sheets that `stance.coding.sheet_files.write_sheets` wrote, or that the tools made of them.

    Refuses a unit that is not in the key (no unit of another draw is), a label that is not the variable's, and a unit that one coder coded twice.
    A row that names no unit and has no label is a remark: it is left out, and told.
    """
    for name in ("unit", "id"):
        require_column(key, name, where="the key", option="--key")
    sheets, remarks = [], []
    for path in paths:
        sheet = read_sheet(path)
        remark, no_answer = _remarks(sheet, key, variable), sheet["status"].notna()
        sheets.append(_checked(sheet[~remark & ~no_answer], key, variable, where=path.name))
        remarks += [*_told(sheet[remark], where=path.name), *_unanswered(sheet[no_answer], where=path.name)]
    codings = _once(pd.concat(sheets, ignore_index=True))
    known = key[[name for name in KEY_COLUMNS if name in key.columns]].assign(_place=np.arange(len(key)))
    joined = codings.merge(known, on="unit", how="left", validate="many_to_one").sort_values(["_place", "coder"], kind="stable")
    first = [name for name in ("id", "variable", "target", "holder") if name in joined.columns]
    rest = [name for name in ("sample_prob", "drawn", "corpus", "date", "outlet", "cluster") if name in joined.columns]
    table = joined[[*first, "coder", "label", "note", *rest]].reset_index(drop=True)
    return Collected(table.assign(variable=variable.name), (*remarks, *_notes(codings, key)))


def read_sheet(path: Path) -> pd.DataFrame:
    """Return the codings in one file: ``unit, coder, label, note, status``; the name of the file stands for a coder who is not named in it.

    A row without a unit has in ``note`` whatever it says, and one of a unit that nobody has worked on has no coder. ``status`` says of an answer why it is no coding
    (draft, discarded, skipped).
    """
    check_exists(path)
    if is_table(path) and not path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        found = _of_table(read_table(path), where=path.name)
    else:
        found = pd.DataFrame(read_export(path), columns=list(Row._fields), dtype=object)
    if found.empty:
        raise InputError(f"{path}: no coding is in this file; export the coded units, with their labels.")
    for name in ("unit", "label"):
        stripped = found[name].map(lambda value: value.strip() if isinstance(value, str) else value)
        found = found.assign(**{name: stripped.where(stripped.notna() & stripped.ne(""), None)})
    return found.assign(coder=_coders(found, path))


def _of_table(table: pd.DataFrame, *, where: str) -> pd.DataFrame:
    """Return the codings of a spreadsheet, or of a tool's export as one; rows without any content are left out."""
    if "label" not in table.columns:
        table = table.rename(columns={"labels": "label"})
    for name in ("unit", "label"):
        require_column(table, name, where=where)
    written = table.astype(object).mask(table.isna() | (table == ""), None)
    coders = [as_strings(table[name]).where(written[name].notna(), None) for name in CODER_COLUMNS if name in table.columns]
    coder = pd.concat(coders, axis=1).bfill(axis=1).iloc[:, 0] if coders else None
    found = written.assign(coder=coder, status=None).reindex(columns=list(Row._fields)).astype(object)
    said = written.drop(columns=["id", "unit", "label", *CODER_COLUMNS], errors="ignore")  # an id may be the number of the row
    lost = found["unit"].isna()
    found.loc[lost, "note"] = pd.Series(
        [" ".join(map(str, cells.dropna())) or None for _, cells in said[lost].iterrows()], found.index[lost]
    )
    return found[~lost | found[["label", "note"]].notna().any(axis=1)]


def _coders(found: pd.DataFrame, path: Path) -> pd.Series:
    """Return who coded each row: as the file names them, or else its own name, but nobody where a unit was left open in a file that names others."""
    coder = found["coder"]
    named = coder.notna() & coder.ne(NOBODY)
    left_open = coder.isna() & found["label"].isna()
    nobody = coder.eq(NOBODY) | left_open if named.any() else coder.eq(NOBODY)
    filled = coder.fillna(path.stem).astype(str)
    units = found.loc[~named & ~nobody & found["unit"].notna(), "unit"]
    if not named.any() and units.duplicated().any():
        raise CodingError(
            f"{path.name}: unit '{units[units.duplicated()].iloc[0]}' is in it twice, and no column ({', '.join(CODER_COLUMNS)}) says who coded it;"
            " export the codings with their coders, or give the sheet of each coder once."
        )
    return filled.where(~nobody, None)


def _remarks(sheet: pd.DataFrame, key: pd.DataFrame, variable: Variable) -> pd.Series:
    """Return which rows are no coding: they name no unit of the key, and have no label of the variable."""
    unit = sheet["unit"].astype(str)
    named = (sheet["unit"].isin(key["unit"]) | unit.str.fullmatch(r"u\d\S*", case=False)).to_numpy(dtype=bool)
    labelled = variable.codes(sheet["label"]) >= 0
    return pd.Series(~named & ~labelled, index=sheet.index)


def _told(remarks: pd.DataFrame, *, where: str) -> list[str]:
    """Return a sentence for the rows that are no coding, with what they say; none where there are none."""
    said = [
        " ".join(str(cell) for cell in cells if not pd.isna(cell)) for cells in remarks[["unit", "label", "note"]].itertuples(index=False)
    ]
    listed = ", ".join(f"'{remark[:_REMARK]}'" for remark in said[:3]) + (", ..." if len(said) > 3 else "")
    return [f"{where}: rows that name no unit are left out ({len(said)}): {listed}."] if said else []


def _unanswered(answers: pd.DataFrame, *, where: str) -> list[str]:
    """Return a sentence for the answers that do not count; none where there are none."""
    listed = ", ".join(f"{count} {status}" for status, count in answers["status"].value_counts().sort_index().items())
    return [f"{where}: answers that were not submitted are no codings and are left out ({listed})."] if listed else []


def _checked(sheet: pd.DataFrame, key: pd.DataFrame, variable: Variable, *, where: str) -> pd.DataFrame:
    lost = sheet["unit"].isna()
    if lost.any():
        raise CodingError(
            f"{where}: a row has label '{sheet.loc[lost, 'label'].iloc[0]}' ({int(lost.sum())} such rows) and no unit; give it the unit that the sheet had there."
        )
    unknown = ~sheet["unit"].isin(key["unit"])
    if unknown.any():
        raise CodingError(
            f"{where}: unit '{sheet.loc[unknown, 'unit'].iloc[0]}' ({int(unknown.sum())} such rows) is not in the key; give the key that"
            " was written with these sheets."
        )
    return sheet.assign(label=variable.labels_of(check_codings(sheet.assign(id=sheet["unit"], target=None), variable, where=where)))


def _once(codings: pd.DataFrame) -> pd.DataFrame:
    """Return the codings, units that nobody has worked on once each; refuses a unit that one coder coded twice."""
    nobody = codings["coder"].isna()
    codings = codings[~(nobody & codings[nobody].duplicated("unit").reindex(codings.index, fill_value=False))].reset_index(drop=True)
    twice = codings.duplicated(["unit", "coder"])
    if twice.any():
        first = codings.loc[twice].iloc[0]
        raise CodingError(
            f"Coder '{first['coder']}' coded unit '{first['unit']}' twice ({int(twice.sum())} such repeats); give each sheet once, and rename"
            " one where two coders have one name."
        )
    return codings


def _notes(codings: pd.DataFrame, key: pd.DataFrame) -> tuple[str, ...]:
    open_, absent = int(codings["label"].isna().sum()), int((~key["unit"].isin(codings["unit"])).sum())
    untouched = int(codings["coder"].isna().sum())
    nobody = f" ({untouched} of them nobody has worked on)" if untouched else ""
    notes = [f"{open_} of {len(codings)} codings have no label yet{nobody}."] if open_ else []
    return (*notes, f"{absent} of {len(key)} units of the key are in none of the sheets.") if absent else tuple(notes)
