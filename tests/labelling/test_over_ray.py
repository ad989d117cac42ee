"""Over a Ray cluster of two workers, one of them killed, the rows are those of one process."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stance.corpus.blocks import find_sources
from stance.corpus.parts import MANIFEST, part_name
from stance.corpus.records import Columns
from stance.labelling.jobs import Request
from stance.labelling.over_ray import label_on_ray
from stance.labelling.resuming import label_to_folder

ray = pytest.importorskip("ray")
psutil = pytest.importorskip("psutil")


@pytest.fixture
def cluster():
    """Two cores of Ray on this machine; Ray's own warnings are not ours."""
    import logging
    import os

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", logging_level=logging.ERROR, log_to_driver=False)
    yield
    ray.shutdown()


def kill_a_worker(folder: Path, killed: list[int]) -> None:
    """Kill the first worker with a model as soon as a part is there."""
    deadline = time.monotonic() + 600  # a busy machine starts workers slowly
    while time.monotonic() < deadline and not (folder / part_name(0)).exists() and not (folder / part_name(1)).exists():
        time.sleep(0.01)
    for process in psutil.Process().children(recursive=True):
        if "_Worker" in " ".join(process.cmdline()):
            killed.append(process.pid)
            process.kill()
            return


@pytest.mark.filterwarnings("ignore")
def test_with_a_worker_killed_the_parts_are_those_of_one_process(cluster, tone_model, tmp_path):
    rng = np.random.default_rng(7)
    words = ["kabinet", "boos", "na", "ramp", "krijgt", "lof", "raad", "vergadert", "winst."]
    texts = [" ".join(rng.choice(words, size=rng.integers(1, 200))) for _ in range(600)]
    texts[17] = ""
    path = tmp_path / "groot.parquet"
    pd.DataFrame({"id": [f"a{row % 590}" for row in range(600)], "text": texts}).to_parquet(path)
    source, request = find_sources([path], Columns()), Request(model=str(tone_model), threads=1)
    alone, together = tmp_path / "alleen", tmp_path / "samen"
    label_to_folder(source, alone, request, block_rows=50)
    killed: list[int] = []
    killer = threading.Thread(target=kill_a_worker, args=(together, killed), daemon=True)
    killer.start()
    found = label_on_ray(source, together, request, block_rows=50)
    killer.join()
    assert len(killed) == 1
    assert (found.rows, found.failed, found.parts) == (600, 11, 12)
    assert {file.name: file.read_bytes() for file in together.iterdir()} == {file.name: file.read_bytes() for file in alone.iterdir()}
    assert MANIFEST in {file.name for file in together.iterdir()}
