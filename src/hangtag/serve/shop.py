"""What is served: one workspace, searched in several ways, with its photos. No word of HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import hangtag
from hangtag.errors import UsageError
from hangtag.readings import METADATA
from hangtag.search import CONFIGURATIONS, DEFAULT, Hit, Results, Searcher, configuration
from hangtag.serve import limits
from hangtag.serve.examples import examples
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
from hangtag.serve.products import UnknownProductError, describe_product, titles_of
from hangtag.settling import deriving_of
from hangtag.taxonomy import Taxonomy
from hangtag.texts import Because
from hangtag.workspace import Workspace

__all__ = ["Narrowing", "Shop"]

# What comparing starts with; what it is held against is what search uses.
_A = "title"
# What people narrow by, first things first; the attributes stand in between.
_BEFORE = ("article_type", "gender", "base_colour")
_AFTER = ("brand", "usage", "season", "year")
# What people ask for, where the catalog has it.
_LOOKS = ("pattern", "sleeves", "material", "base_colour")
# Of one facet. A catalog may have as many brands as products.
_VALUES = 60


@dataclass(frozen=True)
class Narrowing:
    """What results are narrowed to: column → values, a condition in SQL, what is understood.

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

    ``images`` None: photos are not shown.
    """

    def __init__(self, place: Workspace, searcher: Searcher, *, images: Path | None):
        self._place = place
        self._taxonomy = place.taxonomy()
        self._rules = place.rules()
        self._titles = titles_of(self._taxonomy)
        self._images = images
        self._shown = _shown(self._taxonomy)
        self._read = [one.name for one in self._taxonomy.read if not one.multiple]
        self._sources: dict[str, Literal["reading", "rules"]] = {
            one.name: "rules" if one.tier == 3 else "reading" for one in self._taxonomy
        }
        self._photos = PhotoShelf(images, limits=limits.PHOTO, keep_bytes=limits.THUMBNAIL_BYTES)
        self._searcher = searcher
        texts = deriving_of(place).texts
        self._because = Because(texts) if texts else None

    def size(self) -> int:
        """Products in the index."""
        return self._searcher.size

    def warm_up(self) -> None:
        """Load what first questions would have to wait for."""
        everything = Narrowing({}, None, False)
        for name in CONFIGURATIONS:
            self.search("a", 1, 0, everything, name)
        self.facets("", everything)

    def thumbnail_bytes(self) -> int:
        """Memory that small photos take."""
        return self._photos.kept_bytes

    def about(self) -> AboutAnswer:
        """What is here to be searched."""
        return AboutAnswer(
            version=hangtag.__version__,
            products=self.size(),
            columns={column: self._titles[column] for column in self._columns},
            configurations=[
                ConfigurationAbout(name=name, about=one.about)
                for name, one in CONFIGURATIONS.items()
            ],
            a=_A,
            b=DEFAULT,
            photos=self._images is not None,
            examples=examples(self._searcher, list(dict.fromkeys((*_LOOKS, *self._read)))),
            uncalibrated=sorted(self._place.uncalibrated()),
        )

    def search(
        self, query: str, k: int, offset: int, narrowing: Narrowing, name: str
    ) -> SearchAnswer:
        """One page for a query; of an empty one, all products. ``name``: of the configuration."""
        name = name or DEFAULT
        found = self._searcher.search(
            query,
            k=k + 1,  # whether there is more
            offset=offset,
            where=narrowing.where,
            filters=narrowing.filters,
            configuration=configuration(name),
            understood_as_filters=narrowing.strict,
        )
        return self._page(found, found.hits, name, k, offset)

    def like(self, product_id: str, k: int, offset: int, narrowing: Narrowing) -> SearchAnswer:
        """What looks like a product. Raises UnknownProductError."""
        self._known(product_id)
        found = self._searcher.like(
            product_id, k=offset + k + 1, where=narrowing.where, filters=narrowing.filters
        )
        return self._page(found, found.hits[offset:], DEFAULT, k, offset)

    def photo_search(self, data: bytes, k: int, offset: int, narrowing: Narrowing) -> SearchAnswer:
        """What looks like a photo. Raises PhotoError when it is none."""
        found = self._searcher.photo(
            data,
            k=offset + k + 1,
            where=narrowing.where,
            filters=narrowing.filters,
            limits=limits.PHOTO,
        )
        return self._page(found, found.hits[offset:], DEFAULT, k, offset)

    def compare(self, query: str, a: str, b: str, k: int, narrowing: Narrowing) -> CompareAnswer:
        """The same query, by two configurations."""
        one = self.search(query, k, 0, narrowing, a or _A)
        other = self.search(query, k, 0, narrowing, b)
        both = {hit.product_id for hit in one.hits} & {hit.product_id for hit in other.hits}
        return CompareAnswer(query=query, common=len(both), a=one, b=other)

    def facets(self, query: str, narrowing: Narrowing) -> FacetsAnswer:
        """Counts by column, each as if that column were not narrowed itself."""
        counts = self._searcher.facets(
            query, self._columns, where=narrowing.where, filters=narrowing.filters
        )
        return FacetsAnswer(
            facets=[
                self._facet(column, counts[column], narrowing.filters.get(column, ()))
                for column in self._columns
                if len(counts[column]) > 1 or column in narrowing.filters
            ]
        )

    def product(self, product_id: str) -> ProductAnswer:
        """All that is known of a product. Raises UnknownProductError."""
        found = describe_product(
            self._place, self._taxonomy, self._rules, product_id, self._because
        )
        if found is None:
            raise UnknownProductError(product_id)
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

    def _known(self, product_id: str) -> Mapping[str, Any]:
        found = self._searcher.product(product_id)
        if found is None:
            raise UnknownProductError(product_id)
        return found

    @property
    def _columns(self) -> list[str]:
        wanted = [*_BEFORE, *(attribute.name for attribute in self._taxonomy), *_AFTER]
        return [column for column in wanted if column in self._searcher.columns]

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

    def _page(
        self, found: Results, hits: Sequence[Hit], name: str, k: int, offset: int
    ) -> SearchAnswer:
        """The first ``k`` of ``hits``; one more says that there are more."""
        meant = found.understanding
        bare = self._place.uncalibrated()
        return SearchAnswer(
            query=found.query,
            configuration=name,
            seconds=found.seconds,
            offset=offset,
            total=None,
            more=len(hits) > k,
            meanings=[
                UnderstoodWords(
                    words=one.words,
                    start=one.start,
                    end=one.end,
                    column=one.column,
                    values=list(one.values),
                    negated=one.negated,
                )
                for one in meant.meanings
            ],
            rest=list(meant.rest),
            hits=[
                self._hit(hit, offset + place, bare) for place, hit in enumerate(hits[:k], start=1)
            ],
        )

    def _hit(self, hit: Hit, rank: int, bare: Collection[str]) -> FoundProduct:
        return FoundProduct(
            product_id=hit.product_id,
            rank=rank,
            score=hit.score,
            title=hit.title,
            fields={name: hit.fields[name] for name in self._shown if name in hit.fields},
            reasons=[
                WhyFound(
                    words=reason.words,
                    column=reason.column,
                    title=self._titles.get(reason.column, reason.column),
                    values=list(reason.values),
                    source=self._sources.get(reason.column, "catalog"),
                    confidence=reason.confidence,
                    calibrated=reason.calibrated(bare),
                )
                for reason in hit.reasons
            ],
        )


def _shown(taxonomy: Taxonomy) -> list[str]:
    """The columns that a result tells: what is known and was read, not what is for machines."""
    columns = list(METADATA[1:])
    for attribute in taxonomy:
        columns.append(attribute.name)
        if not attribute.multiple:
            columns.append(f"{attribute.name}_confidence")
    return columns
