"""What a model says of photos with nothing on them, kept so that it is measured once.

Small models like some words whatever they see. What they say of an empty photo is that liking, and
is taken off ("contextual calibration": Zhao et al., 2021, there with empty texts). It is never
updated by the photos of a run: then answers would depend on their order.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hangtag.engines.vlm.readouts import Asked

__all__ = ["Priors", "cache_folder", "content_free"]

# Greys around the middle. Pure black counts as padding to these models, and the very middle can
# be all zeros once it is normalised, which is the same to them.
_GREYS = (112, 128, 144)

Scores = NDArray[np.float32]


def content_free(side: int) -> NDArray[np.uint8]:
    """Photos with nothing on them: uint8 [3, side, side, 3]."""
    greys = np.array(_GREYS, np.uint8)
    return np.broadcast_to(greys[:, None, None, None], (3, side, side, 3)).copy()


def cache_folder() -> Path:
    """Where hangtag keeps what can be made again: ``$XDG_CACHE_HOME/hangtag`` or the like."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "hangtag"


class Priors:
    """The priors of one version of an engine, attribute → scores [options], by photo size.

    They lie in a file of ``folder`` that says of which model and revision they are. Where it
    cannot be written they are measured again in the next run.
    """

    def __init__(self, folder: Path, *, version: str, model: str, revision: str):
        name = "".join(c if c.isalnum() or c in "-._" else "-" for c in version)
        self._path = folder / "priors" / f"{name}.json"
        self._about = {"engine_version": version, "model": model, "revision": revision}
        self._known = self._read()

    def get(self, asked: Sequence[Asked], side: int) -> dict[str, Scores] | None:
        """Attribute → scores [options], or None where one of them has not been measured."""
        found = {one.attribute.name: self._known.get(_key(one, side)) for one in asked}
        if any(scores is None for scores in found.values()):
            return None
        return {name: np.array(scores, np.float32) for name, scores in found.items()}

    def put(
        self, asked: Sequence[Asked], side: int, scores: Mapping[str, Scores]
    ) -> dict[str, Scores]:
        """Keep what was measured, and give it back as it will be read next time."""
        self._known = self._read() | self._known
        for one in asked:
            values = scores[one.attribute.name].tolist()
            self._known[_key(one, side)] = [round(float(value), 6) for value in values]
        self._write()
        return {
            one.attribute.name: np.array(self._known[_key(one, side)], np.float32) for one in asked
        }

    def _read(self) -> dict[str, list[float]]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            known = data["priors"]
            right = all(data.get(name) == value for name, value in self._about.items())
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return known if right and isinstance(known, dict) else {}

    def _write(self) -> None:
        told = json.dumps({**self._about, "priors": self._known}, indent=1)
        beside = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(told + "\n", encoding="utf-8")
            beside.replace(self._path)
        except OSError:
            with suppress(OSError):
                beside.unlink()


def _key(asked: Asked, side: int) -> str:
    """Of all that the scores depend on besides the model."""
    told = repr((asked.choice.readout, asked.prompts, asked.attribute.names))
    digest = hashlib.sha256(told.encode()).hexdigest()[:12]
    return f"{asked.attribute.name}@{digest} {side}"
