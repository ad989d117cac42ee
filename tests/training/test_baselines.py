"""The baselines behind the shared interface, and the figures of the data page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

import stance
from stance.errors import CodebookError, InputError, TrainingError
from stance.model.lexicon import LexiconScorer, MajorityScorer
from stance.model.linear import TfidfScorer
from stance.training.baselines import LexiconClassifier, MajorityClassifier, TfidfClassifier
from stance.training.fitting_baselines import ordinal_thresholds

krippendorff = pytest.importorskip("krippendorff")

GOOD = ["Bedrijf boekt mooie winst", "Lof voor dappere redders", "Goede oogst stemt boeren blij", "Mooie zege voor de ploeg"]
BAD = ["Bedrijf lijdt zwaar verlies", "Woede om slechte zorg", "Ramp treft arme wijk", "Slechte oogst stemt boeren boos"]
PLAIN = ["Raad vergadert dinsdag", "Trein rijdt weer volgens dienstregeling", "Kamer stemt over begroting", "Markt begint om negen uur"]
TEXTS = [*GOOD, *BAD, *PLAIN]
LABELS = ["positive"] * 4 + ["negative"] * 4 + ["neutral"] * 4
LEXICON = {"mooie": 1.0, "goede": 1.0, "lof": 1.0, "zwaar": -1.0, "slechte": -1.0, "woede": -1.0, "ramp": -1.0}

BASELINES = [
    (MajorityClassifier(), MajorityScorer),
    (LexiconClassifier(LEXICON), LexiconScorer),
    (TfidfClassifier(), TfidfScorer),
]


@pytest.mark.parametrize(("classifier", "scorer"), BASELINES)
def test_the_shared_interface(classifier, scorer, tmp_path):
    fresh = clone(classifier)  # get_params gives back what the classifier was made with
    fitted = fresh.fit(TEXTS, LABELS)
    probabilities = fitted.predict_proba(TEXTS)
    assert fitted is fresh
    assert fitted.classes_.tolist() == ["negative", "neutral", "positive"]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert fitted.predict(TEXTS).tolist() == fitted.classes_[probabilities.argmax(axis=1)].tolist()
    fitted.save(tmp_path / "model")
    loaded = scorer.load(tmp_path / "model", fitted.classes_.tolist())
    units = pd.DataFrame({"text": TEXTS, "target": None, "holder": None})
    np.testing.assert_allclose(loaded.score(units).probabilities, probabilities, atol=1e-6)
    assert (tmp_path / "model" / "stance.toml").is_file()


def test_the_majority_label_and_its_share():
    fitted = MajorityClassifier().fit(TEXTS[:5], LABELS[:5])
    assert fitted.predict(["Iets"]).tolist() == ["positive"]
    assert fitted.predict_proba(["Iets"]).tolist() == [[0.2, 0.0, 0.8]]


def test_tfidf_predicts_as_the_scikit_learn_pipeline():
    vectors = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 6), sublinear_tf=True, min_df=2),
    )
    pipeline = make_pipeline(vectors, LinearSVC(C=0.3, class_weight="balanced", random_state=0)).fit(TEXTS, LABELS)
    new = ["Mooie lof voor boeren", "Kamer vergadert", "Verlies om ramp", *TEXTS]
    fitted = TfidfClassifier().fit(TEXTS, LABELS)
    assert fitted.predict(new).tolist() == pipeline.predict(new).tolist()
    np.testing.assert_allclose(fitted.scorer_.decisions(new)[:, [0, 1, 2]], pipeline.decision_function(new), atol=1e-5)


@pytest.mark.parametrize("classifier", [TfidfClassifier("stance"), MajorityClassifier("stance")])
def test_two_labels_leave_the_third_without_probability(classifier):
    fitted = classifier.fit([(text, "boeren") for text in GOOD + BAD], ["favor"] * 4 + ["against"] * 4)
    assert fitted.classes_.tolist() == ["against", "favor", "neutral"]
    assert (fitted.predict_proba([("Mooie oogst", "boeren")])[:, 2] == 0).all()
    assert fitted.with_target_


def test_tfidf_reads_target_and_holder():
    units = pd.DataFrame({"id": range(8), "text": "Zij sprak.", "target": ["duin", "zee"] * 4})
    fitted = TfidfClassifier("stance").fit(units, ["favor", "against"] * 4)
    assert fitted.predict([("Zij sprak.", "zee"), ("Zij sprak.", "duin")]).tolist() == ["against", "favor"]


@pytest.mark.parametrize("target", [None, "duin"])
def test_a_saved_tfidf_model_reads_holders_as_the_fitted_one(target, tmp_path):
    units = pd.DataFrame({"id": range(12), "text": TEXTS, "target": target, "holder": ["An", "Bo", "Cas"] * 4})
    fitted = TfidfClassifier().fit(units, LABELS)
    fitted.save(tmp_path / "model")
    np.testing.assert_allclose(stance.load(tmp_path / "model").predict_proba(units), fitted.predict_proba(units), atol=1e-6)


def test_own_labels_need_no_codebook():
    fitted = MajorityClassifier("frame", labels=["conflict", "gevolg"]).fit(["Een.", "Twee."], ["gevolg", "gevolg"])
    assert fitted.predict(["Drie."]).tolist() == ["gevolg"]
    with pytest.raises(CodebookError, match="frame"):
        MajorityClassifier("frame").fit(["Een."], ["gevolg"])


def test_lexicon_learns_its_cuts():
    fitted = LexiconClassifier(LEXICON).fit(TEXTS, LABELS)
    low, high = fitted.scorer_.thresholds
    assert low < 0 < high
    assert accuracy_score(LABELS, fitted.predict(TEXTS)) == 1
    fixed = LexiconClassifier(LEXICON, thresholds=(-0.9, 0.9)).fit(TEXTS, LABELS)
    assert set(fixed.predict(TEXTS)) == {"neutral"}


def test_thresholds_are_the_best_of_all(rng):
    scores, gold = rng.normal(size=40).round(1), rng.integers(0, 3, size=40)
    low, high = ordinal_thresholds(scores, gold)
    found = f1_score(gold, (scores > low).astype(int) + (scores > high), average="macro")
    middles = (np.unique(scores)[1:] + np.unique(scores)[:-1]) / 2
    every = [
        f1_score(gold, (scores > a).astype(int) + (scores > b), average="macro", zero_division=0)
        for a in middles
        for b in middles
        if a <= b
    ]
    assert found == pytest.approx(max(every))


@pytest.mark.parametrize(
    ("classifier", "texts", "labels", "error", "message"),
    [
        (TfidfClassifier(), TEXTS[:2], LABELS[:1], InputError, "2 units and 1 labels"),
        (TfidfClassifier(), TEXTS[:2], ["positive", "nuetral"], InputError, "row 2: label 'nuetral'.*Did you mean 'neutral'"),
        (TfidfClassifier(), TEXTS[:2], LABELS[:2], TrainingError, "All 2 units have label 'positive'"),
        (TfidfClassifier(), ["?", "!"], LABELS[3:5], TrainingError, "No unit holds a word"),
        (LexiconClassifier({"kwantum": 1.0}), TEXTS, LABELS, TrainingError, "gives all 12 units the score 0"),
        (LexiconClassifier(LEXICON, variable="frame", labels=["a", "b"]), ["x", "y"], ["a", "b"], TrainingError, "has 2"),
    ],
)
def test_bad_training_is_refused(classifier, texts, labels, error, message):
    with pytest.raises(error, match=message):
        classifier.fit(texts, labels)


def test_predicting_before_fitting_is_refused():
    with pytest.raises(TrainingError, match="TfidfClassifier has not learned yet"):
        TfidfClassifier().predict(["Een."])


@pytest.mark.data
def test_the_figures_of_the_data_page(shared):
    train, gold = (pd.read_json(shared / "tone" / "ecosent" / f"{part}.jsonl", lines=True) for part in ("train", "gold"))
    predicted = TfidfClassifier().fit(train, train["label"]).predict(gold)
    codes = {"negative": 0, "neutral": 1, "positive": 2}
    table = [gold["label"].map(codes).tolist(), [codes[label] for label in predicted]]
    assert accuracy_score(gold["label"], predicted) == pytest.approx(0.648, abs=5e-4)
    assert krippendorff.alpha(table, level_of_measurement="ordinal", value_domain=[0, 1, 2]) == pytest.approx(0.536, abs=5e-4)
    assert f1_score(gold["label"], predicted, average="macro") == pytest.approx(0.644, abs=5e-4)
