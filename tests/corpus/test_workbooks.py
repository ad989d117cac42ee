from __future__ import annotations

import openpyxl
import pandas as pd

from stance.corpus.tables import read_table


def test_sheets_with_the_same_header_are_read_and_the_others_named(tmp_path, caplog):
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        pd.DataFrame({"id": [1], "text": ["Een."]}).to_excel(book, sheet_name="mei", index=False)
        pd.DataFrame({"id": [2, 3], "text": ["Twee.", "Drie."]}).to_excel(book, sheet_name="juni", index=False)
        pd.DataFrame({"outlet": ["De Havenbode"], "oplage": [4]}).to_excel(book, sheet_name="kranten", index=False)
    assert read_table(tmp_path / "a.xlsx")["text"].tolist() == ["Een.", "Twee.", "Drie."]
    assert "not read: sheet 'kranten', whose header is not that of 'mei'" in caplog.text


def test_merged_cells_give_their_value_to_every_row_and_escapes_of_excel_go(tmp_path):
    book = openpyxl.Workbook()
    for row in [
        ("id", "outlet", "text"),
        (1, "De Havenbode", "Een._x000D_\nTwee."),
        (2, None, "Drie."),
        (3, None, "Vier."),
        (4, None, "Vijf."),
    ]:
        book.active.append(row)
    book.active.merge_cells("B2:B4")
    book.save(tmp_path / "a.xlsx")
    frame = read_table(tmp_path / "a.xlsx")
    assert frame["outlet"].tolist() == ["De Havenbode"] * 3 + [None]
    assert frame["text"].tolist() == ["Een.\nTwee.", "Drie.", "Vier.", "Vijf."]
