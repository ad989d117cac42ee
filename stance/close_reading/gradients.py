"""The words a label rests on by integrated gradients: what each adds on the way from a text that says nothing to the text as it is.

Source: Sundararajan, Taly & Yan 2017, Axiomatic Attribution for Deep Networks (ICML; arXiv 1703.01365), equation 1, over the word embeddings, by captum. The
baseline is the same window with a padding token for each token of the sentence; the target, the holder and the special tokens stay. What is explained is the
calibrated probability of the sentence's label, so by completeness (proposition 1) the weights of all tokens, punctuation too, add up to what that probability
gains over the baseline. The network is the checkpoint in 32-bit floats; the label is that of the int8 file made from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from captum.attr import LayerIntegratedGradients
from tokenizers import Tokenizer

from stance.close_reading.explaining import Method, Unit, Word, checkpoint_folder, said, word_spans
from stance.dutch.segments import Segment
from stance.model.checkpoint import device, fastest_attention, open_checkpoint
from stance.model.folder import ModelSettings, read_settings
from stance.model.labelling import Labeller
from stance.model.opening import pad_id_of, read_tokenizer
from stance.model.windows import WindowCutter, first_texts

__all__ = ["IntegratedGradients", "Stretch", "integrated_gradients", "open_gradients"]

Floats = npt.NDArray[np.float64]
STEPS = 64  # points on the way; the paper (section 5) finds 20 to 300 enough
TOKENS_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Stretch:
    """As much of a text as one window holds: the window's token ids, where in it the text starts, and the offsets of the text's tokens.

    ``second`` is where the second text of a pair starts (0: a single text); ``share`` is the part of the text's tokens that stand here.
    """

    ids: list[int]
    first: int
    second: int
    offsets: list[tuple[int, int]]
    share: float


@dataclass(frozen=True, slots=True)
class IntegratedGradients:
    """The checkpoint of a model folder, ready to weigh words."""

    settings: ModelSettings
    tokenizer: Tokenizer
    network: Any  # the classifier in torch; transformers has no types
    pad_id: int

    def weigh(self, labeller: Labeller, asked: Unit, stated: Sequence[Segment], scores: Floats) -> list[list[Word]]:
        """Return the words of each part with their weights; ``scores`` are the probabilities of the parts, shape (parts, labels)."""
        return [self._words(asked, part, int(full.argmax())) for part, full in zip(stated, scores, strict=True)]

    @property
    def type_ids(self) -> bool:
        """Whether the network tells the two texts of a pair apart by token types."""
        return getattr(self.network.config, "type_vocab_size", 0) > 1

    def stretches(self, text: str, target: str | None, holder: str | None) -> Iterator[Stretch]:
        """Yield the windows of ``text``, as labelling has them; only a sentence longer than a window is cut at other places."""
        unit = pd.DataFrame({"target": [target], "holder": [holder]}, dtype=object)
        firsts = first_texts(unit) if self.settings.with_target else [None]
        window = WindowCutter(self.tokenizer, self.settings.windows).cut([text], firsts)
        frame, second, inside = window.ids[0], int(window.second[0]), int(window.tokens[0])
        first = second or self.tokenizer.encode("a").special_tokens_mask.index(0)
        before, after = frame[:first], frame[first + inside :]
        encoding = self.tokenizer.encode(text, add_special_tokens=False)
        budget = self.settings.windows.length - len(before) - len(after)
        for start in range(0, len(encoding.ids), budget):
            ids = encoding.ids[start : start + budget]
            offsets = encoding.offsets[start : start + budget]
            yield Stretch([*before, *ids, *after], first, second, offsets, len(ids) / len(encoding.ids))

    def token_weights(self, stretch: Stretch, label: int) -> Floats:
        """Return what each token of the text adds to the probability of the label, shape (tokens,)."""
        where = self.network.device
        ids = torch.tensor([stretch.ids], device=where)
        baseline = ids.clone()
        baseline[:, stretch.first : stretch.first + len(stretch.offsets)] = self.pad_id
        method = LayerIntegratedGradients(self._probability, self.network.get_input_embeddings())
        weights: torch.Tensor = method.attribute(
            ids,
            baselines=baseline,
            additional_forward_args=(stretch.second, label),
            n_steps=STEPS,
            internal_batch_size=max(1, TOKENS_AT_ONCE // len(stretch.ids)),
        )
        summed: Floats = weights.sum(dim=-1)[0, stretch.first : stretch.first + len(stretch.offsets)].double().cpu().numpy()
        return summed

    def _probability(self, ids: torch.Tensor, second: int, label: int) -> torch.Tensor:
        """Return the calibrated probability of ``label`` for windows of one length, shape (windows,)."""
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if self.type_ids:
            positions = torch.arange(ids.shape[1], device=ids.device)
            inputs["token_type_ids"] = ((positions >= second) & (second > 0)).long().expand_as(ids)
        logs: torch.Tensor = self.network(**inputs).logits.float().log_softmax(dim=-1)
        calibration = self.settings.calibration
        if calibration.scale:
            logs = logs * logs.new_tensor(calibration.scale) + logs.new_tensor(calibration.shift)
        return logs.softmax(dim=-1)[:, label]

    def _words(self, asked: Unit, part: Segment, label: int) -> list[Word]:
        spans = word_spans(asked, part)
        text = said(asked, part)
        begin = asked.text.index(text, part.start)
        weights = np.zeros(len(spans))
        starts = [start for start, _ in spans]
        for stretch in self.stretches(text, asked.target, part.source):
            for (start, end), weight in zip(stretch.offsets, self.token_weights(stretch, label), strict=True):
                last = begin + end - 1  # some tokens start with the space before the word
                place = int(np.searchsorted(starts, last, side="right")) - 1
                if end > start and place >= 0 and last < spans[place][1]:
                    weights[place] += stretch.share * weight
        return [Word(start, end, float(weight)) for (start, end), weight in zip(spans, weights, strict=True)]


def open_gradients(model: str | Path) -> IntegratedGradients:
    """Return the checkpoint of a model folder (trained with ``stance train``), ready to weigh words; refuses a folder without one."""
    folder = checkpoint_folder(model)
    settings = read_settings(folder)
    tokenizer = read_tokenizer(folder / "tokenizer.json")
    network = open_checkpoint(folder, attention=fastest_attention()).to(device()).eval()
    network.requires_grad_(False)  # gradients of the embedded text are asked for, not of the weights
    return IntegratedGradients(settings, tokenizer, network, pad_id_of(tokenizer))


def integrated_gradients(model: str | Path) -> Method:
    """Return integrated gradients over the checkpoint of ``model`` as a method of `stance.close_reading.explaining.explain`."""
    return Method("gradients", open_gradients(model).weigh)
