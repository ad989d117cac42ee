"""Which model labels which units, and all rows in the order of the input."""

from __future__ import annotations

import pandas as pd
import pytest

from stance.corpus.records import as_units
from stance.errors import InputError
from stance.labelling.jobs import plan_jobs, run_jobs

pytestmark = pytest.mark.usefixtures("shipped")

TEXTS = ["Kernenergie is goed en nuttig.", "Minister blij met de fusie."]


def labelled(units: pd.DataFrame, **plan: object) -> list[tuple[object, ...]]:
    rows = run_jobs(plan_jobs(units, **plan))
    named = rows[["id", "variable", "target"]].astype(object)
    return list(named.where(named.notna(), None).itertuples(index=False, name=None))


@pytest.mark.parametrize("index", [[0, 1], [40, 7]])
def test_each_article_has_its_tone_and_then_tone_and_stance_toward_each_target(index):
    units = as_units(TEXTS).set_axis(index, axis=0)
    assert labelled(units, targets=["kernenergie", "de fusie"]) == [
        ("1", "tone", None),
        ("1", "tone", "kernenergie"),
        ("1", "tone", "de fusie"),
        ("1", "stance", "kernenergie"),
        ("1", "stance", "de fusie"),
        ("2", "tone", None),
        ("2", "tone", "kernenergie"),
        ("2", "tone", "de fusie"),
        ("2", "stance", "kernenergie"),
        ("2", "stance", "de fusie"),
    ]


def test_without_targets_there_is_only_tone():
    assert labelled(as_units(TEXTS)) == [("1", "tone", None), ("2", "tone", None)]


def test_an_article_with_several_targets_has_one_tone():
    units = as_units(
        pd.DataFrame(
            {"id": ["a", "a", "b", "c"], "text": [TEXTS[0]] * 2 + TEXTS[1:] * 2, "target": ["kernenergie", "vuurwerk", None, "fusie"]}
        )
    )
    assert labelled(units) == [
        ("a", "tone", None),
        ("a", "tone", "kernenergie"),
        ("a", "stance", "kernenergie"),
        ("a", "tone", "vuurwerk"),
        ("a", "stance", "vuurwerk"),
        ("b", "tone", None),
        ("c", "tone", None),
        ("c", "tone", "fusie"),
        ("c", "stance", "fusie"),
    ]


def test_tone_alone_is_toward_the_targets_that_are_asked_or_of_the_article():
    units = as_units(TEXTS)
    assert labelled(units, variable="tone") == [("1", "tone", None), ("2", "tone", None)]
    assert labelled(units, variable="tone", targets=["de fusie"]) == [("1", "tone", "de fusie"), ("2", "tone", "de fusie")]
    own = as_units(pd.DataFrame({"id": ["a", "b"], "text": TEXTS, "target": ["kernenergie", None]}))
    assert labelled(own, variable="tone") == [("a", "tone", "kernenergie"), ("b", "tone", None)]


def test_two_holders_of_one_target_have_one_tone_toward_it():
    units = as_units(pd.DataFrame({"id": "a", "text": TEXTS[0], "target": "kernenergie", "holder": ["D66", "VVD"]}))
    rows = run_jobs(plan_jobs(units))[["variable", "target", "holder"]].astype(object)
    assert rows.where(rows.notna(), None).values.tolist() == [
        ["tone", None, None],
        ["tone", "kernenergie", None],
        ["stance", "kernenergie", "D66"],
        ["stance", "kernenergie", "VVD"],
    ]


def test_columns_of_two_variables_are_in_the_contracts_order():
    rows = run_jobs(plan_jobs(as_units(TEXTS).assign(outlet="De Merenbode", p_bladzijde="3"), targets=["de fusie"]), keep=["p_bladzijde"])
    probabilities = ["p_negative", "p_against", "p_neutral", "p_positive", "p_favor"]
    assert list(rows)[:6] == ["id", "variable", "target", "holder", "label", "confidence"]
    assert list(rows)[6:11] == probabilities
    assert list(rows)[11:] == ["abstained", "windows", "coverage", "model", "target_named", "outlet", "p_bladzijde"]
    assert rows["p_favor"].isna().tolist() == [True, True, False, True, True, False]
    assert rows[probabilities].sum(axis=1).tolist() == pytest.approx([1] * 6)
    assert rows["target_named"].tolist() == [pd.NA, False, False, pd.NA, True, True]
    assert rows["outlet"].eq("De Merenbode").all()


def test_one_variable_alone_is_labelled_alone():
    assert labelled(as_units(TEXTS), variable="stance", targets=["de fusie"]) == [("1", "stance", "de fusie"), ("2", "stance", "de fusie")]
    assert labelled(as_units(TEXTS), model="tone") == [("1", "tone", None), ("2", "tone", None)]


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        ({"variable": "stance", "model": "tone"}, r"'tone' codes variable 'tone', not 'stance'; leave out --variable"),
        ({"targets": ["fusie", "fusie"]}, r"'fusie' is named twice"),
        ({"targets": [" "]}, r"target is blank"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(plan, problem):
    with pytest.raises(InputError, match=problem):
        plan_jobs(as_units(TEXTS), **plan)


def test_units_with_targets_of_their_own_take_no_others():
    with pytest.raises(InputError, match=r"name their own targets"):
        plan_jobs(as_units([(TEXTS[0], "kernenergie")]), targets=["fusie"])


def test_no_unit_without_a_target_is_left_out_of_stance():
    units = as_units(pd.DataFrame({"text": TEXTS, "target": ["kernenergie", None]}))
    with pytest.raises(InputError, match=r"row 2: target is missing"):
        run_jobs(plan_jobs(units, variable="stance"))
