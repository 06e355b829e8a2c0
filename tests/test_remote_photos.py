"""Photos behind URLs, and what a catalog may not make of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hangtag.errors import PhotoError
from hangtag.images import PhotoLimits
from hangtag.photo_pool import PhotoPool, PhotoRequest
from hangtag.photo_sources import LocalPhotos
from hangtag.remote_photos import RemotePhotos, is_url

fsspec = pytest.importorskip("fsspec")

LIMITS = PhotoLimits(max_bytes=100)


@pytest.fixture
def store() -> Iterator[str]:
    files = fsspec.filesystem("memory")
    for name, data in (("a.jpg", b"a"), ("deep/b.png", b"b"), ("large.jpg", b"x" * 200)):
        files.pipe_file(f"/shop/photos/{name}", data)
    files.pipe_file("/shop/secret.jpg", b"secret")
    yield "memory://shop/photos"
    files.store.clear()


def reason(photos: RemotePhotos, product_id: str, photo: str | None) -> str:
    with pytest.raises(PhotoError) as caught:
        photos.read(product_id, photo, LIMITS)
    return caught.value.reason


def test_a_photo_is_found_by_its_name_or_by_the_product(store: str) -> None:
    """As in a folder."""
    photos = RemotePhotos(store)
    assert photos.read("a", None, LIMITS) == b"a"
    assert photos.read("7", "deep/b.png", LIMITS) == b"b"
    assert photos.read("7", "./deep/../a.jpg", LIMITS) == b"a"
    assert photos.read("7", f"{store}/a.jpg", LIMITS) == b"a"
    assert photos.locate("a", None) == f"{store}/a.jpg"


def test_what_is_not_there_or_too_large_is_told_apart(store: str) -> None:
    """A folder is no photo; of a large file no more than the limit is fetched."""
    photos = RemotePhotos(store)
    assert reason(photos, "b", None) == "missing_photo"
    assert reason(photos, "7", "c.jpg") == "missing_photo"
    assert reason(photos, "../a", None) == "missing_photo"
    assert reason(photos, "large", None) == "too_many_bytes"
    with pytest.raises(PhotoError, match=r"There is no 'c\.jpg'"):
        photos.locate("7", "c.jpg")


@pytest.mark.parametrize(
    "photo", ["../secret.jpg", "deep/../../secret.jpg", "memory://shop/secret.jpg", "/etc/hosts"]
)
def test_a_catalog_names_nothing_outside_of_the_root(store: str, photo: str) -> None:
    """Unless whoever runs it says so; even then not by dots."""
    assert reason(RemotePhotos(store), "7", photo) == "outside_images_folder"
    beyond = RemotePhotos(store, allow_outside=True)
    if photo.startswith("memory"):
        assert beyond.read("7", photo, LIMITS) == b"secret"
    elif not photo.startswith("/"):
        assert reason(beyond, "7", photo) == "outside_images_folder"


def test_without_a_root_each_photo_is_where_it_says(store: str, tmp_path: Path) -> None:
    """As a path of this machine or as a URL; a bare name is nowhere."""
    photos = RemotePhotos(None)
    (tmp_path / "c.jpg").write_bytes(b"c")
    assert photos.read("7", str(tmp_path / "c.jpg"), LIMITS) == b"c"
    assert photos.read("7", (tmp_path / "c.jpg").as_uri(), LIMITS) == b"c"
    assert photos.read("7", f"{store}/a.jpg", LIMITS) == b"a"
    assert reason(photos, "7", "a.jpg") == "missing_photo"
    assert reason(photos, "7", None) == "missing_photo"


def test_a_store_that_cannot_be_asked_is_a_failure_of_the_photo(store: str) -> None:
    """Of each; the run goes on."""
    assert reason(RemotePhotos(None), "7", "nosuch://bucket/a.jpg") == "unreadable"


def test_a_place_is_told_without_its_password() -> None:
    """It stands in the summary of a run."""
    assert RemotePhotos("sftp://me:secret@host/photos").place == "sftp://host/photos"
    assert RemotePhotos(None).place == ""
    assert is_url("s3://bucket/photos")
    assert not is_url("/Volumes/shop/photos")


def test_the_pool_reads_from_any_source(tmp_path: Path) -> None:
    """By URL, from a folder, or bytes that are at hand already."""
    from PIL import Image

    for number in range(40):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"{number}.png")
    requests = [PhotoRequest(str(n), None) for n in range(40)]
    requests += [PhotoRequest("bytes", None, data=(tmp_path / "3.png").read_bytes())]
    found = {}
    for source in (LocalPhotos(tmp_path), RemotePhotos(tmp_path.as_uri())):
        with PhotoPool(source, (8,), processes=1) as pool:
            photos = list(pool.read(requests))
        assert [photo.product_id for photo in photos] == [r.product_id for r in requests]
        assert all(photo.error is None for photo in photos)
        found[source.parallel] = [photo.sha256 for photo in photos]
    assert found[1] == found[16]
    assert found[1][-1] == found[1][3]
