"""Tables of an iterator, as Spark's ``mapInPandas`` hands them over, give the rows of one table."""

from __future__ import annotations

import pickle
from functools import partial
from itertools import islice

import numpy as np
import pandas as pd
import pytest

from stance.labelling.blocks import label_frames, spark_schema
from stance.labelling.jobs import Request, plan_jobs, run_jobs
from stance.labelling.marking import SeenUnits

TEXTS = ["Kernenergie is goed en nuttig.", "Minister blij met de fusie.", "Fabriek in Gent in crisis door schandaal.", "Haven vergadert."]


@pytest.mark.usefixtures("shipped")
def test_an_iterator_of_tables_gives_the_rows_of_one():
    units = pd.DataFrame({"id": list("abcd"), "text": TEXTS, "outlet": "De Merenbode"})
    request = Request(targets=("de fusie",), keep=("text",), threads=1)
    function = pickle.loads(pickle.dumps(partial(label_frames, request=request)))  # as Spark sends it to its workers
    parts = list(function(iter([units.head(3), units.head(0), units.tail(1)])))
    rows = pd.concat(parts, ignore_index=True)
    whole = run_jobs(plan_jobs(units, targets=["de fusie"]), keep=["text"])
    assert list(rows) == [*whole, "failed"]
    kept = ["id", "variable", "label", "outlet", "text"]
    assert rows[kept].values.tolist() == whole[kept].values.tolist()
    np.testing.assert_allclose(rows["confidence"], whole["confidence"], atol=1e-4)
    named = [column.split()[0].strip("`") for column in spark_schema(request, units.columns).split(", ")]
    assert named == list(rows)


def test_without_ids_rows_are_numbered_and_what_fails_is_told(tone_model):
    frames = iter([pd.DataFrame({"text": ["Kop", None]})])
    (rows,) = label_frames(frames, Request(model=str(tone_model), threads=1))
    assert rows["id"].tolist() == ["1", "2"]
    assert rows["failed"].isna().tolist() == [True, False]


def test_repeats_are_found_over_many_blocks(rng):
    keys = rng.integers(0, 3_000, size=4_000)
    seen = SeenUnits()
    units = pd.DataFrame({"id": keys.astype(str), "target": "fusie"})
    found = np.concatenate([seen.repeats(units.iloc[start : start + 37]) for start in range(0, 4_000, 37)])
    assert (found == units["id"].duplicated().to_numpy()).all()
    assert len(list(islice(seen._sorted, 20))) < 12
