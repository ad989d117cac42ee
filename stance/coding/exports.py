"""Exports of Label Studio, Argilla and doccano, whose JSON becomes rows: unit, coder, label, note.

A unit that nobody has worked on comes back with an empty name (`NOBODY`) for its coder; a coding whose coder the file does not name, with
None. An answer that its coder has not submitted (a draft), has thrown away or has skipped is no coding: its row has that status and no label.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from stance.corpus.opening import read_text
from stance.errors import CodingError, InputError

__all__ = ["CODER_COLUMNS", "NOBODY", "Row", "read_export"]

NOBODY = ""
CODER_COLUMNS = ("annotator", "username", "user", "coder")  # Label Studio, doccano, and the sheet's own, which says for whom it was made
_NO_ANSWER = ("draft", "discarded", "pending")  # statuses of Argilla; where there is none, the answer counts


class Row(NamedTuple):
    """One coding, a unit left open (``label`` None), or an answer that does not count (``status`` says why)."""

    unit: str
    coder: str | None
    label: str | None
    note: str | None = None
    status: str | None = None


def read_export(path: Path) -> list[Row]:
    """Return the codings of a JSON or JSON Lines file, whatever tool wrote it."""
    found: list[Row] = []
    for number, record in enumerate(_records(path), start=1):
        where = f"{path.name} record {number}"
        try:
            found += _rows(record, where)
        except (AttributeError, TypeError) as error:  # a value of another kind than any of the tools writes there
            raise InputError(
                f"{where}: it has not the form of a record of Label Studio, Argilla or doccano ({error}); export it from the tool again."
            ) from error
    return found


def _records(path: Path) -> list[Any]:
    text = read_text(path).strip()
    try:
        if text.startswith("["):
            return list(json.loads(text))
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        raise InputError(f"{path}: this is neither a table nor JSON ({error}); export it from the tool as JSON or JSON Lines.") from error


def _rows(record: object, where: str) -> Iterator[Row]:
    if not isinstance(record, dict):
        raise InputError(f"{where}: this is no record of Label Studio, Argilla or doccano but {str(record)[:40]!r}; export it as JSON.")
    if "annotations" in record and "data" in record:
        return _of_label_studio(record, where)
    if "fields" in record or any(name.endswith(".responses") for name in record):
        return _of_argilla(record, where)
    return iter([_of_doccano(record, where)])


def _of_label_studio(task: Mapping[str, Any], where: str) -> Iterator[Row]:
    """Yield one coding an annotation that was not skipped; a task without any is a unit left open."""
    unit = _unit(where, task["data"])
    skipped = [bool(entry.get("was_cancelled")) for entry in task["annotations"]]
    for entry, left_out in zip(task["annotations"], skipped, strict=True):
        chosen = [item for item in entry.get("result", []) if item.get("type") == "choices"]
        named = [item for item in chosen if item.get("from_name") == "label"]
        labels = [choice for item in named or chosen for choice in item.get("value", {}).get("choices", [])]
        who = entry.get("completed_by")
        coder = _name((who.get("email") or who.get("id")) if isinstance(who, dict) else who)
        yield Row(unit, coder, None, status="skipped") if left_out else Row(unit, coder, _one(labels, where))
    if all(skipped):
        yield Row(unit, NOBODY, None)


def _of_argilla(record: Mapping[str, Any], where: str) -> Iterator[Row]:
    """Yield one coding a submitted answer to the question ``label``, or to the only question there is; a record without any is a unit left open."""
    unit = _unit(where, {"unit": record.get("id") or record.get("external_id")}, record.get("metadata"))
    answers = _answers(record, where)
    for answer in answers:
        coder, status = _name(answer.get("user_id")), answer.get("status")
        counts = status not in _NO_ANSWER
        yield Row(unit, coder, _one(answer.get("value"), where)) if counts else Row(unit, coder, None, status=status)
    if all(answer.get("status") in _NO_ANSWER for answer in answers):
        yield Row(unit, NOBODY, None)


def _answers(record: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    """Return the answers to the one question that is about the label: each with its ``value``, ``user_id`` and ``status``."""
    responses = record.get("responses") or {}
    if isinstance(responses, list):  # Argilla 1: a list of persons, each with all answers
        questions = [
            (name, {"user_id": one.get("user_id"), "status": one.get("status"), "value": answer.get("value")})
            for one in responses
            for name, answer in (one.get("values") or {}).items()
        ]
        responses = {name: [answer for other, answer in questions if other == name] for name, _ in questions}
    if "fields" not in record:
        responses = {name.removesuffix(".responses"): _side_by_side(record, name) for name in record if name.endswith(".responses")}
    if len(responses) > 1 and "label" not in responses:
        raise InputError(f"{where}: none of the questions {', '.join(responses)} is called 'label'; name the question so.")
    answers: list[Mapping[str, Any]] = responses.get("label") or next(iter(responses.values()), [])
    return answers


def _side_by_side(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the answers of a record in columns, as Argilla exports a data set for Hugging Face: values, users and statuses in lists of one length."""
    lists = [record.get(column) or [] for column in (name, f"{name}.users", f"{name}.status")]
    return [dict(zip(("value", "user_id", "status"), answer, strict=True)) for answer in zip_longest(*lists)]


def _of_doccano(record: Mapping[str, Any], where: str) -> Row:
    """Return the coding of one line of doccano, or of Label Studio's short form; other columns stand beside or under ``meta``."""
    unit = _unit(where, record, record.get("meta"), record.get("metadata"))
    if "annotations" in record:
        raise InputError(
            f"{where}: this older export of doccano has numbers for labels, not their names; export it as JSONL with text labels, or with a newer doccano."
        )
    coder = next((record[name] for name in CODER_COLUMNS if record.get(name) is not None), None)
    if not {"label", "labels", "annotation_id"} & record.keys():  # of Label Studio an annotation may be without a label
        raise InputError(f"{where}: there is no 'label' in it; found are {', '.join(record)}. Export the labels of the texts.")
    notes = record.get("Comments") or record.get("note") or []
    note = "; ".join(map(str, notes)) if isinstance(notes, list) else str(notes)
    return Row(unit, _name(coder), _one(record.get("label", record.get("labels")), where), note or None)


def _unit(where: str, *places: object) -> str:
    """Return the name of the unit from the first of the places that has it."""
    unit = next((place["unit"] for place in places if isinstance(place, dict) and place.get("unit") is not None), None)
    if unit is None:
        raise InputError(f"{where}: there is no 'unit' in it, which every sheet of stance sample has; was it made by another program?")
    return str(unit)


def _name(coder: object) -> str | None:
    return None if coder is None or coder == "" else str(coder)


def _one(value: object, where: str) -> str | None:
    """Return the one label of a coding, or none."""
    if isinstance(value, dict):
        value = value.get("choices")
    labels = list(value) if isinstance(value, list | tuple) else [] if value is None or value == "" else [value]
    if len(labels) > 1:
        raise CodingError(
            f"{where}: a unit has {len(labels)} labels ({', '.join(map(str, labels))}), where one is asked; remove the others."
        )
    return str(labels[0]) if labels else None
