"""The same run on Spark: a DataFrame in and out, or a catalog into a workspace.

>>> from hangtag.spark import readings_of, tag  # doctest: +SKIP
>>> readings_of(tag(products, images="/Volumes/shop/raw/images"))  # doctest: +SKIP
"""

from hangtag.spark.dataframe import attributes_of, failures_of, readings_of, tag
from hangtag.spark.run import tag_catalog

__all__ = ["attributes_of", "failures_of", "readings_of", "tag", "tag_catalog"]
