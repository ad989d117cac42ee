"""How to read and cite the report."""

from __future__ import annotations

from stance.reporting.page.content import Section
from stance.reporting.page.material import Material

__all__ = ["method_section"]


def method_section(material: Material) -> Section:
    """Return the words of the report in a sentence each, its limits, and what to name in a paper."""
    say = material.say
    return Section("method", say("method.title"), (say("method.words"), say("method.limits"), say("method.cite")))
