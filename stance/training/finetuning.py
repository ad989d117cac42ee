"""Fine-tuning: an encoder, coded units and settings in; the best weights on dev and their dev scores out.

The loop reads as in a textbook: epochs, steps, one step. A run writes a checkpoint every few minutes and at the end of each epoch; started
again with the same settings and data it continues there and ends with the same weights as a run that was never stopped. Several processes
may run it together (`stance.training.processes`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import f1_score

from stance.model.pooling import Aliases, pool
from stance.model.session import batches, softmax
from stance.model.windows import WindowCutter, WindowPolicy
from stance.training.checkpoints import read_checkpoint
from stance.training.encoders import EncoderFolder, find_encoder
from stance.training.examples import Batch, Examples, batch_order, read_examples, write_examples
from stance.training.finetune_state import CodedUnits, Epoch, Run, fingerprint_of, start_run, weights_of
from stance.training.network import Network, load_network
from stance.training.processes import ALONE, Processes, join
from stance.training.rounding import round_weights
from stance.training.settings import TrainConfig
from stance.training.teaching import Teacher, load_teacher

__all__ = ["FineTuned", "fine_tune", "score_examples"]

DEV_TOKENS = 8_192
TRAIN_FILE, DEV_FILE = "train.arrow", "dev.arrow"


@dataclass(frozen=True, slots=True)
class FineTuned:
    """A fine-tuned network with the weights of its best epoch.

    Attributes:
        network: the classifier.
        policy: how its units were cut.
        history: every epoch that was run.
        dev: the windows of the dev units.
        dev_probabilities: shape (dev units, labels), uncalibrated.

    Weights are those that the int8 file holds (`stance.training.rounding`); the history is that of the unrounded ones.
    """

    network: Network
    policy: WindowPolicy
    history: tuple[Epoch, ...]
    dev: Examples
    dev_probabilities: npt.NDArray[np.float64]

    @property
    def best(self) -> Epoch:
        """The epoch whose weights were kept: the first with the highest dev macro F1."""
        return max(self.history, key=lambda epoch: epoch.dev_macro_f1)

    @property
    def dev_macro_f1(self) -> float:
        """Macro F1 of ``dev_probabilities``."""
        return _macro_f1(self.dev.gold, self.dev_probabilities)


def fine_tune(
    train: CodedUnits,
    dev: CodedUnits,
    *,
    labels: tuple[str, ...],
    encoder: EncoderFolder,
    config: TrainConfig,
    folder: Path,
    aliases: Aliases | None = None,
    on_step: Callable[[int, int, float, float], None] | None = None,
) -> FineTuned:
    """Return ``encoder`` fine-tuned on ``train`` with the weights of its best epoch on ``dev``, rounded as its int8 file has them.

    ``folder`` keeps the run's examples and checkpoints. ``on_step`` is called after each step with the step, the number of steps at most,
    the mean loss of this epoch and the best dev macro F1 so far (NaN before the first).
    """
    processes = join()
    torch.manual_seed(config.seed)
    network = load_network(encoder.path, labels)
    policy = WindowPolicy(length=min(config.window, network.longest))
    cutter = WindowCutter(network.tokenizer.backend_tokenizer, policy)
    if processes.first:
        folder.mkdir(parents=True, exist_ok=True)
        write_examples(train.units, train.gold, cutter, folder / TRAIN_FILE, aliases=aliases or {})
        write_examples(dev.units, dev.gold, cutter, folder / DEV_FILE, aliases=aliases or {})
    processes.wait()
    examples, dev_examples = read_examples(folder / TRAIN_FILE, train.gold), read_examples(folder / DEV_FILE, dev.gold)
    batch_size = config.batch_size or encoder.settings.batch_size
    steps = -(-len(examples.lengths) // batch_size)
    epochs, patience = encoder.settings.passes(steps) if config.epochs is None else (config.epochs, encoder.settings.patience)
    patience = config.patience or patience
    named = {target: list(names) for target, names in (aliases or {}).items()}
    several = {"processes": processes.size} if processes.size > 1 else {}
    teaching = find_encoder(config.teacher) if config.teacher else None
    told = f"{teaching.name} {teaching.revision}" if teaching else None
    recipe = {**asdict(config), "checkpoint_minutes": None, "labels": labels, "aliases": named, "teacher": told, **several}
    run = start_run(network, encoder, config, steps=epochs * steps, fingerprint=fingerprint_of(train, dev, encoder, recipe))
    checkpoint = read_checkpoint(folder)
    if checkpoint is not None:
        run.resume(checkpoint, folder)
    teacher = load_teacher(teaching, network, labels, config.teacher_share) if teaching else None
    step = _step_function(run, _label_weights(train.gold, len(labels), balanced=config.class_weights), config, teacher)
    last_saved = time.monotonic()
    while len(run.history) < epochs and not _out_of_patience(run.history, patience):
        rng = np.random.default_rng([config.seed, len(run.history)])
        order = list(batch_order(examples.lengths, batch_size, rng))
        for rows in order[run.step - len(run.history) * steps :]:
            run.losses.append(step(_share(examples, rows, run)))
            run.step += 1
            if on_step is not None:
                best = max((epoch.dev_macro_f1 for epoch in run.history), default=float("nan"))
                on_step(run.step, epochs * steps, float(np.mean(run.losses)), best)
            if processes.first and time.monotonic() - last_saved > 60 * config.checkpoint_minutes:
                run.save(folder)
                last_saved = time.monotonic()
        _close_epoch(run, dev_examples, policy)
        if processes.first:
            run.save(folder)
        last_saved = time.monotonic()
    network.model.load_state_dict(run.best_weights)
    round_weights(network, examples)
    return FineTuned(network, policy, tuple(run.history), dev_examples, score_examples(network, dev_examples, policy, processes))


def score_examples(network: Network, examples: Examples, policy: WindowPolicy, processes: Processes = ALONE) -> npt.NDArray[np.float64]:
    """Return the torch model's probabilities of each unit, shape (units, labels), uncalibrated."""
    network.model.eval()
    windows = examples.windows()
    scored = np.zeros((len(windows.ids), network.model.config.num_labels))
    with torch.inference_mode():
        for rows in processes.share(list(batches(windows.lengths, DEV_TOKENS))):
            inputs = examples.batch(rows, pad_id=network.pad_id, type_ids=network.type_ids).inputs
            scored[rows] = softmax(network.logits(inputs).double().cpu().numpy())
    probabilities = processes.add(torch.from_numpy(scored)).numpy()  # each row is scored by one process and zero in the others
    return pool(probabilities, windows, np.zeros(len(examples.gold), dtype=bool), policy).probabilities


def _step_function(run: Run, label_weights: torch.Tensor, config: TrainConfig, teacher: Teacher | None) -> Callable[[Batch], float]:
    """Return the function that learns from one batch and returns its loss."""
    model, where = run.network.model, run.network.model.device
    label_weights = label_weights.to(where)

    def one_pass(inputs: dict[str, torch.Tensor], labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the logits and the loss of each window."""
        if teacher is not None:
            return teacher.logits_and_losses(run.network, inputs, labels, label_smoothing=config.label_smoothing)
        logits = run.network.logits(inputs)
        return logits, torch.nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=config.label_smoothing)

    def step(batch: Batch) -> float:
        model.train()
        run.processes.draw_apart(config.seed, run.step)
        labels = batch.labels.to(where)
        weights = batch.weights.to(where) * label_weights[labels]
        whole = run.processes.add(weights.sum())  # of the batch, of which each process has a share
        logits, losses = one_pass(batch.inputs, labels)
        loss = (losses * weights).sum() / whole
        if config.consistency:
            again, losses = one_pass(batch.inputs, labels)
            second = (losses * weights).sum() / whole
            counted = weights.count_nonzero()
            loss = (loss + second) / 2 + config.consistency * (counted / run.processes.add(counted) * _disagreement(logits, again))
        loss.backward()
        run.processes.add_gradients(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        run.optimizer.step()
        run.schedule.step()
        run.optimizer.zero_grad(set_to_none=True)
        return float(run.processes.add(loss.detach()))

    return step


def _share(examples: Examples, rows: npt.NDArray[np.int64], run: Run) -> Batch:
    """Return this process's share of a batch; where a small one has no row left for it, one that weighs nothing: all take each step."""
    mine = run.processes.share(rows)
    batch = examples.batch(mine if len(mine) else rows[:1], pad_id=run.network.pad_id, type_ids=run.network.type_ids)
    return batch if len(mine) else replace(batch, weights=torch.zeros_like(batch.weights))


def _disagreement(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return the mean of the two Kullback-Leibler divergences between two passes."""
    first, second = one.log_softmax(-1), other.log_softmax(-1)
    divergence = torch.nn.functional.kl_div
    forth = divergence(first, second, log_target=True, reduction="batchmean")
    back = divergence(second, first, log_target=True, reduction="batchmean")
    return (forth + back) / 2


def _close_epoch(run: Run, dev: Examples, policy: WindowPolicy) -> None:
    """Score dev, record the epoch, and keep its weights if they are the best so far."""
    score = _macro_f1(dev.gold, score_examples(run.network, dev, policy, run.processes))
    if all(score > epoch.dev_macro_f1 for epoch in run.history):
        run.best_weights = weights_of(run.network)
    run.history.append(Epoch(len(run.history) + 1, float(np.mean(run.losses)), score))
    run.losses = []


def _macro_f1(gold: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float64]) -> float:
    labels = list(range(probabilities.shape[1]))
    return float(f1_score(gold, probabilities.argmax(axis=1), labels=labels, average="macro", zero_division=0))


def _out_of_patience(history: Sequence[Epoch], patience: int) -> bool:
    best = max(range(len(history)), key=lambda index: history[index].dev_macro_f1, default=0)
    return bool(history) and len(history) - 1 - best >= patience


def _label_weights(gold: npt.NDArray[np.int64], labels: int, *, balanced: bool) -> torch.Tensor:
    """Return a weight a label: inversely proportional to its frequency, or one."""
    counts = np.bincount(gold, minlength=labels)
    if not balanced:
        return torch.ones(labels)
    return torch.tensor(len(gold) / (np.count_nonzero(counts) * np.maximum(counts, 1)), dtype=torch.float32)
