"""Splits keep groups whole, labels spread and time in order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.coding.duplicates import leaks
from stance.coding.splits import cut_at, folds, groups, split
from stance.errors import CodingError, InputError

OUTLETS = ["De Kade", "Het Plein", "De Dijk", "Nieuwsbode", "De Brug", "Avondpost"]
LABELS = ["negative", "neutral", "neutral", "positive"]


def articles(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Invented articles; one in five repeats another one's text."""
    texts = np.array([" ".join(f"woord{number}" for number in rng.integers(0, 500, size=8)) for _ in range(count)], dtype=object)
    copies = rng.random(count) < 0.2
    texts[copies] = texts[rng.integers(0, count, size=copies.sum())]
    days = pd.to_datetime("2019-01-01") + pd.to_timedelta(rng.integers(0, 200, size=count), unit="D")
    return pd.DataFrame(
        {
            "text": texts,
            "outlet": rng.choice(OUTLETS, size=count),
            "label": rng.choice(LABELS, size=count),
            "date": days.strftime("%Y-%m-%d"),
        }
    )


def straddling(parts: pd.Series, by: object) -> int:
    return int((parts.groupby(by).nunique() > 1).sum())


def test_parts_have_their_share_of_every_label(rng):
    units = articles(1000, rng)
    parts = split(units, rng=rng)
    shares = pd.crosstab(parts["split"], parts["label"], normalize="columns")
    for name, share in {"train": 0.8, "dev": 0.1, "test": 0.1}.items():
        np.testing.assert_allclose(shares.loc[name], share, atol=0.02)
    assert straddling(parts["split"], units["text"]) == 0
    assert leaks(parts[parts["split"] == "train"], parts[parts["split"] == "test"], threshold=0.5).empty
    pd.testing.assert_frame_equal(parts.drop(columns="split"), units)


@settings(max_examples=25, deadline=None)
@given(st.integers(30, 80), st.integers(0, 10**6))
def test_no_group_is_ever_divided(count, seed):
    rng = np.random.default_rng(seed)
    units = articles(count, rng).assign(cluster=rng.integers(0, count, size=count))
    for column in ("split", "fold"):
        parts = split(units, rng=rng) if column == "split" else folds(units, rng=rng, count=3)
        assert straddling(parts[column], units["text"]) == 0
        assert straddling(parts[column], units["cluster"]) == 0


def test_the_seed_decides(rng):
    units = articles(60, rng)
    first, again, other = (split(units, rng=np.random.default_rng(seed))["split"].tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_whole_outlets_stay_together(rng):
    units = articles(300, rng).drop_duplicates("text")
    parts = split(units, rng=rng, by=["outlet"], shares={"train": 0.6, "test": 0.4})
    assert straddling(parts["split"], units["outlet"]) == 0
    assert set(parts["split"]) == {"train", "test"}


def test_parts_follow_one_another_in_time(rng):
    units = articles(400, rng)
    parts = split(units, rng=rng, by=["date"], shares={"train": 0.5, "dev": 0.25, "test": 0.25})
    newest, dates = parts.groupby("split")["date"].max(), parts[~units["text"].duplicated(keep=False)].groupby("split")["date"]
    assert newest["train"] < dates.min()["dev"] <= newest["dev"] < dates.min()["test"]
    assert straddling(parts["split"], units["text"]) == 0
    sizes = parts["split"].value_counts(normalize=True)
    assert 0.4 < sizes["train"] < 0.6


def test_cut_points_divide_at_their_dates():
    days = ["2019-01-02", "2019-02-01", "2019-03-05", "2019-02-28", "2019-01-10"]
    units = pd.DataFrame({"text": ["Regen", "Zon", "Mist", "Regen!", "Sneeuw"], "date": days})
    # the rain of January is repeated in February, so both go to dev
    assert cut_at(units, starts={"dev": "2019-02-01", "test": "2019-03"})["split"].tolist() == ["dev", "dev", "test", "dev", "train"]


def test_folds_are_of_one_size(rng):
    units = articles(500, rng)
    sizes = folds(units, rng=rng, count=5)["fold"].value_counts()
    assert sorted(sizes.index) == [0, 1, 2, 3, 4]
    assert sizes.max() - sizes.min() <= 5


def test_groups_join_over_every_column():
    units = pd.DataFrame({"text": ["a", "b", "c", "d"], "target": ["x", "x", "y", None], "holder": [None, "p", "p", None]})
    assert groups(units, by=["target", "holder"]).tolist() == [0, 0, 0, 1]


def test_a_blank_value_links_nothing():
    units = pd.DataFrame(
        {"text": list("abcdef"), "cluster": ["", "", " ", None, "storm", "storm"], "outlet": ["", "", "AD", "AD", " ", ""]}
    )
    assert groups(units).tolist() == [0, 1, 2, 3, 4, 4]
    assert groups(units, by=["outlet"]).tolist() == [0, 1, 2, 2, 3, 3]
    assert groups(units.assign(cluster=[1, 1, 2, None, 2, 5])).tolist() == [0, 0, 1, 2, 1, 3]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda units, rng: split(units, rng=rng, shares={"train": 0.8, "test": 0.3}), CodingError, "sum to 1"),
        (lambda units, rng: split(units, rng=rng, by=["outlte"]), InputError, "column 'outlte' is missing.*Did you mean 'outlet'"),
        (lambda units, rng: folds(units, rng=rng, count=1), CodingError, "1 folds are too few"),
        (lambda units, rng: folds(units, rng=rng, by=["date"]), CodingError, "test on the past"),
        (lambda units, rng: folds(units, rng=rng, count=3, by=["label"]), CodingError, r"by label: part 'fold \d' stays empty.* 2 groups"),
        (lambda units, rng: cut_at(units, starts={"test": "2018"}), CodingError, "part 'train' stays empty"),
        (lambda units, rng: cut_at(units, starts={"dev": "2019-03", "test": "2019-02"}), CodingError, "later date than the one before"),
        (lambda units, rng: cut_at(units.assign(date=None), starts={"test": "2019-03"}), CodingError, "row 1: date is missing"),
    ],
)
def test_what_cannot_be_split_is_refused(call, error, message, rng):
    units = pd.DataFrame({"text": ["Regen", "Zon"], "outlet": ["A", "B"], "date": ["2019-01", "2019-02"], "label": ["neutral", "positive"]})
    with pytest.raises(error, match=message):
        call(units, rng)


@pytest.mark.parametrize("outlets", [3, 4, 6])
def test_a_few_large_groups_still_fill_each_part(outlets, rng):
    texts = [f"artikel {number} van {number % outlets}" for number in range(120)]
    units = pd.DataFrame({"text": texts, "outlet": [f"krant {number % outlets}" for number in range(120)]})
    found = split(units, rng=rng, by=["outlet"], threshold=1.0)
    assert found.groupby("split")["outlet"].nunique().sum() == outlets
    sizes = found["split"].value_counts()
    assert sizes["train"] == sizes.max()
