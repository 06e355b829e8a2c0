"""The index, made from a workspace's tables: only what is not in it yet, or has changed.

Photos come first, then documents; each wave is a commit of its own, so a build that dies has lost
one wave, and the next one goes on. What is gone from the tables goes from the index.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hangtag.embedders.base import Embedder
from hangtag.errors import UsageError, WorkspaceError
from hangtag.images import PhotoLimits
from hangtag.locking import hold
from hangtag.querying import opened
from hangtag.search.documents import TEXTS, documents
from hangtag.search.lance import APPROXIMATE_FROM, LanceStore
from hangtag.search.photo_vectors import Vector, photo_vectors
from hangtag.search.ranking import CANDIDATES
from hangtag.search.store import Store
from hangtag.workspace import Workspace

__all__ = ["IndexProgress", "IndexSummary", "about_index", "build_index", "index_folder"]

# Photos' vectors kept at once, and documents.
_PHOTOS, _DOCUMENTS = 2048, 4096


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """``stage``: photos or documents; ``done`` of ``total`` looked at, in its ``seconds``."""

    stage: str
    done: int
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What a build did, and what the index holds now.

    ``photos``, ``documents``: embedded anew. ``without_photo``: products that are found by their
    texts alone, ``unreadable`` of them because the photo that was tagged cannot be read now.
    ``recall``: of the approximate index against exact search, where there is one.
    """

    products: int
    photos: int
    documents: int
    removed: int
    without_photo: int
    unreadable: int
    seconds: float
    megabytes: float
    embedder: str
    embedder_version: str
    recall: float | None

    def to_json(self) -> dict[str, object]:
        """For ``json.dumps``."""
        return asdict(self)


def index_folder(place: Workspace) -> Path:
    """Where the index of a workspace lies."""
    return place.path / "index"


def about_index(place: Workspace) -> Mapping[str, str] | None:
    """Name, version and dimension of the embedder that an index was made with, or None."""
    try:
        found = json.loads((index_folder(place) / "about.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def build_index(
    place: Workspace,
    *,
    embedder: Embedder,
    images: Path | None = None,
    processes: int | None = None,
    limits: PhotoLimits | None = None,
    progress: Callable[[IndexProgress], None] | None = None,
    approximate_from: int = APPROXIMATE_FROM,
) -> IndexSummary:
    """Bring the index up to the tables. ``images``: where photos lie, if not where they did.

    An index of another embedder is made anew. Raises WorkspaceError when there is nothing to index
    or it cannot be written, WorkspaceBusyError when another build is at it, UsageError where the
    photos' folder is not known.
    """
    if not place.has("products"):
        raise WorkspaceError(
            f"There is nothing to index in {place.path}.", "Fill it: hangtag tag …"
        )
    folder = index_folder(place)
    _make(folder)
    began = time.monotonic()
    with hold(folder / ".lock"):
        new = _is_new(place, embedder)
        store = LanceStore(folder / "lance", approximate_from=approximate_from)
        told = _Told(progress)
        reading = _Reading(images, processes, limits)
        photos, unreadable = _put_photos(place, store, embedder, told, reading)
        fresh, removed = _put_documents(place, store, embedder, told)
        # A build that died may have written everything and finished nothing.
        if photos or fresh or removed or not store.is_finished():
            store.finish()
        if new:
            store.forget_history()
        with_photo = store.photo_keys()
        recall = _recall(store, embedder.dimension) if len(with_photo) >= approximate_from else None
        products = place.count("products")
        return IndexSummary(
            products=products,
            photos=photos,
            documents=fresh,
            removed=removed,
            without_photo=products - len(with_photo),
            unreadable=unreadable,
            seconds=round(time.monotonic() - began, 3),
            megabytes=round(_size(folder) / 1e6, 1),
            embedder=embedder.name,
            embedder_version=embedder.version,
            recall=recall,
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where photos are read, and how."""

    images: Path | None
    processes: int | None
    limits: PhotoLimits | None


class _Told:
    """Hands progress on; the seconds are those of the stage."""

    def __init__(self, progress: Callable[[IndexProgress], None] | None):
        self._progress = progress
        self._stage, self._began = "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stage, self._began = stage, time.monotonic()
        if self._progress is not None:
            seconds = time.monotonic() - self._began
            self._progress(IndexProgress(stage, done, total, seconds))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"{folder} cannot be made: {error.strerror}.", "Look at free space and permissions."
        ) from error


def _is_new(place: Workspace, embedder: Embedder) -> bool:
    """Whether the index starts empty; one that another embedder made is thrown away."""
    folder = index_folder(place)
    about = {
        "embedder": embedder.name,
        "version": embedder.version,
        "dimension": str(embedder.dimension),
    }
    if about_index(place) == about and (folder / "lance").is_dir():
        return False
    # First the word that it is good, then what it is about.
    (folder / "about.json").unlink(missing_ok=True)
    shutil.rmtree(folder / "lance", ignore_errors=True)
    (folder / "about.new").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    (folder / "about.new").replace(folder / "about.json")
    return True


def _put_photos(
    place: Workspace, store: Store, embedder: Embedder, told: _Told, reading: _Reading
) -> tuple[int, int]:
    """How many photos were embedded, and how many of those to embed could not be read."""
    known = store.photo_keys()
    wanted: dict[str, str] = {}
    todo: list[tuple[str, str | None]] = []
    for product_id, photo, sha256 in _tagged_photos(place):
        wanted[product_id] = sha256
        if known.get(product_id) != sha256:
            todo.append((product_id, photo))
    store.drop_photos([one for one in known if one not in wanted])
    if not todo:
        return 0, 0
    unreadable = 0
    wave: list[tuple[str, Vector]] = []
    vectors = photo_vectors(
        reading.images or _images_of(place),
        todo,
        embedder,
        processes=reading.processes,
        limits=reading.limits,
    )
    for done, (product_id, vector) in enumerate(vectors):
        if done % embedder.batch_size == 0:
            told("photos", done, len(todo))
        if vector is None:
            unreadable += 1
            continue
        wave.append((product_id, vector))
        if len(wave) == _PHOTOS:
            store.put_photos(_photo_rows(wave, wanted, embedder.dimension))
            wave.clear()
    if wave:
        store.put_photos(_photo_rows(wave, wanted, embedder.dimension))
    told("photos", len(todo), len(todo))
    return len(todo) - unreadable, unreadable


def _tagged_photos(place: Workspace) -> Iterator[tuple[str, str | None, str]]:
    """Product, where the catalog says its photo lies, the hash of the photo it was tagged from."""
    query = (
        "SELECT product_id, p.photo, l.image_sha256 FROM products p JOIN ledger l "
        "USING (product_id) WHERE l.outcome = 'tagged' AND l.image_sha256 IS NOT NULL"
    )
    with opened(place) as tables:
        for batch in tables.sql(query).to_arrow_reader(65536):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _images_of(place: Workspace) -> Path:
    run = place.last_run() or {}
    folder = run.get("images")
    if not folder or not Path(folder).is_dir():
        raise UsageError(
            f"Where are the photos of {place.path}?", "Name their folder: --images DIR."
        )
    return Path(folder)


def _photo_rows(
    wave: Sequence[tuple[str, Vector]], keys: Mapping[str, str], dimension: int
) -> pa.Table:
    return pa.table(
        {
            "product_id": pa.array([product_id for product_id, _ in wave], pa.string()),
            "photo_sha256": pa.array([keys[product_id] for product_id, _ in wave], pa.string()),
            "photo_vector": _column(np.stack([vector for _, vector in wave]), dimension),
        }
    )


def _put_documents(
    place: Workspace, store: Store, embedder: Embedder, told: _Told
) -> tuple[int, int]:
    """How many documents were embedded, and how many products were taken out."""
    known = store.keys()
    seen: set[str] = set()
    total, done, fresh = place.count("products"), 0, 0
    wave: list[pa.RecordBatch] = []
    salt = f"{embedder.name} {embedder.version}"

    def put() -> int:
        rows = pa.Table.from_batches(wave)
        wave.clear()
        store.put_documents(_with_vectors(rows, embedder))
        return int(rows.num_rows)

    for batch in documents(place, place.taxonomy()):
        ids = batch["product_id"].to_pylist()
        keys = [_salted(salt, key) for key in batch["document_key"].to_pylist()]
        seen.update(ids)
        done += len(ids)
        batch = batch.set_column(  # noqa: PLW2901 - the same batch, with its keys
            batch.schema.get_field_index("document_key"), "document_key", pa.array(keys)
        )
        new = [known.get(one) != key for one, key in zip(ids, keys, strict=True)]
        if any(new):
            wave.append(batch.filter(pa.array(new)))
        if sum(b.num_rows for b in wave) >= _DOCUMENTS:
            fresh += put()
        told("documents", done, total)
    if wave:
        fresh += put()
    gone = [one for one in known if one not in seen]
    store.drop_documents(gone)
    return fresh, len(gone)


def _salted(salt: str, key: str) -> str:
    return hashlib.sha256(f"{salt} {key}".encode()).hexdigest()[:32]


def _with_vectors(rows: pa.Table, embedder: Embedder) -> pa.Table:
    for name in TEXTS:
        vectors = embedder.embed_texts([text or "" for text in rows[f"{name}_text"].to_pylist()])
        rows = rows.append_column(f"{name}_vector", _column(vectors, embedder.dimension))
    return rows


def _column(vectors: NDArray[np.float32], dimension: int) -> pa.FixedSizeListArray:
    # Sixteen bits change a cosine by some 0.0005, and halve the disk.
    flat = pa.array(vectors.astype(np.float16).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, dimension)


def _size(folder: Path) -> int:
    sizes: list[int] = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    return sum(sizes)


def _recall(store: LanceStore, dimension: int, queries: int = 50, k: int = 10) -> float:
    """How many of the ten exactly nearest photos a query finds, of photos asked.

    As a query goes: the approximate index proposes many, and their vectors decide.
    """
    snapshot = store.snapshot()
    snapshot.documents()
    vectors = snapshot.vectors("photo", dimension)
    there = np.flatnonzero(~np.isnan(vectors[:, 0]))
    asked = np.random.default_rng(0).choice(there, min(queries, len(there)), replace=False)
    found = 0
    for row in asked:
        scores = vectors[there] @ vectors[row]
        exact = set(there[np.argpartition(-scores, k)[:k]].tolist())
        proposed = snapshot.nearest("photo", vectors[row], CANDIDATES)
        best = proposed[np.argsort(-(vectors[proposed] @ vectors[row]))[:k]]
        found += len(exact & set(best.tolist()))
    return found / (k * len(asked))
