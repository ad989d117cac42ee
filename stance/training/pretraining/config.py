"""What a pre-training run depends on, and the reader of its TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from stance.corpus.toml_text import TomlError, parse_toml
from stance.errors import TrainingError, did_you_mean
from stance.training.pretraining.texts import TextSource

__all__ = ["Phase", "PretrainConfig", "read_config"]


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the run with one window length; short windows first, long ones at the end."""

    window: int
    tokens: int
    """Token budget; where the clock ends the run, its part of the run."""
    batch_tokens: int = 4096
    """Tokens of one step."""

    def __post_init__(self) -> None:
        if not 8 <= self.window <= 4096:
            raise TrainingError(f"phases: window {self.window} must lie from 8 to 4096 tokens; mend `window`.")
        if self.tokens < 1 or self.batch_tokens < self.window:
            raise TrainingError(
                f"phases: {self.tokens} tokens in steps of {self.batch_tokens} must be at least one step of one window ({self.window}); raise them."
            )


@dataclass(frozen=True, slots=True)
class PretrainConfig:
    """Everything a run depends on."""

    sources: tuple[TextSource, ...]
    phases: tuple[Phase, ...]
    out: Path
    start: str
    """The encoder to adapt: `mini`, a name of RobBERT, a folder."""
    teacher: str = ""
    """An encoder with the same tokens and width whose hidden states are learned; without one, hidden words are restored."""
    exclude: tuple[Path, ...] = ()
    """Files with texts that must never be trained on, such as a test set."""
    exclude_columns: tuple[str, ...] = ("title", "text")
    optimizer: str = "adamw"
    """``adamw``, or ``muon`` for the matrices inside the layers and AdamW for the rest."""
    learning_rate: float = 5e-5
    """Highest learning rate."""
    warm_up: float = 0.04
    """Part of the run in which the learning rate rises; it then falls in a straight line to zero."""
    weight_decay: float = 0.01
    mask_rate: float = 0.2
    dropout: float = 0.0
    accumulate: int = 1
    """Parts a step is computed in."""
    workers: int = 1
    """Threads that take those parts, on a processor; they wait for each other once a step instead of at every operation."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    bf16: bool = True
    compile: bool = False
    device: str = "auto"
    """``cpu``, ``cuda`` or ``auto``: an accelerator where there is one."""
    held_out_share: float = 0.004
    """Part of the texts kept apart to measure the loss on."""
    held_out_windows: int = 512
    evaluate_every: int = 100
    """Steps between two lines of the log."""
    checkpoint_minutes: float = 3.0
    snapshots: tuple[float, ...] = ()
    """Parts of the run after which a copy of the encoder is kept."""
    minutes: float | None = None
    """Wall-clock limit; without it the token budgets end the run."""
    seed: int = 1
    threads: int = 0
    """Threads of one operation; 0 leaves torch's own choice."""

    def __post_init__(self) -> None:
        self._check_lists()
        self._check_numbers()
        self._check_choices()

    def _check_lists(self) -> None:
        if not self.sources:
            raise TrainingError("sources: none given, and at least one is needed; add a [[sources]] table with `name` and `paths`.")
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise TrainingError(f"sources: names must differ, got {', '.join(names)}; rename one.")
        if not self.phases:
            raise TrainingError("phases: none given, and at least one is needed; add a [[phases]] table with `window` and `tokens`.")
        if any(not 0 < share < 1 for share in self.snapshots):
            raise TrainingError(f"snapshots: {list(self.snapshots)} must be parts of the run between 0 and 1; mend them.")

    def _check_numbers(self) -> None:
        for name in ("accumulate", "workers", "held_out_windows", "evaluate_every"):
            _within(name, getattr(self, name), low=1)
        for name in ("weight_decay", "seed", "threads"):
            _within(name, getattr(self, name), low=0)
        for name in ("warm_up", "dropout", "held_out_share"):
            _within(name, getattr(self, name), low=0, high=0.9)
        for name in ("learning_rate", "clip", "checkpoint_minutes"):
            _within(name, getattr(self, name), low=1e-9)
        _within("mask_rate", self.mask_rate, low=0.01, high=0.9)
        if self.minutes is not None:
            _within("minutes", self.minutes, low=1e-3)

    def _check_choices(self) -> None:
        for name, allowed in (
            ("optimizer", ("adamw", "muon")),
            ("device", ("auto", "cpu", "cuda")),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise TrainingError(f"{name}: '{value}' is not one of {', '.join(allowed)}.{did_you_mean(value, allowed)}")
        if self.workers > 1 and self.dropout > 0:
            raise TrainingError(
                f"workers: {self.workers} threads with dropout {self.dropout} cannot be repeated; set workers = 1 or dropout = 0."
            )


def _within(name: str, value: float, *, low: float, high: float | None = None) -> None:
    if value < low or (high is not None and value > high):
        allowed = f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
        raise TrainingError(f"{name}: {value} must be {allowed}; mend it.")


def read_config(path: Path) -> PretrainConfig:
    """Return the run described by a TOML file; the paths in it are relative to that file."""
    path = Path(path)
    try:
        raw = parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: cannot be read ({type(error).__name__}); pass the path of a TOML file.") from error
    except TomlError as error:
        raise TrainingError(f"{path}: is not TOML ({error}); mend that line.") from error
    try:
        return _config(raw, path.parent)
    except TrainingError as error:
        raise TrainingError(f"{path}: {error}") from error


def _config(raw: dict[str, Any], base: Path) -> PretrainConfig:
    values = _known("the file", raw, {item.name for item in fields(PretrainConfig)}, needed=("sources", "phases", "out", "start"))
    sources = tuple(_source(table, base) for table in _tables("sources", values.pop("sources")))
    phases = tuple(_phase(table) for table in _tables("phases", values.pop("phases")))
    defaults = {item.name: item.default for item in fields(PretrainConfig)}
    typed = {name: _typed(name, value, defaults[name]) for name, value in values.items()}
    typed["out"] = base / str(values["out"])
    typed["exclude"] = tuple(base / each for each in typed.get("exclude", ()))
    for name in ("start", "teacher"):
        if typed.get(name) and (base / typed[name]).is_dir():
            typed[name] = str(base / typed[name])
    return PretrainConfig(sources=sources, phases=phases, **typed)


def _source(table: dict[str, Any], base: Path) -> TextSource:
    values = _known("sources", table, {item.name for item in fields(TextSource)}, needed=("name", "paths"))
    name, paths, where = values["name"], values["paths"], values.get("where", {})
    columns = _typed("columns", values.get("columns", ["text"]), ())
    if not isinstance(name, str) or not isinstance(where, dict) or not columns:
        raise TrainingError(f"sources: name {name!r} must be text, `where` a table and `columns` a list with a name; mend source {name!r}.")
    weight = float(_typed("weight", values.get("weight", 1.0), 1.0))
    _within(f"source '{name}': weight", weight, low=0.0001, high=100)
    return TextSource(
        name=name,
        paths=tuple(base / each for each in _typed("paths", paths, ())),
        weight=weight,
        columns=columns,
        joined_by=str(_typed("joined_by", values.get("joined_by", "\n"), "")),
        where=tuple((key, str(value)) for key, value in where.items()),
    )


def _phase(table: dict[str, Any]) -> Phase:
    values = _known("phases", table, {item.name for item in fields(Phase)}, needed=("window", "tokens"))
    return Phase(**{name: _typed(name, value, 0) for name, value in values.items()})


def _tables(name: str, value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise TrainingError(f"{name}: {value!r} must be tables; write [[{name}]] above each.")
    return value


def _known(where: str, values: Mapping[str, Any], allowed: set[str], *, needed: tuple[str, ...]) -> dict[str, Any]:
    """Return the values if every name is known and every needed one is there."""
    for name in values:
        if name not in allowed:
            raise TrainingError(
                f"{where}: '{name}' is not a setting; allowed are {', '.join(sorted(allowed))}.{did_you_mean(name, allowed)}"
            )
    for name in needed:
        if name not in values:
            raise TrainingError(f"{where}: '{name}' is missing; add it.")
    return dict(values)


def _typed(name: str, value: object, default: object) -> Any:
    """Return the value if it has the type of the default: text, a whole number, a number, yes or no, or a list."""
    if isinstance(default, tuple):
        kind: type = float if name == "snapshots" else str
        if isinstance(value, list) and all(isinstance(item, kind) for item in value):
            return tuple(value)
        raise TrainingError(f"{name}: {value!r} must be a list of {'numbers' if kind is float else 'texts in quotes'}; mend it.")
    for kind, words in ((bool, "true or false"), (int, "a whole number"), (str, "text in quotes")):
        if isinstance(default, kind):
            if isinstance(value, kind) and isinstance(value, bool) == (kind is bool):
                return value
            raise TrainingError(f"{name}: {value!r} must be {words}; mend it.")
    if isinstance(default, float) or name == "minutes":
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise TrainingError(f"{name}: {value!r} must be a number; mend it.")
    return value
