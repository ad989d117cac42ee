from __future__ import annotations

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from stance.corpus.dates import date_of_line, iso_date
from stance.errors import InputError

DAYS = st.dates(date(1618, 1, 1), date(2099, 12, 31))
DUTCH = ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"]
ENGLISH = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
AROUND = [
    "{weekday} {day}",
    "{day} {weekday}",
    "{weekday}, {day}, 10:15 uur",
    "{day} {weekday} 10:15 AM GMT",
    "{day} {weekday} Eerste Editie",
]


@given(
    day=DAYS,
    style=st.sampled_from(["full", "long", "medium"]),
    locale=st.sampled_from(["nl_NL", "nl_BE", "en_GB", "en_US", "fr_FR", "de_DE"]),
)
def test_a_day_as_the_unicode_locales_write_it(day, style, locale):
    written = format_date(day, style, locale=locale)  # an outside source: CLDR
    assert iso_date(written) == date_of_line(written) == day.isoformat()
    assert iso_date(written.upper()) == day.isoformat()


@given(day=DAYS, place=st.sampled_from(AROUND))
def test_a_weekday_an_hour_and_an_edition_are_passed_over(day, place):
    for names, locale in ((DUTCH, "nl"), (ENGLISH, "en")):
        line = place.format(weekday=names[day.weekday()], day=format_date(day, "long", locale=locale))
        assert date_of_line(line) == day.isoformat()


@given(
    day=DAYS, form=st.sampled_from(["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y%m%d"])
)
def test_figures_are_read_day_first(day, form):
    padded = day.strftime(form).replace(day.strftime("%Y"), f"{day.year:04d}")
    assert iso_date(padded) == day.isoformat()


@given(st.integers(1600, 2099), st.integers(1, 12), st.sampled_from(["nl", "en"]))
def test_a_month_alone_stays_a_month(year, month, locale):
    assert iso_date(format_date(date(year, month, 1), "MMMM y", locale=locale)) == f"{year}-{month:02d}"
    assert iso_date(f"{year}-{month:02d}") == f"{year}-{month:02d}"


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_refused(text):
    try:
        date.fromisoformat(f"{iso_date(text)}-01"[:10])
    except InputError as refusal:
        assert "is no date that can be read for certain" in str(refusal)
    found = date_of_line(text)
    assert found is None or date.fromisoformat(found)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("zaterdag 17 december 2022", "2022-12-17"),
        ("3 mrt. 2021", "2021-03-03"),
        ("December 17, 2022 Saturday", "2022-12-17"),
        ("za. 17 dec. 2022", "2022-12-17"),
        ("17-dec-2022", "2022-12-17"),
        ("1 sept. 1999 om 9.30 uur", "1999-09-01"),
        ("2022-12-17 23:59:59+01:00", "2022-12-17"),
        ("29 februari 2024", "2024-02-29"),
        ("2022-12", "2022-12"),
    ],
)
def test_dates_as_archives_write_them(written, iso):
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    "written",
    [
        "12/17/2022",
        "29 februari 2023",
        "31-4-2022",
        "17-12-22",
        "2022",
        "17 grudnia 2022",
        "december",
        "",
        "17 december 2022 of later",
        "2022-13",
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(written):
    with pytest.raises(InputError, match="is no date that can be read for certain"):
        iso_date(written)


@pytest.mark.parametrize(
    "line",
    [
        "17 december 2022: de dag dat alles stilviel",
        "17 december 2022 was een gewone zaterdag",
        "Op 17 december 2022",
        "17 december 2022 wordt de nieuwe editie van het festival gehouden, zegt de burgemeester die er naar eigen zeggen zelf ook zal zijn",
        "december 2022",
    ],
)
def test_a_line_that_says_more_is_no_date(line):
    assert date_of_line(line) is None
