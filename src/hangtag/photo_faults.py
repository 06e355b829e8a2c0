"""What is wrong with bytes that would not decode: cut off, damaged, or no photo at all.

Pillow's own words depend on where in a file it stopped; the file's bytes say more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import Image

from hangtag.errors import PhotoError

__all__ = ["fault_of"]

# How each format that is read begins, and whether such a file is there to its end. A format is read
# from its beginning, so a file whose end is missing was cut off, whatever else befell it.
_READ: Mapping[bytes, Callable[[bytes], bool]] = {
    b"\xff\xd8": lambda data: data.rstrip(b"\0").endswith(b"\xff\xd9"),
    b"\x89PNG": lambda data: b"IEND" in data,
    b"GIF8": lambda data: data.endswith(b";"),
    b"RIFF": lambda data: int.from_bytes(data[4:8], "little") + 8 <= len(data),
    b"BM": lambda data: int.from_bytes(data[2:6], "little") <= len(data),
    b"II*\0": lambda data: int.from_bytes(data[4:8], "little") + 2 <= len(data),
    b"MM\0*": lambda data: int.from_bytes(data[4:8], "big") + 2 <= len(data),
}

# Pictures of other kinds that end up in catalogs: told apart from rubbish, since conversion helps.
_NOT_READ: Mapping[bytes, str] = {
    b"8BPS": "a Photoshop file",
    b"%PDF": "a PDF",
    b"\0\0\0\x0cjP": "JPEG 2000",
    b"\0\0\0\x0cJXL": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\1\0": "an icon",
}
_BRANDS: Mapping[bytes, str] = {
    b"avif": "AVIF", b"avis": "AVIF",
    b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC",
}  # fmt: skip


def fault_of(data: bytes, error: Exception) -> PhotoError:
    """What to tell of ``data``, whose decoding ended in ``error``.

    ``too_many_pixels``, ``truncated``, ``corrupt``, ``unsupported_format`` or ``not_an_image``;
    ``unreadable`` where memory ran out, which is not the photo's fault alone.
    """
    if isinstance(error, Image.DecompressionBombError):
        return PhotoError("too_many_pixels", str(error))
    if isinstance(error, MemoryError):
        return PhotoError("unreadable", "Memory ran out while it was decoded.")
    is_whole = next((whole for begins, whole in _READ.items() if data.startswith(begins)), None)
    if is_whole is None or (data.startswith(b"RIFF") and data[8:12] not in (b"WEBP", b"")):
        return _no_photo(data)
    # Where the pixels of a TIFF lie is told anywhere in it, so there Pillow's word counts too.
    if not is_whole(data) or (data[:2] in (b"II", b"MM") and "truncated" in str(error)):
        return PhotoError("truncated", f"Its end is missing. It has {len(data):,} bytes.")
    return PhotoError("corrupt", f"{type(error).__name__}: {error}"[:300])


def _no_photo(data: bytes) -> PhotoError:
    kind = next((kind for begins, kind in _NOT_READ.items() if data.startswith(begins)), None)
    if data[4:8] == b"ftyp":
        kind = _BRANDS.get(data[8:12], "a film")
    if b"<svg" in data[:1024] and b"<html" not in data[:1024].lower():
        kind = "SVG"
    if kind is not None:
        return PhotoError("unsupported_format", f"It is {kind}; convert it to JPEG or PNG.")
    return PhotoError("not_an_image", "It is no photo in any format known here.")
