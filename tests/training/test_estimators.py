"""The classifiers are scikit-learn estimators: its own checks, cross-validation, grid search, pipelines and scorers take them."""

from __future__ import annotations

import warnings
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks
from sklearn.utils.validation import check_is_fitted

from stance.errors import InputError, TrainingError
from stance.training.baselines import LexiconClassifier, MajorityClassifier, TfidfClassifier
from stance.training.classifier import RobbertClassifier
from stance.training.settings import TrainConfig

LEXICON = {"crisis": -1.0, "schandaal": -1.0, "ramp": -1.0, "succes": 1.0, "lof": 1.0, "mooie": 1.0}
ESTIMATORS = [MajorityClassifier(), LexiconClassifier(LEXICON), TfidfClassifier(cost=0.5), RobbertClassifier(learning_rate=1e-3)]
WITHOUT_NUMBERS = [
    "check_estimator_cloneable",
    "check_estimator_tags_renamed",
    "check_valid_tag_types",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_do_not_raise_errors_in_init_or_set_param",
    "check_mixin_order",
    "check_get_params_invariance",
    "check_set_params",
]


def named(estimator: object) -> str:
    return type(estimator).__name__


@pytest.fixture(scope="module")
def texts(tone_units: pd.DataFrame) -> list[str]:
    return tone_units["text"].tolist()


@pytest.fixture(scope="module")
def labels(tone_units: pd.DataFrame) -> list[str]:
    return tone_units["label"].tolist()


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=named)
@pytest.mark.parametrize("check", [name for name in WITHOUT_NUMBERS if hasattr(estimator_checks, name)])
def test_the_checks_of_scikit_learn_that_need_no_numbers(estimator, check):
    getattr(estimator_checks, check)(named(estimator), estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=named)
def test_check_estimator_passes(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)  # it leaves out what feeds numbers to an estimator of texts
        estimator_checks.check_estimator(estimator)
    assert is_classifier(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS[:3], ids=named)
def test_fitting_and_predicting_change_no_setting(estimator, texts, labels):
    before = {name: repr(value) for name, value in estimator.get_params().items()}
    fresh = clone(estimator)
    with pytest.raises(NotFittedError):
        check_is_fitted(fresh)
    with pytest.raises(NotFittedError, match="has not learned yet"):
        fresh.predict(texts)
    assert fresh.fit(texts, labels) is fresh
    check_is_fitted(fresh)
    learned = set(vars(fresh))
    predicted = fresh.predict(texts)
    assert set(vars(fresh)) == learned
    assert {name: repr(value) for name, value in fresh.get_params().items()} == before
    assert fresh.score(texts, labels) == accuracy_score(labels, predicted)


def test_cross_validation_of_texts_frames_and_series(tone_units, texts, labels):
    scores = cross_val_score(TfidfClassifier(), texts, labels, scoring="f1_macro", cv=StratifiedKFold(3))
    assert scores.shape == (3,)
    assert scores.min() > 0.5
    for units in (tone_units[["id", "text"]], tone_units["text"], np.array(texts, dtype=object)):
        np.testing.assert_array_equal(cross_val_score(TfidfClassifier(), units, labels, scoring="f1_macro", cv=StratifiedKFold(3)), scores)
    predicted = cross_val_predict(TfidfClassifier(), texts, labels, cv=StratifiedKFold(3))
    assert set(predicted) <= {"negative", "neutral", "positive"}


def test_polars_and_arrow_tables_are_cross_validated(tone_units, labels):
    polars = pytest.importorskip("polars", reason="polars is in the extra dev")
    units = polars.DataFrame({"id": tone_units["id"].tolist(), "text": tone_units["text"].tolist()})
    expected = cross_val_score(TfidfClassifier(), tone_units[["id", "text"]], labels, cv=StratifiedKFold(3))
    np.testing.assert_array_equal(cross_val_score(TfidfClassifier(), units, labels, cv=StratifiedKFold(3)), expected)
    fitted = TfidfClassifier().fit(units.to_arrow(), units.with_columns(label=polars.Series(labels))["label"])
    assert fitted.predict(units.to_arrow()).tolist() == fitted.predict(tone_units).tolist()


def test_a_pipeline_cleans_first_and_its_settings_are_searched(texts, labels):
    shouted = [text.upper() for text in texts]
    lowered = FunctionTransformer(lambda units: [text.lower() for text in units])
    pipeline = make_pipeline(lowered, TfidfClassifier())
    assert pipeline.set_params(tfidfclassifier__cost=0.1).get_params()["tfidfclassifier__cost"] == 0.1
    search = GridSearchCV(pipeline, {"tfidfclassifier__cost": [0.01, 0.3]}, scoring="f1_macro", cv=StratifiedKFold(3))
    assert search.fit(shouted, labels).best_params_["tfidfclassifier__cost"] in (0.01, 0.3)
    assert search.predict(shouted).tolist() == search.best_estimator_.predict(shouted).tolist()


def test_probability_columns_are_in_the_order_that_scorers_expect(stance_units):
    units, gold = stance_units[["text", "target"]], stance_units["label"].tolist()
    fitted = TfidfClassifier("stance").fit(units, gold)
    assert fitted.classes_.tolist() == ["against", "favor", "neutral"]
    probabilities = fitted.predict_proba(units)
    by_label = dict(zip(fitted.classes_, probabilities.T, strict=True))
    right = np.array([by_label[label][row] for row, label in enumerate(gold)])
    assert log_loss(gold, probabilities) == pytest.approx(-np.log(right).mean())
    assert (fitted.classes_[probabilities.argmax(axis=1)] == gold).mean() > 0.9
    losses = cross_val_score(TfidfClassifier("stance"), units, gold, scoring="neg_log_loss", cv=StratifiedKFold(3))
    assert losses.min() > np.log(1 / 3)  # better than guessing, which a wrong order would not be


def test_every_setting_of_a_run_is_an_argument_with_the_same_default():
    settings = {entry.name: entry.default for entry in fields(TrainConfig) if entry.name != "checkpoint_minutes"}
    params = RobbertClassifier().get_params()
    assert set(params) == {"variable", "aliases", *settings}
    assert {name: params[name] for name in settings if name != "encoder"} == {
        name: default for name, default in settings.items() if name != "encoder"
    }
    assert params["encoder"] == "robbert-2023-base"
    with pytest.raises(TrainingError, match="learning_rate must be above 0, not -1"):
        RobbertClassifier(learning_rate=-1).fit(["Kop.", "Nog een kop."], ["neutral", "negative"])


def test_the_learning_rate_of_an_encoder_is_searched(tiny_encoder: Path, texts, labels, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tiny = RobbertClassifier(encoder=str(tiny_encoder), epochs=6, batch_size=8, dev_share=0.2)
    search = GridSearchCV(tiny, {"learning_rate": [1e-6, 5e-3]}, scoring="f1_macro", cv=StratifiedKFold(2), error_score="raise")
    search.fit(texts, labels)
    assert search.best_params_ == {"learning_rate": 5e-3}
    assert search.best_estimator_.trained_.settings.signature["learning_rate"] == "0.005"
    assert len(list(tmp_path.glob("stance-*"))) == 1  # the folders of the other four went with their classifiers
    assert search.best_estimator_.classes_.tolist() == ["negative", "neutral", "positive"]
    with pytest.raises(InputError, match="text is empty"):
        search.best_estimator_.fit([*texts[:-1], ""], labels)
