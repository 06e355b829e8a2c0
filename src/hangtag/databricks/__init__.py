"""The same run on Databricks: a bundle of jobs and endpoints, its check, its search index.

Nothing here was ever run on a live workspace; what that means stands in docs/databricks.md.
"""

from hangtag.databricks.bundle import write_bundle
from hangtag.databricks.checking import Finding, check_bundle
from hangtag.databricks.names import Names

__all__ = ["Finding", "Names", "check_bundle", "write_bundle"]
