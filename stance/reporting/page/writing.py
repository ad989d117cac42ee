"""Writes a report: the page, and its tables and figures as files beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from stance.corpus.writing import whole
from stance.errors import InputError
from stance.reporting.page.content import Document, Section
from stance.reporting.page.latex import latex
from stance.reporting.page.material import Material, prepare
from stance.reporting.page.phrases import phrases
from stance.reporting.page.rendering import render
from stance.reporting.page.request import ReportRequest
from stance.reporting.page.sections.agreement import agreement_section
from stance.reporting.page.sections.audit import audit_section
from stance.reporting.page.sections.corpus import corpus_section, iso_dates, losses_section
from stance.reporting.page.sections.estimates import estimates_section
from stance.reporting.page.sections.method import method_section
from stance.reporting.page.sections.quality import calibration_section, groups_section, scores_section
from stance.signature import signature

__all__ = ["LIST", "PAGE", "SECTIONS", "ReportRequest", "compose", "write_report"]

SECTIONS: tuple[Callable[[Material], Section], ...] = (
    corpus_section,
    agreement_section,
    scores_section,
    groups_section,
    calibration_section,
    audit_section,
    estimates_section,
    losses_section,
    method_section,
)
PAGE, LIST = "report.html", "report.json"
ENDINGS = {"table": ("csv", "tex"), "figure": ("svg", "png")}


def write_report(request: ReportRequest, out: Path | str, *, on_progress: Callable[[int], None] | None = None) -> Path:
    """Write the report of a request into the folder ``out`` and return the path of its page.

    ``report.html`` loads nothing and holds no text of articles; ``tables/`` holds each table as CSV (full numbers, the package's names) and
    LaTeX, ``figures/`` each figure as SVG and PNG, ``report.json`` the list of these with the signature. A folder that holds
    anything but an earlier report is refused; an earlier report is replaced. ``on_progress`` is called with 1 after each section.
    """
    folder = Path(out)
    _check_folder(folder)
    document = compose(request, on_progress=on_progress)
    written = dict(_files(document))
    try:
        for name in _earlier(folder) - set(written):
            (folder / name).unlink(missing_ok=True)
        for name, content in written.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise InputError(f"{out}: the report cannot be written ({error.strerror}); choose a folder that can be written to.") from error
    return folder / PAGE


def compose(request: ReportRequest, *, on_progress: Callable[[int], None] | None = None) -> Document:
    """Return the report of a request, its tables counted and its figures drawn, before anything is written."""
    material = prepare(request)
    sections = []
    for build in SECTIONS:
        sections.append(build(material))
        if on_progress is not None:
            on_progress(1)
    title = request.title or _title(material)
    return Document(title, _subtitle(material), request.language, tuple(sections), _signature(material))


def _files(document: Document) -> Iterator[tuple[str, str | bytes]]:
    """Yield the name and content of each file."""
    say = phrases(document.language)
    yield PAGE, render(document)
    rows = [{"kind": "page", "name": "report", "about": document.title}]
    for table in document.tables:
        yield f"tables/{table.name}.csv", table.frame.to_csv(index=False, float_format="%.10g")
        yield f"tables/{table.name}.tex", latex(table, say)
        rows.append({"kind": "table", "name": table.name, "about": table.caption})
    for picture in document.pictures:
        yield f"figures/{picture.name}.svg", f'<?xml version="1.0" encoding="utf-8"?>\n{picture.svg}'
        yield f"figures/{picture.name}.png", picture.png
        rows.append({"kind": "figure", "name": picture.name, "about": picture.caption})
    yield LIST, json.dumps({"signature": document.signature, "rows": rows}, ensure_ascii=False, indent=1) + "\n"


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder for the report.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / LIST).is_file():
        raise InputError(f"{folder} is not empty and holds no earlier report; choose a new folder.")


def _earlier(folder: Path) -> set[str]:
    """Return the files of an earlier report, as it listed them: names in its two folders only, whatever the list holds."""
    if not (folder / LIST).is_file():
        return set()
    try:
        rows = json.loads((folder / LIST).read_text(encoding="utf-8"))["rows"]
        listed = {(str(row["kind"]), str(row["name"])) for row in rows}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / LIST}: this is not the list of a report; choose a new folder.") from error
    return {f"{kind}s/{name}.{ending}" for kind, name in listed if re.fullmatch(r"\w+", name) for ending in ENDINGS.get(kind, ())}


def _replace(path: Path, content: bytes) -> None:
    with whole(path) as unfinished:
        unfinished.write_bytes(content)


def _title(material: Material) -> str:
    say, name = material.say, material.variable.name
    word = say.word(name)
    return say("page.title_stance") if name == "stance" else say("page.title", variable=word[:1].upper() + word[1:])


def _subtitle(material: Material) -> str:
    say, rows = material.say, material.rows
    dates = iso_dates(rows["date"]).dropna()
    outlets = rows["outlet"].nunique()
    return say(
        "page.subtitle",
        articles=int(rows["id"].nunique()),
        outlets=say("page.subtitle_outlets", outlets=int(outlets)) if outlets > 1 else "",
        span=say("page.subtitle_span", first=dates.min(), last=dates.max()) if len(dates) else "",
    )


def _signature(material: Material) -> dict[str, str]:
    request, hashes = material.request, material.hashes
    models = ",".join(sorted(map(str, pd.unique(material.rows["model"])))) if "model" in material.rows else "unknown"
    given = {f"{name}_data": found for name, found in hashes.items() if name != "predictions"}
    recipe = {"variable": request.variable.name, "model": models, "n": len(material.rows), "coded": len(material.coded)}
    audit = request.audit.get("signature", {})
    audited = {"audit_data": audit["data"]} if "data" in audit else {}
    return signature(**recipe, by=",".join(material.groups) or "none", seed=request.seed, **given, **audited, data=hashes["predictions"])
