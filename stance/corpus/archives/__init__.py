"""Archives of news, as they are exported: Nexis Uni and LexisNexis, GoPress, AmCAT, tables, saved web pages, and zips of them.

``reading`` opens each file; ``nexis``, ``gopress``, ``web``, ``tables`` and ``amcat`` know one kind each; ``records`` is what comes out.
"""

from stance.corpus.archives.reading import Archives, Source, find_sources, read_archives, read_source
from stance.corpus.archives.records import SCHEMA, ArchiveArticle, Problem, as_batch

__all__ = ["SCHEMA", "ArchiveArticle", "Archives", "Problem", "Source", "as_batch", "find_sources", "read_archives", "read_source"]
