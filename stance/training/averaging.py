"""One model of several runs: the mean of their weights, which costs nothing when labelling.

Wortsman et al. 2022, "Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing inference time"
(arXiv 2203.05482, section 2, uniform soup). It works for runs from one encoder with one recipe, that differ by seed; whether it helped is
told by the dev score of the folder it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch

from stance.coding.codebook import check_codings
from stance.corpus.records import as_units
from stance.errors import ModelError
from stance.model.folder import ModelSettings, check_free, read_settings
from stance.model.pooling import Aliases
from stance.model.windows import WindowCutter
from stance.training.building import UNFINISHED, write_model
from stance.training.examples import write_examples
from stance.training.finetune_state import Epoch
from stance.training.finetuning import FineTuned, score_examples
from stance.training.network import Network, load_network
from stance.training.rounding import round_weights

__all__ = ["average_models"]


def average_models(folders: Sequence[Path], dev: pd.DataFrame, *, out: Path, aliases: Aliases | None = None) -> ModelSettings:
    """Return the settings of the model folder ``out``, whose weights are the mean of those in ``folders``; calibrated on ``dev``.

    ``dev`` holds units with a column ``label`` that none of the models was trained on; its texts also show how to round the mean. ``aliases``
    are other names of the targets.
    """
    check_free(out)
    first = read_settings(folders[0])
    network = _mean_network(folders, first)
    units = as_units(dev)
    gold = check_codings(units, first.coded, where="the dev units")
    cutter = WindowCutter(network.tokenizer.backend_tokenizer, first.windows)
    (out / UNFINISHED).mkdir(parents=True, exist_ok=True)
    examples = write_examples(units, gold, cutter, out / UNFINISHED / "dev.arrow", aliases=aliases or {})
    round_weights(network, examples)
    probabilities = score_examples(network, examples, first.windows)
    tuned = FineTuned(network, first.windows, (Epoch(0, float("nan"), float("nan")),), examples, probabilities)
    seeds = ", ".join(read_settings(folder).signature.get("seed", "unknown") for folder in folders)
    signature = {**first.signature, "seed": f"mean of the weights of {seeds}"}
    write_model(tuned, replace(first, name=out.resolve().name, signature=signature, scores={"dev_macro_f1": tuned.dev_macro_f1}), out)
    return read_settings(out)


def _mean_network(folders: Sequence[Path], first: ModelSettings) -> Network:
    networks = [load_network(folder, first.labels) for folder in folders]
    states = [network.model.state_dict() for network in networks]
    if any(state.keys() != states[0].keys() for state in states):
        raise ModelError(f"{folders[0]} and the others are not of one encoder, so their weights have no mean; pass runs of one recipe.")
    mean = {name: torch.stack([state[name].float() for state in states]).mean(dim=0).to(value.dtype) for name, value in states[0].items()}
    networks[0].model.load_state_dict(mean)
    return networks[0]
