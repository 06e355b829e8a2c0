"""A page's own files, read into memory once: a name is looked up there, never a path."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources

__all__ = ["StaticFile", "static_files"]

_KINDS = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """What a browser gets, and a tag that changes with it."""

    data: bytes
    media_type: str
    tag: str


def static_files(*packages: str) -> dict[str, StaticFile]:
    """By name, such as ``page.css``: those of the search page, over them those of ``packages``."""
    found = {}
    for package in ("hangtag.serve", *packages):
        for file in resources.files(package).joinpath("static").iterdir():
            kind = _KINDS.get(file.name.rpartition(".")[2])
            if kind is not None:
                data = file.read_bytes()
                found[file.name] = StaticFile(data, kind, hashlib.sha256(data).hexdigest()[:24])
    return found
