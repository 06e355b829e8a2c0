"""What a search gives back, and the ways to search."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hangtag.errors import UsageError
from hangtag.search.understanding import Understanding

__all__ = [
    "CONFIGURATIONS",
    "DEFAULT",
    "Configuration",
    "Hit",
    "Reason",
    "Results",
    "configuration",
]

Text = Literal["title", "metadata", "description"]


@dataclass(frozen=True, slots=True)
class Configuration:
    """One way to search; all of them share one index.

    ``text``: what is searched of a product: its title; all that the catalog says; or that and what
    hangtag read, as the description. The numbers are the weights of the signals in the score, 0
    for those that do not take part: ``words`` that occur (BM25), nearness of the ``text_vector``
    to the query's, of the ``photo_vector``, and meanings ``understood`` of the query that the
    product has. ``read``: whether attributes count among those, or only the catalog's own columns.
    """

    name: str
    about: str
    text: Text
    words: float = 1.0
    text_vector: float = 0.0
    photo_vector: float = 0.0
    understood: float = 0.0
    read: bool = False


_ALL = (
    Configuration("title", "Words of titles, as most shops search.", "title"),
    Configuration(
        "metadata",
        "All that the catalog says: words, meaning, its own columns.",
        "metadata",
        text_vector=1.0,
        understood=1.0,
    ),
    Configuration(
        "description",
        "What the catalog says and what was read from the photo, as text.",
        "description",
        text_vector=1.0,
        understood=1.0,
        read=True,
    ),
    Configuration(
        "hybrid",
        "The same, and the photos themselves.",
        "description",
        text_vector=1.0,
        # As much as the photos count, whoever types a title loses its product's place; with a third
        # of it they do not, and other queries gain the same.
        photo_vector=0.3,
        understood=1.0,
        read=True,
    ),
)
CONFIGURATIONS: Mapping[str, Configuration] = {one.name: one for one in _ALL}
DEFAULT = "hybrid"


def configuration(name: str) -> Configuration:
    """The configuration of that name. Raises UsageError for one that is not known."""
    if name not in CONFIGURATIONS:
        raise UsageError(
            f"There is no configuration named {name!r}.",
            f"Choose one of: {', '.join(CONFIGURATIONS)}.",
        )
    return CONFIGURATIONS[name]


@dataclass(frozen=True, slots=True)
class Reason:
    """Words of the query that a product answers, by the ``values`` that it has in ``column``.

    ``confidence``: how sure that was read, None where the catalog itself says it.
    """

    words: str
    column: str
    values: tuple[str, ...]
    confidence: float | None

    def calibrated(self, bare: Collection[str]) -> bool | None:
        """Whether the confidence was fitted to labels, as it was not for the attributes ``bare``.

        None where there is no confidence.
        """
        return None if self.confidence is None else self.column not in bare


@dataclass(frozen=True, slots=True)
class Hit:
    """One product found. Scores compare within one answer only.

    ``fields``: its row in the index: metadata, attributes and their confidences, description.
    """

    product_id: str
    score: float
    title: str
    fields: Mapping[str, Any]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """The hits, best first, and what the query was taken to mean."""

    query: str
    hits: Sequence[Hit]
    understanding: Understanding
    seconds: float
