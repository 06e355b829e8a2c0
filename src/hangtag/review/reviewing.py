"""From a workspace's folder to a review in the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hangtag.corrections import Corrections
from hangtag.errors import MissingExtraError, UsageError, WorkspaceError
from hangtag.review.claims import Claims
from hangtag.review.desk import Desk
from hangtag.review.gate import Login
from hangtag.review.queues import SAMPLE
from hangtag.review.settler import Settler
from hangtag.serve.photos import photos_folder
from hangtag.serve.uvicorn_server import listen, own_names, run_server, server_address
from hangtag.workspace import Workspace

__all__ = ["Reviewing", "review"]


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What is reviewed, and where. ``public``: others than this machine may reach it."""

    address: str
    products: int
    reviewed: int
    images: Path | None
    public: bool


def review(
    path: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    images: Path | None = None,
    token: str | None = None,
    sample: str | None = None,
    ready: Callable[[Reviewing], None],
) -> None:
    """Serve the review of a workspace until Ctrl-C; ``ready`` is called when it answers.

    ``token``: what people must know to get in. ``sample``: the one to begin with. For the rest see
    ``hangtag.serve.serving.serve``. In the end ``attributes`` say what people said.

    Raises WorkspaceError where nothing is tagged, UsageError when the port is taken, the sample is
    not there, or others could reach it without a token; MissingExtraError without the extra
    ``review``.
    """
    try:
        from hangtag.review.fastapi_app import create_app
    except ImportError as error:
        raise MissingExtraError("fastapi", "review") from error

    names = own_names(host)
    if names is None and token is None:
        raise UsageError(
            f"With --host {host}, whoever can reach this machine could change the catalog.",
            "Ask them for a token: --token-file FILE, or the environment's HANGTAG_REVIEW_TOKEN.",
        )
    with listen(host, port) as listening:
        place = Workspace(path)
        if not place.has("attributes") or not place.count("attributes"):
            raise WorkspaceError(
                f"There is nothing to review in {path}.",
                f"Tag it first: hangtag tag … --out {path}",
            )
        folder = photos_folder(place, images)
        store = Corrections(place)
        settler = Settler(place, store)
        claims = Claims(place.path / ".review.sqlite")
        try:
            first = "unsure" if sample is None else SAMPLE + sample
            desk = Desk(place, store, claims, images=folder, first=first, said=settler.touch)
            if first not in {queue.name for queue in desk.about().queues}:
                raise UsageError(
                    f"There is no sample {sample!r}.", f"Draw it: hangtag sample {path} --n 50"
                )
            reviewing = Reviewing(
                server_address(listening), desk.size(), len(store.standing()), folder, names is None
            )
            settler.start()
            app = create_app(desk, login=None if token is None else Login(token), hosts=names)
            run_server(app, listening, ready=lambda: ready(reviewing), ended=settler.stop)
        finally:
            settler.stop()
            claims.close()
