"""The report: one file, whatever the catalog holds."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from hangtag.catalog import open_catalog
from hangtag.errors import LabelsError, WorkspaceError
from hangtag.report import write_report
from hangtag.report.thumbnails import Thumbnails
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

HOSTILE = "<script>alert('shirt')</script><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """Tags, identifiers and visible text of a page."""

    def __init__(self, path: Path):
        super().__init__()
        self.tags: list[str] = []
        self.ids: set[str] = set()
        self.pictures: list[dict[str, str | None]] = []
        self.source = path.read_text(encoding="utf-8")
        self.words = ""
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        known = dict(attrs)
        self.ids.add(known.get("id") or "")
        if tag == "img":
            self.pictures.append(known)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen shirts, one with a hostile title, one without a photo."""
    folder = tmp_path_factory.mktemp("report")
    images = folder / "images"
    images.mkdir()
    for i in range(12):
        Image.new("RGB", (30, 40), (20 * i, 90, 200 - 10 * i)).save(images / f"{i}.png")
    lines = [f'{i},Topwear,"{HOSTILE if i == 3 else f"Shirt {i}"}"\n' for i in range(13)]
    styles = folder / "products.csv"
    styles.write_text("id,subCategory,title\n" + "".join(lines), encoding="utf-8")
    place = Workspace(folder / "shop")
    tag(open_catalog(styles), images, place, ScriptedEngine(default_taxonomy()), processes=1)
    return place.path


def test_the_report_is_one_file_that_needs_no_other(shop: Path) -> None:
    """No request leaves it: styles and photos are inside, and there is no script."""
    page = Page(write_report(shop))
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert not re.search(r'(?:src|href)="(?!data:|#)', page.source)
    assert page.pictures
    assert all((p["src"] or "").startswith("data:image/jpeg;base64,") for p in page.pictures)
    assert all(p["alt"] for p in page.pictures)


def test_every_section_has_something_to_say(shop: Path) -> None:
    """Counts, values, checks, issues, failures by reason, photos."""
    page = Page(write_report(shop))
    assert {"values", "accuracy", "checks", "issues", "failures", "photos"} <= page.ids
    assert "missing_photo" in page.words
    assert "uncalibrated" in page.words
    assert "No labels were given" in page.words


def test_titles_are_data_never_markup(shop: Path) -> None:
    """A title with a script in it is shown as such, and does nothing."""
    page = Page(write_report(shop))
    assert HOSTILE in {picture["alt"] for picture in page.pictures}
    assert "onerror" not in page.source.replace("onerror=alert(1)&gt;", "")


def test_with_labels_it_says_how_often_readings_are_right(shop: Path, tmp_path: Path) -> None:
    """And shows whether confidence means what it says."""
    labels = tmp_path / "labels.csv"
    labels.write_text("id,attribute,value\n1,pattern,striped\n2,pattern,checkered\n")
    page = Page(write_report(shop, labels=labels, out=tmp_path / "deep" / "own.html"))
    assert "No labels were given" not in page.words
    assert "calibration error" in page.words
    assert "Right in 95 % of cases, or left empty: the photo alone" in page.words
    assert "Not measured, for want of labels: Material" in page.words
    with pytest.raises(LabelsError):
        write_report(shop, labels=tmp_path / "nowhere.csv")


def test_sure_mistakes_stand_beside_their_photos(shop: Path, tmp_path: Path) -> None:
    """What was read, what the label says: a person sees who of them is wrong."""
    read = Workspace(shop).read("readings").to_pylist()
    said = {r["product_id"]: r["value"][0] for r in read if r["attribute"] == "pattern"}
    right, wrong = said["1"], next(v for v in ("striped", "checkered") if v != said["2"])
    labels = tmp_path / "labels.csv"
    labels.write_text(f"id,attribute,value\n1,pattern,{right}\n2,pattern,{wrong}\n")
    page = Page(write_report(shop, labels=labels, out=tmp_path / "own.html"))
    told = page.words.split("Sure, and wrong")[1].split("Checks on the whole")[0]
    assert f"read {said['2']}" in told
    assert f"label {wrong}" in told
    assert told.count("read ") == 1  # the other one was right


def test_what_a_product_cannot_have_is_no_example(tmp_path: Path) -> None:
    """An engine says how short the sleeves of a watch are; nobody wants to look at that."""
    images = tmp_path / "images"
    images.mkdir()
    for i in range(2):
        Image.new("RGB", (30, 40), (99 * i, 9, 9)).save(images / f"{i}.png")
    styles = tmp_path / "products.csv"
    styles.write_text("id,subCategory,title\n0,Topwear,Shirt\n1,Watches,Clock\n")
    place = Workspace(tmp_path / "shop")
    tag(open_catalog(styles), images, place, ScriptedEngine(default_taxonomy()), processes=1)
    sections = write_report(place.path).read_text(encoding="utf-8").split("<details")
    shown = {name: part for part in sections for name in ("Sleeves", "Formality") if name in part}
    assert 'alt="Shirt"' in shown["Formality"]
    assert 'alt="Clock"' in shown["Formality"]
    assert 'alt="Clock"' not in shown["Sleeves"]


def test_photos_that_are_gone_by_now_are_left_out(shop: Path, tmp_path: Path) -> None:
    """The figures stay."""
    page = Page(write_report(shop, images=tmp_path, out=tmp_path / "own.html"))
    assert not page.pictures
    assert "values" in page.ids


def test_an_empty_or_unwritable_place_is_one_clear_error(shop: Path, tmp_path: Path) -> None:
    """It says what to do."""
    with pytest.raises(WorkspaceError, match="hangtag tag"):
        write_report(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match="--out"):
        write_report(shop, out=tmp_path / "file" / "report.html")


def test_thumbnails_keep_proportions_and_never_grow(tmp_path: Path) -> None:
    """Turned upright where the camera says so, and None where there is no photo."""
    Image.new("RGB", (600, 300), "red").save(tmp_path / "wide.jpg")
    Image.new("RGB", (30, 40), "red").save(tmp_path / "small.png")
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (600, 300), "red").save(tmp_path / "turned.jpg", exif=turned)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no more")
    thumbnails = Thumbnails(tmp_path)
    sizes = {name: _size(thumbnails.of(name, None)) for name in ("wide", "small", "turned")}
    assert sizes == {"wide": (112, 56), "small": (30, 40), "turned": (56, 112)}
    assert thumbnails.of("broken", None) is None
    assert thumbnails.of("nowhere", None) is None
    assert Thumbnails(None).of("wide", None) is None


def _size(url: str | None) -> tuple[int, int]:
    assert url is not None
    with Image.open(
        BytesIO(base64.b64decode(url.removeprefix("data:image/jpeg;base64,")))
    ) as photo:
        return photo.size
