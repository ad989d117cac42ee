"""The checkpoint of a model folder opened in torch (extra ``train``), and what torch runs on and learns fastest with on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification
from transformers.utils import logging as transformers_logging

from stance.errors import ModelError

__all__ = ["device", "fastest_attention", "open_checkpoint"]


def open_checkpoint(folder: Path, *, attention: str | None = None) -> Any:
    """Return the classifier in ``folder`` in 32-bit floats; ``attention`` is transformers' name of an implementation (default: its own choice)."""
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        # transformers takes torch's scaled_dot_product_attention by itself where the family has it.
        return AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, attn_implementation=attention
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        reason = str(error).partition("\n")[0]
        raise ModelError(f"{folder} holds a checkpoint that cannot be opened ({reason}); copy or train the model folder again.") from error


def device() -> torch.device:
    """Return the GPU where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fastest_attention() -> str:
    """Return the attention of transformers that learns fastest: torch's fused one, but plain products on a processor.

    There the fused one is slow on the way back, and with dropout torch does without it anyway.
    """
    return "sdpa" if device().type == "cuda" else "eager"
