"""Nothing leaves this machine, and nothing is written but what was asked for: all commands in a process that is watched.

Python's audit hook sees what Python does. What compiled code does shows in an empty home, in the folders afterwards and in open sockets.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from stance.model.folder import SHIPPED

WATCHED = """
import json, os, sys

allowed = tuple(json.loads(sys.argv[1]))
commands = json.loads(sys.argv[2])
seen = []
NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg", "urllib.Request"}
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"}


def outside(path):
    return isinstance(path, (str, bytes)) and not os.path.abspath(os.fsdecode(path)).startswith(allowed)


def watch(event, arguments):
    if event in NETWORK:
        seen.append([event, repr(arguments)[:200]])
    elif event == "open":
        path, mode, flags = arguments
        if flags and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND) and outside(path):
            seen.append([event, os.fsdecode(path)])
    elif event in CHANGES and any(map(outside, arguments)):
        seen.append([event, repr(arguments)[:200]])


sys.addaudithook(watch)
from stance.cli import main

ended = {}
for command in commands:
    sys.argv = ["stance", *command]
    try:
        main()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    ended[" ".join(command[:2])] = status
handles = [os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
sockets = [os.readlink(handle) for handle in handles if os.path.islink(handle) and os.readlink(handle).startswith("socket:")]
print("\\n" + json.dumps({"ended": ended, "seen": seen, "sockets": sockets}))
"""


@pytest.fixture
def place(tmp_path: Path, tone_units: pd.DataFrame) -> Path:
    """A folder with invented inputs, an empty home and an empty folder for temporary files."""
    for name in ("home", "temporary", "work"):
        (tmp_path / name).mkdir()
    work = tmp_path / "work"
    units = tone_units.assign(outlet=["De Merenbode", "Het Kanaal"] * 36, date="2024-05-17")
    units.to_csv(work / "koppen.csv", index=False)
    units.drop(columns="label").to_csv(work / "corpus.csv", index=False)
    codings = pd.concat([units.assign(coder="An"), units.assign(coder="Bo")])
    codings[["id", "coder", "label"]].to_csv(work / "codings.csv", index=False)
    units.assign(sample_prob=1.0)[["id", "label", "sample_prob"]].to_csv(work / "gold.csv", index=False)
    (work / "kop.txt").write_text("Honderden banen weg bij de haven. 'Een ramp', zegt de bond.", encoding="utf-8")
    (work / "targets.toml").write_text('"de haven" = []\n', encoding="utf-8")
    return tmp_path


def watched(place: Path, commands: list[list[str]]) -> dict:
    """Return what was seen of these commands; refuses one that did not end well, for then nothing was shown."""
    work, temporary, home = place / "work", place / "temporary", place / "home"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "HF_", "ORT_", "RAY_", "TORCH", "MPL"))
    }
    environment |= {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    allowed = json.dumps([str(work), str(temporary), "/dev/"])
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, allowed, json.dumps(commands)], cwd=work, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert [name for name, status in found["ended"].items() if status] == [], done.stderr[-3_000:]
    return found


def left_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def check_untouched(place: Path, found: dict) -> None:
    """Check that no network, no socket and no file but those in the working folder was touched; matplotlib alone keeps its list of fonts."""
    fonts = ("/home/.cache/matplotlib", "/home/.config/matplotlib", "/home/.cache', ", "/home/.config', ")
    strange = [" ".join(event) for event in found["seen"] if not any(mark in event[1] for mark in fonts)]
    assert "\n".join(strange) == ""
    assert found["sockets"] == []
    assert [name for name in left_in(place / "home") if not name.startswith((".cache/matplotlib/", ".config/matplotlib/"))] == []
    assert left_in(place / "temporary") == []


def test_the_commands_touch_no_network_and_nothing_outside_their_outputs(place):
    sentence = str(SHIPPED / "tone" / "sentence")
    commands = [
        ["codebook", "tone"],
        ["models", "--json", "models.json"],
        ["read", "koppen.csv", "--out", "gelezen.parquet"],
        ["label", "kop.txt", "--model", sentence, "--out", "kop.csv"],
        ["label", "kop.txt", "--find-targets", "--out", "gevonden.toml"],
        ["train", "koppen.csv", "--variable", "tone", "--baseline", "tfidf", "--out", "woorden"],
        ["train", "koppen.csv", "--variable", "tone", "--baseline", "majority", "--out", "meerderheid"],
        ["blend", "woorden", "meerderheid", "--dev", "koppen.csv", "--out", "samen"],
        ["label", "corpus.csv", "--model", "woorden", "--out", "delen/"],
        ["label", "corpus.csv", "--model", "woorden", "--out", "labels.csv"],
        ["agree", "codings.csv", "--variable", "tone", "--json", "agree.json"],
        ["split", "koppen.csv", "--out", "parts"],
        ["evaluate", "koppen.csv", "--variable", "tone", "--model", "woorden", "--json", "evaluate.json"],
        ["audit", "woorden", "koppen.csv", "--json", "audit.json"],
        ["sample", "labels.csv", "--variable", "tone", "--n", "10", "--texts", "corpus.csv", "--out", "blad.xlsx"],
        ["collect", "blad.xlsx", "--key", "blad.key.csv", "--variable", "tone", "--out", "terug.csv"],
        ["plan", "--units", "100", "--json", "plan.json"],
        ["estimate", "labels.csv", "--gold", "gold.csv", "--by", "outlet", "--out", "estimate.csv"],
        ["explain", "kop.txt", "--model", "woorden", "--html", "uitleg.html"],
        ["report", "labels.csv", "--variable", "tone", "--gold", "gold.csv", "--out", "verslag"],
    ]
    found = watched(place, commands)
    check_untouched(place, found)


def test_training_and_gradients_touch_no_network_and_nothing_outside_their_outputs(place, tiny_encoder):
    pytest.importorskip("torch", reason="needs the extra 'train'")
    commands = [
        ["train", "koppen.csv", "--variable", "tone", "--encoder", str(tiny_encoder), "--epochs", "1", "--out", "model"],
        ["explain", "kop.txt", "--model", "model", "--method", "gradients", "--html", "uitleg.html"],
    ]
    found = watched(place, commands)
    check_untouched(place, found)


def test_what_would_report_use_is_told_not_to_before_it_is_imported():
    script = "import os, stance; print(*(os.environ[n] for n in ('ORT_DISABLE_TELEMETRY', 'HF_HUB_DISABLE_TELEMETRY', 'RAY_USAGE_STATS_ENABLED')))"
    told = {**os.environ, "ORT_DISABLE_TELEMETRY": "0"}
    assert subprocess.run([sys.executable, "-c", script], env=told, capture_output=True, text=True).stdout == "1 1 0\n"


def test_ray_would_report_no_use():
    usage = pytest.importorskip("ray._common.usage.usage_lib", reason="needs the extra 'ray'")
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert not usage.usage_stats_enabled()
