"""A small shop of plain colours, tagged with scripted answers and ready to be indexed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from colour_shop import ColourShop

from hangtag.embedders.base import Embedder
from hangtag.search import IndexSummary, Searcher, build_index
from hangtag.testing.scripted import ScriptedEngine
from hangtag.testing.scripted_embedder import ScriptedEmbedder
from hangtag.workspace import Workspace

PATTERNS = ("striped", "checkered", "solid color", "floral print")
COLOURS = ("Red", "Blue", "Green")
KINDS = (("Topwear", "Tshirts"), ("Topwear", "Shirts"), ("Bottomwear", "Jeans"))


class IndexedShop(ColourShop):
    """``products`` products p0, p1, … that differ in pattern, colour, kind and gender."""

    def __init__(self, folder: Path, products: int):
        super().__init__(folder)
        self.answers: dict[str, dict[str, Any]] = {}
        self.workspace = Workspace(folder / "tables")
        self.embedder = ScriptedEmbedder()
        for number in range(products):
            self.put(number)

    def put(self, number: int, photo: bool = True) -> str:
        """One more product, known by its number."""
        sub_category, article_type = KINDS[number % 3]
        colour = COLOURS[number // 4 % 3]
        product_id = f"p{number}"
        self.answers[product_id] = {
            "pattern": PATTERNS[number % 4],
            "sleeves": "long sleeve" if number % 5 == 0 else "short sleeve",
            "details": ["has pockets"] if number % 2 else [],
        }
        self.add(
            product_id,
            photo,
            subCategory=sub_category,
            articleType=article_type,
            baseColour=colour,
            gender="Women" if number % 7 == 0 else "Men",
            productDisplayName=f"Maker{number % 6} {colour} {article_type} {number}",
        )
        return product_id

    def tagged(self) -> None:
        """Tag what is there."""
        self.tag(self.workspace, ScriptedEngine(answers=self.answers), allow_missing=True)

    def indexed(self, embedder: Embedder | None = None, **options: Any) -> IndexSummary:
        """Tag and index what is there."""
        self.tagged()
        options = {"processes": 1, **options}
        return build_index(self.workspace, embedder=embedder or self.embedder, **options)

    def searcher(self, **options: Any) -> Searcher:
        """A searcher over what is indexed."""
        return Searcher(self.workspace, self.embedder, **options)
