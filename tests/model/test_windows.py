"""Windows hold what the encoder would be given, never too much of it, and together all of it."""

from __future__ import annotations

import time
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from stance.errors import ModelError
from stance.model.windows import PIECES_AT_ONCE, WindowCutter, WindowPolicy, Windows, first_texts

ARTICLE = " ".join(
    [
        "Het kabinet trekt geld uit voor het spoor.",
        "De Lelylijn krijgt lof in het noorden.",
        "In Gent is men boos over de plannen.",
        "Het spoorbedrijf verhuist naar Zwolle.",
        "De minister zwijgt.",
        "Op dinsdag vergadert de raad over de fusie van de twee havens.",
    ]
    * 3
)


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(tiny_encoder / "tokenizer.json"))


def cut(tokenizer: Tokenizer, text: str, first: str | None = None, **policy: int) -> Windows:
    return WindowCutter(tokenizer, WindowPolicy(**{"length": 64, **policy})).cut([text], [first])


def bodies(windows: Windows, first_size: int = 1) -> list[list[int]]:
    return [ids[first_size:-1] for ids in windows.ids]


@pytest.mark.parametrize(("first", "text"), [(None, "Kabinet viert succes"), ("D66 # de Lelylijn", "De Lelylijn krijgt lof. Eindelijk!")])
@pytest.mark.parametrize("encoder", ["tiny_encoder", "tiny_bert"])
def test_a_short_text_has_the_ids_of_transformers(request, encoder, first, text):
    from transformers import AutoTokenizer

    folder = request.getfixturevalue(encoder)
    theirs = AutoTokenizer.from_pretrained(folder)(*([text] if first is None else [first, text]))
    windows = cut(Tokenizer.from_file(str(folder / "tokenizer.json")), text, first)
    assert windows.ids == [theirs["input_ids"]]
    types = [int(0 < windows.second[0] <= position) for position in range(windows.lengths[0])]
    assert types == theirs.get("token_type_ids", types)


def test_windows_are_ordered_stretches_that_together_are_the_article(tokenizer):
    windows = cut(tokenizer, ARTICLE, overlap=0)
    whole = tokenizer.encode(ARTICLE, add_special_tokens=False).ids
    assert len(windows.ids) > 3
    assert windows.lengths.max() <= 64
    assert list(chain.from_iterable(bodies(windows))) == whole
    assert windows.unit_tokens.tolist() == [len(whole)]
    assert not windows.repeated.any()


def test_a_window_repeats_the_last_sentence_of_the_one_before(tokenizer):
    windows = cut(tokenizer, ARTICLE)
    assert len(windows.ids) > 3
    parts = bodies(windows)
    for before, after, repeated in zip(parts[:-1], parts[1:], windows.repeated[1:], strict=True):
        assert repeated > 0
        assert before[-repeated:] == after[:repeated]
        assert tokenizer.decode(after[:repeated]).strip()[0].isupper()
        assert tokenizer.decode(after[:repeated]).endswith(".")
    fresh = [token for part, repeated in zip(parts, windows.repeated, strict=True) for token in part[repeated:]]
    assert fresh == tokenizer.encode(ARTICLE, add_special_tokens=False).ids


def test_spans_are_where_the_windows_texts_stand(tokenizer):
    windows = cut(tokenizer, ARTICLE)
    texts = [ARTICLE[start:end] for start, end in windows.spans]
    assert [tokenizer.encode(text, add_special_tokens=False).ids for text in texts] == bodies(windows)


def test_what_is_repeated_counts_again_where_the_window_before_is_left_out(tokenizer):
    windows = cut(tokenizer, ARTICLE)
    kept = windows.keep(np.arange(len(windows.ids)) % 2 == 0)
    assert len(kept.ids) == -(-len(windows.ids) // 2)
    assert not kept.repeated.any()
    assert windows.keep(np.ones(len(windows.ids), dtype=bool)).repeated.tolist() == windows.repeated.tolist()


@pytest.mark.parametrize("text", ["a", "?", "é", "\U0001f642"])
def test_one_character_is_one_window(tokenizer, text):
    windows = cut(tokenizer, text)
    assert (len(windows.ids), windows.repeated.tolist()) == (1, [0])
    assert windows.ids[0] == tokenizer.encode(text).ids


def test_a_sentence_longer_than_a_window_is_divided_without_loss(tokenizer):
    text = "de raad bespreekt " * 100 + "de fusie"
    windows = cut(tokenizer, text)
    assert windows.lengths.max() == 64
    assert list(chain.from_iterable(bodies(windows))) == tokenizer.encode(text, add_special_tokens=False).ids


def test_a_text_of_more_pieces_than_are_tokenised_at_once_is_cut_without_loss(tokenizer):
    text = " ".join(f"De raad sprak over plan {number}." for number in range(PIECES_AT_ONCE + 100))
    windows = cut(tokenizer, text, overlap=0)
    assert list(chain.from_iterable(bodies(windows))) == tokenizer.encode(text, add_special_tokens=False).ids


def test_a_text_without_any_space_is_cut_in_linear_time(tokenizer):
    text = "spoorwegbelang" * 21_500  # 300 kB
    start = time.perf_counter()
    windows = cut(tokenizer, text)
    assert time.perf_counter() - start < 5
    assert windows.lengths.max() <= 64
    assert tokenizer.decode(list(chain.from_iterable(bodies(windows)))) == text


def test_a_first_text_takes_at_most_half_a_window(tokenizer):
    target = "het zeer lange burgerinitiatief voor een nieuwe spoorlijn naar het noorden " * 5
    windows = cut(tokenizer, ARTICLE, target)
    assert windows.lengths.max() <= 64
    assert set(windows.second) == {31}  # 32 less the closing </s>
    assert sum(body == [] for body in bodies(windows, 31)) == 0
    firsts = {tuple(ids[:31]) for ids in windows.ids}
    assert len(firsts) == 1
    assert tokenizer.decode(firsts.pop()).strip().startswith("het zeer lange")


def test_text_the_tokenizer_knows_nothing_of_keeps_its_unit():
    from tokenizers.models import BPE

    empty = Tokenizer(BPE({"a": 0}, []))
    windows = WindowCutter(empty, WindowPolicy(length=16)).cut(["b" * 9_000, "b"], [None, None])
    assert set(windows.unit) == {0, 1}
    assert windows.unit_tokens.tolist() == [1, 1]


def test_no_units_make_no_windows(tokenizer):
    windows = WindowCutter(tokenizer, WindowPolicy(length=64)).cut([], [])
    assert (windows.ids, windows.spans.shape, windows.lengths.tolist()) == ([], (0, 2), [])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(alphabet=st.sampled_from("aAbé .!?\n'\"-1,“”€"), min_size=1, max_size=1_500),
    length=st.integers(16, 64),
    overlap=st.sampled_from([0, 1]),
)
def test_nothing_is_lost_whatever_the_text(tokenizer, text, length, overlap):
    windows = cut(tokenizer, text, "Poetin", length=length, overlap=overlap)
    assert windows.lengths.max() <= length
    parts = bodies(windows, int(windows.second[0]))
    fresh = [token for part, repeated in zip(parts, windows.repeated, strict=True) for token in part[repeated:]]
    assert tokenizer.decode(fresh).strip() == text.strip()
    assert (windows.tokens - windows.repeated).sum() == windows.unit_tokens.sum()


@pytest.mark.parametrize(("policy", "problem"), [({"length": 15}, "at least 16"), ({"overlap": 2}, "0 or 1 sentences, not by 2")])
def test_a_policy_that_cannot_be_is_refused(policy, problem):
    with pytest.raises(ModelError, match=problem):
        WindowPolicy(**policy)


def test_first_texts_join_holder_and_target():
    units = pd.DataFrame({"target": ["klimaat", "klimaat", None], "holder": ["D66", None, "D66"]})
    assert first_texts(units) == ["D66 # klimaat", "klimaat", None]
    assert first_texts(pd.DataFrame({"text": ["Kop"]})) == [None]
