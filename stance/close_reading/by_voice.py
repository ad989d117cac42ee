"""Stance by voice: what the narrator, each quoted source and the article as a whole say of a target.

A voice's unit is made of the sentences, or parts of sentences, in which that voice names the target, and the model reads them together, with the source
beside the text as the holder. The whole is the unit as it was given. A voice that does not name the target has no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

import pandas as pd

from stance.dutch.segments import Segment, segments, segments_that_name
from stance.errors import InputError
from stance.labelling.jobs import Job, join_jobs
from stance.model.pooling import Aliases

__all__ = ["VoiceText", "rows_by_voice", "run_by_voice", "voice_jobs", "voice_texts", "voice_units"]

ADDED = ("voice", "sentences")


@dataclass(frozen=True, slots=True)
class VoiceText:
    """What one voice says of a target in an article: its sentences joined, their number, and the source (None: the narrator, or not named)."""

    voice: str
    source: str | None
    text: str
    sentences: int


def voice_texts(text: str, forms: Sequence[str] = ()) -> list[VoiceText]:
    """Return the whole, the narrator and each source of ``text``, in order of appearance, with what each says of the target.

    The target goes by ``forms``; without forms every sentence counts. ``voice`` is whole, narrator or quoted.

    >>> said = voice_texts('De raad faalt. "De raad deugt", zegt Els Bos. Het regent.', ["de raad"])
    >>> [(one.voice, one.source, one.text, one.sentences) for one in said[1:]]
    [('narrator', None, 'De raad faalt.', 1), ('quoted', 'Els Bos', '"De raad deugt"', 1)]
    >>> (said[0].voice, said[0].sentences)
    ('whole', 2)
    """
    parts = _segments(text)
    about = segments_that_name(text, parts, forms) if forms else list(parts)
    stated = [part for part in about if part.states]
    order = {voice: place for place, voice in enumerate(dict.fromkeys(map(_voice, stated)))}
    stated.sort(key=lambda part: (part.voice != "narrator", order[_voice(part)], part.start))
    spoken = [VoiceText(*voice, *_joined(text, list(group))) for voice, group in groupby(stated, _voice)]
    return [VoiceText("whole", None, text, len({part.sentence for part in about})), *spoken]


def voice_units(units: pd.DataFrame, aliases: Aliases) -> pd.DataFrame:
    """Return ``units`` by voice: the columns of ``units``, ``voice`` and ``sentences``; the index is that of the unit it is of.

    ``holder`` is the source of a quote; a unit's own holder, if it has one, stays at its whole and its narrator.
    """
    columns = [column for column in units.columns if column not in ADDED]
    rows = [spoken for unit in units[columns].itertuples(name=None) for spoken in _rows(unit, columns, aliases)]
    return pd.DataFrame([row[1:] for row in rows], index=[row[0] for row in rows], columns=[*columns, *ADDED], dtype=object)


def voice_jobs(jobs: Sequence[Job], aliases: Aliases) -> list[Job]:
    """Return ``jobs`` with their units by voice, for ``run_by_voice``."""
    return [replace(job, units=_numbered(voice_units(job.units, aliases))) for job in jobs]


def run_by_voice(jobs: Sequence[Job], *, keep: Sequence[str] = (), on_progress: Callable[[float], None] | None = None) -> pd.DataFrame:
    """Return the rows of all jobs that ``voice_jobs`` made, with the columns ``voice`` and ``sentences``: of each unit the whole, the narrator, the sources."""
    return rows_by_voice(jobs, keep=keep, on_progress=on_progress).reset_index(drop=True)


def rows_by_voice(jobs: Sequence[Job], *, keep: Sequence[str] = (), on_progress: Callable[[float], None] | None = None) -> pd.DataFrame:
    """Return what ``run_by_voice`` does, with the row of the input that each row comes from as index."""
    taken = [name for name in keep if name in ADDED]
    if taken:
        raise InputError(f"The column '{taken[0]}' of the input cannot be kept, for rows by voice have their own; rename it first.")
    rows = join_jobs(jobs, keep=[*keep, *ADDED, "_id"], on_progress=on_progress)
    return rows.assign(id=rows["_id"], sentences=rows["sentences"].astype("int64")).drop(columns="_id")


def _numbered(units: pd.DataFrame) -> pd.DataFrame:
    """Return ``units`` with ids of their own, for the voices of an article share its id; the index stays."""
    return units.assign(_id=units["id"], id=[str(number) for number in range(len(units))])


def _rows(unit: Sequence[object], columns: Sequence[str], aliases: Aliases) -> Iterator[tuple[object, ...]]:
    index, values = unit[0], dict(zip(columns, unit[1:], strict=True))
    target = values.get("target")
    forms = (target, *aliases.get(target, ())) if isinstance(target, str) else ()
    full = {other: name for name, others in aliases.items() for other in others}  # a source may be a target too: "Trump" is Donald Trump
    for one in voice_texts(str(values["text"]), forms):
        said = {"text": one.text} | ({"holder": full.get(str(one.source), one.source)} if one.voice == "quoted" else {})
        yield (index, *(values | said).values(), one.voice, one.sentences)


def _voice(part: Segment) -> tuple[str, str | None]:
    return part.voice, part.source


def _joined(text: str, parts: Sequence[Segment]) -> tuple[str, int]:
    return " ".join(text[part.start : part.end].strip() for part in parts), len({part.sentence for part in parts})


@lru_cache(maxsize=64)
def _segments(text: str) -> tuple[Segment, ...]:
    """Return the segments of ``text``, read once for all the targets of one article."""
    return tuple(segments(text))
