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

from stance.corpus.blocks import Source
from stance.corpus.parts import PartFolder
from stance.errors import InputError
from stance.labelling.blocks import BlockLabeller
from stance.labelling.jobs import Request
from stance.labelling.running import BLOCK_ROWS, SILENT, Told, count_rows, marked_blocks, open_labeller

__all__ = ["Labelled", "Run", "begin", "label_to_folder", "make_part"]

FORMAT = 1
SAME = {
    "input": "another input",
    "models": "another model",
    "settings": "other settings",
    "columns": "other columns",
    "block_rows": "another size of parts",
}
BEFORE = {"device": "cpu", "on_error": "mark", "aliases_as_targets": False}  # what a folder did that was begun before there was a choice


@dataclass(frozen=True, slots=True)
class Labelled:
    """How a run went.

    Attributes:
        rows: rows in all parts.
        failed: rows that could not be labelled.
        unnamed: rows of a target that the unit does not name.
        parts: how many parts there are.
        damaged: names of parts that were damaged or gone, and are made again.
    """

    rows: int
    failed: int
    unnamed: int
    parts: int
    damaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A run into a folder, begun or taken up again.

    Attributes:
        folder: where the parts go.
        labeller: what labels the blocks.
        manifest: what made the parts, and the parts so far; it changes as the run goes on.
        damaged: names of parts that were damaged or gone when the run was taken up.
        told: what is called while the run goes on.
    """

    folder: PartFolder
    labeller: BlockLabeller
    manifest: dict[str, Any]
    damaged: tuple[str, ...]
    told: Told

    def lacks(self, number: int, block: pd.DataFrame) -> bool:
        """Return whether the part of this block is yet to be made; refuses a part that was made of another block."""
        if number >= len(self.manifest["parts"]):
            return True
        entry = self.manifest["parts"][number]
        if entry["units"] != len(block):
            raise InputError(
                f"{self.folder.path(entry['file'])} holds {entry['units']} rows of the input where {len(block)} are read now; another"
                " version of stance or pyarrow reads it in other blocks, so use the one it was begun with, or another folder."
            )
        return entry["file"] in self.damaged

    def enter(self, number: int, entry: dict[str, Any]) -> None:
        """Write a finished part into the manifest; parts come in order, but those that are made again."""
        parts = self.manifest["parts"]
        parts[number : number + 1] = [entry]
        self.folder.write_manifest(self.manifest)

    def finish(self) -> Labelled:
        """Close the manifest and return how the run went."""
        parts = self.manifest["parts"]
        if not self.manifest["finished"]:
            self.manifest["finished"] = True
            self.folder.write_manifest(self.manifest)
        sums = {name: sum(entry[name] for entry in parts) for name in ("rows", "failed", "unnamed")}
        return Labelled(**sums, parts=len(parts), damaged=self.damaged)


def begin(source: Source, place: str | Path, request: Request, *, told: Told = SILENT, block_rows: int = BLOCK_ROWS) -> Run:
    """Return the run into the folder ``place``, taken up where it was if it was begun before; refuses what is another run's."""
    labeller = open_labeller(source, request)
    folder = PartFolder.open(place)
    manifest = _taken_up(folder, _recipe(source, labeller, block_rows))
    damaged = tuple(entry["file"] for entry in manifest["parts"] if not folder.is_whole(entry))
    if manifest["parts"]:
        told.say(f"{folder.root}: {len(manifest['parts']) - len(damaged)} finished parts found; going on from there.")
    for name in damaged:
        told.say(f"{folder.path(name)} is damaged or gone; its rows are labelled again.")
    if damaged:
        manifest["finished"] = False
    return Run(folder, labeller, manifest, damaged, told)


def label_to_folder(source: Source, place: str | Path, request: Request, *, told: Told = SILENT, block_rows: int = BLOCK_ROWS) -> Labelled:
    """Return how labelling ``source`` into the folder ``place`` went; writes the parts that are not there yet."""
    run = begin(source, place, request, told=told, block_rows=block_rows)
    if not run.manifest["finished"]:
        for number, block in enumerate(marked_blocks(source, told=told, block_rows=block_rows)):
            if run.lacks(number, block):
                run.enter(number, make_part(run.folder, run.labeller, number, block, on_progress=told.progress))
            else:
                told.progress(len(block))
    return run.finish()


def make_part(
    folder: PartFolder,
    labeller: BlockLabeller,
    number: int,
    block: pd.DataFrame,
    *,
    on_progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Label one block, write its part and return the entry for the manifest."""
    rows = labeller.label(block, on_progress=on_progress)
    return {**folder.write_part(number, labeller.contract.table(rows)), "units": len(block), **count_rows(rows)}


def _recipe(source: Source, labeller: BlockLabeller, block_rows: int) -> dict[str, Any]:
    """Return what must be the same for a run to be taken up again. The number of threads may differ: it changes no label.

    The device is that which labels, not the one that was asked for: a GPU rounds otherwise.
    """
    settings = {name: value for name, value in asdict(labeller.request).items() if name not in ("threads", "model")}
    settings["device"] = ", ".join(dict.fromkeys(one.device for one in labeller.labellers))
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
    plain["aliases"] = {target: list(names) for target, names in labeller.request.aliases.items()}
    return {
        "format": FORMAT,
        "input": source.identity(),
        "models": labeller.models,
        "settings": plain,
        "columns": labeller.contract.columns,
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
    for name, before in BEFORE.items():
        manifest["settings"].setdefault(name, before)
    for name, what in SAME.items():
        if manifest.get(name) != recipe[name]:
            raise InputError(
                f"{folder.root} was made with {what} ({_difference(manifest.get(name), recipe[name])}); choose another --out, or remove it."
            )
    return manifest


def _difference(there: object, now: object) -> str:
    """Return the first thing that differs, there and now."""
    if isinstance(there, dict) and isinstance(now, dict):
        name = next(name for name in {**there, **now} if there.get(name) != now.get(name))
        return f"{name} {there.get(name)!r}, now {now.get(name)!r}"
    texts = [", ".join(map(str, value)) if isinstance(value, list) else str(value) for value in (there, now)]
    return f"{texts[0][:48]}, now {texts[1][:48]}"
