"""Which of two ways to search is better, and is the difference more than chance?

``queries`` and their file, ``query_sets`` made from labels and titles, ``measures`` of rankings,
``statistics`` of their differences, ``interleaving`` to simulate clicks, ``page`` to look at.
"""

from hangtag.comparison.comparing import Comparison, Difference, Found, Outcome, Ranker, compare
from hangtag.comparison.interleaving import Interleaving
from hangtag.comparison.measures import MEASURES
from hangtag.comparison.queries import Query, queries_of, read_queries, write_queries
from hangtag.comparison.query_sets import label_queries, title_queries
from hangtag.comparison.spread import Spread

__all__ = [
    "MEASURES",
    "Comparison",
    "Difference",
    "Found",
    "Interleaving",
    "Outcome",
    "Query",
    "Ranker",
    "Spread",
    "compare",
    "label_queries",
    "queries_of",
    "read_queries",
    "title_queries",
    "write_queries",
]
