"""One encoder with several heads learns examples of several kinds together.

Each example goes through the encoder once. Its first token gives the logits of all heads, three each, as a plain RoBERTa classifier has them;
only the heads it has a label for count. Where single sentences of it are labelled too, the mean of each one's tokens gives a label of its own, by a
head that is thrown away afterwards: sixteen labels an article teach more than one. Word embeddings and the lowest layers stay as they are,
which saves a quarter of the time.

The rate rises over the first steps, stays, and falls to nothing over the last pass (Hägele et al. 2024, arXiv 2405.18392): no pass needs to know how
many follow it. A run writes a checkpoint every few minutes; started again it goes on from there with the same batches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sources import HEADS, LABELS, Example
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import RobertaForSequenceClassification

from stance.training.checkpoints import Checkpoint, flatten_optimizer, read_checkpoint, unflatten_optimizer, write_checkpoint

SIZE = len(set(LABELS.values()))
LONGEST = 512
MICRO_TOKENS, STEP_TOKENS = 2_048, 4_096
STRETCH = 1_500  # examples among which those of like length come together
PARTS_SHARE = 1.0  # of the loss of an example's sentences against that of the whole
WARMUP, WEIGHT_DECAY, CLIP = 40, 0.01, 1.0  # steps; share; norm
CHECKPOINT_SECONDS = 240
PAD = 1
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example as token ids, with its labels as arrays and its labelled sentences as token spans."""

    ids: list[int]
    labels: npt.NDArray[np.float32]  # (heads, 3), a row of zeros where there is none
    parts: tuple[tuple[int, int], ...]
    part_labels: npt.NDArray[np.float32]  # (parts, 3)
    weight: float


@dataclass(frozen=True, slots=True)
class Learner:
    """The classifier, and the heads for single sentences that only learning needs: one for articles, one for targets."""

    model: Any
    sentences: torch.nn.Linear

    @classmethod
    def of(cls, folder: Path, *, frozen: int) -> Learner:
        """Return the classifier on the encoder in ``folder``, with its embeddings and ``frozen`` layers kept as they are."""
        model = RobertaForSequenceClassification.from_pretrained(
            folder,
            num_labels=SIZE * len(HEADS),
            hidden_dropout_prob=0.0,
            classifier_dropout=0.1,
            attn_implementation="sdpa",
            dtype=torch.float32,
        )
        for part in (model.roberta.embeddings, *model.roberta.encoder.layer[:frozen]):
            part.requires_grad_(False)
        return cls(model, torch.nn.Linear(model.config.hidden_size, 2 * SIZE))

    def parameters(self) -> list[torch.nn.Parameter]:
        """Return what learns."""
        return [value for value in (*self.model.parameters(), *self.sentences.parameters()) if value.requires_grad]

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the weights that learn, by name."""
        both = {"model": self.model, "sentences": self.sentences}
        return {
            f"{part}/{name}": value.detach()
            for part, module in both.items()
            for name, value in module.named_parameters()
            if value.requires_grad
        }

    def load(self, found: Checkpoint) -> None:
        """Take up the weights of a checkpoint; those that stay as they are it does not have."""
        self.model.load_state_dict(found.part("model"), strict=False)
        self.sentences.load_state_dict(found.part("sentences"))

    def loss(self, batch: Sequence[Encoded], weights: torch.Tensor) -> torch.Tensor:
        """Return the summed loss of a micro-batch; ``weights``, shape (heads, 3), say how much a label of a head counts."""
        ids, mask = padded([one.ids for one in batch])
        states = self.model.roberta(input_ids=ids, attention_mask=None if bool(mask.all()) else mask).last_hidden_state
        logits = self.model.classifier(states).view(len(batch), len(HEADS), SIZE)
        labels = torch.from_numpy(np.stack([one.labels for one in batch]))
        each = -(labels * weights * functional.log_softmax(logits, dim=-1)).sum(dim=-1)
        total = (each.sum(dim=1) * torch.tensor([one.weight for one in batch])).sum()
        return total + PARTS_SHARE * self._sentence_loss(states, batch)

    def _sentence_loss(self, states: torch.Tensor, batch: Sequence[Encoded]) -> torch.Tensor:
        means, labels, shares, heads = [], [], [], []
        for row, one in enumerate(batch):
            for (start, end), label in zip(one.parts, one.part_labels, strict=True):
                means.append(states[row, start:end].mean(dim=0))
                labels.append(torch.from_numpy(label))
                shares.append(one.weight / len(one.parts))
                heads.append(int(not one.labels[0].any()))
        if not means:
            return torch.zeros(())
        logits = self.sentences(torch.stack(means)).view(len(means), 2, SIZE)[torch.arange(len(means)), torch.tensor(heads)]
        each = -(torch.stack(labels) * functional.log_softmax(logits, dim=-1)).sum(dim=-1)
        return (each * torch.tensor(shares)).sum()


def padded(rows: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token ids and mask, shape (rows, longest)."""
    ids = torch.full((len(rows), max(map(len, rows))), PAD)
    for row, these in zip(ids, rows, strict=True):
        row[: len(these)] = torch.tensor(these)
    return ids, (ids != PAD).long()


def encode(examples: Sequence[Example], tokenizer: Tokenizer) -> list[Encoded]:
    """Return the examples as token ids, cut after ``LONGEST``."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    pairs = [(one.first, one.text) if one.first is not None else one.text for one in examples]
    return [_encoded(one, found) for one, found in zip(examples, tokenizer.encode_batch(pairs), strict=True)]


def _encoded(one: Example, found: Any) -> Encoded:
    labels = np.zeros((len(HEADS), SIZE), dtype=np.float32)
    for head, label in one.labels.items():
        labels[head] = label
    side = 0 if one.first is None else 1
    own = np.flatnonzero([sequence == side for sequence in found.sequence_ids]) if one.parts else np.zeros(0, dtype=np.int64)
    starts = np.array([found.offsets[place][0] for place in own])
    spans, kept = [], []
    for start, end, label in one.parts:
        inside = own[(starts >= start) & (starts < end)]
        if len(inside):
            spans.append((int(inside[0]), int(inside[-1]) + 1))
            kept.append(label)
    return Encoded(found.ids, labels, tuple(spans), np.asarray(kept, dtype=np.float32).reshape(-1, SIZE), one.weight)


def label_weights(encoded: Sequence[Encoded]) -> torch.Tensor:
    """Return how much each label of a head counts, shape (heads, 3): one by the root of its frequency, the mean label of a head counting 1."""
    counts = np.sum([one.labels for one in encoded], axis=0)
    shares = np.maximum(counts, 1) / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    weights = shares**-0.5
    weights /= np.maximum((weights * shares).sum(axis=1, keepdims=True), 1e-9)
    return torch.from_numpy(weights.astype(np.float32))


def steps_of(lengths: IntArray, rng: np.random.Generator) -> Iterator[list[IntArray]]:
    """Yield all rows once as steps of micro-batches: rows of like length together, steps of some ``STEP_TOKENS`` tokens, in random order."""
    shuffled = rng.permutation(len(lengths))
    micro: list[IntArray] = []
    for start in range(0, len(shuffled), STRETCH):
        rows = shuffled[start : start + STRETCH]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        first = 0
        for place in range(1, len(rows) + 1):
            if place == len(rows) or lengths[rows[place]] * (place - first + 1) > MICRO_TOKENS:
                micro.append(rows[first:place])
                first = place
    step: list[IntArray] = []
    held = 0
    for place in rng.permutation(len(micro)):
        step.append(micro[place])
        held += int(lengths[micro[place]].sum())
        if held >= STEP_TOKENS:
            yield step
            step, held = [], 0
    if step:
        yield step


@dataclass(frozen=True, slots=True)
class Pass:
    """The examples of a pass, read when it begins, and the share of its steps that is taken."""

    examples: Callable[[], Sequence[Example]]
    share: float = 1.0


@dataclass(slots=True)
class Run:
    """Where a training stands: passes and steps done, and what it cost so far."""

    turn: int = 0
    place: int = 0  # steps done of this pass
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0


def learn(
    learner: Learner,
    passes: Sequence[Pass],
    tokenizer: Tokenizer,
    folder: Path,
    *,
    rate: float,
    seed: int,
    after_pass: Callable[[int], None] = lambda _: None,
) -> dict[str, float]:
    """Train ``learner`` in place, pass after pass; return what it cost. ``folder`` keeps the checkpoints."""
    torch.manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=rate, weight_decay=WEIGHT_DECAY, fused=True)
    run = _resume(learner, optimizer, folder)
    for turn in range(run.turn, len(passes)):
        encoded = encode(passes[turn].examples(), tokenizer)
        steps = list(steps_of(np.array([len(one.ids) for one in encoded]), np.random.default_rng([seed, turn])))
        steps = steps[: round(passes[turn].share * len(steps))]
        print(f"pass {turn + 1} of {len(passes)}: {len(encoded):,} examples, {len(steps)} steps", flush=True)

        def factor(place: int, *, last: bool = turn == len(passes) - 1, total: int = len(steps)) -> float:
            return min((run.step + 1) / WARMUP, (total - place) / total if last else 1.0)

        _pass(learner, optimizer, encoded, steps, run, folder, lambda place: rate * factor(place))
        after_pass(turn)
        run.turn, run.place = turn + 1, 0
    _save(learner, optimizer, folder, run)
    return {"steps": run.step, "tokens": run.tokens, "seconds": run.seconds}


def _pass(
    learner: Learner,
    optimizer: torch.optim.Optimizer,
    encoded: Sequence[Encoded],
    steps: Sequence[list[IntArray]],
    run: Run,
    folder: Path,
    rate: Callable[[int], float],
) -> None:
    """Take the steps of a pass that are still to be taken."""
    weights = label_weights(encoded)
    before, started = run.seconds, time.monotonic()
    saved = started
    losses: list[float] = []
    for place in range(run.place, len(steps)):
        for group in optimizer.param_groups:
            group["lr"] = rate(place)
        losses.append(_step(learner, optimizer, [[encoded[row] for row in micro] for micro in steps[place]], weights))
        run.place, run.step = place + 1, run.step + 1
        run.tokens += sum(len(encoded[row].ids) for micro in steps[place] for row in micro)
        run.seconds = before + time.monotonic() - started
        if run.step % 20 == 0:
            spent = f"{run.seconds / 60:.1f} minutes, {run.tokens:,.0f} tokens"
            print(f"step {run.place} of {len(steps)}, loss {np.mean(losses[-100:]):.4f}, {spent}", flush=True)
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            _save(learner, optimizer, folder, run)
            saved = time.monotonic()


def _step(learner: Learner, optimizer: torch.optim.Optimizer, step: list[list[Encoded]], weights: torch.Tensor) -> float:
    learner.model.train()
    examples = sum(one.weight for batch in step for one in batch)
    total = 0.0
    for batch in step:
        loss = learner.loss(batch, weights) / examples
        loss.backward()  # type: ignore[no-untyped-call]
        total += float(loss.detach())
    torch.nn.utils.clip_grad_norm_(learner.parameters(), CLIP)
    optimizer.step()
    optimizer.zero_grad()
    return total


def _save(learner: Learner, optimizer: torch.optim.Optimizer, folder: Path, run: Run) -> None:
    moments = {f"optimizer/{name}": value for name, value in flatten_optimizer(optimizer.state_dict()).items()}
    write_checkpoint(folder, Checkpoint(asdict(run), learner.tensors() | moments))


def _resume(learner: Learner, optimizer: torch.optim.Optimizer, folder: Path) -> Run:
    """Take up the checkpoint in ``folder``, if there is one; return where it stands."""
    found = read_checkpoint(folder)
    if found is None:
        return Run()
    learner.load(found)
    state = optimizer.state_dict()
    optimizer.load_state_dict({"state": unflatten_optimizer(found.part("optimizer")), "param_groups": state["param_groups"]})
    run = Run(**{field.name: found.progress[field.name] for field in fields(Run)})
    print(f"going on from step {run.step}", flush=True)
    return run


@torch.inference_mode()
def score(learner: Learner, examples: Sequence[Example], tokenizer: Tokenizer) -> npt.NDArray[np.float64]:
    """Return the logits of all heads, shape (examples, heads, 3)."""
    learner.model.eval()
    encoded = encode(examples, tokenizer)
    order = np.argsort([len(one.ids) for one in encoded])
    logits = np.zeros((len(encoded), len(HEADS), SIZE))
    for first in range(0, len(order), 8):
        rows = order[first : first + 8]
        ids, mask = padded([encoded[row].ids for row in rows])
        logits[rows] = learner.model(input_ids=ids, attention_mask=mask).logits.view(len(rows), len(HEADS), SIZE).double().numpy()
    return logits
