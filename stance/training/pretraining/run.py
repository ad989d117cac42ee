"""Pre-training: an encoder such as RobBERT or `mini` is adapted to a folder of texts, or distilled from a larger encoder.

One call does it, and the same call resumes an interrupted run::

    result = pretrain(read_config(Path("recipes/pretraining/taught.toml")))

The windows, the masking and the dropout of a step follow from the seed and the number of the step alone, so a resumed run sees what the
unbroken one would have seen.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from rich.progress import Progress
from tokenizers import Tokenizer
from transformers.utils import logging as transformers_logging

from stance.errors import ModelError, TrainingError
from stance.training.encoders import find_encoder
from stance.training.pretraining.config import Phase, PretrainConfig, read_config
from stance.training.pretraining.files import is_logged, restore, save_checkpoint, save_encoder, write_log
from stance.training.pretraining.masking import LossBatch, word_table
from stance.training.pretraining.objectives import HiddenStates, HiddenWords, Objective
from stance.training.pretraining.starting import continued_encoder, teaching_encoder
from stance.training.pretraining.state import Run
from stance.training.pretraining.texts import excluded_keys
from stance.training.pretraining.tokens import END, START, Feed, TokenFile, Windows, build_token_file, open_token_file
from stance.training.tokenizing import read_fast_tokenizer

__all__ = ["Phase", "PretrainConfig", "PretrainResult", "pretrain", "read_config"]

_HELD_OUT_MASK_RATE = 0.15  # the same for every run, so that runs compare


@dataclass(frozen=True, slots=True)
class PretrainResult:
    """What came out: the folder of the encoder, what it cost, how well it restores hidden words, and what was left out of the texts."""

    folder: Path
    steps: int
    tokens: int
    seconds: float
    train_loss: float
    held_out_loss: float
    left_out: tuple[str, ...]


def pretrain(config: PretrainConfig) -> PretrainResult:
    """Return the encoder trained on the texts of `config`; goes on from the checkpoint in ``config.out`` if there is one.

    Beside the ``encoder`` folder, ``config.out`` holds ``tokenizer.json``, the ``tokens``, ``log.jsonl`` (a line every ``evaluate_every``
    steps: tokens, seconds, training and held-out loss), the last checkpoint and the snapshots.
    """
    transformers_logging.set_verbosity_error()  # else it reports the heads that an encoder lacks as if they were a fault
    transformers_logging.disable_progress_bar()
    if config.threads:
        torch.set_num_threads(config.threads)
    config.out.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(config)
    run = _prepare(config, tokenizer, _token_file(config, tokenizer))
    restore(run)
    with run.workers, _bar() as advance:
        _train(run, advance)
        held_out = _held_out_loss(run)
    if not is_logged(run):
        write_log(run, held_out)
    save_checkpoint(run)
    folder = config.out / "encoder"
    save_encoder(run, folder, held_out)
    place, left_out = run.place, tuple(losses.sentence(name) for name, losses in run.data.losses.items())
    return PretrainResult(folder, place.step, place.tokens, place.seconds, run.recent_loss(), held_out, left_out)


# --- before the first step ---


def _tokenizer(config: PretrainConfig) -> Tokenizer:
    """Return the tokenizer in the out folder, copied first from the encoder to go on from where it is not there."""
    path = config.out / "tokenizer.json"
    if path.is_file():
        return Tokenizer.from_file(str(path))
    tokenizer: Tokenizer = read_fast_tokenizer(find_encoder(config.start).path).backend_tokenizer
    ids = tokenizer.token_to_id("<s>"), tokenizer.token_to_id("</s>"), tokenizer.token_to_id("<mask>")
    if ids[:2] != (START, END) or ids[2] is None:
        raise ModelError(
            f"start '{config.start}': <s>, </s> and <mask> have ids {ids}, not 0, 2 and any; start from a RobBERT or from mini."
        )
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(path))
    return tokenizer


def _token_file(config: PretrainConfig, tokenizer: Tokenizer) -> TokenFile:
    """Return the token file in the out folder, built first where it is not there; too few texts are an error."""
    folder = config.out / "tokens"
    if (folder / "tokens.json").is_file():
        data = open_token_file(folder)
    else:
        excluded = excluded_keys(config.exclude, config.exclude_columns)
        data = build_token_file(
            config.sources, tokenizer, folder, excluded=excluded, held_out_share=config.held_out_share, seed=config.seed
        )
    if {source.name for source in config.sources} != set(data.sources):
        raise TrainingError(f"{folder}: holds the tokens of {', '.join(data.sources)}, not of the sources asked for; choose another `out`.")
    longest = max(phase.window for phase in config.phases)
    for name, tokens, mend in (("training", data.tokens, "add texts"), ("held-out", data.held_out_tokens, "raise `held_out_share`")):
        if tokens < longest:
            raise TrainingError(f"sources: {tokens} {name} tokens are less than one window of {longest}; {mend}.")
    return data


def _prepare(config: PretrainConfig, tokenizer: Tokenizer, data: TokenFile) -> Run:
    torch.manual_seed(config.seed)
    accelerated = config.device != "cpu" and torch.cuda.is_available()
    if config.device == "cuda" and not accelerated:
        raise TrainingError("device: 'cuda' is asked for and torch finds none; set device = \"auto\" or install torch for it.")
    device = torch.device("cuda" if accelerated else "cpu")
    model = continued_encoder(config)
    model.to(device)
    encoder = torch.compile(model.roberta, dynamic=False) if config.compile else model.roberta
    workers = ThreadPoolExecutor(1 if accelerated else config.workers)
    return Run(config, model, _objective(config, model, encoder, tokenizer), tokenizer, data, _optimizers(model, config), workers)


def _objective(config: PretrainConfig, model: Any, encoder: Callable[..., Any], tokenizer: Tokenizer) -> Objective:
    """Return what is learned: a teacher's hidden states where one is named, else hidden words."""
    if not config.teacher:
        return HiddenWords(model, encoder, word_table(tokenizer), config.bf16)
    return HiddenStates(model, encoder, teaching_encoder(config, model.config).to(model.device), config.bf16)


def _optimizers(model: torch.nn.Module, config: PretrainConfig) -> list[torch.optim.Optimizer]:
    """Return AdamW, after Muon (Jordan 2024) for the matrices inside the layers if asked for; biases and norms do not decay."""
    named = dict(model.named_parameters())
    inside = {name for name, weight in named.items() if weight.ndim == 2 and ".layer." in name and config.optimizer == "muon"}
    rest = [weight for name, weight in named.items() if name not in inside]
    groups = [
        {"params": [weight for weight in rest if weight.ndim >= 2], "weight_decay": config.weight_decay},
        {"params": [weight for weight in rest if weight.ndim < 2], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98), eps=1e-6, fused=True)
    if not inside:
        return [adamw]
    if not hasattr(torch.optim, "Muon"):
        raise TrainingError(f"optimizer: 'muon' needs torch 2.9, and {torch.__version__} is installed; set optimizer = \"adamw\".")
    matrices = [weight for name, weight in named.items() if name in inside]
    muon = torch.optim.Muon(matrices, lr=config.learning_rate, weight_decay=config.weight_decay, adjust_lr_fn="match_rms_adamw")
    return [muon, adamw]


# --- the steps ---


def _train(run: Run, advance: Callable[[float], None]) -> None:
    """Take steps until the budget or the clock is used up; log, checkpoint and copy on the way."""
    place, began, before = run.place, time.monotonic(), run.place.seconds
    saved, feed, copied = began, None, {share for share in run.config.snapshots if run.fraction() >= share}
    while (fraction := run.fraction()) < 1:
        phase = run.config.phases[_phase_at(run.config, fraction)]
        if feed is None or phase.window != place.window:
            feed = _enter(run, phase.window)
        windows = feed.take(place.window_count, max(1, phase.batch_tokens // phase.window))
        run.losses.append(_step(run, windows, _learning_rate(run.config, fraction)))
        place.step += 1
        place.tokens += windows.size
        place.window_count += len(windows)
        place.seconds = before + time.monotonic() - began
        advance(run.fraction())
        if place.step % run.config.evaluate_every == 0:
            write_log(run, _held_out_loss(run))
        if time.monotonic() - saved > 60 * run.config.checkpoint_minutes:
            save_checkpoint(run)
            saved = time.monotonic()
        for share in (share for share in run.config.snapshots if share not in copied and run.fraction() >= share):
            copied.add(share)
            save_encoder(run, run.config.out / f"snapshot_{round(100 * share):02d}", _held_out_loss(run))


def _enter(run: Run, window: int) -> Feed:
    """Return the feed of windows of this length; a new length starts at its first window."""
    if run.place.window != window:
        run.place.window, run.place.window_count = window, 0
    weights = {source.name: source.weight for source in run.config.sources}
    spans = tuple((first, last, weights[name]) for name, (first, last) in run.data.sources.items())
    return Feed(Windows(run.data.train(), spans, window, run.config.seed))


def _phase_at(config: PretrainConfig, fraction: float) -> int:
    """Return which phase this part of the run falls in; each takes the part that its budget has of the whole."""
    ends = list(accumulate(phase.tokens for phase in config.phases))
    return min(bisect_right(ends, fraction * ends[-1]), len(ends) - 1)


def _learning_rate(config: PretrainConfig, fraction: float) -> float:
    """Return the learning rate: up in a straight line for `warm_up` of the run, then down to nothing at its end."""
    share = fraction / config.warm_up if fraction < config.warm_up else (1 - fraction) / (1 - config.warm_up)
    return config.learning_rate * max(share, 0.01)


def _step(run: Run, windows: npt.NDArray[np.int64], learning_rate: float) -> float:
    """Return the loss of one step over these windows, in parts that free workers take one by one."""
    config = run.config
    torch.manual_seed(config.seed * 1_000_003 + run.place.step)
    rng = np.random.default_rng([config.seed, run.place.step])
    run.model.train()
    parts = np.array_split(windows, min(config.accumulate, len(windows)))
    batches = [run.objective.batch(part, rate=config.mask_rate, rng=rng) for part in parts]
    masked = max(sum(len(batch.labels) for batch in batches), 1)
    weights = [weight for weight in run.model.parameters() if weight.requires_grad]
    total = 0.0
    for loss, gradients in run.workers.map(lambda batch: _gradients(run, batch, weights, masked), batches):  # in a fixed order
        total += loss
        for weight, gradient in zip(weights, gradients, strict=True):
            if gradient is not None:
                weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)
    torch.nn.utils.clip_grad_norm_(weights, config.clip)
    for optimizer in run.optimizers:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        optimizer.step()
        optimizer.zero_grad()
    return total


def _gradients(run: Run, batch: LossBatch, weights: list[torch.nn.Parameter], masked: int) -> tuple[float, tuple[torch.Tensor | None, ...]]:
    """Return the loss of a part of a step, and the gradient of each weight."""
    loss = run.objective.summed_loss(batch) / masked
    return float(loss.detach()), torch.autograd.grad(loss, weights, allow_unused=True)


def _held_out_loss(run: Run) -> float:
    """Return the loss on the same held-out windows, hidden the same way, whatever the run itself hides."""
    tokens, length = run.data.held_out(), run.config.phases[0].window
    windows = Windows(tokens, ((0, len(tokens), 1.0),), length, 0)
    starts = windows.order(0)[: run.config.held_out_windows]
    rng = np.random.default_rng(0)
    parts = np.array_split(starts, math.ceil(len(starts) / 64))
    batches = [run.objective.batch(windows.take(part), rate=_HELD_OUT_MASK_RATE, rng=rng) for part in parts]
    run.model.eval()
    total = sum(run.workers.map(lambda batch: _evaluated(run, batch), batches))
    return total / max(sum(len(batch.labels) for batch in batches), 1)


def _evaluated(run: Run, batch: LossBatch) -> float:
    """Return the summed loss of a batch, without gradients (which torch switches off for one thread only)."""
    with torch.no_grad():
        return float(run.objective.summed_loss(batch))


@contextmanager
def _bar() -> Iterator[Callable[[float], None]]:
    """Yield what moves a progress bar on stderr; silent where that is no terminal."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("pre-training", total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)
