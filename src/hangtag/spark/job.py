"""All that a process needs to know to read products, wherever it runs."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any

import hangtag
from hangtag.engines.base import Engine
from hangtag.engines.registry import engine_takes, open_engine
from hangtag.errors import UsageError
from hangtag.images import PhotoLimits
from hangtag.photo_sources import PhotoSource
from hangtag.planning import Keys, keys_of
from hangtag.rules import Rules
from hangtag.running import Identity
from hangtag.taxonomy import Taxonomy
from hangtag.texts import TaughtWords, Texts

__all__ = ["ReadingJob"]


@dataclass(frozen=True)
class ReadingJob:
    """What reads which photos, and by which rules.

    ``engine``: a name that the registry knows, or ``package.module:callable`` for one of your own,
    called with the taxonomy and the options. ``processes`` decode photos and ``threads`` are the
    engine's, in each place that reads; both go by the cores that a task is given. ``text``: titles
    and descriptions count too; ``words``: what was taught of them.
    """

    engine: str
    taxonomy: Taxonomy
    rules: Rules
    photos: PhotoSource
    options: Mapping[str, Any] = field(default_factory=dict)
    limits: PhotoLimits = field(default_factory=PhotoLimits)
    processes: int = 1
    threads: int = 1
    text: bool = True
    words: Mapping[str, TaughtWords] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """For the way to another process."""
        return pickle.dumps(self)

    @staticmethod
    def from_bytes(data: bytes) -> ReadingJob:
        """The job that ``to_bytes`` was called on, by a process that trusts whoever sent it."""
        job: ReadingJob = pickle.loads(data)  # noqa: S301 - from the driver of this very job
        return job

    def open(self) -> Engine:
        """Open the engine. Raises UsageError when it is unknown; EngineError when it cannot run."""
        options = dict(self.options)
        if ":" not in self.engine:
            if "threads" in (engine_takes(self.engine) or ()):
                options.setdefault("threads", self.threads)
            return open_engine(self.engine, self.taxonomy, **options)
        place, _, name = self.engine.partition(":")
        try:
            opener = getattr(import_module(place), name)
        except (ImportError, AttributeError) as error:
            raise UsageError(
                f"There is no engine at {self.engine}: {error}.",
                "Name it package.module:callable, and see that every worker can import it.",
            ) from error
        engine: Engine = opener(self.taxonomy, **options)
        return engine

    def texts(self) -> Texts | None:
        """What reads titles and descriptions, if they count."""
        return Texts.shipped(self.taxonomy, self.words) if self.text else None

    def keys(self, engine: Engine) -> Keys:
        """The keys of a run with the opened engine."""
        return keys_of(engine, self.taxonomy, self.rules, self.limits, self.texts())

    def card(self, engine: Engine) -> str:
        """What a driver must know of an engine that is open elsewhere, as JSON."""
        identity = Identity.of(engine, self.taxonomy)
        about = {"identity": asdict(identity), "keys": asdict(self.keys(engine))}
        return json.dumps({**about, "hangtag": hangtag.__version__})
