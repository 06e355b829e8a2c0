"""The routes of the review: from a request to the desk and back. Nothing is decided here."""

from __future__ import annotations

from typing import Annotated

import fastapi
from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse

import hangtag
from hangtag.errors import UsageError
from hangtag.review.desk import Desk
from hangtag.review.gate import BODY_BYTES, Gate, Login
from hangtag.review.payloads import (
    AboutReview,
    AgreementAnswer,
    Card,
    HistoryAnswer,
    LoginQuery,
    NextAnswer,
    NextQuery,
    ProgressAnswer,
    ReleaseQuery,
    SaveAnswer,
    SaveQuery,
    SkipQuery,
    UndoQuery,
)
from hangtag.serve.fastapi_parts import UNKNOWN, add_api_page, add_errors, add_files, add_photos
from hangtag.serve.guarding import Guard
from hangtag.serve.metrics import MEDIA_TYPE, Metrics
from hangtag.serve.payloads import ErrorAnswer, HealthAnswer
from hangtag.serve.static_files import static_files

__all__ = ["create_app"]

_PAGES = {"/": "review.html", "/agreement": "agreement.html", "/login": "login.html"}
_WRONG = "That is not the token."

ProductId = Annotated[str, Query(max_length=1000, description="The catalog's id.")]


def create_app(desk: Desk, *, login: Login | None, hosts: frozenset[str] | None) -> Guard:
    """The ASGI app of a desk. ``hosts``: see ``Guard``; ``login``: see ``Gate``."""
    app = fastapi.FastAPI(
        title="hangtag review",
        description="Confirm and correct what was read.",
        version=hangtag.__version__,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        responses={
            401: {"model": ErrorAnswer, "description": "The token is missing."},
            422: {"model": ErrorAnswer, "description": "It cannot be done as asked."},
            503: {"model": ErrorAnswer, "description": "The tables cannot be read or written now."},
        },
    )
    metrics = Metrics()
    _add_reviewing(app, desk)
    _add_looking(app, desk)
    _add_login(app, login)
    _add_operations(app, desk, metrics)
    add_photos(app, desk)
    add_files(app, static_files("hangtag.review"), _PAGES)
    add_api_page(app)
    add_errors(app)
    return Guard(Gate(app, login), metrics=metrics, hosts=hosts, body_bytes=BODY_BYTES)


def _add_reviewing(app: fastapi.FastAPI, desk: Desk) -> None:
    @app.post("/api/next", summary="Products to look at next, held for this page")
    def next_products(asked: NextQuery) -> NextAnswer:
        return desk.next(asked)

    @app.post("/api/save", summary="Confirm or correct a product; the same key twice is once")
    def save(asked: SaveQuery) -> SaveAnswer:
        return desk.save(asked)

    @app.post("/api/undo", summary="Take a save back")
    def undo(asked: UndoQuery) -> SaveAnswer:
        return desk.undo(asked)

    @app.post("/api/skip", summary="Leave a product to others", status_code=204)
    def skip(asked: SkipQuery) -> None:
        desk.skip(asked.session, asked.person, asked.product_id)

    @app.post("/api/release", summary="Leave all that a page holds to others", status_code=204)
    def release(asked: ReleaseQuery) -> None:
        desk.release(asked.session)


def _add_looking(app: fastapi.FastAPI, desk: Desk) -> None:
    @app.get("/api/about", summary="What there is to review")
    def about() -> AboutReview:
        return desk.about()

    @app.get("/api/progress", summary="How far it is, and who did how much")
    def progress() -> ProgressAnswer:
        return desk.progress()

    @app.get("/api/agreement", summary="How far people agree, and where they do not")
    def agreement() -> AgreementAnswer:
        return desk.agreement()

    @app.get("/api/product", summary="One product as it stands", responses=UNKNOWN)
    def product(product_id: ProductId) -> Card:
        return desk.card(product_id)

    @app.get("/api/history", summary="All that was said of a product", responses=UNKNOWN)
    def history(product_id: ProductId) -> HistoryAnswer:
        return desk.history(product_id)


def _add_login(app: fastapi.FastAPI, login: Login | None) -> None:
    @app.post("/api/login", summary="The token for a cookie", status_code=204)
    def log_in(request: Request, asked: LoginQuery) -> Response:
        if login is None:
            raise UsageError("This server asks for no token.", "Open the page.")
        if not login.try_token(asked.token):
            return JSONResponse({"error": _WRONG, "hint": "After many wrong ones, wait."}, 401)
        secure = request.url.scheme == "https"
        return Response(status_code=204, headers={"set-cookie": login.cookie(secure=secure)})


def _add_operations(app: fastapi.FastAPI, desk: Desk, metrics: Metrics) -> None:
    @app.get("/healthz", summary="Whether it can serve")
    def healthz() -> HealthAnswer:
        return HealthAnswer(status="ok", products=desk.size())

    @app.get("/metrics", summary="Counts and times, for Prometheus", response_class=Response)
    def prometheus() -> Response:
        gauges = {"hangtag_products": ("Products to review.", lambda: float(desk.size()))}
        return Response(metrics.text(gauges), media_type=MEDIA_TYPE)
