"""Whose stance a sentence tells: the actor named before the target, or else the source that is quoted, or else the narrator.

Dutch main clauses put the actor before what he acts upon (*De VVD valt de PVV aan*), so the nearest rule without a parser is: the first actor in the segment,
if it stands before the target. Actors are the parties and politicians of the shipped list, and the people the article names in full. ``benchmarks/net.md`` has
how often that is the holder coders gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from stance.dutch.names import Names
from stance.dutch.segments import Segment
from stance.dutch.targets import TargetMatcher, political_actors, target_matcher

__all__ = ["Actor", "Actors"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone who may hold a stance: his name and the party he stands for (None where not known)."""

    name: str
    party: str | None
    matcher: TargetMatcher


@dataclass(frozen=True, slots=True)
class Actors:
    """The actors one article names."""

    found: tuple[Actor, ...]

    @classmethod
    def of(cls, text: str, *, on: str | None = None) -> Actors:
        """Return the actors ``text`` names; politicians are those of the day ``on`` (all, without one)."""
        known = [actor for actor in _political(on) if any(form in text for form in actor.matcher.forms)]
        taken = {form for actor in known for form in actor.matcher.forms}
        people = dict.fromkeys(name for name in Names.of(text).full.values() if name not in taken)
        return cls((*known, *(Actor(name, None, target_matcher(name, _last_name(name))) for name in people)))

    def holder(self, text: str, part: Segment, target: Sequence[str]) -> str | None:
        """Return the actor who stands before the target (which goes by the forms ``target``) in ``part``, or else its source.

        >>> from stance.dutch.segments import segments
        >>> text = 'De VVD valt de PVV aan. "De PVV deugt niet", zegt Els Bos.'
        >>> [Actors.of(text).holder(text, part, ["PVV"]) for part in segments(text)[:2]]
        ['VVD', 'Els Bos']
        """
        stretch = text[part.start : part.end]
        mentions = target_matcher(target[0], target[1:]).find(stretch)
        before = mentions[0].start if mentions else len(stretch)
        places = [
            (found[0].start, actor.name)
            for actor in self.found
            if not set(actor.matcher.forms) & set(target) and (found := actor.matcher.find(stretch[:before]))
        ]
        return min(places)[1] if places else part.source

    def party(self, name: str | None) -> str | None:
        """Return the party of ``name``, itself if it is one; None where that is not known."""
        return next((actor.party for actor in self.found if name is not None and name in actor.matcher.forms), None)


@lru_cache(maxsize=64)
def _political(on: str | None) -> tuple[Actor, ...]:
    table = political_actors(on=on).drop_duplicates("name")
    rows = zip(table["name"], table["party"], table["aliases"], strict=True)
    return tuple(Actor(name, party, target_matcher(name, aliases)) for name, party, aliases in rows)


def _last_name(name: str) -> list[str]:
    """Return the last name a person later goes by: *Els van der Bos* as *Van der Bos*."""
    last = name.partition(" ")[2]
    return [last[0].upper() + last[1:]] if last else []
