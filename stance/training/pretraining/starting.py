"""The encoder that a run goes on from, and the teacher it learns from."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig, AutoModel, RobertaForMaskedLM

from stance.errors import ModelError, TrainingError
from stance.model.checkpoint import fastest_attention
from stance.training.encoders import find_encoder
from stance.training.pretraining.config import PretrainConfig
from stance.training.pretraining.tokens import PAD

__all__ = ["continued_encoder", "teaching_encoder"]


def continued_encoder(config: PretrainConfig) -> Any:
    """Return the RobertaForMaskedLM to go on from; another architecture, or one too short for the windows, is an error."""
    folder = find_encoder(config.start).path
    shape = AutoConfig.from_pretrained(folder)
    if shape.model_type != "roberta":
        raise ModelError(
            f"start '{config.start}': is of type '{shape.model_type}', and only 'roberta' can be gone on from; choose a RobBERT or mini."
        )
    longest, limit = max(phase.window for phase in config.phases), shape.max_position_embeddings - PAD - 1
    if longest > limit:
        raise TrainingError(f"phases: window {longest} is longer than the {limit} tokens that '{config.start}' sees; shorten it.")
    shape.hidden_dropout_prob = shape.attention_probs_dropout_prob = config.dropout
    return RobertaForMaskedLM.from_pretrained(folder, config=shape, attn_implementation=fastest_attention()).float()


def teaching_encoder(config: PretrainConfig, shape: Any) -> Any:
    """Return the body of the teacher, its weights fixed; one of another width or vocabulary than ``shape`` is an error."""
    teacher = AutoModel.from_pretrained(find_encoder(config.teacher).path, add_pooling_layer=False).float()
    for name in ("hidden_size", "vocab_size", "model_type"):
        theirs, ours = getattr(teacher.config, name), getattr(shape, name)
        if theirs != ours:
            raise ModelError(f"teacher '{config.teacher}': its {name} is {theirs} and that of the encoder {ours}; they must be the same.")
    return teacher.requires_grad_(False).eval()
