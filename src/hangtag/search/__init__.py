"""The search that attributes are for: an index of a workspace, and queries against it."""

from hangtag.search.building import (
    IndexProgress,
    IndexSummary,
    about_index,
    build_index,
    index_folder,
)
from hangtag.search.results import (
    CONFIGURATIONS,
    DEFAULT,
    Configuration,
    Hit,
    Reason,
    Results,
    configuration,
)
from hangtag.search.searching import Searcher

__all__ = [
    "CONFIGURATIONS",
    "DEFAULT",
    "Configuration",
    "Hit",
    "IndexProgress",
    "IndexSummary",
    "Reason",
    "Results",
    "Searcher",
    "about_index",
    "build_index",
    "configuration",
    "index_folder",
]
