"""A small shop, tagged and indexed, that is hostile where a catalog can be."""

from __future__ import annotations

import csv
from io import BytesIO
from pathlib import Path

from api_client import HOSTILE
from PIL import Image

from hangtag.catalog import open_catalog
from hangtag.embedders.registry import open_embedder
from hangtag.search import build_index
from hangtag.tagging import tag
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

# id, photo, title, article type, gender, colour, pattern
PRODUCTS = [
    ("1", "", "Aller Striped Shirt", "Shirts", "Men", "Blue", "striped"),
    ("2", "", "Brue Checked Shirt", "Shirts", "Women", "Red", "checkered"),
    ("3", "", "Cam Plain Shirt", "Shirts", "Men", "Green", "solid color"),
    ("4", "", "Dart Floral Dress", "Dresses", "Women", "Red", "floral print"),
    ("5", "", "Exe Striped Dress", "Dresses", "Women", "Blue", "striped"),
    ("6", "", "Fal Dotted Top", "Tops", "Women", "Black", "polka dots"),
    ("7", "", "Goyt Tshirt", "Tshirts", "Men", "White", "graphic print"),
    ("8", "", HOSTILE, "Shirts", "Men", "Blue", "striped"),
    ("9", "", "Irt Shirt Without a Photo", "Shirts", "Men", "Blue", "striped"),
    ("10", "../secret.png", "Out by Dots", "Tops", "Women", "Pink", "solid color"),
    ("11", "link.png", "Out by a Link", "Tops", "Women", "Pink", "solid color"),
    ("12", "sub/twelfth.png", "In a Folder", "Tops", "Women", "Pink", "striped"),
    ("no/13 ?#é", "sub/13.png", "An Odd Id", "Tops", "Women", "Pink", "striped"),
]
COLUMNS = ("id", "photo", "title", "articleType", "gender", "baseColour")


def png(colour: tuple[int, int, int], size: tuple[int, int] = (60, 80)) -> bytes:
    """A photo of one colour."""
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def make_odd_shop(folder: Path) -> None:
    """In ``folder``: the workspace ``shop``, ``images``, and a photo that is nobody's business."""
    images = folder / "images"
    (images / "sub").mkdir(parents=True)
    (folder / "secret.png").write_bytes(png((1, 2, 3)))
    (images / "sub" / "twelfth.png").write_bytes(png((250, 90, 160)))
    (images / "sub" / "13.png").write_bytes(png((250, 90, 160)))
    (images / "10.png").write_bytes(png((9, 9, 9)))
    for number in range(1, 9):
        (images / f"{number}.png").write_bytes(png((28 * number, 255 - 28 * number, 40)))
    # Tagged while they were in order; what they are now is put in their places below.
    (images / "link.png").write_bytes(png((90, 60, 120)))
    with (folder / "styles.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(row[:6] for row in PRODUCTS)
    place = Workspace(folder / "shop")
    answers = {
        row[0]: {"pattern": row[6], "sleeves": "long sleeve", "details": ["has pockets"]}
        for row in PRODUCTS
    }
    engine = ScriptedEngine(answers=answers)
    tag(open_catalog(folder / "styles.csv"), images, place, engine, processes=1)
    build_index(place, embedder=open_embedder("compact"), images=images, processes=1)
    (images / "link.png").unlink()
    (images / "link.png").symlink_to(folder / "secret.png")
    (images / "7.png").write_bytes(b"<script>alert(1)</script>")
