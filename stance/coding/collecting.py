"""Coded sheets read back: one table of codings from spreadsheets and from exports of Label Studio, Argilla and doccano."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stance.coding.codebook import Variable, check_codings
from stance.coding.sheets import KEY_COLUMNS
from stance.corpus.opening import check_exists, read_text
from stance.corpus.records import require_column
from stance.corpus.tables import is_table, read_table
from stance.errors import CodingError, InputError

__all__ = ["Collected", "collect", "read_sheet"]

_COLUMNS = ("unit", "coder", "label", "note")


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """Codings read back.

    Attributes:
        codings: one row a coding, in the order of the key: ``id variable target holder coder label note`` and, where the key has them,
            ``sample_prob date outlet cluster``. A unit that a coder left open has an empty label.
        notes: what is missing, in sentences.
    """

    codings: pd.DataFrame
    notes: tuple[str, ...]


def collect(paths: Sequence[Path], key: pd.DataFrame, variable: Variable) -> Collected:
    """Return the codings in sheets that `stance.coding.sheet_files.write_sheets` wrote, or that the tools made of them.

    Refuses a unit that is not in the key (no unit of another draw is), a label that is not the variable's, and a unit that one coder coded twice.
    """
    for name in ("unit", "id"):
        require_column(key, name, where="the key", option="--key")
    read = [_checked(read_sheet(path), key, variable, where=path.name) for path in paths]
    codings = pd.concat(read, ignore_index=True)
    _refuse_repeats(codings)
    known = key[[name for name in KEY_COLUMNS if name in key.columns]].assign(_place=np.arange(len(key)))
    joined = codings.merge(known, on="unit", how="left", validate="many_to_one").sort_values(["_place", "coder"], kind="stable")
    first = [name for name in ("id", "variable", "target", "holder") if name in joined.columns]
    rest = [name for name in ("sample_prob", "date", "outlet", "cluster") if name in joined.columns]
    table = joined[[*first, "coder", "label", "note", *rest]].reset_index(drop=True)
    return Collected(table.assign(variable=variable.name), _notes(codings, key))


def read_sheet(path: Path) -> pd.DataFrame:
    """Return the codings in one file: ``unit, coder, label, note``; the name of the file stands for a coder who is not named in it."""
    check_exists(path)
    if is_table(path) and not path.name.lower().endswith((".jsonl", ".jsonl.gz")):
        table = read_table(path)
        for name in ("unit", "label"):
            require_column(table, name, where=path.name)
        found = table.reindex(columns=list(_COLUMNS)).astype(object)
    else:
        found = pd.DataFrame(_codings(path), columns=list(_COLUMNS), dtype=object)
    if found.empty:
        raise InputError(f"{path}: no coding is in this file; export the coded units, with their labels.")
    label = found["label"].map(lambda value: value.strip() if isinstance(value, str) else value)
    return found.assign(label=label.where(label.notna() & label.ne(""), None), coder=found["coder"].fillna(path.stem).astype(str))


def _codings(path: Path) -> Iterator[tuple[object, ...]]:
    """Yield the codings of a JSON file, whatever tool wrote it."""
    for number, record in enumerate(_records(path), start=1):
        where = f"{path.name} record {number}"
        if not isinstance(record, dict):
            raise InputError(f"{where}: this is no record of Label Studio, Argilla or doccano but {str(record)[:40]!r}; export it as JSON.")
        if "annotations" in record:
            yield from _of_label_studio(record, where)
        elif "fields" in record:
            yield from _of_argilla(record, where)
        else:
            yield _of_doccano(record, where)


def _records(path: Path) -> list[Any]:
    text = read_text(path).strip()
    try:
        if text.startswith("["):
            return list(json.loads(text))
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path}: this is neither a table nor JSON ({error}); export it from the tool as JSON or JSON Lines.") from error


def _of_label_studio(task: dict[str, Any], where: str) -> Iterator[tuple[object, ...]]:
    """Yield one coding an annotation that was not cancelled; a task without any is a unit left open."""
    unit = _unit(task.get("data"), where)
    done = [entry for entry in task["annotations"] if not entry.get("was_cancelled")]
    for entry in done:
        chosen = [
            choice
            for item in entry.get("result", [])
            if item.get("type") == "choices"
            for choice in item.get("value", {}).get("choices", [])
        ]
        who = entry.get("completed_by")
        coder = (who.get("email") or who.get("id")) if isinstance(who, dict) else who
        yield unit, None if coder is None else str(coder), _one(chosen, where), None
    if not done:
        yield unit, None, None, None


def _of_argilla(record: dict[str, Any], where: str) -> Iterator[tuple[object, ...]]:
    """Yield one coding a response to the question ``label``, or to the only question there is."""
    unit = _unit({"unit": record.get("id")}, where)
    responses = record.get("responses") or {}
    if len(responses) > 1 and "label" not in responses:
        raise InputError(f"{where}: none of the questions {', '.join(responses)} is called 'label'; name the question so.")
    answers: list[dict[str, Any]] = responses.get("label") or next(iter(responses.values()), [])
    for answer in answers:
        coder = answer.get("user_id")
        yield unit, None if coder is None else str(coder), _one(answer.get("value"), where), None
    if not answers:
        yield unit, None, None, None


def _of_doccano(record: dict[str, Any], where: str) -> tuple[object, ...]:
    """Return the coding of one line of doccano, or of Label Studio's short form; other columns stand beside or under ``meta``."""
    meta = record.get("meta") or record.get("metadata")
    unit = _unit({**(meta if isinstance(meta, dict) else {}), **record}, where)
    coder = record.get("annotator", record.get("coder"))
    notes = record.get("Comments") or []
    note = "; ".join(map(str, notes)) if isinstance(notes, list) else str(notes)
    return unit, None if coder is None else str(coder), _one(record.get("label"), where), note or None


def _unit(data: object, where: str) -> str:
    unit = data.get("unit") if isinstance(data, dict) else None
    if unit is None:
        raise InputError(f"{where}: there is no 'unit' in it, which every sheet of stance sample has; was it made by another program?")
    return str(unit)


def _one(value: object, where: str) -> str | None:
    """Return the one label of a coding, or none."""
    labels = list(value) if isinstance(value, list | tuple) else [] if value is None or value == "" else [value]
    if len(labels) > 1:
        raise CodingError(
            f"{where}: a unit has {len(labels)} labels ({', '.join(map(str, labels))}), where one is asked; remove the others."
        )
    return str(labels[0]) if labels else None


def _checked(sheet: pd.DataFrame, key: pd.DataFrame, variable: Variable, *, where: str) -> pd.DataFrame:
    unknown = ~sheet["unit"].isin(key["unit"])
    if unknown.any():
        raise CodingError(
            f"{where}: unit '{sheet.loc[unknown, 'unit'].iloc[0]}' ({int(unknown.sum())} such rows) is not in the key; give the key that"
            " was written with these sheets."
        )
    return sheet.assign(label=variable.labels_of(check_codings(sheet.assign(id=sheet["unit"], target=None), variable, where=where)))


def _refuse_repeats(codings: pd.DataFrame) -> None:
    twice = codings.duplicated(["unit", "coder"])
    if twice.any():
        first = codings.loc[twice].iloc[0]
        raise CodingError(
            f"Coder '{first['coder']}' coded unit '{first['unit']}' twice ({int(twice.sum())} such repeats); give each sheet once, and rename"
            " one where two coders have one name."
        )


def _notes(codings: pd.DataFrame, key: pd.DataFrame) -> tuple[str, ...]:
    open_, absent = int(codings["label"].isna().sum()), int((~key["unit"].isin(codings["unit"])).sum())
    notes = [f"{open_} of {len(codings)} codings have no label yet."] if open_ else []
    return (*notes, f"{absent} of {len(key)} units of the key are in none of the sheets.") if absent else tuple(notes)
