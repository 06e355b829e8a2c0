"""What is served: one workspace, searched in several ways, with its photos. Knows nothing of HTTP."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import hangtag
from hangtag.embedders.base import Embedder
from hangtag.errors import HangtagError, UsageError
from hangtag.images import PhotoLimits
from hangtag.search import CONFIGURATIONS, Hit, Results, Searcher
from hangtag.serve import limits
from hangtag.serve.payloads import (
    AboutAnswer,
    CompareAnswer,
    ConfigurationAbout,
    Facet,
    FacetsAnswer,
    FacetValue,
    FoundProduct,
    ProductAnswer,
    SearchAnswer,
    UnderstoodWords,
    WhyFound,
)
from hangtag.serve.photos import PhotoShelf, ServedPhoto
from hangtag.serve.products import describe_product, titles_of
from hangtag.workspace import Workspace

__all__ = ["Narrowing", "Shop", "UnknownProductError"]

# What comparing starts with, and what search uses.
_A, _B = "title", "description"
# What people narrow by, first things first; the attributes stand in between.
_BEFORE = ("article_type", "gender", "base_colour")
_AFTER = ("brand", "usage", "season", "year")
# Of one facet. A catalog may have as many brands as products.
_VALUES = 60


class UnknownProductError(HangtagError):
    """There is no product of that id, or no photo of it."""


@dataclass(frozen=True)
class Narrowing:
    """What results are narrowed to: column → values, a condition in SQL, and all that is understood.

    >>> Narrowing.of(["gender:Women", "gender:Girls"], "", False).filters
    {'gender': ('Women', 'Girls')}
    """

    filters: Mapping[str, Sequence[str]]
    where: str | None
    strict: bool

    @classmethod
    def of(cls, pairs: Sequence[str], where: str, strict: bool) -> Narrowing:
        """From pairs as ``column:value``. Raises UsageError for what is no pair."""
        filters: dict[str, tuple[str, ...]] = {}
        for pair in pairs:
            column, colon, value = pair.partition(":")
            if not (colon and column and value):
                raise UsageError(
                    f"{pair[:80]!r} is no filter.", "Write column:value, such as gender:Women."
                )
            filters[column] = (*filters.get(column, ()), value)
        return cls(filters, where.strip() or None, strict)


class Shop:
    """A workspace with an index, open for questions from many threads.

    ``images`` None: photos are not shown. Raises WorkspaceError when there is no index.
    """

    def __init__(self, place: Workspace, embedder: Embedder, *, images: Path | None):
        self._place = place
        self._embedder = embedder
        self._taxonomy = place.taxonomy()
        self._rules = place.rules()
        self._titles = titles_of(self._taxonomy)
        self._images = images
        self._searchers: dict[str, Searcher] = {}
        self._opening = threading.Lock()
        self._photos = PhotoShelf(
            images,
            limits=PhotoLimits(max_bytes=50 * 2**20, max_pixels=60_000_000),
            keep_bytes=limits.THUMBNAIL_BYTES,
        )
        self._searcher(_B)

    def size(self) -> int:
        """Products in the index."""
        return len(self._searcher(_B))

    def thumbnail_bytes(self) -> int:
        """Memory that small photos take."""
        return self._photos.kept_bytes

    def about(self) -> AboutAnswer:
        """What is here to be searched."""
        return AboutAnswer(
            version=hangtag.__version__,
            products=self.size(),
            columns={column: self._titles[column] for column in self._columns()},
            configurations=[
                ConfigurationAbout(name=name, about=one.about)
                for name, one in CONFIGURATIONS.items()
            ],
            a=_A,
            b=_B,
            photos=self._images is not None,
        )

    def search(
        self, query: str, k: int, offset: int, narrowing: Narrowing, configuration: str
    ) -> SearchAnswer:
        """One page for a query; of an empty one, all products."""
        name = configuration or _B
        found = self._searcher(name).search(
            query,
            k=offset + k + 1,
            where=narrowing.where,
            filters=narrowing.filters,
            understood_as_filters=narrowing.strict,
        )
        return self._page(found, name, k, offset)

    def like(self, product_id: str, k: int, offset: int, narrowing: Narrowing) -> SearchAnswer:
        """What looks like a product. Raises UnknownProductError."""
        searcher = self._searcher(_B)
        self._known(product_id)
        found = searcher.like(
            product_id, k=offset + k + 1, where=narrowing.where, filters=narrowing.filters
        )
        return self._page(found, _B, k, offset)

    def photo_search(self, data: bytes, k: int, offset: int, narrowing: Narrowing) -> SearchAnswer:
        """What looks like a photo. Raises PhotoError when it is none."""
        found = self._searcher(_B).photo(
            data, k=offset + k + 1, where=narrowing.where, filters=narrowing.filters
        )
        return self._page(found, _B, k, offset)

    def compare(self, query: str, a: str, b: str, k: int, narrowing: Narrowing) -> CompareAnswer:
        """The same query, by two configurations."""
        one = self.search(query, k, 0, narrowing, a or _A)
        other = self.search(query, k, 0, narrowing, b or _B)
        both = {hit.product_id for hit in one.hits} & {hit.product_id for hit in other.hits}
        return CompareAnswer(query=query, common=len(both), a=one, b=other)

    def facets(self, query: str, narrowing: Narrowing, configuration: str) -> FacetsAnswer:
        """Counts by column, each as if that column were not narrowed itself."""
        searcher = self._searcher(configuration or _B)
        columns = self._columns()
        free = [column for column in columns if column not in narrowing.filters]
        counts = dict(
            searcher.facets(query or None, free, where=narrowing.where, filters=narrowing.filters)
        )
        for column in columns:
            if column in narrowing.filters:
                others = {n: v for n, v in narrowing.filters.items() if n != column}
                own = searcher.facets(query or None, [column], where=narrowing.where, filters=others)
                counts[column] = own[column]
        return FacetsAnswer(
            facets=[
                self._facet(column, counts[column], narrowing.filters.get(column, ()))
                for column in columns
                if len(counts[column]) > 1 or column in narrowing.filters
            ]
        )

    def product(self, product_id: str) -> ProductAnswer:
        """All that is known of a product. Raises UnknownProductError."""
        found = describe_product(self._place, self._taxonomy, self._rules, product_id)
        if found is None:
            raise _unknown(product_id)
        return found

    def photo_tag(self, product_id: str, width: int | None) -> str:
        """A tag of a product's photo that changes with it."""
        return self._photos.tag(product_id, self._photo_of(product_id), width)

    def photo(self, product_id: str, width: int | None) -> ServedPhoto:
        """A product's photo; see ``PhotoShelf.photo``."""
        return self._photos.photo(product_id, self._photo_of(product_id), width)

    def _photo_of(self, product_id: str) -> str | None:
        known = self._known(product_id).get("photo")
        return known if isinstance(known, str) else None

    def _known(self, product_id: str) -> Mapping[str, object]:
        return self._searcher(_B).product(product_id)

    def _searcher(self, name: str) -> Searcher:
        if name not in CONFIGURATIONS:
            raise UsageError(
                f"There is no configuration {name[:80]!r}.",
                f"Choose one of: {', '.join(CONFIGURATIONS)}.",
            )
        # One at a time: the first questions of a page come together.
        with self._opening:
            if name not in self._searchers:
                self._searchers[name] = Searcher(
                    self._place, self._embedder, configuration=CONFIGURATIONS[name]
                )
            return self._searchers[name]

    def _columns(self) -> list[str]:
        return [*_BEFORE, *(attribute.name for attribute in self._taxonomy), *_AFTER]

    def _facet(self, column: str, counts: Mapping[str, int], chosen: Sequence[str]) -> Facet:
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        kept = ranked[:_VALUES] + [pair for pair in ranked[_VALUES:] if pair[0] in chosen]
        there = {value for value, _ in kept}
        kept += [(value, 0) for value in chosen if value not in there]
        return Facet(
            column=column,
            title=self._titles[column],
            values=[FacetValue(value=value, count=count) for value, count in kept],
        )

    def _page(self, found: Results, name: str, k: int, offset: int) -> SearchAnswer:
        hits = found.hits[offset : offset + k]
        meant = found.understanding
        return SearchAnswer(
            query=found.query,
            configuration=name,
            seconds=found.seconds,
            offset=offset,
            total=None,
            more=len(found.hits) > offset + k,
            meanings=[
                UnderstoodWords(
                    words=one.words,
                    start=one.start,
                    end=one.end,
                    column=one.column,
                    values=list(one.values),
                    negated=one.negated,
                )
                for one in (meant.meanings if meant else ())
            ],
            rest=list(meant.rest) if meant else [],
            hits=[self._hit(hit, offset + place) for place, hit in enumerate(hits, start=1)],
        )

    def _hit(self, hit: Hit, rank: int) -> FoundProduct:
        return FoundProduct(
            product_id=hit.product_id,
            rank=rank,
            score=hit.score,
            title=hit.title,
            fields=dict(hit.fields),
            reasons=[
                WhyFound(
                    words=reason.words,
                    column=reason.column,
                    title=self._titles.get(reason.column, reason.column),
                    values=list(reason.values),
                    confidence=reason.confidence,
                )
                for reason in hit.reasons
            ],
        )


def _unknown(product_id: str) -> UnknownProductError:
    return UnknownProductError(
        f"There is no product {product_id[:80]!r}.", "Its id is the one that the catalog gives."
    )
