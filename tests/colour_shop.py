"""A shop whose photos are plain colours: a catalog to tag in no time, and to break."""

from __future__ import annotations

import csv
import os
import random
from pathlib import Path
from typing import Any

from PIL import Image

from hangtag.catalog import Catalog, open_catalog
from hangtag.cli.entry import run
from hangtag.engines.base import Engine
from hangtag.summary import RunSummary
from hangtag.tagging import tag
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import TABLES, Workspace

COLUMNS = (
    "id", "gender", "masterCategory", "subCategory", "articleType", "baseColour", "season", "year",
    "usage", "productDisplayName",
)  # fmt: skip
USUAL = dict(
    zip(
        COLUMNS[1:],
        ("Men", "Apparel", "Topwear", "Tshirts", "Blue", "Summer", "2012", "Casual", "A Blue Tee"),
        strict=True,
    )
)


class ColourShop:
    """A catalog of products in ``folder``, with a photo for each unless told otherwise."""

    def __init__(self, folder: Path, products: int = 0):
        self.images = folder / "images"
        self.images.mkdir(parents=True, exist_ok=True)
        self.styles = folder / "styles.csv"
        self.rows: dict[str, dict[str, str]] = {}
        for number in range(products):
            self.add(f"p{number}")

    def add(self, product_id: str, photo: bool = True, **known: str) -> None:
        self.rows[product_id] = {**USUAL, **known, "id": product_id}
        if photo:
            self.paint(product_id, product_id)

    def paint(self, product_id: str, seed: str) -> None:
        """Photograph the product anew; another seed is another colour."""
        colour = tuple(random.Random(seed).choices(range(256), k=3))
        Image.new("RGB", (24, 32), colour).save(self.photo(product_id), quality=95)

    def photo(self, product_id: str) -> Path:
        return self.images / f"{product_id}.jpg"

    def catalog(self) -> Catalog:
        # In one go: a run in another process may be reading it.
        fresh = self.styles.with_suffix(f".{os.getpid()}")
        with fresh.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows.values())
        fresh.replace(self.styles)
        return open_catalog(self.styles)

    def tag(self, workspace: Workspace, engine: Engine | None = None, **options: Any) -> RunSummary:
        """Tag the shop as it stands, with a scripted engine unless told otherwise."""
        options = {"processes": 1, **options}
        engine = engine or ScriptedEngine()
        return tag(self.catalog(), self.images, workspace, engine, **options)

    def tag_by_command(self, workspace: Workspace, *more: str) -> int:
        """Tag the shop as it stands, as a person would, with the engine that ships."""
        return run([
            "tag", str(self.styles), "--images", str(self.images), "--out", str(workspace.path),
            "--processes", "1", "--quiet", *more,
        ])  # fmt: skip


def tables(workspace: Workspace) -> dict[str, list[str]]:
    """All that the tables say but when it was written, in an order of its own."""
    found = {}
    for name in TABLES:
        table = workspace.read(name)
        kept = [c for c in table.column_names if c not in {"read_at", "failed_at"}]
        found[name] = sorted(repr(sorted(row.items())) for row in table.select(kept).to_pylist())
    return found


def ids(workspace: Workspace, name: str) -> list[str]:
    """The product ids of a table, sorted, as often as they are there."""
    return sorted(workspace.read(name, ["product_id"])["product_id"].to_pylist())
