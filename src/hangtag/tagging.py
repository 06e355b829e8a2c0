"""The run: catalog → photos → engine → calibration → rules → tables.

Its middle, ``read_products``, is a function from record batches to record batches that touches no
table: a cluster calls the very same (Spark's ``mapInArrow`` takes it as it is).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from hangtag.asking import Asking
from hangtag.catalog import Catalog
from hangtag.deriving import Deriving
from hangtag.engines.base import Engine, report_of, wants_exact_photos
from hangtag.errors import CatalogError, EngineError
from hangtag.images import PhotoLimits
from hangtag.known import Known
from hangtag.outcomes import Outcomes, Work, work_of
from hangtag.photo_pool import Photo, PhotoPool, PhotoRequest
from hangtag.photo_sources import LocalPhotos, PhotoSource
from hangtag.planning import keys_of, plan_products
from hangtag.rules import Rules, default_rules
from hangtag.running import Identity, run
from hangtag.summary import Progress, RunSummary, Stages
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.texts import Texts
from hangtag.workspace import Workspace

__all__ = ["Plan", "plan_run", "read_products", "tag"]

# Outcomes handed over at once, and how long one waits for company at most.
_ROWS = 256
_SECONDS = 1.0


def read_products(
    batches: Iterator[pa.RecordBatch],
    *,
    images: Path | PhotoSource,
    engine: Engine,
    taxonomy: Taxonomy,
    rules: Rules,
    texts: Texts | None = None,
    processes: int | None = None,
    limits: PhotoLimits | None = None,
    allow_outside: bool = False,
    pool: PhotoPool | None = None,
    stop: Callable[[], bool] = lambda: False,
    stages: Stages | None = None,
) -> Generator[pa.RecordBatch, None, None]:
    """Rows of ``planning.WORK`` → one row of ``outcomes.outcomes_schema`` each, in any order.

    Other processes decode photos ahead, a bounded number of them, while the engine reads those it
    has; ``pool`` are such processes that stay for the next call. A column ``content`` (binary)
    beside those of WORK holds the bytes of photos that need no fetching. ``stop`` is asked before
    every photo: once it says yes, what the engine has answered is handed over and the rest is left
    out. ``stages`` gets the seconds spent. Without ``texts``, attributes come from photos alone.

    Raises EngineError when the engine answers nothing any more.
    """
    stages = stages or Stages()
    outcomes = Outcomes(engine, taxonomy, rules, texts)
    asking = Asking(engine, outcomes)
    pending: deque[Work] = deque()

    def requests() -> Iterator[PhotoRequest]:
        # Drawn by the pool when it has room: what the catalog and the ledger take is not waiting.
        source = iter(batches)
        while True:
            start = time.perf_counter()
            batch = next(source, None)
            works = [] if batch is None else work_of(batch)
            stages.plan += time.perf_counter() - start
            if batch is None:
                return
            contents = batch["content"] if "content" in batch.schema.names else None
            for place, work in enumerate(works):
                if stop():
                    return
                pending.append(work)
                data = None if contents is None else contents[place].as_py()
                yield PhotoRequest(work.product_id, work.values[0], _skippable(work), data)

    def photos() -> Generator[Photo | None, None, None]:
        # None after the last one.
        with ExitStack() as opened:
            decoders = pool or opened.enter_context(
                PhotoPool(
                    images, engine.sides, processes=processes, limits=limits,
                    allow_outside=allow_outside, exact=wants_exact_photos(engine),
                )
            )  # fmt: skip
            yield from decoders.read(requests())
        yield None

    handed_over = time.monotonic()
    try:
        with closing(photos()) as decoded:
            while not stop():
                start, planned = time.perf_counter(), stages.plan
                photo = next(decoded)
                waited, asked = time.perf_counter(), asking.seconds
                stages.decode_wait += waited - start - (stages.plan - planned)
                if photo is None:
                    asking.finish()
                else:
                    _take(pending.popleft(), photo, taxonomy, asking, outcomes)
                due = len(outcomes) >= _ROWS or time.monotonic() - handed_over >= _SECONDS
                batch = outcomes.flush() if due and len(outcomes) else None
                stages.derive += time.perf_counter() - waited - (asking.seconds - asked)
                stages.model = asking.seconds
                if batch is not None:
                    yield batch
                    handed_over = time.monotonic()
                if photo is None:
                    break
    except (EngineError, CatalogError):
        # What was answered until then is worth keeping.
        if len(outcomes):
            yield outcomes.flush()
        raise
    if len(outcomes):
        yield outcomes.flush()


def _skippable(work: Work) -> str | None:
    """The hash with which a photo needs no decoding: nothing is left to read in it."""
    return work.known_sha256 if work.known_reason is not None or not work.todo else None


def _take(work: Work, photo: Photo, taxonomy: Taxonomy, asking: Asking, outcomes: Outcomes) -> None:
    if photo.error is not None:
        outcomes.failed(work, photo.sha256, "photo", photo.error.reason, photo.error.message)
    elif photo.pixels is None:
        if work.changed and work.known_reason is None:
            outcomes.derived(work)
        else:
            outcomes.unchanged(work)
    else:
        same = photo.sha256 == work.known_sha256 and work.known_reason is None
        wanted = [a for a in taxonomy.read if not same or a.name in work.todo]
        asking.add(work, photo.sha256 or "", photo.pixels, wanted)


def tag(
    catalog: Catalog,
    images: Path,
    workspace: Workspace,
    engine: Engine,
    *,
    taxonomy: Taxonomy | None = None,
    taxonomy_file: Path | None = None,
    rules: Rules | None = None,
    rules_file: Path | None = None,
    text: bool = True,
    where: str | None = None,
    order: str | None = None,
    limit: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    wait: bool = False,
    processes: int | None = None,
    limits: PhotoLimits | None = None,
    allow_outside: bool = False,
    allow_missing: bool = False,
    wave_rows: int = 4096,
    wave_seconds: float = 30.0,
) -> RunSummary:
    """Read every product of the catalog that is not done, and fill the workspace's tables.

    It may die at any moment; called again it does what is missing, and the tables come out as if
    nothing had happened. The first Ctrl-C (in the main thread) lets it write what the engine has
    answered and return; the second one is a KeyboardInterrupt. ``taxonomy_file`` and ``rules_file``
    are where ``taxonomy`` and ``rules`` came from, if not from hangtag itself. Without ``text``,
    attributes come from the photo alone. ``progress`` is called at least once. ``allow_missing``:
    go on even where all photos of products tagged before seem to be gone.

    Raises UsageError when they seem to be; WorkspaceBusyError when another run is at it, unless
    ``wait``; WorkspaceError when the tables cannot be written; EngineError when the engine gives
    up; CatalogError when the catalog does. What was done until then is kept.
    """
    taxonomy = taxonomy or default_taxonomy()
    rules = rules or default_rules(taxonomy)
    texts = Texts.shipped(taxonomy, workspace.taught_words()) if text else None
    source = LocalPhotos(images, allow_outside)

    def middle(
        batches: Iterator[pa.RecordBatch], stop: Callable[[], bool], stages: Stages
    ) -> Generator[pa.RecordBatch, None, None]:
        return read_products(
            batches, images=source, engine=engine, taxonomy=taxonomy, rules=rules, texts=texts,
            processes=processes, limits=limits, stop=stop, stages=stages,
        )  # fmt: skip

    return run(
        catalog, source, workspace, middle,
        identity=Identity.of(engine, taxonomy),
        keys=keys_of(engine, taxonomy, rules, limits, texts),
        deriving=Deriving(taxonomy, rules, texts),
        taxonomy_file=taxonomy_file, rules_file=rules_file, where=where, order=order, limit=limit,
        progress=progress, wait=wait, allow_missing=allow_missing,
        wave_rows=wave_rows, wave_seconds=wave_seconds, report=lambda: report_of(engine),
    )  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What a run would do, as far as it can be told without looking at photos.

    ``new``: in no table. ``read``: to be read again, wholly or some attributes. ``derive``: only
    the rules speak again. ``failed``: tried again if their photos have changed or were missing.
    ``done``: reused, unless their photos have changed.
    """

    products: int
    new: int
    read: int
    derive: int
    failed: int
    done: int

    def to_json(self) -> dict[str, int]:
        """For ``json.dumps``."""
        return asdict(self)


def plan_run(
    catalog: Catalog,
    workspace: Workspace,
    engine: Engine,
    *,
    taxonomy: Taxonomy | None = None,
    rules: Rules | None = None,
    text: bool = True,
    where: str | None = None,
    limit: int | None = None,
    limits: PhotoLimits | None = None,
) -> Plan:
    """What ``tag`` with the same arguments would do. Reads catalog and ledger, writes nothing."""
    taxonomy = taxonomy or default_taxonomy()
    texts = Texts.shipped(taxonomy, workspace.taught_words()) if text else None
    keys = keys_of(engine, taxonomy, rules or default_rules(taxonomy), limits, texts)
    counts = dict.fromkeys(("new", "read", "derive", "failed", "done"), 0)
    with Known(workspace) as known:
        for batch in plan_products(catalog.batches(where=where, limit=limit), known, keys):
            for work in work_of(batch):
                counts[_kind(work)] += 1
    return Plan(products=sum(counts.values()), **counts)


def _kind(work: Work) -> str:
    if work.fresh:
        return "new"
    if work.known_reason is not None:
        return "failed"
    if work.todo:
        return "read"
    return "derive" if work.changed else "done"
