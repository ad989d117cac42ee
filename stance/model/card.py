"""The model card: what a model is, what it was made from, what it scores and what it must not be used for.

Made from what ``stance.toml`` holds, in the hub's format. Scores on a test and the warnings of an audit come later, from finished results
(`stance.reporting.card`), and stand between marks, so that a second run replaces the first.
"""

from __future__ import annotations

from pathlib import Path

from stance.model.folder import ModelSettings, read_settings

__all__ = ["CARD_FILE", "model_card", "write_card"]

CARD_FILE = "README.md"
UNITS = {
    "article": "units without a target",
    "sentence": "headlines and sentences without one",
    "target": "units with one",
    "holder": "units with a holder, and propositions",
}

_LIMITS = """\
- Labels are guesses with a known error. Before a claim about outlets, periods or parties, code a random sample by hand and correct for the
  error; do not compare raw shares.
- Not for judging a person, a journalist or a single article, and not for moderation or any decision about people.
- Dutch news only. Other genres, dialects and older texts were not tested.
"""


def model_card(settings: ModelSettings) -> str:
    """Return the card as Markdown with the hub's front matter, made only from what ``stance.toml`` holds."""
    about = settings.about
    front = [
        "---",
        "language: nl",
        "library_name: stance-nl",
        "pipeline_tag: text-classification",
        f"license: {about.get('licence', 'other')}",
        "tags: [dutch, news, content-analysis]",
        *_model_index(settings),
        "---",
        "",
    ]
    target = " toward a target, given as the first text of the pair" if settings.with_target else ""
    body = [
        f"# {settings.name}",
        "",
        about.get("description", f"Codes **{settings.variable}**{target} in Dutch news: {', '.join(settings.labels)}."),
        "",
        *_section("Made from", settings.signature),
        *_section("Scores", {name: f"{number:.4g}" for name, number in settings.scores.items()}),
        *_section("Sources and terms", {name: text for name, text in about.items() if name not in ("description", "licence")}),
        "## Windows and calibration",
        "",
        f"{_reading(settings)} " + _calibration(settings),
        "",
        "## What it must not be used for",
        "",
        _LIMITS,
    ]
    return "\n".join([*front, *body])


def write_card(folder: Path) -> None:
    """Write the card of the model in ``folder``."""
    (folder / CARD_FILE).write_text(model_card(read_settings(folder)), encoding="utf-8")


def _model_index(settings: ModelSettings) -> list[str]:
    """Return the scores as the hub lists them; none where the model has none."""
    kinds = {"macro_f1": "f1", "accuracy": "accuracy", "alpha": "krippendorff_alpha", "ece": "ece"}
    found = [(name, kind, number) for name, number in settings.scores.items() for word, kind in kinds.items() if name.endswith(word)]
    if not found:
        return []
    return [
        "model-index:",
        f"- name: {settings.name}",
        "  results:",
        "  - task: {type: text-classification}",
        "    dataset: {type: dev, name: dev units of the training table}",
        "    metrics:",
        *(f"    - {{type: {kind}, value: {number:.4g}, name: {name}}}" for name, kind, number in found),
    ]


def _reading(settings: ModelSettings) -> str:
    """Return a sentence about what of a unit is read, and how it is cut."""
    if settings.kind == "choice":
        each = ", ".join(f"`{member}` for {UNITS[choice]}" for member, choice in zip(settings.members, settings.choices, strict=True))
        return f"Each unit is labelled by the member that it is for: {each}."
    policy = settings.windows
    title = "the title and " if policy.title else ""
    passage = (
        f"Of a unit with a target, {title}the sentences about it with their neighbours are read, up to {policy.passage:,} characters. "
    )
    return (passage if policy.scope == "passage" else "") + (
        f"Articles are cut at sentence borders into windows of at most {policy.length} tokens, which overlap by "
        f"{policy.overlap} sentence; probabilities are pooled by {policy.pooling}."
    )


def _calibration(settings: ModelSettings) -> str:
    """Return a sentence about how the probabilities were made to fit what is right how often."""
    if settings.kind == "blend":
        return "The weights of its members have the lowest log loss on dev units, which sets the probabilities too."
    if settings.kind == "choice":
        return "Each is calibrated on its own."
    if settings.calibration.scale:
        return f"Probabilities were scaled on {settings.calibration.units} dev units (factor {settings.calibration.scale[0]:.3f})."
    return "Probabilities are not calibrated."


def _section(title: str, facts: dict[str, str]) -> list[str]:
    if not facts:
        return []
    return [f"## {title}", "", "| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in facts.items()), ""]
