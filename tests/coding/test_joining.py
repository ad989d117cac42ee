"""Which rows of a table are of a variable, and of the tone of articles where it holds tones toward targets too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import stance
from stance.coding.agreement import with_predictions
from stance.coding.codebook import builtin, read_codebook
from stance.coding.joining import rows_of_variable, unit_places, with_covariates, without_targets
from stance.errors import CodebookError, CodingError, InputError
from stance.evaluation.matching import match_predictions

TONE, STANCE = builtin("tone"), builtin("stance")


@pytest.fixture
def rows() -> pd.DataFrame:
    """What ``stance label --target Smeets`` gives for two articles."""
    kinds = [("tone", None, "negative"), ("tone", "Smeets", "positive"), ("stance", "Smeets", "neutral")]
    table = [(article, variable, target, label) for article in ("a", "b") for variable, target, label in kinds]
    return pd.DataFrame(table, columns=["id", "variable", "target", "label"], dtype=object)


def test_rows_of_a_variable(rows):
    assert rows_of_variable(rows, STANCE, where="t")["label"].tolist() == ["neutral", "neutral"]
    assert len(rows_of_variable(rows.drop(columns="variable"), STANCE, where="t")) == 6
    with pytest.raises(InputError, match=r"t: no row has variable 'subjectivity'; column 'variable' holds stance, tone"):
        rows_of_variable(rows, builtin("subjectivity"), where="t")
    with pytest.raises(CodingError):
        rows_of_variable(rows, builtin("subjectivity"), where="t", error=CodingError)


def test_the_tone_of_articles_is_not_counted_with_that_toward_targets(rows):
    tones = rows_of_variable(rows, TONE, where="t")
    assert without_targets(tones, TONE)["label"].tolist() == ["negative", "negative"]
    toward = tones[tones["target"].notna()]
    assert without_targets(toward, TONE).equals(toward)
    assert without_targets(rows, STANCE).equals(rows)


def test_gold_of_either_kind_finds_its_predictions(rows):
    articles = pd.DataFrame({"id": ["b", "a"], "target": None, "holder": None}, dtype=object)
    assert match_predictions(articles, rows, TONE)["label"].tolist() == ["negative", "negative"]
    toward = articles.assign(target="Smeets")
    assert match_predictions(toward, rows, TONE)["label"].tolist() == ["positive", "positive"]
    codings = pd.DataFrame({"id": ["a", "b"], "coder": "An", "label": "neutral"})
    assert with_predictions(codings, rows, TONE).query("is_model")["label"].tolist() == ["negative", "negative"]
    assert with_predictions(codings.assign(target="Smeets"), rows, TONE).query("is_model")["label"].tolist() == ["positive", "positive"]


def test_a_share_of_tone_is_of_articles_unless_a_target_is_asked(rows):
    rng = np.random.default_rng(3)
    ids = [str(number) for number in range(40)]
    labels = {None: rng.choice(TONE.labels, 40), "Smeets": np.repeat("positive", 40)}
    table = pd.concat([pd.DataFrame({"id": ids, "variable": "tone", "target": target, "label": told}) for target, told in labels.items()])
    gold = table.assign(sample_prob=1.0)
    naive = stance.estimate(table, gold, variable=TONE).table.query("part == 'share'").set_index("measure")["naive"]
    assert naive["positive"] == pytest.approx((labels[None] == "positive").mean())
    toward = stance.estimate(table, gold, variable=TONE, target=["Smeets"]).table.query("part == 'share'").set_index("measure")["naive"]
    assert toward["positive"] == 1.0


def test_units_meet_by_the_text_of_what_names_them():
    units = pd.DataFrame({"id": ["7", "8", "7"], "target": [None, "Gent", "Gent"], "holder": None})
    others = pd.DataFrame({"id": [7.0, 7.0, 9.0], "target": ["Gent", np.nan, "Gent"], "holder": ""})
    assert unit_places(units, others, ["id", "target", "holder"]).tolist() == [1, -1, 0]


ROWS = pd.DataFrame({"id": ["a1", "a2"], "archive_id": ["7", "8"], "label": "neutral"})


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"id": ["a1", "a1"], "reach": [1, 2]}, r"f\.csv: id 'a1' is given 2 times; give one row an article"),
        ({"id": ["b1"], "reach": [1]}, r"none of its 1 ids \(first 'b1'\) is an id or archive_id of the rows"),
        ({"reach": [1], "ident": ["a1"]}, r"column 'id' is missing"),
        ({"id": ["a1"], "label": ["x"]}, r"column 'label' is a column of the rows too"),
        ({"id": ["a1"]}, r"no column beside the ids"),
    ],
)
def test_covariates_that_cannot_be_joined_are_refused(table, problem):
    with pytest.raises(InputError, match=problem):
        with_covariates(ROWS, pd.DataFrame(table), where="f.csv")


def test_covariates_come_along_and_what_lacks_them_is_counted():
    table = pd.DataFrame({"archive_id": ["8"], "reach": [20]})
    joined, missing = with_covariates(ROWS.set_axis([5, 3], axis=0), table, where="f.csv")
    assert (joined.index.tolist(), joined["reach"].fillna(0).tolist(), missing) == ([5, 3], [0, 20], 1)


def test_a_codebook_says_that_a_target_is_optional(tmp_path):
    assert (TONE.optional_target, TONE.has_target, TONE.key) == (True, False, ("id", "target", "holder"))
    assert (STANCE.optional_target, STANCE.has_target) == (False, True)
    path = tmp_path / "c.toml"
    path.write_text('version = "1"\n[variables.toon]\nlabels = ["a", "b"]\ntarget = "soms"\n', encoding="utf-8")
    with pytest.raises(CodebookError, match="target 'soms' is unknown; allowed are optional"):
        read_codebook(path)
