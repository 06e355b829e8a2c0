"""Routes that every server of hangtag has: photos, the page's files, the API's page, errors."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated, Any, Protocol

import fastapi
from fastapi import Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse

from hangtag.errors import HangtagError, PhotoError, UsageError
from hangtag.serve.api_page import render_api
from hangtag.serve.payloads import ErrorAnswer
from hangtag.serve.photos import WIDTHS, ServedPhoto
from hangtag.serve.products import UnknownProductError
from hangtag.serve.static_files import StaticFile

__all__ = [
    "A_PHOTO",
    "UNKNOWN",
    "Photos",
    "ProductId",
    "add_api_page",
    "add_errors",
    "add_files",
    "add_photos",
]

_LOG = logging.getLogger("hangtag.serve")

ProductId = Annotated[str, Path(max_length=1000, description="The catalog's id.")]
UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "There is no such product, or no photo of it."}
}
A_PHOTO = {"schema": {"type": "string", "format": "binary"}}
_PHOTO_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/*": A_PHOTO}, "description": "The photo."},
    304: {"description": "As you have it."},
    **UNKNOWN,
}


class Photos(Protocol):
    """Whoever has photos of products. Both raise PhotoError and UnknownProductError."""

    def photo_tag(self, product_id: str, width: int | None) -> str:
        """A tag of a product's photo that changes with it."""
        ...

    def photo(self, product_id: str, width: int | None) -> ServedPhoto:
        """A product's photo; see ``PhotoShelf.photo``."""
        ...


def add_photos(app: fastapi.FastAPI, photos: Photos) -> None:
    """Serve photos, by the product's id alone."""

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
        tag = f'"{photos.photo_tag(product_id, width)}"'
        # Photos seldom change; whoever has one asks again after an hour whether it did.
        headers = {"etag": tag, "cache-control": "private, max-age=3600"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        found = photos.photo(product_id, width)
        # Opened by itself, a file that only looks like a photo can do nothing.
        headers["content-security-policy"] = "default-src 'none'; sandbox"
        return Response(found.data, media_type=found.media_type, headers=headers)


def add_files(
    app: fastapi.FastAPI, files: Mapping[str, StaticFile], pages: Mapping[str, str]
) -> None:
    """Serve ``files`` under /static, and ``pages``: path → the file that is shown there."""

    def answer(request: Request, name: str) -> Response:
        file = files.get(name)
        if file is None:
            raise fastapi.HTTPException(404)
        # Asked for again each time and seldom sent: a new version of hangtag shows at once.
        headers = {"etag": f'"{file.tag}"', "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(file.data, media_type=file.media_type, headers=headers)

    def add_page(path: str, name: str) -> None:
        @app.get(path, include_in_schema=False, name=f"page of {name}")
        def page(request: Request) -> Response:
            return answer(request, name)

    for path, name in pages.items():
        add_page(path, name)

    @app.get("/static/{name}", include_in_schema=False)
    def static(request: Request, name: str) -> Response:
        return answer(request, name)

    @app.get("/favicon.ico", include_in_schema=False)
    def favicon(request: Request) -> Response:
        return answer(request, "tag.svg")


def add_api_page(app: fastapi.FastAPI) -> None:
    """Show the API as a page."""

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(render_api(app.openapi()))


def add_errors(app: fastapi.FastAPI) -> None:
    """Tell what goes wrong as ``{"error": …, "hint": …}``."""

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
