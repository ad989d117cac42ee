"""Stance by voice: each voice's own sentences with their number, rows of the output contract, and what the model is shown."""

import pandas as pd
import pytest

from stance.close_reading.by_voice import run_by_voice, voice_jobs, voice_texts, voice_units
from stance.corpus.records import as_units
from stance.errors import InputError
from stance.labelling.jobs import plan_jobs

ARTICLE = (
    '"De raad is een zegen voor de stad." De raad is een ramp. "De raad deugt niet", zegt wethouder Els Bos. "Ze liegt. De raad moet weg." '
    "Volgens Jan Smit is de raad juist nuttig. Morgen regent het. De raad stemt vandaag."
)


def test_each_voice_has_its_own_sentences():
    said = voice_texts(ARTICLE, ["de raad"])
    assert [(one.voice, one.source, one.sentences) for one in said] == [
        ("whole", None, 6),
        ("narrator", None, 2),
        ("quoted", None, 1),
        ("quoted", "Els Bos", 2),
        ("quoted", "Jan Smit", 1),
    ]
    assert said[0].text == ARTICLE
    assert said[1].text == "De raad is een ramp. De raad stemt vandaag."
    assert said[3].text == '"De raad deugt niet" De raad moet weg."'


def test_without_a_target_every_sentence_counts_and_without_a_mention_only_the_whole_is_left():
    assert [(one.voice, one.sentences) for one in voice_texts(ARTICLE)][:3] == [("whole", 8), ("narrator", 3), ("quoted", 1)]
    assert [(one.voice, one.sentences) for one in voice_texts(ARTICLE, ["Rusland"])] == [("whole", 0)]


def test_units_by_voice_keep_their_columns_and_the_source_is_the_holder():
    units = pd.DataFrame(
        {"id": ["a", "b"], "text": [ARTICLE, "De raad stemt."], "target": "de raad", "holder": [None, "VVD"], "outlet": "AD"}
    )
    spoken = voice_units(as_units(units), {"de raad": ["raad"]})
    assert spoken.index.tolist() == [0] * 5 + [1] * 2
    assert spoken["holder"].tolist() == [None, None, None, "Els Bos", "Jan Smit", "VVD", "VVD"]
    assert spoken["outlet"].eq("AD").all()


def test_rows_by_voice(shipped):
    units = pd.DataFrame(
        {"id": ["a", "b"], "text": [ARTICLE, "Niets hier. Echt niet."], "target": None, "holder": None, "krant": ["X", "Y"]}
    )
    jobs = plan_jobs(units, targets=["de raad", "Rusland"])
    done = []
    rows = run_by_voice(voice_jobs(jobs, {}), keep=["krant", "text"], on_progress=done.append)
    assert sum(done) == pytest.approx(len(rows))
    assert list(rows.columns[:6]) == ["id", "variable", "target", "holder", "label", "confidence"]
    assert set(rows["id"]) == {"a", "b"}
    assert rows["krant"].tolist() == ["X" if name == "a" else "Y" for name in rows["id"]]
    stances = rows[(rows["variable"] == "stance") & (rows["id"] == "a")]
    assert stances.loc[stances["target"] == "de raad", "voice"].tolist() == ["whole", "narrator", "quoted", "quoted", "quoted"]
    assert stances.loc[stances["target"] == "Rusland", "sentences"].tolist() == [0]
    whole = stances[(stances["voice"] == "whole") & (stances["target"] == "de raad")].iloc[0]
    alone = jobs[2].labeller.label([(ARTICLE, "de raad")]).iloc[0]
    assert whole["p_favor"] == pytest.approx(alone["p_favor"], abs=1e-4)
    source = stances[stances["holder"] == "Jan Smit"].iloc[0]
    alone = jobs[2].labeller.label([(source["text"], "de raad", "Jan Smit")]).iloc[0]
    assert source["p_favor"] == pytest.approx(alone["p_favor"], abs=1e-4)


def test_a_column_that_rows_have_of_their_own_is_refused(shipped):
    units = pd.DataFrame({"id": ["a"], "text": ["Kop."], "target": None, "holder": None, "voice": ["x"]})
    with pytest.raises(InputError, match="column 'voice' of the input cannot be kept"):
        run_by_voice(voice_jobs(plan_jobs(units, variable="tone"), {}), keep=["voice"])


def test_a_source_that_is_a_target_goes_by_the_name_of_the_target():
    units = as_units([('"De raad moet weg", zegt Bos.', "de raad")])
    assert voice_units(units, {"Els Bos": ["Bos"]})["holder"].tolist() == [None, "Els Bos"]
