"""Targets to choose from: by capitals, and by a model of names in a folder."""

from pathlib import Path

import pytest

from stance.corpus.tables import read_aliases
from stance.dutch.finding import name_model, suggest_targets, targets_file
from stance.errors import ModelError


def test_suggested_targets_join_last_names_and_leave_sentence_openers_out():
    texts = ["Daarna sprak Els van der Bos. Morgen stemt Van der Bos niet, zegt Van der Bos.", "Wat vindt Van der Bos van de EU?"]
    suggested = suggest_targets(texts)
    assert suggested.to_dict("list") == {
        "target": ["Els van der Bos", "EU"],
        "aliases": ["Van der Bos", ""],
        "mentions": [4, 1],
        "articles": [2, 1],
    }
    assert suggest_targets([]).empty


def test_a_last_name_of_two_people_keeps_to_itself():
    suggested = suggest_targets(["Ook sprak Jan Bos en later Els Bos. Wat Bos wil, wil Bos."])
    assert set(suggested["target"]) == {"Jan Bos", "Els Bos", "Bos"}


def test_the_targets_file_reads_back(tmp_path):
    suggested = suggest_targets(["Daarna sprak Els van der Bos met de EU.", "Ook Van der Bos."])
    (tmp_path / "targets.toml").write_text(targets_file(suggested), encoding="utf-8")
    assert {target: list(others) for target, others in read_aliases(tmp_path / "targets.toml").items()} == {
        "Els van der Bos": ["Van der Bos"],
        "EU": [],
    }


def test_a_spacy_model_finds_names_at_the_start_of_a_sentence(tmp_path):
    spacy = pytest.importorskip("spacy", reason="needs the extra 'ner'")
    pipeline = spacy.blank("nl")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "Rusland"}, {"label": "DATE", "pattern": "maandag"}])
    pipeline.to_disk(tmp_path / "namen")
    suggested = suggest_targets(["Rusland dreigt. Rusland wacht tot maandag."], finder=name_model(tmp_path / "namen"))
    assert suggested[["target", "mentions"]].values.tolist() == [["Rusland", 2]]


def test_a_hugging_face_model_is_read_from_its_folder(tiny_encoder: Path, tmp_path: Path):
    transformers = pytest.importorskip("transformers", reason="needs the extra 'train'")
    labels = {0: "O", 1: "B-PER"}
    config = transformers.AutoConfig.from_pretrained(
        tiny_encoder, id2label=labels, label2id={name: place for place, name in labels.items()}
    )
    transformers.AutoModelForTokenClassification.from_config(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(tiny_encoder).save_pretrained(tmp_path)
    text = "Kabinet verliest banen. Haven viert succes."
    names = name_model(tmp_path)(text)
    assert all(name in text for name in names)
    assert name_model(tmp_path)("") == []


def test_a_folder_without_a_model_of_names_is_refused(tmp_path):
    with pytest.raises(ModelError, match="holds no model of names"):
        name_model(tmp_path)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be opened as a token classifier"):
        name_model(tmp_path)
