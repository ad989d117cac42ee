"""NET rows: source, holder, target, direction and sentence, with the offsets of what is said."""

import pandas as pd
import pytest

from stance.close_reading.net import NET_COLUMNS, net_jobs, net_units, run_net
from stance.dutch.holders import Actors
from stance.dutch.segments import segments
from stance.errors import InputError
from stance.labelling.jobs import plan_jobs

ARTICLE = 'De VVD valt de PVV aan. "De PVV deugt niet", zegt Els Bos. Lilian Janse van de SGP prijst de PVV. De PVV zwijgt. Wie weet.'


def units(**columns):
    return pd.DataFrame({"id": ["a"], "text": [ARTICLE], "target": ["PVV"], "holder": None, "date": "2019-05-01"} | columns)


def test_who_is_for_or_against_whom():
    table = net_units(units(), {})
    assert table[["sentence", "voice", "source", "holder", "holder_party"]].values.tolist() == [
        [1, "narrator", None, "VVD", "VVD"],
        [2, "quoted", "Els Bos", "Els Bos", None],
        [3, "narrator", None, "Lilian Janse", None],
        [4, "narrator", None, None, None],
    ]
    assert [ARTICLE[start:end] for start, end in zip(table["start"], table["end"], strict=True)][1] == '"De PVV deugt niet"'
    assert table["text"].iloc[1] == '"De PVV deugt niet", zegt Els Bos.'


def test_a_holder_that_the_unit_names_is_kept():
    assert net_units(units(holder=["D66"]), {})["holder"].eq("D66").all()


def test_politicians_are_those_of_the_day():
    text = "Rutte prijst de PVV. Schoof prijst de PVV."
    holders = {day: [Actors.of(text, on=day).holder(text, part, ["PVV"]) for part in segments(text)] for day in ("2019-05", "2024-07")}
    assert holders["2019-05"] == ["Mark Rutte", None]
    assert holders["2024-07"][1] == "Dick Schoof"
    assert Actors.of(text, on="2019-05").party("Mark Rutte") == "VVD"


def test_rows(shipped):
    jobs = plan_jobs(units(target=None), targets=["PVV", "D66"])
    rows = run_net(net_jobs(jobs, {}), keep=["text"])
    assert list(rows.columns) == [*NET_COLUMNS, "date", "text", "model"]
    assert rows["target"].tolist() == ["PVV"] * 4
    assert rows["direction"].between(-1, 1).all()
    labelled = jobs[2].labeller.label([(rows["text"][0], "PVV", "VVD")]).iloc[0]
    assert rows["direction"][0] == pytest.approx(labelled["p_favor"] - labelled["p_against"], abs=1e-4)


def test_without_targets_or_mentions_there_are_no_rows(shipped):
    with pytest.raises(InputError, match="none is named; name them with --target"):
        net_jobs(plan_jobs(units(target=None)), {})
    with pytest.raises(InputError, match="None of the articles names a target"):
        net_jobs(plan_jobs(units(target=None), targets=["D66"]), {})


def test_a_source_that_is_a_target_goes_by_the_name_of_the_target():
    table = net_units(units(text=['"De PVV moet weg", zegt Bos.']), {"Els Bos": ["Bos"]})
    assert table[["source", "holder"]].values.tolist() == [["Els Bos", "Els Bos"]]
