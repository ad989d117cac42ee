"""Progress in a notebook: shown to IPython's own display, once work takes long, and cleared at the end."""

from __future__ import annotations

import pytest

from stance import progress

interactiveshell = pytest.importorskip("IPython.core.interactiveshell", reason="needs the extra 'notebooks'")
displaypub = pytest.importorskip("IPython.core.displaypub", reason="needs the extra 'notebooks'")


class ZMQInteractiveShell(interactiveshell.InteractiveShell):
    """A shell of the kind that a notebook has, with its outputs kept."""

    def atexit_operations(self):
        """Write no history."""


@pytest.fixture
def outputs(monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setattr(progress, "PAUSE", 0)
    shell = ZMQInteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.display_pub = displaypub.CapturingDisplayPublisher()
    yield shell.display_pub.outputs
    ZMQInteractiveShell.clear_instance()


def label_three() -> None:
    with progress.notebook_counter("labelling", 3) as advance:
        for _ in range(3):
            advance(1)


def test_a_notebook_shows_one_line_that_moves_and_goes(outputs, monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0)
    label_three()
    lines = [output["data"]["text/plain"] for output in outputs]
    assert [line.split(",")[0] for line in lines] == ["labelling: 1 of 3", "labelling: 2 of 3", "labelling: 3 of 3", ""]
    assert len({output["transient"]["display_id"] for output in outputs}) == 1
    assert [output.get("update", False) for output in outputs] == [False, True, True, True]


@pytest.mark.parametrize("quiet", ["quick work", "switched off"])
def test_quick_work_and_a_wish_for_silence_show_nothing(outputs, monkeypatch, quiet):
    if quiet == "switched off":
        monkeypatch.setattr(progress, "DELAY", 0)
        monkeypatch.setenv("STANCE_PROGRESS", "off")
    label_three()
    assert outputs == []


def test_outside_a_notebook_nothing_is_written(capfd, monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0)
    label_three()
    assert capfd.readouterr() == ("", "")
