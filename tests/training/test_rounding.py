"""Weights on the grid of the int8 file, chosen so that products change little."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stance.corpus.records import as_units
from stance.model.windows import WindowCutter, WindowPolicy
from stance.training.examples import write_examples
from stance.training.finetuning import score_examples
from stance.training.graph import grids, int8_weights
from stance.training.network import load_network
from stance.training.rounding import compensated, on_grid, outlier_inputs, round_weights


@given(st.integers(0, 10_000), st.sampled_from([64, 127]))
def test_the_grid_is_that_of_the_file_and_rounding_again_changes_nothing(seed, largest):
    weight = torch.randn(5, 7, generator=torch.Generator().manual_seed(seed))
    weight[2] = 0
    once = on_grid(weight, largest)
    kept, scales = int8_weights(weight.numpy().T, largest=largest)
    np.testing.assert_allclose(once.numpy().T, kept * scales, atol=1e-6)
    np.testing.assert_allclose(on_grid(once, largest).numpy(), once.numpy(), atol=1e-6)


@given(st.integers(0, 10_000), st.integers(2, 300))
def test_compensated_weights_stand_on_the_same_grid(seed, inputs):
    chance = torch.Generator().manual_seed(seed)
    weight, seen = torch.randn(4, inputs, generator=chance), torch.randn(50, inputs, generator=chance)
    steps = compensated(weight, seen.T @ seen, 64) / (weight.abs().amax(dim=1, keepdim=True) / 64)
    np.testing.assert_allclose(steps.numpy(), steps.round().numpy(), atol=1e-3)
    np.testing.assert_allclose(steps.abs().amax(dim=1), 64, atol=1e-3)  # the file reads the grid off the largest


def test_inputs_that_go_together_make_good_what_rounding_loses(rng):
    seen = torch.from_numpy(rng.normal(size=(4_000, 8)) @ rng.normal(size=(8, 200)) + 0.1 * rng.normal(size=(4_000, 200))).float()
    weight = torch.from_numpy(rng.normal(size=(30, 200))).float()
    changed = {
        name: float(((rounded - weight) @ seen.T).square().mean())
        for name, rounded in (("nearest", on_grid(weight, 16)), ("compensated", compensated(weight, seen.T @ seen, 16)))
    }
    assert changed["compensated"] < changed["nearest"] / 20


def test_inputs_that_have_nothing_in_common_are_rounded_to_the_nearest(rng):
    weight = torch.from_numpy(rng.normal(size=(6, 40))).float()
    assert torch.equal(compensated(weight, 100 * torch.eye(40), 64), on_grid(weight, 64))


def test_one_input_that_was_never_seen_is_rounded_as_well(rng):
    weight, seen = torch.from_numpy(rng.normal(size=(6, 40))).float(), torch.from_numpy(rng.normal(size=(90, 40))).float()
    seen[:, 3] = 0
    found = compensated(weight, seen.T @ seen, 64)
    assert torch.isfinite(found).all()
    np.testing.assert_array_equal(found[:, 3], on_grid(weight, 64)[:, 3])


def test_a_network_keeps_its_probabilities_better_than_with_the_nearest_weights(tone_model, tone_units, tmp_path):
    """On several coarse grids together: on a single one, chance may favour the nearest weights of so small a network."""
    network, policy = load_network(tone_model, ("negative", "neutral", "positive")), WindowPolicy(length=64)
    cutter = WindowCutter(network.tokenizer.backend_tokenizer, policy)
    examples = write_examples(as_units(tone_units), np.zeros(len(tone_units), dtype=np.int64), cutter, tmp_path / "units.arrow", aliases={})
    own = {name: value.clone() for name, value in network.model.state_dict().items()}
    wanted = score_examples(network, examples, policy)
    rounded = set(grids(network.model.config))
    nearest = compensating = 0.0
    for largest in range(3, 11):
        network.model.load_state_dict(own | {name: on_grid(own[name], largest) for name in rounded})
        nearest += np.abs(score_examples(network, examples, policy) - wanted).mean()
        network.model.load_state_dict(own)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("stance.training.rounding.grids", lambda config, largest=largest: dict.fromkeys(rounded, largest))
            round_weights(network, examples)
        state = network.model.state_dict()
        assert {name for name, value in state.items() if not torch.equal(value, own[name])} == rounded
        compensating += np.abs(score_examples(network, examples, policy) - wanted).mean()
    assert compensating < nearest / 1.2


def test_the_inputs_that_grow_largest_are_found(tone_model, tone_units, tmp_path):
    network, policy = load_network(tone_model, ("negative", "neutral", "positive")), WindowPolicy(length=64)
    cutter = WindowCutter(network.tokenizer.backend_tokenizer, policy)
    examples = write_examples(as_units(tone_units), np.zeros(len(tone_units), dtype=np.int64), cutter, tmp_path / "units.arrow", aliases={})
    layers = network.model.roberta.encoder.layer
    with torch.no_grad():
        layers[0].output.LayerNorm.bias[[7, 20]] = torch.tensor([-50.0, 30.0])
        layers[0].intermediate.dense.bias[11] = 80.0
    found = outlier_inputs(network, examples)
    assert set(found) == {name.removesuffix(".weight") for name in grids(network.model.config) if ".layer." in name}
    assert all(len(places) == 4 and (np.diff(places) > 0).all() for places in found.values())
    assert {7, 20} <= set(found["roberta.encoder.layer.1.attention.self.query"])
    assert 11 in found["roberta.encoder.layer.0.output.dense"]


def test_another_family_keeps_its_weights():
    model = torch.nn.Linear(3, 3)
    model.config = SimpleNamespace(model_type="deberta-v2", hidden_act="gelu", is_decoder=False)
    before = model.weight.clone()
    round_weights(SimpleNamespace(model=model), examples=None)
    assert torch.equal(model.weight, before)
