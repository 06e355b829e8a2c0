"""The routes: from a request to the shop and back. Nothing is decided here."""

from __future__ import annotations

from typing import Annotated, Any

import fastapi
from fastapi import Depends, Query, Request, Response

import hangtag
from hangtag.serve import limits
from hangtag.serve.fastapi_parts import (
    A_PHOTO,
    UNKNOWN,
    ProductId,
    add_api_page,
    add_errors,
    add_files,
    add_photos,
)
from hangtag.serve.guarding import Guard
from hangtag.serve.metrics import MEDIA_TYPE, Metrics
from hangtag.serve.payloads import (
    AboutAnswer,
    CompareAnswer,
    ErrorAnswer,
    FacetsAnswer,
    HealthAnswer,
    ProductAnswer,
    SearchAnswer,
)
from hangtag.serve.shop import Narrowing, Shop
from hangtag.serve.static_files import static_files

__all__ = ["create_app"]

Words = Annotated[
    str,
    Query(
        max_length=limits.QUERY_LETTERS,
        description="What is looked for, in words. Empty: everything.",
    ),
]
Most = Annotated[int, Query(ge=1, le=limits.MOST, description="How many products.")]
Offset = Annotated[int, Query(ge=0, le=limits.DEEPEST, description="How many to leave out first.")]
ConfigurationName = Annotated[
    str, Query(max_length=80, description="How to search; see `/api/about`. Empty: the best one.")
]


def _narrowing(
    filter: Annotated[  # noqa: A002 - the name that callers write
        list[str],
        Query(
            max_length=limits.FILTERS,
            description="`column:value`, may be repeated. Values of one column are alternatives, "
            "columns add up.",
        ),
    ] = [],  # noqa: B006 - FastAPI copies it
    where: Annotated[
        str,
        Query(
            max_length=limits.WHERE_LETTERS,
            description="A condition in SQL over the columns: `gender = 'Women'`.",
        ),
    ] = "",
    strict: Annotated[
        bool, Query(description="Products must match all words that were understood.")
    ] = False,
) -> Narrowing:
    return Narrowing.of(filter, where, strict)


async def _photo_sent(request: Request) -> bytes:
    """The body, counted while it comes: a header may lie or be missing."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > limits.PHOTO_BYTES:
            most = limits.PHOTO_BYTES // 2**20
            raise fastapi.HTTPException(413, f"More than {most} MiB are not taken.")
    return bytes(found)


Narrowed = Annotated[Narrowing, Depends(_narrowing)]
PhotoSent = Annotated[bytes, Depends(_photo_sent)]

_REFUSED: dict[int | str, dict[str, Any]] = {
    422: {"model": ErrorAnswer, "description": "It cannot be done as asked."},
    503: {"model": ErrorAnswer, "description": "The index cannot be read now."},
}


def create_app(shop: Shop, *, hosts: frozenset[str] | None = None) -> Guard:
    """The ASGI app of a shop. ``hosts``: see ``Guard``."""
    app = fastapi.FastAPI(
        title="hangtag",
        description="Search a catalog by what its photos show.",
        version=hangtag.__version__,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses=_REFUSED,
    )
    metrics = Metrics()
    _add_search(app, shop)
    _add_products(app, shop)
    _add_operations(app, shop, metrics)
    add_files(app, static_files(), {"/": "index.html"})
    add_api_page(app)
    add_errors(app)
    return Guard(app, metrics=metrics, hosts=hosts, body_bytes=limits.PHOTO_BYTES)


def _add_search(app: fastapi.FastAPI, shop: Shop) -> None:
    @app.get("/api/search", summary="Products for a query, best first")
    def search(
        narrowed: Narrowed,
        q: Words = "",
        k: Most = 24,
        offset: Offset = 0,
        configuration: ConfigurationName = "",
    ) -> SearchAnswer:
        return shop.search(q, k, offset, narrowed, configuration)

    @app.get(
        "/api/like/{product_id:path}", summary="Products that look like one", responses=UNKNOWN
    )
    def like(
        product_id: ProductId, narrowed: Narrowed, k: Most = 24, offset: Offset = 0
    ) -> SearchAnswer:
        return shop.like(product_id, k, offset, narrowed)

    @app.post(
        "/api/photo",
        summary="Products that look like a photo of yours",
        openapi_extra={"requestBody": {"required": True, "content": {"image/*": A_PHOTO}}},
    )
    def search_by_photo(
        photo: PhotoSent, narrowed: Narrowed, k: Most = 24, offset: Offset = 0
    ) -> SearchAnswer:
        """Send the bytes of a photo: JPEG, PNG, WebP, GIF, BMP or TIFF. Nothing of it is kept."""
        return shop.photo_search(photo, k, offset, narrowed)

    @app.get("/api/facets", summary="What results can be narrowed to, with counts")
    def facets(narrowed: Narrowed, q: Words = "") -> FacetsAnswer:
        return shop.facets(q, narrowed)

    @app.get("/api/compare", summary="One query, asked in two ways")
    def compare(
        narrowed: Narrowed,
        q: Words = "",
        a: ConfigurationName = "",
        b: ConfigurationName = "",
        k: Most = 24,
    ) -> CompareAnswer:
        return shop.compare(q, a, b, k, narrowed)


def _add_products(app: fastapi.FastAPI, shop: Shop) -> None:
    @app.get(
        "/api/products/{product_id:path}",
        summary="One product: readings, metadata, issues",
        responses=UNKNOWN,
    )
    def product(product_id: ProductId) -> ProductAnswer:
        return shop.product(product_id)

    add_photos(app, shop)


def _add_operations(app: fastapi.FastAPI, shop: Shop, metrics: Metrics) -> None:
    @app.get("/api/about", summary="What this server has")
    def about() -> AboutAnswer:
        return shop.about()

    @app.get("/healthz", summary="Whether it can search")
    def healthz() -> HealthAnswer:
        return HealthAnswer(status="ok", products=shop.size())

    @app.get("/metrics", summary="Counts and times, for Prometheus", response_class=Response)
    def prometheus() -> Response:
        gauges = {
            "hangtag_index_products": ("Products in the index.", lambda: float(shop.size())),
            "hangtag_thumbnail_bytes": (
                "Memory that small photos take.", lambda: float(shop.thumbnail_bytes()),
            ),
        }  # fmt: skip
        return Response(metrics.text(gauges), media_type=MEDIA_TYPE)
