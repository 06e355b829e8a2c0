"""The products that nothing was fitted to, as several benchmarks want them."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.evaluation import AttributeScore, read_ids
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace


def arguments(doc: str | None, *, texts: bool = False) -> argparse.ArgumentParser:
    """What benchmarks on these products ask for, as a parser to add to."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--split", type=Path, required=True)
    if texts:
        parser.add_argument("--texts", type=Path)
    parser.add_argument("--images", action="append", required=True, metavar="NAME=FOLDER")
    return parser


def products_with_photos(
    catalog: Path, images: Path, split: Path, name: str = "validation"
) -> pa.Table:
    """Rows of the catalog, in our columns: those of one split that have a photo in a folder."""
    there = {path.stem for path in images.iterdir()} & read_ids(split, name)
    rows = pa.Table.from_batches(open_catalog(catalog).batches())
    return rows.filter(pc.is_in(rows["product_id"], pa.array(sorted(there))))


def known_designs(catalog: Path, split: Path) -> set[str]:
    """Products of which ``train`` has one whose title is the same but for names of colours."""
    rows = pa.Table.from_batches(open_catalog(catalog).batches())
    ids, titles, named = (rows[n].to_pylist() for n in ("product_id", "title", "base_colour"))
    colours = {word for name in named for word in _words(name)}
    designs = {
        i: tuple(word for word in _words(title) if word not in colours)
        for i, title in zip(ids, titles, strict=True)
    }
    train = {designs[i] for i in read_ids(split, "train") if i in designs}
    return {i for i, design in designs.items() if design in train}


def _words(text: str | None) -> list[str]:
    return re.findall("[a-z]+", (text or "").lower())


def ece(score: AttributeScore) -> str:
    """A cell: the calibration error, with a star beyond chance, and what chance makes of it."""
    return f"{score.ece:.3f}{'*' if score.beyond_chance else ''} ({score.ece_by_chance:.3f})"


def described(products: pa.Table, texts: Path) -> pa.Table:
    """The products with the brand and the description that a file has of them."""
    rows = pq.read_table(texts, columns=["id", "brand", "description"]).to_pylist()
    told = {str(row["id"]): row for row in rows}
    for name in ("brand", "description"):
        column = [told.get(i, {}).get(name) for i in products["product_id"].to_pylist()]
        place = products.schema.get_field_index(name)
        products = products.set_column(
            place, products.schema.field(name), [pa.array(column, pa.string())]
        )
    return products


def tagged(
    products: pa.Table, images: Path, place: Path, engine: str = "compact", *, text: bool = True
) -> Workspace:
    """A workspace in a folder ``place``, in which an engine has read the products' photos."""
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(products, place / "products.parquet")
    workspace = Workspace(place / "shop")
    reader = open_engine(engine, default_taxonomy())
    tag(open_catalog(place / "products.parquet"), images, workspace, reader, text=text)
    return workspace
