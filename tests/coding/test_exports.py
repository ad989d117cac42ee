"""Exports in which a value is of another kind than the tools write are refused in one sentence, whichever value it is."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from stance.coding.codebook import builtin
from stance.coding.collecting import collect
from stance.errors import StanceError

KEY = pd.DataFrame({"unit": ["u0001-aaaa", "u0002-aaaa"], "id": ["a", "b"]})
CHOICE = {"type": "choices", "from_name": "label", "value": {"choices": ["neutral"]}}
EXPORTS: dict[str, list[dict[str, Any]]] = {
    "label studio": [
        {
            "data": {"unit": "u0001-aaaa", "text": "Sluis open."},
            "annotations": [{"completed_by": {"email": "an@example.nl"}, "was_cancelled": False, "result": [CHOICE]}],
        },
        {"data": {"unit": "u0002-aaaa", "text": "Brug dicht."}, "annotations": []},
    ],
    "argilla": [
        {"id": "u0001-aaaa", "fields": {}, "responses": {"label": [{"value": "neutral", "user_id": "an", "status": "submitted"}]}},
        {"id": "u0002-aaaa", "fields": {}, "metadata": {}, "responses": {}},
    ],
    "argilla 1": [{"id": "u0001-aaaa", "fields": {}, "responses": [{"user_id": "an", "values": {"label": {"value": "neutral"}}}]}],
    "argilla in columns": [
        {"id": "u0001-aaaa", "label.responses": ["neutral"], "label.responses.users": ["an"], "label.responses.status": ["submitted"]}
    ],
    "doccano": [
        {"unit": "u0001-aaaa", "label": ["neutral"], "username": "an", "Comments": ["twijfel"]},
        {"unit": "u0002-aaaa", "label": []},
    ],
}
JUNK = [None, 7, -1.5, True, "x", [], {}, ["a"], [None], [[1]], {"a": 1}, {"unit": [1]}]


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value inside ``value``."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield (*above, name)
        yield from places(one, (*above, name))


def replaced(value: Any, way: tuple[Any, ...], junk: Any) -> Any:
    changed = copy.deepcopy(value)
    inner = changed
    for name in way[:-1]:
        inner = inner[name]
    inner[way[-1]] = junk
    return changed


@pytest.mark.parametrize("records", EXPORTS.values(), ids=EXPORTS)
def test_no_value_of_another_kind_ends_in_a_traceback(records, tmp_path):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    assert collect([path], KEY, builtin("tone")).codings["label"].tolist()[0] == "neutral"
    refused = 0
    for way in places(records):
        for junk in JUNK:
            path.write_text(json.dumps(replaced(records, way, junk)), encoding="utf-8")
            try:
                collect([path], KEY, builtin("tone"))
            except StanceError as error:
                assert "\n" not in str(error)
                refused += 1
    assert refused > len(JUNK)


def test_a_number_of_thousands_of_digits_is_refused(tmp_path):
    path = tmp_path / "export.json"
    path.write_text(f'[{{"unit": {"1" * 5_000}, "label": "neutral"}}]', encoding="utf-8")
    with pytest.raises(StanceError, match="neither a table nor JSON"):
        collect([path], KEY, builtin("tone"))
