"""From a workspace's folder to a page in the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hangtag.embedders.registry import open_embedder
from hangtag.errors import MissingExtraError, WorkspaceError
from hangtag.search import Searcher, about_index
from hangtag.serve.photos import photos_folder
from hangtag.serve.shop import Shop
from hangtag.serve.uvicorn_server import listen, own_names, run_server, server_address
from hangtag.workspace import Workspace

__all__ = ["Serving", "serve"]


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, and where. ``public``: others than this machine may reach it."""

    address: str
    products: int
    images: Path | None
    public: bool


def serve(
    path: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    images: Path | None = None,
    embedder: str = "compact",
    embedder_model: str | None = None,
    ready: Callable[[Serving], None],
) -> None:
    """Serve the page and the API of a workspace until Ctrl-C; ``ready`` is called when it answers.

    ``images``: where photos are, by default where the last run found them; where that is gone, the
    page shows none. Port 0 takes a free one.

    Raises WorkspaceError where there is nothing tagged or indexed, UsageError when the port is
    taken or the index was made with another embedder, MissingExtraError without the extra
    ``serve``.
    """
    try:
        from hangtag.serve.fastapi_app import create_app
    except ImportError as error:
        raise MissingExtraError("fastapi", "serve") from error

    with listen(host, port) as listening:
        place = Workspace(path)
        if not place.has("products"):
            raise WorkspaceError(
                f"There is nothing to serve in {path}.",
                f"Fill and index it first: hangtag tag … --out {path}, hangtag index {path}",
            )
        if about_index(place) is None:
            raise WorkspaceError(
                f"{path} has no index to search in.", f"Make it first: hangtag index {path}"
            )
        folder = photos_folder(place, images)
        shop = Shop(
            place, Searcher(place, open_embedder(embedder, model=embedder_model)), images=folder
        )
        shop.warm_up()
        names = own_names(host)
        app = create_app(shop, hosts=names)
        serving = Serving(server_address(listening), shop.size(), folder, names is None)
        run_server(app, listening, ready=lambda: ready(serving))
