"""Damaged inputs are refused in one sentence also where their rows are only counted."""

from __future__ import annotations

import pytest

from stance.corpus.blocks import find_sources
from stance.corpus.records import Columns
from stance.errors import InputError


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1 kapot PAR1", b"PAR1" + bytes(40) + b"\x10\x00\x00\x00PAR1"])
def test_the_rows_of_a_damaged_parquet_are_not_counted(tmp_path, content):
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"t\.parquet: cannot be read as Parquet"):
        find_sources([tmp_path / "t.parquet"], Columns()).count()
