from __future__ import annotations

import pandas as pd
import pytest

from stance.corpus.tables import read_table
from stance.errors import InputError

STRAY = 'id,datum,titel,tekst\n1,2021-05-05,Kop,Het veer vaart.\n2,2021-05-06,Kop,"Wij varen weer zei de schipper\n3,2021-05-07,Kop,De dijk is dicht.\n4,2021-05-08,Kop,"Mooi" zei hij.\n'  # noqa: E501


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_quote_mark_that_is_not_closed_is_told_and_swallows_no_rows(separator, tmp_path):
    path = tmp_path / ("a.tsv" if separator == "\t" else "a.csv")
    path.write_text(STRAY.replace(",", separator), encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2: field 'tekst' runs on over lines that look like rows of their own .*'Wij varen weer"):
        read_table(path)


@pytest.mark.parametrize(
    "rows",
    [['1,"Het veer\n2,Twee.\n3,Drie.\n4,"Vier."\n'], ['"Het veer,2021-05-05\nTwee.,2021-05-06\nDrie.,2021-05-07\nVier.",2021-05-08\n']],
)
def test_one_column_of_figures_shows_it_where_all_lines_are_alike(rows, tmp_path):
    path = tmp_path / "a.csv"
    header = "id,tekst\n" if rows[0].startswith("1") else "tekst,datum\n"
    path.write_text(header + rows[0], encoding="utf-8")
    with pytest.raises(InputError, match="look like rows of their own"):
        read_table(path)


def test_paragraphs_with_figures_and_commas_are_no_rows(tmp_path):
    texts = [
        "Daling\n10,5 procent minder, zegt het CBS, dan vorig jaar",
        "Tijdlijn\n17-12-2022, het kabinet valt, een nacht later\n18-12-2022, stilte",
    ]
    frame = pd.DataFrame({"id": [1, 2], "text": texts, "outlet": ["De Havenbode"] * 2})
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert read_table(tmp_path / "a.csv")["text"].tolist() == texts


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_first_line_that_states_the_separator_is_no_header(separator, tmp_path):
    (tmp_path / "a.csv").write_text(f"sep={separator}\nid{separator}text\n7{separator}De raad stemt.\n", encoding="utf-8")
    assert read_table(tmp_path / "a.csv")[["id", "text"]].values.tolist() == [["7", "De raad stemt."]]
