"""The page that Nexis puts before the articles, or saves as a file of its own (``doclist``): the search and the list of titles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stance.corpus.archives.labels import is_length, label_of
from stance.corpus.archives.marks import BODY, parts_articles
from stance.corpus.dates import date_of_line

__all__ = ["is_list_of_results", "promised", "uncovered"]

_COVER = re.compile(
    r"(?:user name|gebruikersnaam|benutzername|nom d'utilisateur|date and time|datum en tijd|datum und uhrzeit|job number|taaknummer"
    r"|client/matter|search t(?:erms|ype)|zoekt(?:ermen|ype)|suchbegriffe|narrowed by|verfijnd op|content type|inhoudstype"
    r"|download request|time of request|send to|terms|combined source|project id)\b.*:?.*"
    r"|(?:documents|documenten|dokumente) \((?P<number>\d{1,6})\)|(?P<listed>\d+\. .+)|.{0,60}\babout lexisnexis\b.*",
    re.IGNORECASE,
)
_LEAST = 3  # lines of a cover that make a list of results, one of them the number of articles or of what was searched


def is_list_of_results(lines: Sequence[str]) -> bool:
    """Return whether ``lines`` are a cover and nothing else.

    >>> is_list_of_results(["Documents (1)", "1. Kop", "Search Terms: kade"]), is_list_of_results(["Kop", "Search Terms: kade"])
    (True, False)
    """
    if any(parts_articles(line) or BODY.fullmatch(line) or is_length(line) for line in lines):
        return False
    covers = [found for line in lines if (found := _COVER.fullmatch(line))]
    listed = [bool(found["listed"]) for found in covers]
    return len(covers) >= _LEAST and any(listed) and not all(listed)


def promised(lines: Sequence[str]) -> int | None:
    """Return how many articles the cover says there are, or ``None``.

    >>> promised(["User Name: Roos", "Documents (12)", "1. Kade krijgt woningen"])
    12
    """
    numbers = [found["number"] for line in lines[:40] if line and (found := _COVER.fullmatch(line)) and found["number"]]
    return int(numbers[0]) if numbers else None


def uncovered(chunk: list[str]) -> list[str]:
    """Return the first article without the cover that may stand before it."""
    facts_at = next((place for place, line in enumerate(chunk) if label_of(line, "head") or BODY.fullmatch(line)), len(chunk))
    covers = {place: found for place in range(facts_at) if (found := _COVER.fullmatch(chunk[place]))}
    if len(covers) < 2:  # one such line may be a headline
        return chunk
    titles = {found["listed"].partition(". ")[2].strip() for found in covers.values() if found["listed"]}
    begin = max(covers) + 1
    titled = next((place for place in range(begin, facts_at) if chunk[place] in titles), None)
    if titled is not None:
        return chunk[titled:]
    rest = chunk[begin:]
    dated = [place for place, line in enumerate(rest[: facts_at - begin]) if date_of_line(line)]
    above = [place for place in range(dated[-1] if dated else 0) if rest[place]]
    return rest[above[-2] :] if len(above) > 2 else rest  # the title and the outlet stand last; above them may be more of the cover
