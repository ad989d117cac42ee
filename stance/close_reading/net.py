"""Labels in the layout of the NET method: who (source) says that whom (holder) is for or against what (target), sentence by sentence.

Source: van Cuilenburg, Kleinnijenhuis & de Ridder 1986, A theory of evaluative discourse, European Journal of Communication 1(1): a text as a network of nuclear
sentences (source: holder / direction / target), the direction between -1 and 1. Here the direction is the probability of favor less that of against.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pandas as pd

from stance.dutch.holders import Actors
from stance.dutch.segments import Segment, segments, segments_that_name
from stance.dutch.sentences import sentence_spans
from stance.errors import InputError
from stance.labelling.jobs import Job, join_jobs
from stance.model.pooling import Aliases
from stance.model.rows import CARRIED

__all__ = ["NET_COLUMNS", "net_jobs", "net_rows", "net_units", "run_net"]

NET_COLUMNS = ("id", "source", "holder", "target", "direction", "sentence", "voice", "holder_party", "label", "confidence", "start", "end")
_ADDED = ["id", "text", "source", "holder", "target", "sentence", "voice", "holder_party", "start", "end"]
_DAY = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


def net_units(units: pd.DataFrame, aliases: Aliases) -> pd.DataFrame:
    """Return one unit for each sentence, or part of one, in which a voice names the target of a unit; the index is that of the unit it is of.

    ``text`` is the sentence, ``sentence`` its number in the article (from 1), ``start`` and ``end`` the offsets of the part that the ``voice`` says.
    A unit's own ``holder``, where it has one, is the holder of all its sentences. A unit that does not name its target has no row.
    """
    index, rows = [], []
    for place, unit in zip(units.index, units.to_dict("records"), strict=True):
        for statement in _statements(unit, aliases):
            index.append(place)
            rows.append({str(name): value for name, value in unit.items()} | statement)
    columns = list(dict.fromkeys([*map(str, units.columns), *_ADDED]))
    return pd.DataFrame(rows, index=index, columns=columns, dtype=object)


def net_jobs(jobs: Sequence[Job], aliases: Aliases) -> list[Job]:
    """Return those of ``jobs`` that code toward a target, with the sentences that name it as their units, for ``run_net``."""
    toward = [replace(job, units=net_units(job.units, aliases)) for job in jobs if job.labeller.settings.needs_target]
    if not toward:
        raise InputError("NET rows are stances toward targets, and none is named; name them with --target or --targets.")
    if all(job.units.empty for job in toward):
        raise InputError("None of the articles names a target, so there are no NET rows; give the names they go by with --targets.")
    return [replace(job, units=job.units.assign(_id=job.units["id"], id=[str(row) for row in range(len(job.units))])) for job in toward]


def run_net(jobs: Sequence[Job], *, keep: Sequence[str] = (), on_progress: Callable[[float], None] | None = None) -> pd.DataFrame:
    """Return the rows of the jobs that ``net_jobs`` made: ``NET_COLUMNS``, then what comes along of the input, and ``keep``."""
    return net_rows(jobs, keep=keep, on_progress=on_progress).reset_index(drop=True)


def net_rows(jobs: Sequence[Job], *, keep: Sequence[str] = (), on_progress: Callable[[float], None] | None = None) -> pd.DataFrame:
    """Return what ``run_net`` does, with the row of the input that each row comes from as index."""
    labels = jobs[0].labeller.settings.labels
    own = ("source", "sentence", "voice", "holder_party", "start", "end", "_id")
    rows = join_jobs(jobs, keep=[*(name for name in keep if name not in own), *own], on_progress=on_progress)
    rows = rows.astype(dict.fromkeys(["sentence", "start", "end"], "int64")).assign(
        id=rows["_id"], direction=rows[f"p_{labels[-1]}"] - rows[f"p_{labels[0]}"]
    )
    carried = [name for name in (*CARRIED, *keep) if name in rows and name not in NET_COLUMNS]
    return rows[[*NET_COLUMNS, *dict.fromkeys(carried), "model"]]


def _statements(unit: Mapping[Hashable, Any], aliases: Aliases) -> Iterator[dict[str, Any]]:
    text, target, date = unit["text"], unit["target"], unit.get("date")
    forms = (target, *aliases.get(target, ()))
    full = {other: name for name, others in aliases.items() for other in others}  # an actor may be a target too: "Trump" is Donald Trump
    parts, sentences, actors = _read(text, date if isinstance(date, str) and _DAY.fullmatch(date[:10]) else None)
    for part in segments_that_name(text, parts, forms):
        if not part.states:
            continue
        holder = unit.get("holder") or actors.holder(text, part, forms)
        party = actors.party(holder)
        holder, source = (full.get(str(name), name) for name in (holder, part.source))
        start, end = sentences[part.sentence]
        yield {
            "text": text[start:end].strip(),
            "source": source,
            "holder": holder,
            "sentence": part.sentence + 1,
            "voice": part.voice,
            "holder_party": party,
            "start": part.start,
            "end": part.start + len(text[part.start : part.end].rstrip()),
        }


@lru_cache(maxsize=64)
def _read(text: str, day: str | None) -> tuple[tuple[Segment, ...], tuple[tuple[int, int], ...], Actors]:
    """Return segments, sentences and actors of an article, read once for all its targets."""
    return tuple(segments(text)), tuple(sentence_spans(text)), Actors.of(text, on=day[:10] if day else None)
