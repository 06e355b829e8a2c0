"""Photos of every kind, whole and damaged."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hangtag import images
from hangtag.errors import PhotoError
from hangtag.images import PhotoLimits, decode, locate, read_photo
from hangtag.testing import random_product

SIDES = (64, 128)
LIMITS = PhotoLimits()


def halves(size: tuple[int, int] = (60, 80), mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue."""
    photo = Image.new("RGB", size, "red")
    photo.paste("blue", (size[0] // 2, 0, *size))
    return photo.convert(mode)


def encoded(photo: Image.Image, format: str, **options: object) -> bytes:  # noqa: A002
    file = BytesIO()
    photo.save(file, format, **options)
    return file.getvalue()


def colour_at(pixels: np.ndarray, x: float, y: float) -> str:
    side = len(pixels)
    red, green, blue = pixels[int(y * side), int(x * side)].astype(int)
    if min(red, green, blue) > 200:
        return "white"
    return "red" if red > blue + 60 else "blue" if blue > red + 60 else "grey"


def reason_of(data: bytes, limits: PhotoLimits = LIMITS) -> str:
    with pytest.raises(PhotoError) as caught:
        decode(data, SIDES, limits)
    return caught.value.reason


def outcome(data: bytes) -> str:
    try:
        return "pixels" if decode(data, SIDES, LIMITS).shape[2] == 3 else "nonsense"
    except PhotoError as error:
        return error.reason


@pytest.mark.parametrize(
    ("format", "mode"),
    [
        ("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"),
        ("WEBP", "RGB"), ("WEBP", "RGBA"), ("GIF", "P"), ("BMP", "RGB"), ("TIFF", "CMYK"),
    ],
)  # fmt: skip
def test_every_common_format_shows_the_same_picture(format: str, mode: str) -> None:  # noqa: A002
    """Whatever its colour model."""
    pixels = decode(encoded(halves(mode=mode), format), SIDES, LIMITS)
    assert pixels.shape == (128, 128, 3)
    assert pixels.dtype == np.uint8
    assert (colour_at(pixels, 0.2, 0.5), colour_at(pixels, 0.8, 0.5)) == ("red", "blue")


@pytest.mark.parametrize("mode", ["L", "1", "I;16"])
def test_grey_photos_become_rgb(mode: str) -> None:
    """Of one, eight or sixteen bits."""
    level = {"L": 128, "1": 1, "I;16": 0x8000}[mode]
    photo = Image.new(mode, (20, 20), level)
    pixels = decode(encoded(photo, "PNG"), SIDES, LIMITS)
    assert pixels.shape == (64, 64, 3)
    assert abs(int(pixels.mean()) - (255 if mode == "1" else 128)) <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_lies_on_white(mode: str) -> None:
    """As a shop's page shows it; the hidden colour does not count."""
    photo = Image.new(mode, (40, 40), (0,) * len(mode))
    assert decode(encoded(photo, "PNG"), SIDES, LIMITS).min() == 255


@pytest.mark.parametrize(("mode", "colour"), [("RGB", (0, 0, 0)), ("L", 0), ("P", 0)])
def test_a_colour_that_stands_for_transparency_becomes_white(
    mode: str, colour: tuple[int, ...] | int
) -> None:
    """A PNG without alpha can name one."""
    photo = Image.new(mode, (40, 40), colour)
    assert decode(encoded(photo, "PNG", transparency=colour), SIDES, LIMITS).min() == 255


def test_the_first_frame_of_an_animation_counts() -> None:
    """The others are not looked at."""
    data = encoded(
        Image.new("RGB", (32, 32), "red"), "GIF", save_all=True,
        append_images=[Image.new("RGB", (32, 32), "blue")],
    )  # fmt: skip
    assert colour_at(decode(data, SIDES, LIMITS), 0.5, 0.5) == "red"


@pytest.mark.parametrize(
    ("orientation", "left", "top"),
    [
        (1, "red", "grey"),
        (2, "blue", "grey"),
        (3, "blue", "grey"),
        (6, "grey", "red"),
        (8, "grey", "blue"),
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_photo_taken_sideways_is_put_upright(
    format: str,  # noqa: A002
    orientation: int,
    left: str,
    top: str,
) -> None:
    """By the orientation that the camera noted; once, even where Pillow has done so already."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(encoded(halves((80, 80)), format, exif=exif), SIDES, LIMITS)
    if left != "grey":
        assert colour_at(pixels, 0.1, 0.5) == left
    else:
        assert colour_at(pixels, 0.5, 0.1) == top


@pytest.mark.parametrize(
    ("size", "side"), [((60, 64), 64), ((60, 65), 128), ((999, 10), 128), ((1, 1), 64)]
)
def test_a_photo_goes_to_the_smallest_side_that_loses_nothing(
    size: tuple[int, int], side: int
) -> None:
    """Small photos are not blown up more than needed, large ones come down to the largest."""
    assert len(decode(encoded(halves(size), "PNG"), SIDES, LIMITS)) == side


def test_a_large_jpeg_decoded_at_a_reduced_scale_shows_the_same_picture() -> None:
    """Within the difference that two ways of shrinking make."""
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 255, (15, 20, 3), np.uint8))
    photo = noise.resize((2000, 1500), Image.Resampling.BICUBIC)
    reduced = decode(encoded(photo, "JPEG", quality=95), SIDES, LIMITS).astype(int)
    whole = np.asarray(photo.resize((128, 128), Image.Resampling.BILINEAR)).astype(int)
    assert abs(reduced - whole).mean() < 2


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_an_exact_photo_is_pillows_own(mode: str) -> None:
    """Decoded whole and resized once, to the last bit; the usual way is close to it."""
    drawn = random_product(np.random.default_rng(3), "Tshirts").photo(900).convert(mode)
    data = encoded(drawn, "JPEG", quality=90)
    with Image.open(BytesIO(data)) as photo:
        once = photo.convert("RGB").resize((96, 96), Image.Resampling.LANCZOS)
    exact = decode(data, (96,), LIMITS, exact=True)
    assert np.array_equal(exact, np.asarray(once))
    usual = decode(data, (96,), LIMITS)
    assert not np.array_equal(usual, exact)
    assert np.abs(usual.astype(int) - exact).mean() < 4


def test_a_decompression_bomb_is_refused_before_it_goes_off() -> None:
    """A PNG of 60,000 × 60,000 pixels in a few hundred bytes."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    assert reason_of(bomb) == "too_many_pixels"


def test_the_limit_on_pixels_is_the_users() -> None:
    """A photo just above it is refused, one just below is read."""
    photo = encoded(halves((100, 100)), "PNG")
    assert reason_of(photo, PhotoLimits(max_pixels=9_999)) == "too_many_pixels"
    assert len(decode(photo, SIDES, PhotoLimits(max_pixels=10_000))) == 128


def test_a_webp_may_have_a_quarter_of_the_pixels() -> None:
    """Its decoder takes four times the memory."""
    photo = encoded(halves((100, 100)), "WEBP")
    assert reason_of(photo, PhotoLimits(max_pixels=39_999)) == "too_many_pixels"
    assert len(decode(photo, SIDES, PhotoLimits(max_pixels=40_000))) == 128


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "I;16"])
def test_converting_band_by_band_shows_the_same_picture(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large photos are not converted whole, which would take many times their memory."""
    photo = halves((2000, 1507), "RGB")
    photo.paste("white", (0, 700, 2000, 1507))
    photo = Image.fromarray(np.asarray(photo.convert("L")).astype(np.uint16) << 8) if (
        mode == "I;16"
    ) else photo.convert(mode)  # fmt: skip
    data = encoded(photo, "PNG")
    whole = decode(data, SIDES, LIMITS).astype(int)
    monkeypatch.setattr(images, "_BAND", 100_000)
    assert abs(decode(data, SIDES, LIMITS) - whole).max() <= 1


MEMORY = """
import resource, sys
from hangtag.images import PhotoLimits, decode
data = sys.stdin.buffer.read()
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
before = peak()
decode(data, (224,), PhotoLimits())
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units there")
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "I;16"])
def test_a_photo_at_the_limit_takes_at_most_five_bytes_a_pixel(mode: str) -> None:
    """Whatever its colour model: 30 megapixels, 150 MB."""
    data = encoded(Image.new(mode, (6000, 5000)), "PNG")
    told = subprocess.run(
        [sys.executable, "-c", MEMORY], input=data, capture_output=True, check=True
    )
    assert int(told.stdout) < 150


def test_damaged_photos_say_what_is_wrong_with_them() -> None:
    """Each kind has its reason code."""
    assert reason_of(b"") == "empty_file"
    assert reason_of(b"<!doctype html><title>404</title>") == "not_an_image"
    assert reason_of(b"\x00" * 1000) == "not_an_image"
    assert reason_of(b"RIFF\0\0\0\0WAVEfmt ") == "not_an_image"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_photo_cut_off_anywhere_is_truncated(format: str) -> None:  # noqa: A002
    """In its header too."""
    noise = np.random.default_rng(0).integers(0, 255, (90, 70, 3), np.uint8)
    whole = encoded(Image.fromarray(noise), format)
    for percent in range(1, 90, 4):
        assert reason_of(whole[: len(whole) * percent // 100]) == "truncated", percent


def test_a_jpeg_whose_rest_was_never_downloaded_is_truncated() -> None:
    """Zeros up to its size."""
    whole = encoded(halves((400, 400)), "JPEG", quality=95)
    half = len(whole) // 2
    assert reason_of(whole[:20] + bytes(len(whole))) == "truncated"
    assert outcome(whole[:half] + bytes(half)) in ("truncated", "pixels")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%PDF-1.7", "PDF"),
        (b'<?xml version="1.0"?><svg xmlns="x"/>', "SVG"),
    ],
)
def test_a_photo_of_another_format_is_told_from_rubbish(data: bytes, name: str) -> None:
    """Converting it helps, and the message says so."""
    with pytest.raises(PhotoError, match=f"{name}.*convert") as caught:
        decode(data, SIDES, LIMITS)
    assert caught.value.reason == "unsupported_format"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_random_damage_never_ends_in_anything_but_pixels_or_a_reason(format: str) -> None:  # noqa: A002
    """Two hundred photos with flipped bytes each."""
    chance = random.Random(7)
    whole = encoded(halves((120, 90)), format)
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        assert outcome(bytes(damaged)) in {
            "pixels", "truncated", "corrupt", "not_an_image", "too_many_pixels"
        }  # fmt: skip


def test_a_photo_is_found_by_its_products_id(tmp_path: Path) -> None:
    """With the usual endings, in either case."""
    (tmp_path / "7.jpg").touch()
    (tmp_path / "8.PNG").touch()
    assert locate("7", None, tmp_path).name == "7.jpg"
    assert locate("8", None, tmp_path).name == "8.PNG"


def test_a_path_may_begin_with_the_folders_own_name(tmp_path: Path) -> None:
    """Catalogs that lie beside the folder of photos write `images/7.jpg`."""
    images = tmp_path / "images"
    (images / "images").mkdir(parents=True)
    (images / "7.jpg").write_bytes(b"x")
    assert locate("7", "images/7.jpg", images) == images / "7.jpg"
    (images / "images" / "7.jpg").write_bytes(b"y")
    assert locate("7", "images/7.jpg", images) == images / "images" / "7.jpg"
    (tmp_path / "8.jpg").write_bytes(b"z")
    with pytest.raises(PhotoError, match="leads out") as caught:
        locate("8", "images/../8.jpg", images)
    assert caught.value.reason == "outside_images_folder"


def test_a_photo_is_found_where_the_catalog_says(tmp_path: Path) -> None:
    """A path below the images folder."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.jpg").touch()
    assert locate("7", "a/x.jpg", tmp_path) == tmp_path / "a" / "x.jpg"


@pytest.mark.parametrize("product_id", ["9", "../7", "a/b", "..", "", "x\0y", "long" * 2000, "*"])
def test_an_id_that_names_no_file_is_a_missing_photo(tmp_path: Path, product_id: str) -> None:
    """However hostile it is; it never leads out of the folder."""
    (tmp_path / "7.jpg").touch()
    (tmp_path / "images").mkdir()
    with pytest.raises(PhotoError) as caught:
        locate(product_id, None, tmp_path / "images")
    assert caught.value.reason == "missing_photo"


def test_a_path_cannot_leave_the_images_folder_unless_the_user_says_so(tmp_path: Path) -> None:
    """By dots, from the root, or by a link."""
    images = tmp_path / "images"
    images.mkdir()
    outside = tmp_path / "secret.jpg"
    outside.touch()
    (images / "link.jpg").symlink_to(outside)
    for photo in ("../secret.jpg", str(outside), "link.jpg"):
        with pytest.raises(PhotoError) as caught:
            locate("7", photo, images)
        assert caught.value.reason == "outside_images_folder"
        assert locate("7", photo, images, allow_outside=True).samefile(outside)
    with pytest.raises(PhotoError) as caught:
        locate("link", None, images)
    assert caught.value.reason == "outside_images_folder"


def test_a_url_is_not_fetched(tmp_path: Path) -> None:
    """Its reason says so."""
    with pytest.raises(PhotoError) as caught:
        locate("7", "https://shop.example/7.jpg", tmp_path)
    assert caught.value.reason == "remote_photo"


def test_a_file_above_the_limit_is_not_even_read(tmp_path: Path) -> None:
    """Nor is one that is no file at all."""
    file = tmp_path / "7.jpg"
    file.write_bytes(b"x" * 100)
    assert len(read_photo(file, PhotoLimits(max_bytes=100))) == 100
    with pytest.raises(PhotoError) as caught:
        read_photo(file, PhotoLimits(max_bytes=99))
    assert caught.value.reason == "too_many_bytes"
    with pytest.raises(PhotoError) as caught:
        read_photo(tmp_path, LIMITS)
    assert caught.value.reason in ("unreadable", "too_many_bytes")
