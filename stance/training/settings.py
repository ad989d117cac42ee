"""How a model is trained: one frozen record of settings, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass

from stance.errors import TrainingError

__all__ = ["ROBBERT_SEEDS", "TrainConfig"]

# The seeds that RobBERT's spread over runs was published with; use them to compare.
ROBBERT_SEEDS = (42, 302, 668, 745, 343)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of a fine-tuning run. ``None`` takes what ``ENCODERS`` records for the encoder."""

    encoder: str = "mini"
    """A name of ``ENCODERS``, a hub id or a folder."""
    revision: str | None = None
    """Commit, tag or branch on the hub."""
    seed: int = 42
    epochs: int | None = None
    """Passes over the training units at most; the encoder's own grow where few units are coded (`Encoder.passes`)."""
    patience: int | None = None
    """Epochs without a better dev macro F1 before training stops."""
    batch_size: int | None = None
    learning_rate: float | None = None
    warmup: float = 0.06
    """Share of all steps in which the learning rate rises; it then falls linearly to zero."""
    weight_decay: float = 0.01
    clip: float = 1.0
    """Largest norm of the gradient."""
    layer_decay: float = 1.0
    """Factor on the learning rate from each layer to the one below it."""
    label_smoothing: float = 0.0
    consistency: float = 0.0
    """Weight of R-Drop: two passes with other dropout must agree (Liang et al. 2021, equation 4)."""
    teacher: str | None = None
    """A trained model of the same variable and tokens, by name or folder, whose probabilities and hidden states are learned as well."""
    teacher_share: float = 0.5
    """How much the teacher's probabilities count against the labels."""
    class_weights: bool = True
    """Weigh labels by the inverse of their frequency."""
    window: int = 512
    """Tokens of a window at most; the encoder's own limit holds too."""
    dev_share: float = 0.1
    """Share of the training units kept for early stopping and calibration where no dev table is given."""
    checkpoint_minutes: float = 5.0

    def __post_init__(self) -> None:
        _positive("epochs", self.epochs)
        _positive("patience", self.patience)
        _positive("batch_size", self.batch_size)
        _positive("learning_rate", self.learning_rate)
        _positive("clip", self.clip)
        _positive("layer_decay", self.layer_decay)
        for name in ("warmup", "dev_share", "label_smoothing", "teacher_share"):
            share = getattr(self, name)
            if not 0.0 <= share < 1.0:
                raise TrainingError(f"{name} is a share from 0 up to 1, not {share}.")
        if not self.dev_share:
            raise TrainingError(
                "dev_share must be above 0: without dev units a run cannot be stopped or calibrated; to choose them, pass a dev table."
            )
        if self.window < 16:
            raise TrainingError(f"A window of {self.window} tokens is too short: at least 16 are needed.")
        if self.seed < 0:
            raise TrainingError(f"A seed is a whole number from 0 up, not {self.seed}.")


def _positive(name: str, value: float | None) -> None:
    if value is not None and not value > 0:
        raise TrainingError(f"{name} must be above 0, not {value}.")
