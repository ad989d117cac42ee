"""Integrated gradients: complete, on the words of the text, in the form occlusion has, and only where there is a checkpoint."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

from stance.close_reading.explaining import Unit, explain
from stance.close_reading.faithfulness import faithfulness
from stance.close_reading.gradients import integrated_gradients, open_gradients
from stance.errors import ModelError
from stance.model.folder import write_settings
from stance.model.labelling import load

TITLE = "Fabriek in Gent verliest banen en geld door schandaal"
ARTICLE = f'{TITLE}. "Kabinet krijgt veel lof en winst", zegt Els Bos.\n\nMinister vergadert op dinsdag!'


@pytest.fixture(scope="module")
def opened(tone_model):
    return open_gradients(tone_model)


def probability(opened, stretch, label: int, *, share: float) -> float:
    """The calibrated probability with the embeddings at ``share`` of the way from the baseline, reckoned without captum or hooks."""
    model = opened.network
    table = model.get_input_embeddings().weight
    ids = torch.tensor([stretch.ids])
    embedded, padding = table[ids].clone(), table[opened.pad_id]
    body = slice(stretch.first, stretch.first + len(stretch.offsets))
    embedded[:, body] = padding + share * (embedded[:, body] - padding)
    kinds = {"token_type_ids": (torch.arange(ids.shape[1]) >= stretch.second).long()[None]} if opened.type_ids else {}
    with torch.inference_mode():
        logits = model(inputs_embeds=embedded, attention_mask=torch.ones_like(ids), **kinds).logits
    return float(opened.settings.calibration.apply(logits.double().softmax(dim=-1).numpy())[0, label])


@pytest.mark.parametrize("label", [0, 1, 2])
def test_the_weights_add_up_to_what_the_probability_gains_over_the_baseline(opened, label):
    (stretch,) = opened.stretches(TITLE, None, None)
    gained = probability(opened, stretch, label, share=1.0) - probability(opened, stretch, label, share=0.0)
    assert opened.token_weights(stretch, label).sum() == pytest.approx(gained, abs=0.01)


def test_over_all_labels_nothing_is_gained(opened):
    (stretch,) = opened.stretches(TITLE, None, None)
    np.testing.assert_allclose(sum(opened.token_weights(stretch, label) for label in range(3)), 0.0, atol=1e-4)


def test_the_checkpoint_sees_the_windows_of_labelling(opened, tone_model):
    (stretch,) = opened.stretches(TITLE, None, None)
    mine = [probability(opened, stretch, label, share=1.0) for label in range(3)]
    np.testing.assert_allclose(mine, load(tone_model).predict_proba([TITLE])[0], atol=0.05)  # the labels' file is int8


def test_a_target_stays_in_the_window_and_token_types_follow(train_tiny, stance_units, tiny_bert):
    folder = train_tiny(stance_units, "stance", tiny_bert, epochs=2)
    opened = open_gradients(folder)
    (stretch,) = opened.stretches("de raad juicht de fusie toe", "de fusie", "D66")
    assert stretch.second == stretch.first > 4  # [CLS], at least three tokens of the holder and target, [SEP]
    gained = probability(opened, stretch, 2, share=1.0) - probability(opened, stretch, 2, share=0.0)
    assert opened.token_weights(stretch, 2).sum() == pytest.approx(gained, abs=0.01)


def test_words_are_those_of_the_text_and_carry_all_of_a_part_without_punctuation(opened, tone_model):
    method = integrated_gradients(tone_model)
    labeller = load(tone_model)
    found = explain(labeller, Unit("a", f"  {TITLE}"), method=method)
    (part,) = found.parts
    assert [found.text[word.start : word.end] for word in part.words] == TITLE.split()
    (stretch,) = opened.stretches(TITLE, None, None)
    whole = opened.token_weights(stretch, found.labels.index(part.label)).sum()
    assert sum(word.weight for word in part.words) == pytest.approx(whole, abs=1e-4)


def test_the_result_has_the_form_of_occlusion(tone_model):
    labeller = load(tone_model)
    by_gradients, by_occlusion = (
        explain(labeller, Unit("a", ARTICLE), method=method) for method in (integrated_gradients(tone_model), None)
    )
    assert (by_gradients.method, by_occlusion.method) == ("gradients", "occlusion")
    for mine, other in zip(by_gradients.parts, by_occlusion.parts, strict=True):
        assert (mine.segment, mine.label) == (other.segment, other.label)
        assert [(word.start, word.end) for word in mine.words] == [(word.start, word.end) for word in other.words]
        assert not mine.words or any(word.weight for word in mine.words)
    assert len(faithfulness(labeller, by_gradients, rng=np.random.default_rng(1))) == 2


def test_a_sentence_longer_than_a_window_is_cut_and_each_token_seen_once(opened):
    text = " ".join([TITLE] * 20)
    stretches = list(opened.stretches(text, None, None))
    assert len(stretches) > 1
    assert max(len(one.ids) for one in stretches) <= opened.settings.windows.length
    assert sum(one.share for one in stretches) == pytest.approx(1.0)
    ends = [end for one in stretches for _, end in one.offsets]
    assert ends == sorted(ends) and ends[-1] == len(text)


def test_a_folder_without_its_checkpoint_is_refused(tone_model, tmp_path, opened):
    folder = tmp_path / "tone"
    shutil.copytree(tone_model, folder)
    (folder / "model.safetensors").unlink()
    write_settings(folder, opened.settings)
    with pytest.raises(ModelError, match=r"has no checkpoint \(model.safetensors\), which gradients need: pass --model"):
        open_gradients(folder)
