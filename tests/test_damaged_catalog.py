"""A catalog in which three photos of ten are damaged, through the real engine."""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hangtag.workspace import Workspace

PRODUCTS, DAMAGED = 1000, 300


def photo(number: int, kind: str) -> bytes:
    """A small photo that no other product has."""
    pixels = np.random.default_rng(number).integers(0, 255, (80, 60, 3), np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def truncated(number: int) -> bytes:
    whole = photo(number, "JPEG")
    return whole[: len(whole) * 2 // 3]


def nothing(number: int) -> bytes:
    return b""


def page(number: int) -> bytes:
    return f"<!doctype html><title>404</title><p>{number} is not here".encode()


def huge(number: int) -> bytes:
    """A PNG whose header promises 3.6 gigapixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    size, check = struct.pack(">I", 13), struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + size + header + check + end


def flipped(number: int) -> bytes:
    """Forty bytes of the compressed pixels are others."""
    damaged, chance = bytearray(photo(number, "PNG")), random.Random(number)
    for place in chance.sample(range(60, len(damaged) - 20), 40):
        damaged[place] ^= 1 + chance.randrange(255)
    return bytes(damaged)


# How a photo is damaged, and the reasons that may be given for it.
DAMAGES: list[tuple[Callable[[int], bytes], set[str]]] = [
    (truncated, {"truncated"}),
    (nothing, {"empty_file"}),
    (page, {"not_an_image"}),
    (huge, {"too_many_pixels"}),
    (flipped, {"corrupt", "truncated"}),
]


@pytest.mark.slow
def test_damaged_photos_fail_with_right_reasons_and_nothing_else_does(tmp_path: Path) -> None:
    """Seven hundred are tagged, three hundred are failures, and the run ends with exit code 0."""
    images = tmp_path / "images"
    images.mkdir()
    expected = {}
    for number in range(PRODUCTS):
        data = photo(number, "JPEG")
        if number < DAMAGED:
            damage, expected[f"{number:04}"] = DAMAGES[number % len(DAMAGES)]
            data = damage(number)
        (images / f"{number:04}.jpg").write_bytes(data)
    told = subprocess.run(
        [sys.executable, "-m", "hangtag", "tag", images, "--out", tmp_path / "shop", "--json"],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    summary = json.loads(told.stdout)
    assert (summary["tagged"], summary["failed"]) == (PRODUCTS - DAMAGED, DAMAGED)
    place = Workspace(tmp_path / "shop")
    failures = {row["product_id"]: row["reason"] for row in place.read("failures").to_pylist()}
    assert failures.keys() == expected.keys()
    assert {i: r for i, r in failures.items() if r not in expected[i]} == {}
    tagged = set(place.read("attributes")["product_id"].to_pylist())
    assert len(tagged) == PRODUCTS - DAMAGED
    assert not tagged & failures.keys()
