"""Archives of news, as they are exported: Nexis, LexisNexis, Factiva, Europresse, GoPress, Mediargus, Delpher, AmCAT, tables, saved web pages.

``reading`` opens each file and what zips hold; ``nexis``, ``factiva``, ``europresse``, ``gopress``, ``mediargus``, ``delpher``, ``web``,
``tables`` and ``amcat`` know one kind each; ``doubts`` tells an article that may be several or not whole; ``records`` is what comes out.
"""

from stance.corpus.archives.reading import Archives, Source, find_sources, read_archives, read_source
from stance.corpus.archives.records import SCHEMA, ArchiveArticle, Problem, as_batch

__all__ = ["SCHEMA", "ArchiveArticle", "Archives", "Problem", "Source", "as_batch", "find_sources", "read_archives", "read_source"]
