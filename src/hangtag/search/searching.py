"""Queries against the index: words, nearness and understanding, fused; filters; facets; reasons."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.embedders.base import Embedder
from hangtag.errors import UsageError
from hangtag.images import PhotoLimits, decode
from hangtag.search.building import about_index, index_folder
from hangtag.search.corpus import Corpus, Mask
from hangtag.search.documents import facet_columns
from hangtag.search.hits import hits_of
from hangtag.search.lance import APPROXIMATE_FROM, LanceStore
from hangtag.search.meanings import SPOKEN_OF, Group, groups_of, match_of, narrowed, unspoilt
from hangtag.search.ranking import CANDIDATES, Signal, fused
from hangtag.search.results import (
    CONFIGURATIONS,
    DEFAULT,
    Configuration,
    Results,
)
from hangtag.search.understanding import Understanding, Vocabulary, understand
from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

__all__ = ["Searcher"]

# Products that each signal proposes of those that a filter leaves, and to be counted. Those beyond
# answer nothing.
_FILTERED, _COUNTED = 100, 1000
# Of a query, which may be anything.
_CHARACTERS = 1000
# How often it is looked whether the index has changed.
_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    how: Configuration
    groups: Sequence[Group]


class Searcher:
    """Answers queries over a workspace's index; safe for many threads.

    A ``configuration`` says how, unless a call names another one. What is indexed meanwhile counts
    from the next query on.

    Raises WorkspaceError when there is no index, UsageError when it was made with another embedder.
    """

    def __init__(
        self,
        place: Workspace,
        embedder: Embedder,
        *,
        configuration: Configuration = CONFIGURATIONS[DEFAULT],
        approximate_from: int = APPROXIMATE_FROM,
    ):
        self.configuration = configuration
        self._place, self._embedder = place, embedder
        self._approximate_from = approximate_from
        self._store = LanceStore(index_folder(place) / "lance", approximate_from=approximate_from)
        self._opening = threading.Lock()
        self._looked_at = 0.0
        self._version: tuple[int, int] | None = None
        self._corpus, self._vocabulary = self._opened()

    @property
    def size(self) -> int:
        """Products in the index."""
        return len(self._corpus.product_ids)

    @property
    def columns(self) -> Sequence[str]:
        """What results can be narrowed by."""
        return self._corpus.facets

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        offset: int = 0,
        where: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
        configuration: Configuration | None = None,
        understood_as_filters: bool = False,
    ) -> Results:
        """The ``k`` products that answer best, after the first ``offset``.

        Under filters there are k whenever k products are left; only a configuration that goes by
        words alone finds none but those that have one of them. An empty query gives the products in
        the order of the index. With ``understood_as_filters`` what was understood must be so.
        """
        began = time.perf_counter()
        how = configuration or self.configuration
        corpus, meanings, rows, scores = self._ranked(
            query, how, offset + k, where=where, filters=filters, strictly=understood_as_filters
        )
        rows, scores = rows[offset : offset + k], scores[offset : offset + k]
        hits = hits_of(corpus, rows, scores, meanings)
        return Results(query, hits, meanings, time.perf_counter() - began)

    def rank(
        self, query: str, *, k: int = 10, configuration: Configuration | None = None
    ) -> list[tuple[str, float]]:
        """The ids and scores that ``search`` would give, and nothing else of the products.

        For whoever asks for hundreds: to write a hit with its reasons takes longer than to find it.
        """
        how = configuration or self.configuration
        corpus, _, rows, scores = self._ranked(query, how, k)
        found = zip(rows[:k].tolist(), scores[:k].tolist(), strict=True)
        return [(corpus.product_ids[row], score) for row, score in found]

    def like(
        self,
        product_id: str,
        *,
        k: int = 10,
        where: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
    ) -> Results:
        """Products that look like this one, without itself; by its text if it has no photo.

        Raises UsageError when the index does not have it.
        """
        began = time.perf_counter()
        corpus, nothing = self._current("", self.configuration)
        row = corpus.row_of.get(product_id)
        if row is None:
            raise UsageError(
                f"There is no product {product_id[:200]!r} in the index.",
                "Was it tagged and indexed?",
            )
        vectors, name = corpus.vectors("photo"), "photo"
        if np.isnan(vectors[row, 0]):
            vectors, name = corpus.vectors("description"), "description"
        allowed = corpus.chosen(filters or {}, where)
        rows, scores = corpus.nearest(name, vectors[row], allowed, k + 1)
        kept = rows != row
        hits = hits_of(corpus, rows[kept][:k], scores[kept][:k], nothing)
        return Results(product_id, hits, nothing, time.perf_counter() - began)

    def photo(
        self,
        data: bytes,
        *,
        k: int = 10,
        where: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
        limits: PhotoLimits | None = None,
    ) -> Results:
        """Products that look like a photo, given as the bytes of its file.

        Raises PhotoError when it cannot be read.
        """
        began = time.perf_counter()
        corpus, nothing = self._current("", self.configuration)
        pixels = decode(data, self._embedder.sides, limits or PhotoLimits())
        vector = self._embedder.embed_photos(pixels[None])[0]
        allowed = corpus.chosen(filters or {}, where)
        rows, scores = corpus.nearest("photo", vector, allowed, k)
        hits = hits_of(corpus, rows, scores, nothing)
        return Results("", hits, nothing, time.perf_counter() - began)

    def facets(
        self,
        query: str | None = None,
        columns: Sequence[str] | None = None,
        *,
        where: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
    ) -> dict[str, dict[str, int]]:
        """Column → value → products that have it, the most frequent first, under the filters.

        Those of a column are counted without that column's own filter: what choosing another value
        would give. With a query, the products that it proposes are counted, at most a thousand.
        """
        corpus, meanings = self._current(query or "", self.configuration)
        text = (query or "")[:_CHARACTERS].strip()
        asked = _Asked(text, self.configuration, groups_of(meanings, corpus))
        found: dict[str, dict[str, int]] = {}
        counted: dict[frozenset[str], Mask | None] = {}
        for name in corpus.facets if columns is None else columns:
            others = {column: kept for column, kept in (filters or {}).items() if column != name}
            key = frozenset(others)
            if key not in counted:
                counted[key] = self._proposed(corpus, asked, corpus.chosen(others, where))
            found[name] = _counts(corpus, name, counted[key])
        return found

    def _proposed(self, corpus: Corpus, asked: _Asked, allowed: Mask | None) -> Mask | None:
        if not asked.text:
            return allowed
        rows, _ = fused(self._signals(corpus, asked, allowed, _COUNTED))
        mask = np.zeros(corpus.size, bool)
        mask[rows[:_COUNTED]] = True
        return mask

    def product(self, product_id: str) -> Mapping[str, Any] | None:
        """What is indexed of a product, or None."""
        corpus, _ = self._current("", self.configuration)
        row = corpus.row_of.get(product_id)
        return None if row is None else corpus.fields([row])[0]

    def _ranked(
        self,
        query: str,
        how: Configuration,
        upto: int,
        *,
        where: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
        strictly: bool = False,
    ) -> tuple[Corpus, Understanding, NDArray[np.intp], NDArray[np.float32]]:
        """All rows that answer, ``upto`` of them at least where there are, best first."""
        corpus, meanings = self._current(query, how)
        asked = _Asked(query[:_CHARACTERS].strip(), how, groups_of(meanings, corpus))
        allowed = corpus.chosen(filters or {}, where)
        if strictly:
            allowed = narrowed(allowed, asked.groups, corpus)
        elif how.understood and any(group.negated for group in asked.groups):
            allowed = unspoilt(allowed, asked.groups, corpus)
        if asked.text:
            wanted = max(CANDIDATES if allowed is None else _FILTERED, upto)
            rows, scores = fused(self._signals(corpus, asked, allowed, wanted))
        else:
            rows = np.arange(corpus.size) if allowed is None else np.flatnonzero(allowed)
            scores = np.zeros(len(rows), np.float32)
        return corpus, meanings, rows, scores

    def _signals(
        self, corpus: Corpus, asked: _Asked, allowed: Mask | None, limit: int
    ) -> list[Signal]:
        text, how, groups = asked.text, asked.how, asked.groups
        found = []
        if how.words:
            rows, scores = corpus.wording(how.text, text, allowed, limit)
            found.append(Signal(rows, scores, how.words))
        if how.text_vector or how.photo_vector:
            vector = self._embedder.embed_texts([text])[0]
            for name, weight in ((how.text, how.text_vector), ("photo", how.photo_vector)):
                if weight:
                    found.append(Signal(*corpus.nearest(name, vector, allowed, limit), weight))
        if how.understood and any(not group.negated for group in groups):
            match = match_of(groups, corpus)
            # Many match alike; among them, those that the other signals hold for the best.
            rows, scores = fused(found)
            nearer = np.zeros(corpus.size, np.float32)
            nearer[rows] = scores
            order = match + 0.01 * nearer
            if allowed is not None:
                order = np.where(allowed, order, -np.inf)
            best = np.argpartition(-order, min(limit, corpus.size) - 1)[:limit]
            best = best[order[best] > -np.inf]
            best = best[np.argsort(-order[best], kind="stable")]
            found.append(Signal(best, match[best], how.understood * len(groups) ** 0.5))
        return found

    def _current(self, query: str, how: Configuration) -> tuple[Corpus, Understanding]:
        """The index as it is now, and what a query means in it."""
        now = time.monotonic()
        if now - self._looked_at > _SECONDS:
            with self._opening:
                if self._store.version() != self._version:
                    self._corpus, self._vocabulary = self._opened()
                self._looked_at = now
        corpus = self._corpus
        meanings = understand(query[:_CHARACTERS], self._vocabulary)
        if not how.read:
            kept = tuple(m for m in meanings.meanings if m.column in SPOKEN_OF)
            meanings = Understanding(query, kept, meanings.rest)
        return corpus, meanings

    def _opened(self) -> tuple[Corpus, Vocabulary]:
        about = about_index(self._place)
        version = self._store.version()
        snapshot = self._store.snapshot()
        if about is not None and about.get("version") != self._embedder.version:
            raise UsageError(
                f"The index of {self._place.path} was made with {about.get('embedder')} "
                f"{about.get('version')}, not with {self._embedder.name} {self._embedder.version}.",
                f"Make it anew: hangtag index {self._place.path}",
            )
        taxonomy = self._place.taxonomy()
        corpus = Corpus(
            snapshot, facet_columns(taxonomy), self._embedder.dimension, self._approximate_from
        )
        self._version, self._looked_at = version, time.monotonic()
        return corpus, _vocabulary(taxonomy, corpus)


def _vocabulary(taxonomy: Taxonomy, corpus: Corpus) -> Vocabulary:
    spoken = {name: list(corpus.values[name]) for name in SPOKEN_OF if name in corpus.values}
    return Vocabulary.of(taxonomy, spoken)


def _counts(corpus: Corpus, name: str, allowed: Mask | None) -> dict[str, int]:
    if name not in corpus.values:
        raise UsageError(
            f"There is no column {name!r} to narrow by.", f"There are: {', '.join(corpus.facets)}."
        )
    counts = {
        value: len(rows) if allowed is None else int(allowed[rows].sum())
        for value, rows in corpus.values[name].items()
    }
    return dict(sorted((p for p in counts.items() if p[1]), key=lambda pair: (-pair[1], pair[0])))
