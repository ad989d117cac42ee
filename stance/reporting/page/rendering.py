"""From a document to its page."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from stance.reporting.page.content import Document, Section
from stance.reporting.page.display import shown
from stance.reporting.page.phrases import phrases

__all__ = ["render"]


def render(document: Document) -> str:
    """Return the page: one HTML file that loads nothing, with its style and figures inside."""
    data = files("stance.reporting.page").joinpath("data")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    template = environment.from_string(data.joinpath("report.html.jinja").read_text(encoding="utf-8"))
    say = phrases(document.language)
    return template.render(
        document=document,
        say=say,
        style=Markup(data.joinpath("style.css").read_text(encoding="utf-8")),
        sections=[(section, [shown(table, say) for table in section.tables], _drawn(section)) for section in document.sections],
    )


def _drawn(section: Section) -> list[tuple[str, str, Markup]]:
    """Return name, caption and drawing of each figure; the drawings are our own, with every word in them escaped."""
    return [(picture.name, picture.caption, Markup(picture.svg)) for picture in section.pictures]
