"""The network that is trained: a checkpoint with a classification head, on the processor or GPU that is there."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForSequenceClassification
from transformers.utils import logging as transformers_logging

from stance.errors import ModelError
from stance.model.checkpoint import device, fastest_attention
from stance.training.tokenizing import read_fast_tokenizer

__all__ = ["Network", "load_network", "parameter_groups"]

# Families whose position ids start after the padding id, so that the last positions are not usable.
OFFSET_POSITIONS = frozenset({"camembert", "roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl"})


@dataclass(frozen=True, slots=True)
class Network:
    """A classifier in torch, the tokenizer it came with, and what both need of their inputs."""

    model: Any
    tokenizer: Any
    pad_id: int
    longest: int
    type_ids: bool

    def logits(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the logits of padded windows, shape (windows, labels), as float32: mixed precision to learn, full precision to score."""
        where = self.model.device
        with _mixed_precision(where, enabled=self.model.training):
            logits: torch.Tensor = self.model(**{name: values.to(where) for name, values in inputs.items()}).logits
        return logits.float()

    def logits_and_states(self, inputs: dict[str, torch.Tensor]) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        """Return the logits of ``logits``, and the hidden states after the embeddings and each layer, each of shape (windows, tokens, width)."""
        where = self.model.device
        with _mixed_precision(where, enabled=True):
            found = self.model(**{name: values.to(where) for name, values in inputs.items()}, output_hidden_states=True)
        return found.logits.float(), found.hidden_states


def load_network(folder: Path, labels: tuple[str, ...], *, trained: bool = False) -> Network:
    """Return the classifier in ``folder``; a head for the very same labels is kept, any other is started anew, or with ``trained`` an error."""
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        other_head = _has_other_head(config, labels)
        classifies = _classifies(config) and not other_head
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: index for index, label in enumerate(labels)}
        model = AutoModelForSequenceClassification.from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            dtype=torch.float32,
            attn_implementation=fastest_attention(),
        )
        tokenizer = read_fast_tokenizer(folder)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError(f"{folder} cannot be opened as an encoder with its tokenizer ({str(error).splitlines()[0]}).") from error
    if trained and not classifies:
        raise ModelError(f"{folder} is no model trained for the labels {', '.join(labels)}.")
    if other_head:
        fresh = AutoModelForSequenceClassification.from_config(config).state_dict()
        encoder = f"{model.base_model_prefix}."
        model.load_state_dict({name: value for name, value in fresh.items() if not name.startswith(encoder)}, strict=False)
    if not tokenizer.is_fast:
        raise ModelError(f"{folder} has no fast tokenizer (tokenizer.json), which labelling without torch needs.")
    offset = config.pad_token_id + 1 if config.model_type in OFFSET_POSITIONS else 0
    return Network(
        model=model.to(device()),
        tokenizer=tokenizer,
        pad_id=tokenizer.pad_token_id,
        longest=config.max_position_embeddings - offset,
        type_ids=getattr(config, "type_vocab_size", 0) > 1,
    )


def parameter_groups(model: Any, *, learning_rate: float, weight_decay: float, layer_decay: float) -> list[dict[str, Any]]:
    """Return the optimiser's groups: no decay for biases and norms; ``layer_decay`` from each layer to the one below."""
    layers = model.config.num_hidden_layers
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        decay = weight_decay if parameter.ndim > 1 else 0.0
        rate = learning_rate * layer_decay ** (layers + 1 - _depth(name, layers))
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": group, "lr": rate, "weight_decay": decay} for (rate, decay), group in groups.items()]


def _depth(name: str, layers: int) -> int:
    """Return how high a parameter sits: 0 for embeddings, 1 to ``layers``, then the head.

    >>> _depth("roberta.encoder.layer.2.output.dense.weight", 4), _depth("classifier.dense.weight", 4)
    (3, 5)
    """
    parts = name.split(".")
    if "embeddings" in parts:
        return 0
    return int(parts[parts.index("layer") + 1]) + 1 if "layer" in parts else layers + 1


def _classifies(config: Any) -> bool:
    return any("SequenceClassification" in name for name in config.architectures or [])


def _has_other_head(config: Any, labels: tuple[str, ...]) -> bool:
    return _classifies(config) and tuple(config.id2label.values()) != labels


def _mixed_precision(where: torch.device, *, enabled: bool) -> AbstractContextManager[None]:
    """Return bf16 autocast where the hardware multiplies it faster, else one that does nothing."""
    if where.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16, enabled=enabled and torch.cuda.is_bf16_supported())
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled and bool(capabilities.get("avx512_bf16")))
