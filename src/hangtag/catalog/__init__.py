"""Where products are read from: CSV, Parquet, a Delta table, or a bare folder of photos."""

from hangtag.catalog.reading import Catalog, open_catalog

__all__ = ["Catalog", "open_catalog"]
