"""Dates as archives and tables write them, in Dutch, English, French and German, as ISO: ``2022-12-17``, or ``2022-12`` where no day is given.

A date of numbers alone is read day first, as in the Netherlands and Flanders, unless its column shows that the month comes first
(`month_first`). A lone ``12/17/2022`` is therefore not read: whoever wrote it would have us misread every day up to the twelfth.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache

import pandas as pd

from stance.errors import InputError

__all__ = ["WEEKDAY", "date_of_line", "figure_orders", "iso_date", "month_first", "tell_unread", "unread_dates", "with_iso_dates"]

_MONTHS = (
    "januari january jan janvier janv januar jänner",
    "februari february feb febr février fevrier févr fév februar",
    "maart march mrt maa mar mars märz maerz mär",
    "april apr avril avr",
    "mei may mai",
    "juni june jun juin",
    "juli july jul juillet juil",
    "augustus august aug août aout",
    "september sep sept septembre",
    "oktober october okt oct octobre",
    "november nov novembre",
    "december dec décembre decembre déc dezember dez",
)
_NUMBERS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_WEEKDAYS = (
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag monday tuesday wednesday thursday friday saturday sunday"
    " lundi mardi mercredi jeudi vendredi samedi dimanche montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag"
    " ma di wo do vr za zo mon tue tues wed thu thur thurs fri sat sun lun mar mer jeu ven sam dim mo mi fr sa so"
)

_MONTH = f"(?P<month>{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
WEEKDAY = f"(?:{'|'.join(sorted(_WEEKDAYS.split(), key=len, reverse=True))})"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er?)?", r"(?P<year>1[6-9]\d\d|20\d\d)"
_FORMS = [
    re.compile(rf"(?:{WEEKDAY}\b\.?,?\s+)?{form}", re.IGNORECASE)
    for form in (
        rf"{_YEAR}(?P<mark>[-/])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?!\d)",
        r"(?P<year>1[6-9]\d\d|20\d\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)",
        rf"{_DAY}[\s\-/.]+{_MONTH}\b\.?[\s\-/,]*{_YEAR}(?!\d)",
        rf"{_MONTH}\b\.?\s+{_DAY}\s*,?\s+{_YEAR}(?!\d)",
        rf"(?P<day>\d{{1,2}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark){_YEAR}(?!\d)",
    )
]
_MONTHS_ONLY = [re.compile(form, re.IGNORECASE) for form in (rf"{_MONTH}\b\.?,?\s+{_YEAR}(?!\d)", rf"{_YEAR}-(?P<month>\d{{2}})(?![\d-])")]
_ZONE = r"(?:Z|(?-i:[A-Z]{2,5})(?:\s?[+-]\d{1,2}(?::?\d{2})?)?\b|[+-]\d{2}:?\d{2}|(?:[a-z][\w.]*\s){1,3}time\b)"
_HOUR = r"\d{1,2}[:.hu]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?"
_TIME = rf"(?:T|om|at|à|um)?\s*{_HOUR}(?:\s*[-–]\s*{_HOUR})?\s*(?:uur|uhr|[ap]\.?m\b\.?)?\s*{_ZONE}?"
_AFTER = re.compile(rf"[\s,;.(]*(?:{WEEKDAY}\b\.?)?[\s,;)|-]*(?:{_TIME})?[\s,;)|-]*(?P<rest>.*)", re.IGNORECASE)
_EDITION = re.compile(r"\b(?:editie|edition|édition|ausgabe|ed\.|druk|update|final|late|vroege?|internet|online)\b", re.IGNORECASE)
_ISO = r"\d{4}-(?:0[1-9]|1[0-2])(?!\d)"
_FIGURES = r"^\s*(\d{1,2})([-/.])(\d{1,2})\2(\d{4})\b"
_MEND = "write 2022-12-17, 17 december 2022 or 17-12-2022"
_FOUR_FIGURES = re.compile(r"\d{4}")
_LONGEST_LINE = 120  # characters; a line that only gives a date, its weekday, its hour and the edition


@lru_cache(maxsize=2_000)
def date_of_line(line: str) -> str | None:
    """Return the date of a line that gives a date and nothing else but its weekday, hour and edition; ``None`` for any other line.

    >>> date_of_line("zaterdag 17 december 2022"), date_of_line("December 17, 2022 Saturday"), date_of_line("3 mrt. 2021, Eerste Editie")
    ('2022-12-17', '2022-12-17', '2021-03-03')
    >>> date_of_line("17 december 2022: de dag dat alles stilviel") is None
    True
    """
    line = line.strip()
    if len(line) > _LONGEST_LINE or not _FOUR_FIGURES.search(line):
        return None
    found = _day(line)
    if found is None or (found[1] and not (line[-len(found[1]) - 1] in " ,;|-(" and _EDITION.search(found[1]))):
        return None
    return found[0]


@lru_cache(maxsize=20_000)
def iso_date(text: str) -> str:
    """Return ``text``, which is to be a date (with or without weekday and hour), as ``2022-12-17`` or ``2022-12``.

    >>> iso_date("za. 17 dec. 2022 10:15 uur"), iso_date("december 2022"), iso_date("2022-12-17T08:30:00Z"), iso_date("17-12-2022")
    ('2022-12-17', '2022-12', '2022-12-17', '2022-12-17')

    Raises:
        InputError: it is none that can be read for certain: another language, month before day, two figures for the year.
    """
    found = _day(text.strip())
    if found is not None and not found[1]:
        return found[0]
    for form in _MONTHS_ONLY:
        month = form.fullmatch(text.strip())
        if month and 1 <= _month(month["month"]) <= 12:
            return f"{month['year']}-{_month(month['month']):02d}"
    raise InputError(f"'{text.strip()[:40]}' is no date that can be read for certain; {_MEND}")


def with_iso_dates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame`` with each date that ``iso_date`` reads as it returns it; a date that is ISO already keeps its hour.

    What cannot be read for certain stays as it is written (`unread_dates`); and so do dates of figures where others have the month first.

    >>> with_iso_dates(pd.DataFrame({"date": ["1-3-2023", "2022-12-17T08:30:00", "12/17/2022"]}))["date"].tolist()
    ['2023-03-01', '2022-12-17T08:30:00', '12/17/2022']
    """
    if "date" not in frame.columns:
        return frame
    orders = figure_orders(frame["date"])
    read = {written: _iso_or_as_written(written) for written in unread_dates(frame) if not _is_doubtful(written, orders)}
    return frame.assign(date=frame["date"].map(lambda written: read.get(written, written))) if read else frame


def figure_orders(dates: pd.Series) -> dict[str, str]:
    """Return how a column orders the figures of its dates, by the mark between them: ``day`` or ``month`` first, ``both`` or ``open``.

    It is ``open`` where no date shows it, and ``both`` where two contradict each other.

    >>> figure_orders(pd.Series(["3/6/2023", "3/14/2023", "5-6-2023", "2023-06-17"]))
    {'-': 'open', '/': 'month'}
    """
    parts = dates.dropna().astype(str).str.extract(_FIGURES).dropna()
    shown = {True: {True: "both", False: "day"}, False: {True: "month", False: "open"}}
    orders: dict[str, str] = {}
    for mark, group in parts.groupby(1):
        orders[str(mark)] = shown[bool((group[0].astype(int) > 12).any())][bool((group[2].astype(int) > 12).any())]
    return orders


def month_first(dates: pd.Series, marks: Collection[str]) -> pd.Series:
    """Return a column with its dates of figures as ISO, the month read first where one of ``marks`` stands between them.

    >>> month_first(pd.Series(["3/14/2023", "3/6/2023 10:15", "3-6-2023"]), ["/"]).tolist()
    ['2023-03-14', '2023-03-06 10:15', '3-6-2023']
    """

    def iso(found: re.Match[str]) -> str:
        return f"{found[4]}-{int(found[1]):02d}-{int(found[3]):02d}" if found[2] in marks else found[0]

    return dates.astype(object).where(dates.isna(), dates.astype(str).str.replace(_FIGURES, iso, regex=True))


def unread_dates(frame: pd.DataFrame) -> Counter[str]:
    """Return the dates of ``frame`` that are no ISO, with their numbers of rows: as text they would sort in another order."""
    dates = frame["date"].dropna().astype(str) if "date" in frame.columns else pd.Series(dtype=str)
    return Counter(dates[~dates.str.match(_ISO) & dates.str.strip().ne("")])


def tell_unread(unread: Counter[str]) -> str:
    """Return a sentence on dates that stay as they are written.

    >>> tell_unread(Counter({"12/17/2022": 2}))
    "dates such as '12/17/2022' (2 in all) cannot be read for certain and stay as they are; write 2022-12-17, 17 december 2022 or 17-12-2022."
    """
    return f"dates such as '{next(iter(unread))[:40]}' ({unread.total()} in all) cannot be read for certain and stay as they are; {_MEND}."


def _is_doubtful(written: str, orders: Mapping[str, str]) -> bool:
    """Return whether a date of figures stands in a column of which others, with the same mark, have the month first."""
    found = re.match(_FIGURES, written)
    return found is not None and orders.get(found[2]) in ("month", "both")


def _iso_or_as_written(written: str) -> str:
    try:
        return iso_date(written)
    except InputError:
        return written


def _day(line: str) -> tuple[str, str] | None:
    """Return the day at the start of ``line`` and what stands behind its weekday and hour, or ``None`` where no day stands there."""
    for form in _FORMS:
        found = form.match(line)
        if found is None:
            continue
        try:
            day = date(int(found["year"]), _month(found["month"]), int(found["day"]))
        except ValueError:
            continue
        after = _AFTER.match(line[found.end() :])
        return day.isoformat(), after["rest"] if after else ""
    return None


def _month(name: str) -> int:
    return int(name) if name.isdigit() else _NUMBERS[name.lower()]
