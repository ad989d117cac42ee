"""Fine-tuning with a teacher: a larger model of the same variable, whose probabilities and hidden states a smaller one learns beside the labels.

What a large model has learned of few or doubtful codings reaches a small one better through its hidden states than through the labels alone
(Sun et al. 2019, "Patient knowledge distillation for BERT model compression"; Jiao et al. 2020, TinyBERT, section 4.4: distillation on the
coded units after a general one). Teacher and pupil must cut texts into the same tokens, as they do where the one was made from the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from stance.errors import TrainingError
from stance.training.encoders import EncoderFolder
from stance.training.network import Network, load_network

__all__ = ["Teacher", "load_teacher", "matched_layers", "unexplained"]

_SMALLEST_VARIANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Teacher:
    """A trained network that does not learn, and how much its probabilities count against the labels."""

    network: Network
    share: float

    def logits_and_losses(
        self, pupil: Network, inputs: dict[str, torch.Tensor], labels: torch.Tensor, *, label_smoothing: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the pupil's logits, and its loss in each window: that of the labels, that of the teacher's probabilities, that of its hidden states.

        The last is the share of the variance of the teacher's hidden states that the pupil does not reproduce, the mean over layers and tokens;
        it is left out where the two are not of one width.
        """
        with torch.no_grad():
            told, wanted = self.network.logits_and_states(inputs)
        logits, given = pupil.logits_and_states(inputs)
        coded = torch.nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=label_smoothing)
        taught = torch.nn.functional.kl_div(logits.log_softmax(-1), told.log_softmax(-1), log_target=True, reduction="none").sum(-1)
        losses = (1 - self.share) * coded + self.share * taught
        if given[-1].shape[-1] == wanted[-1].shape[-1]:
            losses = losses + _hidden(given, wanted, inputs["attention_mask"].bool().to(logits.device))
        return logits, losses


def load_teacher(folder: EncoderFolder, pupil: Network, labels: tuple[str, ...], share: float) -> Teacher:
    """Return the trained model in ``folder`` as a teacher of ``pupil``; one of other labels or tokens is an error."""
    network = load_network(folder.path, labels, trained=True)
    if network.tokenizer.get_vocab() != pupil.tokenizer.get_vocab():
        raise TrainingError(f"Teacher {folder.name} cuts texts into other tokens than the encoder; both must have one tokenizer.")
    network.model.eval().requires_grad_(False)
    return Teacher(network, share)


def matched_layers(layers: int, teacher_layers: int) -> list[tuple[int, int]]:
    """Return which layer learns from which of the teacher's.

    >>> matched_layers(4, 12)
    [(1, 3), (2, 6), (3, 9), (4, 12)]
    >>> matched_layers(5, 12)
    [(5, 12)]
    """
    return [(layer, layer * teacher_layers // layers) for layer in range(1, layers + 1) if layer * teacher_layers % layers == 0]


def unexplained(given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return the squared difference of each token's states, in variances of the teacher's directions; both of shape (tokens, width)."""
    scale = wanted.float().var(dim=0).clamp_min(_SMALLEST_VARIANCE)
    shares: torch.Tensor = ((given.float() - wanted.float()).square() / scale).mean(dim=1)
    return shares


def _hidden(given: tuple[torch.Tensor, ...], wanted: tuple[torch.Tensor, ...], real: torch.Tensor) -> torch.Tensor:
    """Return what each window's hidden states leave unexplained of the teacher's, shape (windows,); ``real`` tells which tokens are no padding."""
    pairs = matched_layers(len(given) - 1, len(wanted) - 1)
    shares = torch.zeros(real.shape, device=real.device)
    shares[real] = torch.stack([unexplained(given[low][real], wanted[high][real]) for low, high in pairs]).mean(dim=0)
    return shares.sum(dim=1) / real.sum(dim=1)
