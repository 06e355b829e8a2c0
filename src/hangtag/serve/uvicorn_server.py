"""The server process: a socket that is ours, requests until Ctrl-C, a clean end."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from hangtag.errors import MissingExtraError, UsageError

__all__ = ["listen", "own_names", "run_server", "server_address"]

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# A query of ten thousand letters, all of them written as %XX%XX%XX%XX, is a long line.
_LINE_BYTES = 512 * 1024
# Requests that are being answered when the end comes may finish; one that hangs may not stay.
_FAREWELL_SECONDS = 5


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Port 0 takes a free one.

    Taken before anything is loaded: that a port is in use is known at once. Raises UsageError.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            # A server that has just ended leaves its port waiting; a running one keeps it.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(128)
        except BaseException:
            listening.close()
            raise
    except socket.gaierror as error:
        raise UsageError(
            f"{host!r} is no name of this machine: {error.strerror}.",
            "Leave out --host for this machine alone; --host 0.0.0.0 is for all who can reach it.",
        ) from error
    except OSError as error:
        raise UsageError(*_refused(host, port, error)) from error
    return listening


def _refused(host: str, port: int, error: OSError) -> tuple[str, str]:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use.",
            f"Is hangtag running there already? Stop it, or take another port: --port {port + 1}.",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} may not be taken by everybody.", "Take one from 1024 on: --port 8000."
    return (
        f"{host}:{port} cannot be listened on: {error.strerror}.",
        "Try another --host or --port.",
    )


def server_address(listening: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - told, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def own_names(host: str) -> frozenset[str] | None:
    """The names under which a server on ``host`` is known; None where others can reach it.

    From outside it has names that are not known here.
    """
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host.casefold() == "localhost"
    return _LOCAL_NAMES | {host} if local else None


def run_server(
    app: Any,
    listening: socket.socket,
    *,
    ready: Callable[[], None],
    ended: Callable[[], None] = lambda: None,
) -> None:
    """Answer requests until Ctrl-C or SIGTERM; ``ready`` is called once it does.

    ``ended`` is called after the last request. What stands behind this call may never come to its
    turn: SIGTERM ends the process.

    Raises MissingExtraError when ``uvicorn`` is not installed.
    """
    try:
        import uvicorn
    except ImportError as error:
        raise MissingExtraError("uvicorn", "serve") from error

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await super().shutdown(sockets)
            ended()

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_LINE_BYTES,
        http="h11",
        ws="none",
        timeout_graceful_shutdown=_FAREWELL_SECONDS,
    )
    try:
        Server(config).run([listening])
    except KeyboardInterrupt:
        # uvicorn ends well and then raises the signal again, for those who want to know.
        return
    finally:
        listening.close()
