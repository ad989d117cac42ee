"""The same labels over Ray: one model a worker, blocks through Ray Data, parts as from one process.

The input is cut into the blocks of `stance.labelling.running` and laid beside the parts as Parquet; Ray Data hands them to a pool of workers,
starts a worker again that dies, and hands its block to another. A part is written by the worker that made it, whole or not at all, so the
folder ends with the very bytes of an unbroken run on one machine, and an interrupted one is taken up again. On several machines the folder
must be one that all of them reach: a shared disk or an address such as ``s3://``.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stance.corpus.blocks import Source
from stance.corpus.parts import PartFolder
from stance.errors import InputError
from stance.labelling.blocks import BlockLabeller
from stance.labelling.jobs import Request
from stance.labelling.resuming import Labelled, Run, begin, make_part
from stance.labelling.running import BLOCK_ROWS, SILENT, Told, marked_blocks
from stance.labelling.surveying import Survey

__all__ = ["label_on_ray"]

STAGED = "_blocks"


def label_on_ray(source: Source, place: str | Path, request: Request, *, told: Told = SILENT, block_rows: int = BLOCK_ROWS) -> Labelled:
    """Return how labelling ``source`` into ``place`` over the Ray cluster went: that of ``RAY_ADDRESS``, else one on this machine.

    Workers label on processors, so that all of them give the same numbers.
    """
    if request.device == "cuda":
        raise InputError("--engine ray labels on processors; leave out --device cuda, or label on one machine with a GPU.")
    request = replace(request, device="cpu")
    run = begin(source, place, request, told=told, block_rows=block_rows)
    if not run.manifest["finished"]:
        staged = PartFolder.open(f"{str(place).rstrip('/')}/{STAGED}")
        wanted = _stage(run, source, staged, block_rows)
        with _cluster() as ray:
            finished = _entries(ray, run, staged, request, wanted)
            for number, entry in _in_order(finished, done=len(run.manifest["parts"])):
                run.enter(number, entry)
                told.progress(entry["units"])
        staged.remove()
    return run.finish()


def _stage(run: Run, source: Source, staged: PartFolder, block_rows: int) -> list[int]:
    """Write the blocks whose parts are yet to be made; return their numbers."""
    wanted = []
    for number, block in enumerate(marked_blocks(source, told=run.told, block_rows=block_rows)):
        if run.lacks(number, block):
            buffer = io.BytesIO()
            block.to_parquet(buffer, index=False)
            staged.write(_block_name(number), buffer.getvalue())
            wanted.append(number)
    return wanted


def _entries(ray: Any, run: Run, staged: PartFolder, request: Request, wanted: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the manifest entry of each block as workers finish them, in any order."""
    cores = max(request.threads, 1)
    workers = max(1, min(int(ray.cluster_resources().get("CPU", 1)) // cores, len(wanted)))
    blocks = ray.data.from_items([{"number": number} for number in wanted], override_num_blocks=len(wanted))
    made = blocks.map_batches(
        _Worker,
        fn_constructor_kwargs={"request": request, "survey": run.labeller.survey, "staged": staged, "folder": run.folder},
        batch_size=1,
        num_cpus=cores,
        compute=ray.data.ActorPoolStrategy(size=workers),
    )
    for row in made.iter_rows():
        entry = {name: value.item() if isinstance(value, np.generic) else value for name, value in row.items()}
        yield entry.pop("number"), entry


def _in_order(finished: Iterator[tuple[int, dict[str, Any]]], *, done: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield entries so that the manifest never has a gap: one that comes too early waits.

    >>> list(_in_order(iter([(1, {}), (4, {}), (3, {})]), done=3))
    [(1, {}), (3, {}), (4, {})]
    """
    waiting: dict[int, dict[str, Any]] = {}
    for number, entry in finished:
        if number < done:
            yield number, entry
            continue
        waiting[number] = entry
        while done in waiting:
            yield done, waiting.pop(done)
            done += 1


class _Worker:
    """Holds the models of one worker; called with the number of a block, it writes its part and gives the entry for the manifest."""

    def __init__(self, *, request: Request, survey: Survey, staged: PartFolder, folder: PartFolder) -> None:
        self._request = request
        self._survey = survey
        self._staged = staged
        self._folder = folder
        self._labeller: BlockLabeller | None = None

    def __call__(self, batch: dict[str, np.ndarray[Any, Any]]) -> dict[str, list[Any]]:
        (number,) = batch["number"].tolist()
        content = self._staged.read(_block_name(number))
        if content is None:
            raise InputError(f"{self._staged.path(_block_name(number))} is not there; all workers must reach this folder.")
        block = pd.read_parquet(io.BytesIO(content))
        self._labeller = self._labeller or BlockLabeller.of(self._request, self._survey)
        entry = make_part(self._folder, self._labeller, number, block)
        return {"number": [number], **{name: [value] for name, value in entry.items()}}


@contextmanager
def _cluster() -> Iterator[Any]:
    """Yield ray, joined to a cluster that is there or with one of its own on this machine, which stops afterwards."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    if "ray" not in sys.modules and not os.environ.get("RAY_ADDRESS"):
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # Ray listens on every network interface; so, from 2.52 on, to its own user only
    try:
        import ray  # an optional package
        import ray.data
    except ImportError as error:
        raise InputError(f"--engine ray needs the package '{error.name}': pip install 'stance-nl[ray]'.") from error
    started = not ray.is_initialized()
    if started:
        quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
        own: dict[str, Any] = {} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
        ray.init(**quiet, **own)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        yield ray
    finally:
        if started:
            ray.shutdown()


def _block_name(number: int) -> str:
    return f"block-{number:05d}.parquet"
