"""The products that nothing was fitted to, as several benchmarks want them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.evaluation import read_ids
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace


def products_with_photos(
    catalog: Path, images: Path, split: Path, name: str = "validation"
) -> pa.Table:
    """Rows of the catalog, in our columns: those of one split that have a photo in a folder."""
    there = {path.stem for path in images.iterdir()} & read_ids(split, name)
    rows = pa.Table.from_batches(open_catalog(catalog).batches())
    return rows.filter(pc.is_in(rows["product_id"], pa.array(sorted(there))))


def tagged(products: pa.Table, images: Path, place: Path, engine: str = "compact") -> Workspace:
    """A workspace in a folder ``place``, in which an engine has read the products' photos."""
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(products, place / "products.parquet")
    workspace = Workspace(place / "shop")
    reader = open_engine(engine, default_taxonomy())
    tag(open_catalog(place / "products.parquet"), images, workspace, reader)
    return workspace
