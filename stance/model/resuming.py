"""Labels for an input of any size, into a folder of parts that grows as the work goes on and can be taken up again after any stop.

Memory holds one block. A part is one block's rows; the manifest says what made it. Killed at any moment and started again with the same
request, the run goes on after the last whole part and ends with the labels of an unbroken run. Parts are checked by their hashes: one that
is damaged or gone is made again. Another input, model or setting is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from stance.corpus.blocks import Source, iter_blocks
from stance.corpus.parts import PartFolder
from stance.errors import InputError
from stance.model.blocks import BlockLabeller, SeenUnits
from stance.model.jobs import Request

__all__ = ["BLOCK_ROWS", "Labelled", "Told", "label_to_folder"]

# Rows a part: a few minutes of work with a large encoder, seconds with a small one; a thousand parts for four million articles.
BLOCK_ROWS = 4_096
FORMAT = 1
SAME = {"input": "another input", "models": "another model", "settings": "other settings", "block_rows": "another size of parts"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """How a run went.

    Attributes:
        rows: rows in all parts.
        failed: rows that could not be labelled.
        unnamed: rows of a target that the unit does not name.
        parts: how many parts there are.
        found: how many of these were there already.
        damaged: names of parts that were damaged or gone, and are made again.
    """

    rows: int
    failed: int
    unnamed: int
    parts: int
    found: int
    damaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is called while a run goes on: with rows done (and found done), and with sentences for the user."""

    progress: Callable[[float], None] = lambda rows: None
    say: Callable[[str], None] = lambda sentence: None


def label_to_folder(source: Source, place: str | Path, request: Request, *, told: Told = Told(), block_rows: int = BLOCK_ROWS) -> Labelled:
    """Return how labelling ``source`` into the folder ``place`` went; writes the parts that are not there yet."""
    first = next(iter_blocks(source, rows=block_rows))
    labeller = BlockLabeller.of(request, first)
    folder = PartFolder.open(place)
    manifest = _taken_up(folder, _recipe(source, request, labeller, block_rows))
    damaged = _damaged(folder, manifest["parts"])
    if manifest["parts"]:
        told.say(f"{folder.root}: {len(manifest['parts']) - len(damaged)} finished parts found; going on from there.")
    for name in damaged:
        told.say(f"{folder.path(name)} is damaged or gone; its rows are labelled again.")
    found = len(manifest["parts"]) - len(damaged)
    if not (manifest["finished"] and not damaged):
        manifest["finished"] = False
        seen = SeenUnits()
        for number, block in enumerate(iter_blocks(source, rows=block_rows)):
            _make_part(folder, manifest, number, _Work(labeller, block, seen, damaged, told))
        manifest["finished"] = True
        folder.write_manifest(manifest)
    return Labelled(**_sums(manifest["parts"]), parts=len(manifest["parts"]), found=found, damaged=damaged)


@dataclass(frozen=True, slots=True)
class _Work:
    """One block, and what it is labelled with."""

    labeller: BlockLabeller
    block: pd.DataFrame
    seen: SeenUnits
    damaged: tuple[str, ...]
    told: Told


def _make_part(folder: PartFolder, manifest: dict[str, Any], number: int, work: _Work) -> None:
    """Label one block and write its part and the manifest, unless the part is there and whole."""
    entry = manifest["parts"][number] if number < len(manifest["parts"]) else None
    if entry is not None and entry["units"] != len(work.block):
        raise InputError(
            f"{folder.path(entry['file'])} holds {entry['units']} rows of the input where {len(work.block)} are read now; other versions of"
            " stance or pyarrow read it in other blocks, so use those it was begun with, or another folder."
        )
    if entry is not None and entry["file"] not in work.damaged:
        work.seen.repeats(work.block)
        work.told.progress(len(work.block))
        return
    table = work.labeller.label(work.block, work.seen, on_progress=work.told.progress)
    made = {**folder.write_part(number, table), "units": len(work.block), **_counts(table)}
    if entry is None:
        manifest["parts"].append(made)
    else:
        manifest["parts"][number] = made
    folder.write_manifest(manifest)


def _recipe(source: Source, request: Request, labeller: BlockLabeller, block_rows: int) -> dict[str, Any]:
    """Return what must be the same for a run to be taken up again. The number of threads may differ: it changes no label."""
    settings = {name: value for name, value in asdict(request).items() if name not in ("threads", "model")}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
    plain["aliases"] = {target: list(names) for target, names in request.aliases.items()}
    return {
        "format": FORMAT,
        "input": source.identity(),
        "models": labeller.models,
        "settings": plain,
        "columns": labeller.schema.names,
        "block_rows": block_rows,
    }


def _taken_up(folder: PartFolder, recipe: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest of ``folder``, or a new one; refuses a folder that something else was written to."""
    manifest = folder.read_manifest()
    if manifest is None:
        strangers = [name for name in folder.names() if name.endswith(".parquet") and not name.startswith("part-")]
        if strangers:
            raise InputError(f"{folder.root}: the folder holds {strangers[0]}, which is no part of this run; choose another folder.")
        manifest = {**recipe, "finished": False, "parts": []}
        folder.write_manifest(manifest)
        return manifest
    for name, what in SAME.items():
        if manifest.get(name) != recipe[name]:
            raise InputError(
                f"{folder.root} was made with {what} ({_difference(manifest.get(name), recipe[name])}); choose another --out, or remove it."
            )
    return manifest


def _difference(there: object, now: object) -> str:
    """Return the first thing that differs, there and now."""
    if isinstance(there, dict) and isinstance(now, dict):
        name = next(name for name in now if there.get(name) != now[name])
        return f"{name} {there.get(name)!r}, now {now[name]!r}"
    texts = [", ".join(map(str, value)) if isinstance(value, list) else str(value) for value in (there, now)]
    return f"{texts[0][:48]}, now {texts[1][:48]}"


def _damaged(folder: PartFolder, entries: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(entry["file"] for entry in entries if not folder.is_whole(entry))


def _counts(table: pa.Table) -> dict[str, int]:
    failed = table.num_rows - table["failed"].null_count
    unnamed = sum(named is False for named in table["target_named"].to_pylist())
    return {"failed": failed, "unnamed": unnamed}


def _sums(entries: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(entry[name] for entry in entries) for name in ("rows", "failed", "unnamed")}
