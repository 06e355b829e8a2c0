"""In which order products come to people, and when one of them is through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hangtag.corrections import Corrections, not_taken_back
from hangtag.errors import UsageError
from hangtag.review.listing import Listing

__all__ = ["QUEUES", "SAMPLE", "Line", "line_up", "members_of"]

QUEUES = {
    "unsure": ("Least sure first", "Where a look is worth most."),
    "conflicts": ("Rules disagree", "Readings that contradict each other or the catalog."),
    "random": ("Random spot check", "Any product is as likely as any other."),
    "second": ("Second opinion", "What others have reviewed, without what they said."),
}
"""Queue → its title, and what it is for."""

SAMPLE = "sample:"
"""What the queue of a sample begins with."""


@dataclass(frozen=True)
class Line:
    """Products of a queue in their order, and the attributes that are asked (None: all)."""

    queue: str
    product_ids: Sequence[str]
    attribute: str | None

    @property
    def blind(self) -> bool:
        """Whether confidence stays unseen, so that it does not sway what people say."""
        return self.queue.startswith(SAMPLE)

    def through(self, store: Corrections, person: str) -> Callable[[str], bool]:
        """Tells of a product whether nobody need look at it any more; in ``second``, this person.

        A sample goes by what was said in its own queue, where confidence was unseen.
        """
        if self.blind:
            return lambda product_id: self._said(store, product_id, self.queue)
        if self.queue == "second":
            return lambda product_id: person in self._people(store, product_id)
        standing = store.standing()
        if self.attribute is None:
            return lambda product_id: product_id in standing
        return lambda product_id: self.attribute in standing.get(product_id, {})

    def _said(self, store: Corrections, product_id: str, queue: str) -> bool:
        return any(
            row.queue == queue and self.attribute in (None, row.attribute)
            for row in not_taken_back(store.of_product(product_id))
        )

    def _people(self, store: Corrections, product_id: str) -> set[str]:
        return {
            row.person
            for row in not_taken_back(store.of_product(product_id))
            if self.attribute in (None, row.attribute)
        }


def line_up(
    listing: Listing,
    queue: str,
    attribute: str | None,
    category: str | None,
    these: Sequence[str] = (),
) -> Line:
    """The queue of that name, narrowed to one attribute and one category where they are given.

    ``these``: the products of a sample, in order, or those that have a first opinion. Raises
    UsageError for another queue.
    """
    if queue not in QUEUES and not queue.startswith(SAMPLE):
        raise UsageError(f"There is no queue {queue[:80]!r}.", f"There are {', '.join(QUEUES)}.")
    wanted = members_of(listing, attribute, category)
    if queue == "second" or queue.startswith(SAMPLE):
        there = [i for i in these if i in listing.at and wanted[listing.at[i]]]
        return Line(queue, there, attribute)
    sure = listing.confidence[attribute] if attribute else listing.least
    if queue == "unsure":
        order = np.argsort(sure, kind="stable")
    elif queue == "conflicts":
        wanted = wanted & (listing.conflicts > 0)
        order = np.argsort(-listing.conflicts, kind="stable")
    else:
        order = np.arange(len(listing.ids))
    return Line(queue, _named(listing, order[wanted[order]].tolist()), attribute)


def members_of(listing: Listing, attribute: str | None, category: str | None) -> NDArray[np.bool_]:
    """Bool [n]: products of the category that were asked for the attribute.

    Raises UsageError for an attribute that is not there.
    """
    wanted = np.ones(len(listing.ids), bool)
    if attribute is not None:
        if attribute not in listing.asked:
            raise UsageError(f"There is no attribute {attribute[:80]!r}.", "See the taxonomy.")
        wanted &= listing.asked[attribute]
    if category is not None:
        wanted &= np.asarray(listing.category == category, bool)
    return wanted


def _named(listing: Listing, places: Iterable[int]) -> list[str]:
    return [listing.ids[at] for at in places]
