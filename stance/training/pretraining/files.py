"""What a pre-training run writes: its log, its checkpoint, and the encoder with the record of what made it."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tokenizers
import torch
import transformers

from stance.errors import TrainingError
from stance.training.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from stance.training.encoders import find_encoder
from stance.training.pretraining.config import PretrainConfig
from stance.training.pretraining.state import Place, Run

__all__ = ["is_logged", "restore", "save_checkpoint", "save_encoder", "write_log"]


def write_log(run: Run, held_out: float) -> None:
    """Add a line to the log: how far the run is, and its losses."""
    line = {
        "step": run.place.step,
        "tokens": run.place.tokens,
        "seconds": round(run.place.seconds, 1),
        "window": run.place.window,
        "train_loss": round(run.recent_loss(run.config.evaluate_every), 4),
        "held_out_loss": round(held_out, 4),
    }
    with (run.config.out / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def is_logged(run: Run) -> bool:
    """Tell whether the last line of the log is about this step."""
    log = run.config.out / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    return bool(lines) and json.loads(lines[-1])["step"] == run.place.step


def _settings(config: PretrainConfig) -> dict[str, Any]:
    """Return what must stay as it is when a run goes on; the rest, such as the minutes, may change."""
    return {name: getattr(config, name) for name in ("start", "teacher", "optimizer", "seed")}


def save_checkpoint(run: Run) -> None:
    """Write all that a resumed run needs; a kill meanwhile leaves the checkpoint before it."""
    tensors = {f"model/{name}": weight.detach() for name, weight in run.model.named_parameters()}
    for number, optimizer in enumerate(run.optimizers):
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer{number}/{index}/{name}": value for name, value in state.items()}
    progress = {**asdict(run.place), "losses": run.losses[-1000:], "settings": _settings(run.config)}
    write_checkpoint(run.config.out, Checkpoint(progress, tensors))


def restore(run: Run) -> None:
    """Put the run where its checkpoint left it, and cut the log there; without one, start an empty log."""
    checkpoint = read_checkpoint(run.config.out)
    log = run.config.out / "log.jsonl"
    if checkpoint is None:
        log.unlink(missing_ok=True)
        return
    for name, now in _settings(run.config).items():
        if (before := checkpoint.progress["settings"][name]) != now:
            raise TrainingError(
                f"out '{run.config.out}': holds an unfinished run with {name} {before}, not {now}; go on with {before} or choose another `out`."
            )
    run.place = Place(**{name: checkpoint.progress[name] for name in asdict(run.place)})
    run.losses = list(checkpoint.progress["losses"])
    saved = checkpoint.part("model")
    with torch.no_grad():
        for name, weight in run.model.named_parameters():
            weight.copy_(saved[name])
    for number, optimizer in enumerate(run.optimizers):
        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in checkpoint.part(f"optimizer{number}").items():
            index, name = key.split("/")
            state.setdefault(int(index), {})[name] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True) if log.is_file() else []
    log.write_text("".join(line for line in lines if json.loads(line)["step"] <= run.place.step), encoding="utf-8")


def save_encoder(run: Run, folder: Path, held_out: float) -> None:
    """Write the encoder as a plain transformers folder, with the record of the run beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    run.model.save_pretrained(folder)
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    settings |= {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.0}  # for fine-tuning, see benchmarks/ablations.md
    (folder / "config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")
    _save_tokenizer(run, folder)
    (folder / "pretraining.json").write_text(json.dumps(_record(run, held_out), indent=1), encoding="utf-8")


def _save_tokenizer(run: Run, folder: Path) -> None:
    """Write the tokenizer for `tokenizers` alone, and what AutoTokenizer needs beside it."""
    run.tokenizer.save(str(folder / "tokenizer.json"))
    marks = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": run.model.config.max_position_embeddings - run.model.config.pad_token_id - 1,
        **{f"{name}_token": mark for name, mark in marks.items()},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


def _record(run: Run, held_out: float) -> dict[str, Any]:
    """Return what made this encoder: cost, losses, data, settings and versions."""
    return {
        **asdict(run.place),
        "tokens_before": _tokens_before(run.config),
        "train_loss": run.recent_loss(),
        "held_out_loss": held_out,
        "data_sha256": run.data.sha256,
        "data": {name: asdict(losses) for name, losses in run.data.losses.items()},
        "config": json.loads(json.dumps(asdict(run.config), default=str)),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
        },
    }


def _tokens_before(config: PretrainConfig) -> int:
    """Return how many tokens the encoder had seen that the run goes on from, as its own record tells; 0 where it tells nothing."""
    record = find_encoder(config.start).path / "pretraining.json"
    told: dict[str, Any] = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    return int(told.get("tokens", 0)) + int(told.get("tokens_before", 0))
