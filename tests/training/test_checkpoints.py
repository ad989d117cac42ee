"""A checkpoint comes back as it was written, and a damaged one is told."""

from __future__ import annotations

import pytest
import torch

from stance.errors import TrainingError
from stance.training.checkpoints import Checkpoint, flatten_optimizer, read_checkpoint, unflatten_optimizer, write_checkpoint


def checkpoint(step: int) -> Checkpoint:
    return Checkpoint({"step": step, "losses": [0.1 + step, 1 / 3]}, {"model/a": torch.full((2, 3), step / 7), "best/a": torch.ones(1)})


def test_the_last_checkpoint_comes_back_and_the_ones_before_are_gone(tmp_path):
    assert read_checkpoint(tmp_path) is None
    for step in (3, 12):
        write_checkpoint(tmp_path, checkpoint(step))
    found = read_checkpoint(tmp_path)
    assert found is not None
    assert (found.progress["step"], found.progress["losses"]) == (12, [12.1, 1 / 3])
    assert torch.equal(found.part("model")["a"], checkpoint(12).tensors["model/a"])
    assert list(found.part("best")) == ["a"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-12.safetensors", "checkpoint.json"]


def test_killed_while_writing_the_one_before_is_found(tmp_path):
    write_checkpoint(tmp_path, checkpoint(3))
    (tmp_path / "checkpoint-12.part").write_bytes(b"half")
    (tmp_path / "checkpoint-12.safetensors").write_bytes(b"whole, but checkpoint.json was not reached")
    found = read_checkpoint(tmp_path)
    assert found is not None
    assert found.progress["step"] == 3


@pytest.mark.parametrize(
    ("name", "content"), [("checkpoint.json", "{"), ("checkpoint-3.safetensors", "geen tensors"), ("checkpoint.json", "{}")]
)
def test_a_damaged_checkpoint_is_told(tmp_path, name, content):
    write_checkpoint(tmp_path, checkpoint(3))
    (tmp_path / name).write_text(content)
    with pytest.raises(TrainingError, match=r"The unfinished run in .* is damaged .* remove that folder to start again"):
        read_checkpoint(tmp_path)


def test_the_moments_of_an_optimiser_come_back():
    weight = torch.nn.Parameter(torch.arange(3.0))
    optimizer = torch.optim.AdamW([weight], lr=0.1, fused=True)
    weight.sum().backward()
    optimizer.step()
    found = unflatten_optimizer(flatten_optimizer(optimizer.state_dict()))
    expected = optimizer.state_dict()["state"]
    assert found.keys() == expected.keys() == {0}
    assert found[0].keys() == expected[0].keys() >= {"exp_avg", "exp_avg_sq", "step"}
    assert all(torch.equal(found[0][name], torch.as_tensor(value)) for name, value in expected[0].items())
