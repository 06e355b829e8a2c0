"""What one request may ask for. Beyond that it is refused with a sentence, not tried."""

from __future__ import annotations

from hangtag.images import PhotoLimits

__all__ = [
    "DEEPEST",
    "FILTERS",
    "MOST",
    "PHOTO",
    "PHOTO_BYTES",
    "QUERY_LETTERS",
    "THUMBNAIL_BYTES",
    "WHERE_LETTERS",
]

# Products of one page, and how far down a ranking one may page.
MOST = 100
DEEPEST = 2000
QUERY_LETTERS = 20_000
WHERE_LETTERS = 2000
# Values to filter by.
FILTERS = 100
# Of a photo that is sent.
PHOTO_BYTES = 20 * 2**20
# Memory that small photos may take, all together.
THUMBNAIL_BYTES = 64 * 2**20
# A photo as shot has some 50 million pixels; decoding takes 5 bytes for each.
PHOTO = PhotoLimits(max_bytes=50 * 2**20, max_pixels=60_000_000)
