"""Predictions of a table meet the units they are of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import builtin
from stance.errors import InputError
from stance.evaluation.matching import match_predictions, probabilities_of

STANCE = builtin("stance")
UNITS = pd.DataFrame({"id": ["a", "a", "b"], "target": ["de fusie", "het windpark", "de fusie"], "holder": [None, "de raad", None]})
ROWS = UNITS.assign(label=["favor", "against", "neutral"], model="x@1")


def test_units_meet_by_id_target_and_holder_in_any_order(rng):
    shuffled = ROWS.iloc[rng.permutation(3)]
    assert match_predictions(UNITS, shuffled, STANCE)["label"].tolist() == ["favor", "against", "neutral"]
    other = ROWS.assign(variable="tone", label="positive")
    both = pd.concat([ROWS.assign(variable="stance"), other, ROWS.assign(variable="stance", id="elders" + ROWS["id"])])
    assert match_predictions(UNITS, both, STANCE)["label"].tolist() == ["favor", "against", "neutral"]


def test_targets_are_not_asked_for_where_the_units_name_none():
    units = pd.DataFrame({"id": ["a", "b"], "target": None, "holder": None})
    rows = pd.DataFrame({"id": ["b", "a"], "label": ["favor", "against"]})
    assert match_predictions(units, rows, STANCE)["label"].tolist() == ["against", "favor"]


def test_probabilities_come_in_the_order_of_labels_or_not_at_all():
    given = ROWS.assign(p_favor=0.5, p_against=0.2, p_neutral=0.3)
    matched = match_predictions(UNITS, given, STANCE)
    np.testing.assert_array_equal(probabilities_of(matched, STANCE), [[0.2, 0.3, 0.5]] * 3)
    assert probabilities_of(match_predictions(UNITS, ROWS, STANCE), STANCE) is None


def test_a_unit_without_a_prediction_or_with_two_is_named():
    with pytest.raises(InputError, match=r"p.csv: 1 of 3 units have no prediction, first id 'a', target 'het windpark', holder 'de raad'"):
        match_predictions(UNITS, ROWS.drop(index=1), STANCE, where="p.csv")
    with pytest.raises(InputError, match=r"1 units have a second prediction, first id 'b', target 'de fusie'; keep the rows of one model"):
        match_predictions(UNITS, pd.concat([ROWS, ROWS.tail(1)]), STANCE)
    with pytest.raises(InputError, match=r"no row has variable 'stance'; column 'variable' holds tone"):
        match_predictions(UNITS, ROWS.assign(variable="tone"), STANCE)
