"""What is read: article files and tables become tables of units.

>>> import stance.corpus as corpus
>>> corpus.as_units(["Kabinet krijgt lof voor plan."])["id"].tolist()
['1']
"""

from stance.corpus.cleaning import clean_series, clean_text
from stance.corpus.files import read_article, read_inputs
from stance.corpus.records import Article, Columns, Units, as_units, check_labels, check_targets, check_units, cross_targets
from stance.corpus.tables import iter_table, read_aliases, read_table, write_table

__all__ = [
    "Article",
    "Columns",
    "Units",
    "as_units",
    "check_labels",
    "check_targets",
    "check_units",
    "clean_series",
    "clean_text",
    "cross_targets",
    "iter_table",
    "read_aliases",
    "read_article",
    "read_inputs",
    "read_table",
    "write_table",
]
