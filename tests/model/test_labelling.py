"""One row a unit, in input order, with the contract's columns, and numbers that depend on the unit alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stance
from stance.errors import InputError, ModelError
from stance.model import labelling
from stance.model.labelling import Labeller, load
from stance.model.session import OnnxSession

ROWS = ["id", "variable", "target", "holder", "label", "confidence"]
AFTER = ["abstained", "windows", "coverage", "model", "target_named"]
LONG = " ".join(["De raad bespreekt kernenergie in mei.", *["Gemeente Deventer publiceert de agenda op dinsdag."] * 30])


@pytest.fixture(scope="module")
def tone(tone_model: Path) -> Labeller:
    return load(tone_model)


@pytest.fixture(scope="module")
def stances(stance_model: Path) -> Labeller:
    return load(stance_model)


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    """1,500 headlines of 1 to 150 words, so more than one block and more than one window."""
    rng = np.random.default_rng(7)
    words = ["kabinet", "boos", "na", "ramp", "krijgt", "lof", "raad", "vergadert", "winst."]
    texts = [" ".join(rng.choice(words, size=rng.integers(1, 150 if row % 20 == 0 else 12))) for row in range(1_500)]
    return pd.DataFrame({"id": [f"a{row}" for row in range(len(texts))], "text": texts})


def with_session(labeller: Labeller, folder: Path, **settings: int) -> Labeller:
    return replace(labeller, scorer=replace(labeller.scorer, session=OnnxSession(folder / "model.onnx", **settings)))


def test_numbers_depend_on_the_unit_alone(tone, tone_model, many, rng):
    reference = with_session(tone, tone_model, token_budget=256, threads=1).label(many)
    order = rng.permutation(len(many))
    shuffled = with_session(tone, tone_model, token_budget=16_384, threads=2).label(many.iloc[order])
    assert shuffled["id"].tolist() == many["id"].iloc[order].tolist()
    found = shuffled.iloc[np.argsort(order)].reset_index(drop=True)
    assert (found["label"] == reference["label"]).all()
    assert set(found["label"]) == {"negative", "neutral", "positive"}
    numbers = ["p_negative", "p_neutral", "p_positive", "confidence", "coverage", "windows"]
    np.testing.assert_allclose(found[numbers], reference[numbers], atol=1e-4)
    assert found["windows"].max() > 1


def test_the_rows_are_the_units_in_order_with_the_columns_of_the_contract(tone, many):
    rows = tone.label(many.head(9).set_index(pd.Index(range(9, 0, -1))))
    assert list(rows) == [*ROWS, "p_negative", "p_neutral", "p_positive", *AFTER]
    assert rows["id"].tolist() == many["id"].head(9).tolist()
    assert rows.index.tolist() == list(range(9))
    assert (rows["variable"] == "tone").all()
    assert rows["target_named"].isna().all()
    assert rows["confidence"].tolist() == rows[["p_negative", "p_neutral", "p_positive"]].max(axis=1).tolist()
    assert rows["coverage"].eq(1).all()
    assert rows["model"].str.fullmatch(r"tone@[0-9a-f]{8}").all()


def test_known_and_kept_columns_come_back(tone):
    units = pd.DataFrame({"text": ["Haven viert groot succes"], "outlet": ["De Merenbode"], "rubriek": ["regio"], "date": ["2024-05"]})
    rows = tone.label(units, keep=["rubriek", "text", "outlet"])
    assert list(rows)[-4:] == ["date", "outlet", "rubriek", "text"]
    assert rows[["date", "outlet", "rubriek", "text"]].values.tolist() == [["2024-05", "De Merenbode", "regio", "Haven viert groot succes"]]
    assert "cluster" not in rows


@pytest.mark.parametrize(
    ("keep", "problem"), [("rubiek", r"no column 'rubiek' to keep; it has text, label"), ("label", r"'label' of the input cannot be kept")]
)
def test_a_column_that_cannot_be_kept_is_refused(tone, keep, problem):
    with pytest.raises(InputError, match=problem):
        tone.label(pd.DataFrame({"text": ["Kop"], "label": ["neutral"]}), keep=[keep])


def test_units_below_the_confidence_are_marked_and_keep_their_label(tone_model, tone, many):
    confidence = tone.label(many.head(40))["confidence"]
    limit = float(confidence.median())
    rows = load(tone_model, min_confidence=limit).label(many.head(40))
    assert rows["abstained"].tolist() == confidence.lt(limit).tolist()
    assert rows["abstained"].nunique() == 2
    assert rows["label"].tolist() == tone.predict(many.head(40)).tolist()


def test_only_windows_that_name_the_target_are_seen(stances):
    rows = stances.label([(LONG, "kernenergie"), (LONG, "de Lelylijn"), ("Kernenergie is goed.", "kernenergie")])
    assert rows["target_named"].tolist() == [True, False, True]
    named, missed, short = rows.itertuples()
    assert (named.windows, short.windows) == (1, 1)
    assert missed.windows > 5
    assert named.coverage < 0.3
    assert (missed.coverage, short.coverage) == (1, 1)


def test_other_names_of_a_target_count(stance_model):
    aliases = {"de Lelylijn": ("Kernenergie",)}
    rows = load(stance_model, aliases=aliases).label([(LONG, "de Lelylijn")])
    assert (rows["target_named"].tolist(), rows["windows"].tolist()) == ([True], [1])


def test_the_target_and_the_holder_are_seen(stances):
    text = "De raad bespreekt het."
    units = pd.DataFrame({"text": [text] * 3, "target": ["kernenergie", "de fusie", "kernenergie"], "holder": [None, None, "D66"]})
    probabilities = stances.scorer.score(units).probabilities  # calibrated, the surest are alike
    assert len(np.unique(probabilities.round(5), axis=0)) == 3


def test_a_tone_model_does_not_see_targets(tone):
    text = "Minister krijgt veel lof"
    rows = tone.label([(text, "de minister"), (text, "de fusie")])
    np.testing.assert_array_equal(rows["confidence"], np.repeat(tone.label([text])["confidence"], 2))
    assert rows["target_named"].isna().all()


def test_progress_tells_all_units(tone, many):
    done: list[float] = []
    tone.label(many, on_progress=done.append)
    assert sum(done) == pytest.approx(1_500)
    assert max(done) < 100  # a bar moves with each batch, not once in a block of a thousand units


def test_long_units_come_in_smaller_blocks_with_the_same_rows(tone, many, monkeypatch):
    some, done = many.head(200), []
    expected = tone.label(some)
    monkeypatch.setattr(labelling, "BLOCK_CHARACTERS", 2_000)
    found = tone.label(some, on_progress=done.append)
    assert sum(done) == pytest.approx(200)
    assert len(done) > 3
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("text", ["a", "?", "\U0001f642", "é" * 30_000, "woord " * 20_000])
def test_short_and_endless_texts_are_labelled(tone, text):
    row = tone.label([text]).iloc[0]
    assert row["coverage"] == 1
    assert row[["p_negative", "p_neutral", "p_positive"]].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("units", "problem"),
    [
        (pd.DataFrame({"text": pd.Series([], dtype=object)}), "no rows"),
        (["Kop", ""], r"units row 2: text is empty"),
        (["Kop", None], r"units row 2: text is missing"),
        (["Kop", "Nog een kop"], r"units row 1: target is missing"),
        ([("Kop", "windpark"), ("Kop", " ")], r"units row 2: target is blank"),
        (pd.DataFrame({"id": ["a", "a"], "text": ["Een", "Twee"], "target": ["Gent"] * 2}), "both have id 'a', target 'Gent'"),
    ],
)
def test_units_that_cannot_be_labelled_are_refused(stances, units, problem):
    with pytest.raises(InputError, match=problem):
        stances.label(units)


def test_a_model_or_confidence_that_cannot_be_is_refused(tone_model, shipped):
    with pytest.raises(ModelError, match=r"no model 'tonne': .*\(shipped: stance, tone\).* Did you mean 'tone'\?"):
        load("tonne")
    with pytest.raises(ModelError, match=r"between 0 and 1; min_confidence is 50"):
        load(tone_model, min_confidence=50)


def test_shipped_models_open_by_name(shipped, tone):
    assert stance.load("tone").predict(["Haven viert groot succes"]) == tone.predict(["Haven viert groot succes"])
