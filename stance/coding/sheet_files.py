"""Coding sheets as files of the tools people code in: spreadsheets, Label Studio, Argilla and doccano.

Formats: Label Studio task JSON (https://labelstud.io/guide/task_format) with a labelling configuration; Argilla records as
``Dataset.records.from_json`` reads them (https://docs.argilla.io/latest/reference/argilla/records/records); doccano JSON Lines
(https://doccano.github.io/doccano), whose other columns come back as metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args
from xml.sax.saxutils import quoteattr

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.datavalidation import DataValidation

from stance.coding.codebook import Variable
from stance.coding.sheets import Sheets
from stance.corpus.tables import write_table
from stance.corpus.writing import together, undo_unfinished
from stance.errors import InputError, did_you_mean

__all__ = ["TOOLS", "Tool", "check_sheet_path", "tool_of", "write_sheets"]

Tool: TypeAlias = Literal["spreadsheet", "label-studio", "argilla", "doccano"]

TOOLS: tuple[str, ...] = get_args(Tool)
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "spreadsheet": (".csv", ".xlsx"),
    "label-studio": (".json",),
    "argilla": (".json",),
    "doccano": (".jsonl",),
}
_LONGEST = 32_767  # characters in a cell of a workbook
_LONGEST_LIST = 255  # characters in its list of choices
_WIDTHS = {"text": 100, "title": 40, "note": 30}
_ANSWERS = ("coder", "label", "note")


def tool_of(out: Path, tool: str | None) -> str:
    """Return the tool that ``out`` is written for: the one named, or the first that its ending fits."""
    if tool is not None and tool not in TOOLS:
        raise InputError(f"There are no sheets for '{tool}': choose {', '.join(TOOLS)}.{did_you_mean(tool, TOOLS)}")
    ending = out.suffix.lower()
    fitting = [name for name in TOOLS if ending in ENDINGS[name]]
    if tool is None and fitting:
        return fitting[0]
    if tool is None or ending not in ENDINGS[tool]:
        allowed = ENDINGS[tool] if tool else sorted({end for ends in ENDINGS.values() for end in ends})
        raise InputError(f"{out}: '{ending}' is no ending of a sheet{f' for {tool}' if tool else ''}; choose {' or '.join(allowed)}.")
    return tool


def check_sheet_path(out: Path, coders: Sequence[str], *, tool: str | None = None) -> None:
    """Refuse a path that `write_sheets` would not write to, before any work is done for it; no sheet or key is ever overwritten."""
    files = _files(out, coders, tool_of(out, tool))
    undo_unfinished(files)
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out}: there is no folder {out.parent}; make it or choose another.")
    there = [path for path in files if path.exists()]
    if there:
        raise InputError(f"{there[0]} is there already, and codings may be lost with it; choose another name for --out, or move it away.")


def write_sheets(sheets: Sheets, out: Path, *, tool: str | None = None) -> list[Path]:
    """Write one sheet a coder, what the tool needs beside it, and the key, all or none; return the files, the key last.

    One coder's sheet is ``out`` itself; those of several have the coder's name in theirs (``sheet-An.csv``).
    """
    coders = list(sheets.by_coder)
    check_sheet_path(out, coders, tool=tool)
    kind = tool_of(out, tool)
    files = _files(out, coders, kind)
    write = {"spreadsheet": _write_spreadsheet, "label-studio": _label_studio, "argilla": _argilla, "doccano": _doccano}[kind]
    with together(files) as places:
        for path, sheet in zip(places[: len(coders)], sheets.by_coder.values(), strict=True):
            write(sheet, sheets.plan.variable, path)
        for path in places[len(coders) : -1]:
            _text(path, _configuration(sheets) if kind == "label-studio" else _instructions(sheets.plan.variable))
        write_table(sheets.key, places[-1])
    return files


def _files(out: Path, coders: Sequence[str], kind: str) -> list[Path]:
    """Return what is written: the sheet of each coder, what the tool needs beside it (a workbook holds that itself), and the key."""
    own = [out] if len(coders) == 1 else [out.with_name(f"{out.stem}-{coder}{out.suffix}") for coder in coders]
    beside = ["config.xml"] if kind == "label-studio" else ["instructions.md"] if out.suffix.lower() != ".xlsx" else []
    return [*own, *(out.with_name(f"{out.stem}.{ending}") for ending in (*beside, "key.csv"))]


def _write_spreadsheet(sheet: pd.DataFrame, variable: Variable, path: Path) -> None:
    if path.suffix.lower() == ".csv":
        write_table(sheet, path)
        return
    long = sheet.loc[sheet["text"].str.len() > _LONGEST, "unit"]
    if len(long):
        raise InputError(
            f"{path.name}: {len(long)} texts (first: unit '{long.iloc[0]}') are longer than the {_LONGEST:,} characters a cell of a workbook"
            " holds; write a .csv."
        )
    book = Workbook()
    page = book.active
    page.title = "coding"
    _fill_page(page, sheet)
    _offer_labels(page, list(sheet.columns).index("label") + 1, len(sheet) + 1, variable)
    rules = book.create_sheet("instructions")
    for line in _instructions(variable).splitlines():
        rules.append([line])
        rules.cell(rules.max_row, 1).data_type = "s"
    rules.column_dimensions["A"].width = 120
    try:
        book.save(path)
    except OSError as error:
        raise InputError(f"{path.name}: the sheet cannot be written ({error.strerror}); choose a folder that can be written to.") from error


def _fill_page(page: Any, sheet: pd.DataFrame) -> None:
    """Write the rows; a text that starts with ``=`` stays a text."""
    for place, name in enumerate(sheet.columns, start=1):
        page.cell(1, place, name).font = Font(bold=True)
        letter = page.cell(1, place).column_letter
        page.column_dimensions[letter].width = _WIDTHS.get(name, 14)
        for row, value in enumerate(sheet[name], start=2):
            if pd.isna(value):
                continue
            cell = page.cell(row, place, ILLEGAL_CHARACTERS_RE.sub("", str(value)))
            cell.data_type = "s"
            cell.alignment = Alignment(vertical="top", wrap_text=name in _WIDTHS)
    page.freeze_panes = "A2"


def _offer_labels(page: Any, column: int, last: int, variable: Variable) -> None:
    """Let the label be chosen from a list, where a workbook can hold that list."""
    words = ",".join(variable.labels)
    if len(words) + 2 > _LONGEST_LIST or any("," in label or '"' in label for label in variable.labels):
        return
    choice = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True, showErrorMessage=True)
    letter = page.cell(1, column).column_letter
    choice.add(f"{letter}2:{letter}{last}")
    page.add_data_validation(choice)


def _label_studio(sheet: pd.DataFrame, variable: Variable, path: Path) -> None:
    every = {name: "" for name in sheet.columns if name not in _ANSWERS}  # a task without a field that is shown is refused there
    tasks = [{"data": {**every, **record}} for record in _shown(sheet)]
    _text(path, json.dumps(tasks, ensure_ascii=False, indent=1))


def _argilla(sheet: pd.DataFrame, variable: Variable, path: Path) -> None:
    fields = ("title", "text", "target", "holder")
    records = []
    for shown in _shown(sheet):
        unit = shown.pop("unit")
        inside = {name: shown.pop(name) for name in fields if name in shown}
        records.append({"id": unit, "fields": inside, "metadata": shown, "suggestions": {}, "responses": {}, "vectors": {}})
    _text(path, json.dumps(records, ensure_ascii=False, indent=1))


def _doccano(sheet: pd.DataFrame, variable: Variable, path: Path) -> None:
    lines = [json.dumps({**shown, "label": []}, ensure_ascii=False) for shown in _shown(sheet)]
    _text(path, "\n".join(lines))


def _shown(sheet: pd.DataFrame) -> list[dict[str, str]]:
    """Return what is shown of each unit, without what is missing."""
    records = sheet.drop(columns=list(_ANSWERS)).to_dict(orient="records")
    return [{str(name): str(value) for name, value in record.items() if not pd.isna(value)} for record in records]


def _configuration(sheets: Sheets) -> str:
    """Return the labelling configuration of Label Studio: the instructions, title, target and text, and one choice a label."""
    variable, shown = sheets.plan.variable, next(iter(sheets.by_coder.values())).columns
    headers = [f'  <Header value={quoteattr(line)} size="5"/>' for line in _instructions(variable).splitlines() if line.strip()]
    about = [f'  <Header value="${name}"/>' for name in ("holder", "target", "title") if name in shown]
    choices = [f"    <Choice value={quoteattr(label)}/>" for label in variable.labels]
    start = '  <Choices name="label" toName="text" choice="single-radio" required="true" showInline="true">'
    return "\n".join(["<View>", *headers, *about, '  <Text name="text" value="$text"/>', start, *choices, "  </Choices>", "</View>"])


def _instructions(variable: Variable) -> str:
    """Return the instructions for coders, in their language."""
    toward = ", gericht op het genoemde doel (target)" if variable.has_target else ""
    opening = f"{variable.name}: geef elke tekst één label{toward}: {', '.join(variable.labels)}."
    return f"{opening}\n\n{variable.instructions.strip()}".strip()


def _text(path: Path, content: str) -> Path:
    try:
        path.write_text(content + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path.name}: the file cannot be written ({error.strerror}); choose a folder that can be written to.") from error
    return path
