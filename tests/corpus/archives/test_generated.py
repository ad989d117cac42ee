"""Generated exports: articles in any order with marks of four languages come back one by one, and none is lost or merged in silence.

``benchmarks/archives.py`` does the same with thousands of articles and files.
"""

from __future__ import annotations

import numpy as np
import pytest
from generated_exports import LAYOUTS, TABLES, delpher, make_articles, table
from mutations import Count, changed_marks, changed_rows

from stance.corpus.archives import ArchiveArticle, Source, read_source


@pytest.fixture
def read(save):
    """A function that returns what was read of a file with the content given."""

    def items(name, content):
        path = save(name, content)
        return list(read_source(Source(path, name)))

    return items


def facts_of(items):
    return [(item.title, item.outlet, item.date, item.text) for item in items if isinstance(item, ArchiveArticle)]


def facts(articles):
    return [(one.title, one.outlet, one.iso, "\n".join(one.text)) for one in articles]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_articles_come_back_one_by_one_with_marks_of_four_languages(layout, read):
    rng = np.random.default_rng(20210505)
    articles = make_articles(rng.permutation(60).tolist(), rng)
    items = read(f"a.{LAYOUTS[layout].ending}", LAYOUTS[layout].content(LAYOUTS[layout].lines(articles)))
    assert facts_of(items) == facts(articles)
    assert len(items) == len(articles)  # no problem


@pytest.mark.parametrize("ending", TABLES)
def test_rows_come_back_one_by_one(ending, read, rng):
    articles = make_articles(range(30), rng)
    items = read(f"a.{ending}", table(articles, ending))
    assert facts_of(items) == facts(articles)
    assert len(items) == len(articles)


def test_newspapers_of_delpher_come_back_from_a_zip_with_the_facts_of_their_issue(read, rng):
    articles = make_articles(range(30), rng)
    items = read("a.zip", delpher(articles, issue=8))
    firsts = [articles[place - place % 8] for place in range(30)]
    wanted = [(one.title, first.outlet, first.iso, "\n".join(one.text)) for one, first in zip(articles, firsts, strict=True)]
    assert sorted(facts_of(items)) == sorted(wanted)
    assert len(items) == len(articles)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_mark_that_is_lost_doubled_or_unknown_loses_or_merges_no_article_in_silence(layout, read):
    rng, count = np.random.default_rng(20210506), Count()
    for _ in range(50):
        lines, what = changed_marks(LAYOUTS[layout].lines(make_articles(range(5), rng)), rng)
        content = LAYOUTS[layout].content(lines)
        count.add(content, read(f"a.{LAYOUTS[layout].ending}", content), what)
    assert count.faults == []
    assert count.articles == 5 * 50
    assert count.reported < 50  # most of it does no harm


@pytest.mark.parametrize("ending", TABLES)
def test_a_character_that_is_lost_or_added_loses_or_merges_no_row_in_silence(ending, read):
    rng, count = np.random.default_rng(20210507), Count()
    for _ in range(40):
        content, what = changed_rows(table(make_articles(range(6), rng), ending), rng)
        count.add(content, read(f"a.{ending}", content), what)
    assert count.faults == []
    assert count.reported < 40
