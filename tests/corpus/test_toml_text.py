"""Damaged TOML is refused in one sentence wherever a user's file is read."""

from __future__ import annotations

import pytest

from stance.coding.codebook import read_codebook
from stance.corpus.tables import read_aliases
from stance.errors import CodebookError, InputError, ModelError
from stance.model.folder import read_settings

DEEP = f"a = {'[' * 5_000}{']' * 5_000}"
DAMAGED = {"nested deep": DEEP, "a number too long": f"a = {'1' * 5_000}", "cut off": 'a = ["b'}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize(("read", "error"), [(read_aliases, InputError), (read_codebook, CodebookError), (read_settings, ModelError)])
def test_what_is_not_toml_is_refused(tmp_path, read, error, text):
    path = tmp_path / "stance.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match="TOML") as refusal:
        read(tmp_path if read is read_settings else path)
    assert "\n" not in str(refusal.value)
