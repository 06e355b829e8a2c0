"""The routes: from a request to the shop and back. Nothing is decided here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated, Any

import fastapi
from fastapi import Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse

import hangtag
from hangtag.errors import HangtagError, PhotoError, UsageError
from hangtag.serve import limits
from hangtag.serve.api_page import render_api
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
from hangtag.serve.photos import WIDTHS
from hangtag.serve.shop import Narrowing, Shop, UnknownProductError
from hangtag.serve.static_files import static_files

__all__ = ["create_app"]

_LOG = logging.getLogger("hangtag.serve")

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
ProductId = Annotated[str, Path(max_length=1000, description="The catalog's id.")]


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
_UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "There is no such product, or no photo of it."}
}
_A_PHOTO = {"schema": {"type": "string", "format": "binary"}}
_PHOTO_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/*": _A_PHOTO}, "description": "The photo."},
    304: {"description": "As you have it."},
    **_UNKNOWN,
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
    _add_pages(app)
    _add_errors(app)
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
        "/api/like/{product_id:path}", summary="Products that look like one", responses=_UNKNOWN
    )
    def like(
        product_id: ProductId, narrowed: Narrowed, k: Most = 24, offset: Offset = 0
    ) -> SearchAnswer:
        return shop.like(product_id, k, offset, narrowed)

    @app.post(
        "/api/photo",
        summary="Products that look like a photo of yours",
        openapi_extra={"requestBody": {"required": True, "content": {"image/*": _A_PHOTO}}},
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
        responses=_UNKNOWN,
    )
    def product(product_id: ProductId) -> ProductAnswer:
        return shop.product(product_id)

    @app.get(
        "/photos/{product_id:path}",
        summary="A product's photo",
        response_class=Response,
        responses=_PHOTO_ANSWERS,
    )
    def photo(
        request: Request,
        product_id: ProductId,
        width: Annotated[
            int | None,
            Query(description=f"Of its longer edge: one of {', '.join(map(str, WIDTHS))}. "
                  "Without it, the file as it is."),
        ] = None,
    ) -> Response:  # fmt: skip
        if width is not None and width not in WIDTHS:
            raise UsageError(f"There are no photos {width} pixels wide.",
                             f"Ask for one of {', '.join(map(str, WIDTHS))}.")  # fmt: skip
        tag = f'"{shop.photo_tag(product_id, width)}"'
        # Photos seldom change; whoever has one asks again after an hour whether it did.
        headers = {"etag": tag, "cache-control": "private, max-age=3600"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        found = shop.photo(product_id, width)
        # Opened by itself, a file that only looks like a photo can do nothing.
        headers["content-security-policy"] = "default-src 'none'; sandbox"
        return Response(found.data, media_type=found.media_type, headers=headers)


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


def _add_pages(app: fastapi.FastAPI) -> None:
    files = static_files()

    def answer(request: Request, name: str) -> Response:
        file = files.get(name)
        if file is None:
            raise fastapi.HTTPException(404)
        # Asked for again each time and seldom sent: a new version of hangtag shows at once.
        headers = {"etag": f'"{file.tag}"', "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(file.data, media_type=file.media_type, headers=headers)

    @app.get("/", include_in_schema=False)
    def page(request: Request) -> Response:
        return answer(request, "index.html")

    @app.get("/static/{name}", include_in_schema=False)
    def static(request: Request, name: str) -> Response:
        return answer(request, name)

    @app.get("/favicon.ico", include_in_schema=False)
    def favicon(request: Request) -> Response:
        return answer(request, "tag.svg")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(render_api(app.openapi()))


def _add_errors(app: fastapi.FastAPI) -> None:
    def told(status: int, error: str, hint: str = "") -> JSONResponse:
        return JSONResponse({"error": error, "hint": hint}, status)

    @app.exception_handler(HangtagError)
    def known(_request: Request, error: HangtagError) -> JSONResponse:
        if isinstance(error, UnknownProductError):
            return told(404, error.message, error.hint)
        if isinstance(error, PhotoError):
            gone = error.reason in ("missing_photo", "outside_images_folder", "remote_photo")
            return told(404 if gone else 422, error.message, error.hint)
        return told(422 if isinstance(error, UsageError) else 503, error.message, error.hint)

    @app.exception_handler(RequestValidationError)
    def wrong(_request: Request, error: RequestValidationError) -> JSONResponse:
        return told(422, " ".join(map(_sentence, error.errors())), "See /docs.")

    @app.exception_handler(fastapi.HTTPException)
    @app.exception_handler(404)
    @app.exception_handler(405)
    def refused(_request: Request, error: Exception) -> JSONResponse:
        status = getattr(error, "status_code", 404)
        usual = {404: "There is nothing here.", 405: "That cannot be done here."}
        detail = getattr(error, "detail", "")
        said = usual.get(status) if detail in ("Not Found", "Method Not Allowed") else None
        return told(status, said or str(detail), "See /docs for what there is.")

    @app.exception_handler(Exception)
    def broken(_request: Request, error: Exception) -> JSONResponse:
        # Ours to mend: the server's log has all of it, the caller gets none of our insides.
        _LOG.error("%s: %s", type(error).__name__, error)
        return told(500, "That should not happen.", "What went wrong stands in the server's log.")


def _sentence(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    return f"{where}: {error['msg'][:1].lower()}{error['msg'][1:]}."
