"""Tables of units: what makes one, and what is refused with which sentence."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from stance.corpus import Columns, as_units, check_labels, check_targets, check_units, cross_targets
from stance.corpus.records import as_strings, fill_ids
from stance.errors import InputError

TEXTS = ["Burgemeester prijst vrijwilligers.", "Kritiek op begroting groeit.", "Brug weer open."]


def test_texts_become_units_with_row_numbers_as_ids():
    units = as_units(TEXTS)
    assert units["id"].tolist() == ["1", "2", "3"]
    assert units["text"].tolist() == TEXTS
    assert units["target"].tolist() == units["holder"].tolist() == [None] * 3


@pytest.mark.parametrize("holder", [(), ("Wethouder Smeets",)])
def test_tuples_become_units(holder):
    units = as_units([(text, "Oosterveen", *holder) for text in TEXTS])
    assert units["target"].tolist() == ["Oosterveen"] * 3
    assert units["holder"].tolist() == [holder[0] if holder else None] * 3


def test_frame_keeps_its_other_columns_and_gets_a_fresh_index():
    units = as_units(pd.DataFrame({"text": TEXTS, "outlet": ["a", "b", "a"], "id": [7, 8, 9]}, index=[5, 5, 2]))
    assert units.index.tolist() == [0, 1, 2]
    assert units["id"].tolist() == ["7", "8", "9"]
    assert units["outlet"].tolist() == ["a", "b", "a"]


def test_series_and_arrays_of_texts_are_sequences():
    assert as_units(pd.Series(TEXTS))["text"].tolist() == as_units(np.array(TEXTS))["text"].tolist() == TEXTS


def test_text_and_names_are_cleaned():
    units = as_units([("Kust\u00adlijn", " Bouw\u200bmeester\u00a0Vos ")])
    assert units.loc[0, ["text", "target"]].tolist() == ["Kustlijn", "Bouwmeester Vos"]


def test_missing_holder_and_target_are_none_and_a_blank_holder_is_missing():
    units = check_units(pd.DataFrame({"text": TEXTS, "target": [np.nan, "A", None], "holder": ["", "  ", "Vos"]}), where="t")
    assert units["target"].tolist() == [None, "A", None]
    assert units["holder"].tolist() == [None, None, "Vos"]


def test_a_missing_id_is_the_number_of_its_row():
    assert fill_ids(pd.DataFrame({"id": ["x", None, ""]}))["id"].tolist() == ["x", "2", "3"]
    assert fill_ids(pd.DataFrame({"text": TEXTS}), prefix="krant:")["id"].tolist() == ["krant:1", "krant:2", "krant:3"]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"tekst": TEXTS}, r"codings.csv: column 'text' is missing \(columns: tekst\)\. Did you mean 'tekst'\? .*--text-column"),
        ({"text": []}, r"codings.csv: the table has no rows"),
        ({"text": ["a", None, "c"]}, r"codings.csv row 2: text is missing"),
        ({"text": ["a", "b", float("nan")]}, r"codings.csv row 3: text is missing"),
        ({"text": ["a", " \n\t", "c"]}, r"codings.csv row 2: text is empty"),
        ({"text": ["a", "\u200b\ufeff", "c"]}, r"codings.csv row 2: text is empty"),
        ({"text": ["a", "b", 3]}, r"codings.csv row 3: text is '3' \(int\), not a string"),
        ({"text": [1.5, 2.5]}, r"codings.csv row 1: text is '1.5' \(float\)"),
        ({"text": TEXTS, "target": ["A", " ", "B"]}, r"codings.csv row 2: target is blank"),
        ({"text": TEXTS, "id": ["x", "y", "x"]}, r"codings.csv rows 1 and 3: both have id 'x' \(1 such repeats\)"),
        (
            {"text": TEXTS, "id": ["x", "y", "y"], "target": ["A", "B", "B"], "holder": "Vos"},
            r"rows 2 and 3: both have id 'y', target 'B', holder 'Vos'",
        ),
    ],
)
def test_what_cannot_be_units_is_refused(frame, message):
    with pytest.raises(InputError, match=message):
        check_units(pd.DataFrame(frame), where="codings.csv")


def test_one_id_may_stand_with_several_targets_and_holders():
    frame = pd.DataFrame({"text": TEXTS, "id": "x", "target": ["A", "B", "A"], "holder": [None, None, "Vos"]})
    assert len(check_units(frame, where="t")) == 3


def test_row_numbers_are_those_of_the_table_a_batch_is_from():
    frame = pd.DataFrame({"text": ["a", "b", "c", " "]})
    with pytest.raises(InputError, match=r"t row 4: text is empty"):
        check_units(frame.iloc[2:], where="t")


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ("een tekst", r"one string was given"),
        ([], r"units: the table has no rows"),
        (["a", ("b", "A")], r"give all units in one form"),
        ([("a", "b", "c", "d")], r"give all units in one form"),
        ([("a", "")], r"units row 1: target is blank"),
        ([None], r"units row 1: text is missing"),
        ([b"bytes"], r"units row 1: text is .* \(bytes\)"),
    ],
)
def test_sequences_that_are_no_units_are_refused(units, message):
    with pytest.raises(InputError, match=message):
        as_units(units)


def test_braces_in_a_value_reach_the_message_as_they_are():
    with pytest.raises(InputError, match=r"\{x\}"):
        check_units(pd.DataFrame({"text": [{"{x}": 1}]}), where="{t}")


def test_cross_targets_goes_through_the_targets_of_each_unit():
    crossed = cross_targets(as_units(TEXTS[:2]), ["Vos", "Oosterveen"])
    assert list(zip(crossed["id"], crossed["target"], strict=True)) == [
        ("1", "Vos"),
        ("1", "Oosterveen"),
        ("2", "Vos"),
        ("2", "Oosterveen"),
    ]
    assert check_units(crossed, where="t")["text"].tolist() == [TEXTS[0]] * 2 + [TEXTS[1]] * 2


@pytest.mark.parametrize(
    ("targets", "message"),
    [([], "none is given"), (["A", " "], "blank"), (["A", "A"], "'A' is named twice"), (["A", "A "], "'A' is named twice")],
)
def test_targets_that_cannot_be_crossed_are_refused(targets, message):
    with pytest.raises(InputError, match=message):
        cross_targets(as_units(TEXTS), targets)


def test_units_with_their_own_targets_are_not_crossed_with_others():
    with pytest.raises(InputError, match="own targets"):
        cross_targets(as_units([("a", "A")]), ["B"])


def test_a_stance_needs_a_target_in_every_row():
    units = as_units([("a", "A"), ("b", None)])
    with pytest.raises(InputError, match=r"t row 2: target is missing"):
        check_targets(units, where="t")
    assert len(check_targets(units.head(1), where="t")) == 1


def test_labels_are_checked_against_the_variable():
    labels = ["negative", "neutral", "positive"]
    frame = pd.DataFrame({"label": ["neutral", "nuetral", "nuetral"]})
    with pytest.raises(
        InputError,
        match=r"c.csv row 2: label 'nuetral' is not .*positive\)\. Did you mean 'neutral'\? Such labels stand in 2 rows: 'nuetral' \(2\)\.",
    ):
        check_labels(frame, labels, where="c.csv")
    with pytest.raises(InputError, match=r"c.csv row 1: label is missing; give one of: negative, neutral, positive"):
        check_labels(pd.DataFrame({"label": [None, "neutral"]}), labels, where="c.csv")
    with pytest.raises(InputError, match=r"column 'label' is missing .*Did you mean 'labels'\?"):
        check_labels(pd.DataFrame({"labels": ["neutral"]}), labels, where="c.csv")
    assert check_labels(pd.DataFrame({"label": [1, 2]}), ["1", "2"], where="c.csv")["label"].tolist() == ["1", "2"]
    assert check_labels(pd.DataFrame({"label": ["Neutral", "POSITIVE "]}), labels, where="c.csv")["label"].tolist() == [
        "neutral",
        "positive",
    ]


@pytest.mark.parametrize(
    ("values", "strings"),
    [
        ([7, 8], ["7", "8"]),
        ([7.0, None], ["7", None]),
        ([7.5, 1.0], ["7.5", "1.0"]),
        ([float("inf"), 1.0], ["inf", "1.0"]),
        (["007", None], ["007", None]),
        ([None, None], [None, None]),
        ([True, False], ["True", "False"]),
        ([pd.Timestamp("2024-03-01"), pd.NaT], ["2024-03-01", None]),
        ([pd.Timestamp("2024-03-01"), pd.Timestamp("2024-03-02 10:30")], ["2024-03-01T00:00:00", "2024-03-02T10:30:00"]),
        ([datetime.date(2024, 3, 1), None], ["2024-03-01", None]),
        ([datetime.datetime(2024, 3, 1), "maart"], ["2024-03-01", "maart"]),
        (pd.Categorical(["a", None]), ["a", None]),
    ],
)
def test_as_strings_keeps_what_was_written(values, strings):
    assert as_strings(pd.Series(values)).tolist() == strings


def test_columns_take_the_users_names():
    frame = Columns(text="artikel", id="nr").rename(pd.DataFrame({"artikel": TEXTS, "nr": 1, "extra": 2}), where="t")
    assert frame.columns.tolist() == ["text", "id", "extra"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": "tekst"}, r"t: column 'tekst' is missing \(columns: text, body\)\. Did you mean 'text'\? .*--text-column"),
        ({"text": "body"}, r"t: column 'body' is to be 'text', but the table has a column 'text' already"),
    ],
)
def test_names_that_are_missing_or_collide_are_refused(columns, message):
    with pytest.raises(InputError, match=message):
        Columns(**columns).rename(pd.DataFrame({"text": TEXTS, "body": TEXTS}), where="t")


def test_columns_may_swap_names_but_not_share_one():
    frame = Columns(text="title", title="text").rename(pd.DataFrame({"text": ["kop"], "title": ["lang"]}), where="t")
    assert frame[["title", "text"]].iloc[0].tolist() == ["kop", "lang"]
    with pytest.raises(InputError, match="'body' is named by --text-column and --title-column"):
        Columns(text="body", title="body")
