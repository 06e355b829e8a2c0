"""Photos that were there before: a run over the wrong folder must not undo what is done."""

from __future__ import annotations

from itertools import islice

from hangtag.catalog import Catalog
from hangtag.errors import PhotoError, UsageError
from hangtag.known import Known
from hangtag.outcomes import work_of
from hangtag.photo_sources import PhotoSource
from hangtag.planning import Keys, plan_products

__all__ = ["expect_photos"]

# Of so many products of the catalog's beginning, this many that were tagged before are looked at.
_ROWS, _LOOKED_AT = 4096, 100


def expect_photos(
    catalog: Catalog,
    photos: PhotoSource,
    known: Known,
    keys: Keys,
    *,
    where: str | None = None,
) -> None:
    """Refuse a place that has not one of the photos that products were tagged from.

    Those products would become failures, one and all, and their tags would be gone: most likely it
    is the wrong one, or its disk is not mounted. Raises UsageError.
    """
    rows = catalog.batches(where=where, limit=_ROWS)
    works = (work for batch in plan_products(rows, known, keys) for work in work_of(batch))
    tagged = islice((w for w in works if w.known_sha256 and not w.known_reason), _LOOKED_AT)
    looked_at = 0
    for work in tagged:
        looked_at += 1
        try:
            photos.locate(work.product_id, work.values[0])
        except PhotoError:
            continue
        return
    if looked_at:
        raise UsageError(
            f"{photos.place} has the photo of none of the {looked_at} products looked at that were "
            "tagged before; nothing was changed.",
            "Is it the right folder? If the photos are really gone, add --allow-missing.",
        )
