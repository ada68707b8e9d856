"""The catalogue's search engine: PostgreSQL, in tiers. docs/search.md says how it works.

`engine` answers, `rows` writes, `suggesting` completes; `vocabulary` and `tiers` are kept up by jobs.
"""

from listings.search.rows import search_row_refresh

__all__ = ["search_row_refresh"]
