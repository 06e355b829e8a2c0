"""``teach``: labels → heads for the workspace, and which products to label next."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hangtag.calibration import Calibration
from hangtag.errors import CalibrationError, LabelsError, UsageError
from hangtag.evaluation import contradictions
from hangtag.heads import Heads
from hangtag.onnxfile import Network, load_network, shipped
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.teaching.choosing import next_to_label
from hangtag.teaching.embedding import features_in
from hangtag.teaching.fitting import Examples, Lesson, fit_head
from hangtag.teaching.sources import labels_from
from hangtag.workspace import Workspace

__all__ = ["Teaching", "teach"]

# Unlabelled products that are looked at for the next ones to label.
_POOL = 2000


@dataclass(frozen=True)
class Teaching:
    """What came of it. ``next_to_label``: attribute → products and how sure the head is of each.

    ``without_photo``: labelled products that are not in the workspace, or whose photo cannot be
    read. ``contradicting``: labels left out, since others say otherwise of the same.
    ``seconds_looking``: spent on photos that had not been looked at before.
    """

    network: str
    lessons: Sequence[Lesson]
    without_photo: int
    contradicting: int
    looked_at: int
    seconds_looking: float
    seconds_teaching: float
    next_to_label: Mapping[str, Sequence[tuple[str, float]]]

    @property
    def taught(self) -> list[str]:
        """The attributes that have a head now."""
        return [lesson.attribute for lesson in self.lessons if lesson.head is not None]

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        lessons = [
            {
                **{n: v for n, v in asdict(replace(one, head=None)).items() if n != "head"},
                "taught": one.head is not None,
            }
            for one in self.lessons
        ]
        return {
            "network": self.network,
            "taught": self.taught,
            "lessons": lessons,
            "without_photo": self.without_photo,
            "contradicting": self.contradicting,
            "looked_at": self.looked_at,
            "seconds_looking": self.seconds_looking,
            "seconds_teaching": self.seconds_teaching,
            "next_to_label": {
                name: [{"product_id": i, "confidence": sure} for i, sure in rows]
                for name, rows in self.next_to_label.items()
            },
        }


def teach(
    workspace: Workspace,
    labels: str | Path,
    *,
    taxonomy: Taxonomy | None = None,
    taxonomy_file: Path | None = None,
    attributes: Sequence[str] = (),
    only: Sequence[str] | None = None,
    images: Path | None = None,
    sure: float = 0.9,
    ask_next: int = 0,
    processes: int | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Teaching:
    """Fit a head for every attribute that has labels, and keep those that tell something.

    ``labels``: see ``sources.labels_from``. ``taxonomy`` (from ``taxonomy_file``) has attributes of
    the user's own; by default it is that of the last lesson, else that of the last run.
    ``attributes``: only these; ``only``: only labels of these products. ``images``: where photos
    are, if not where the last run found them. ``ask_next``: how many products to name that are
    worth labelling next. Heads that were taught before stay, unless the network is another.

    Raises LabelsError when no label is of a product here, UsageError for attributes without labels,
    WorkspaceBusyError while a run is on.
    """
    taxonomy = taxonomy or workspace.taught_taxonomy() or workspace.taxonomy()
    told = labels_from(labels, workspace, taxonomy, sure=sure)
    if only is not None:
        told = told.filter(pc.is_in(told["product_id"], pa.array(list(only), pa.string())))
    wanted = _wanted(taxonomy, told, attributes)
    network = load_network(shipped("compact.onnx"), threads=threads)
    with workspace.lock():
        folder = images or _images(workspace)
        count = _Count(progress)
        began = time.monotonic()
        named = pc.is_in(told["attribute"], pa.array([a.name for a in wanted], pa.string()))
        ids = sorted(set(told.filter(named)["product_id"].to_pylist()))
        features = features_in(workspace, network, ids, folder, processes=processes, progress=count)
        if not features:
            raise LabelsError(
                "None of the labels is of a product with a photo here.", "Are the ids the same?"
            )
        looking = time.monotonic() - began
        alike = _titles(workspace, ids)
        lessons = [_lesson(attribute, told, features, alike, network) for attribute in wanted]
        teaching = sum(lesson.seconds for lesson in lessons)
        taught = {one.attribute: one.head for one in lessons if one.head is not None}
        if taught:
            before = _before(workspace, network)
            workspace.keep_taught(before.with_heads(taught).to_bytes(), taxonomy_file)
            record = workspace.track_record()
            if record is not None:
                # Of other heads; how right these are has to be judged anew.
                workspace.keep_track_record(record.without(taught))
        following = {}
        began = time.monotonic()
        if ask_next:
            pool = _pool(workspace, taxonomy, wanted, told)
            everyone = sorted({i for some in pool.values() for i in some})
            seen = features_in(
                workspace, network, everyone, folder, processes=processes, progress=count
            )
            for attribute in wanted:
                here = {i: seen[i] for i in pool[attribute.name] if i in seen}
                head = taught.get(attribute.name)
                following[attribute.name] = next_to_label(attribute, head, here, ask_next)
        looking += time.monotonic() - began
    return Teaching(
        network=network.version,
        lessons=lessons,
        without_photo=len(set(ids) - features.keys()),
        contradicting=contradictions(told),
        looked_at=count.done,
        seconds_looking=round(looking, 3),
        seconds_teaching=round(teaching, 3),
        next_to_label=following,
    )


class _Count:
    """How many photos were looked at in all."""

    def __init__(self, progress: Callable[[int, int], None]):
        self.done = 0
        self._progress = progress

    def __call__(self, done: int, total: int) -> None:
        self.done += 1
        self._progress(done, total)


def _wanted(taxonomy: Taxonomy, told: pa.Table, names: Sequence[str]) -> list[Attribute]:
    labelled = set(told["attribute"].to_pylist())
    strange = [name for name in names if name not in labelled]
    if strange:
        raise UsageError(
            f"There are no labels of {', '.join(strange)}.", f"There are of: {', '.join(labelled)}."
        )
    return [a for a in taxonomy.read if a.name in labelled and (not names or a.name in names)]


def _images(workspace: Workspace) -> Path:
    place = (workspace.last_run() or {}).get("images")
    if not place or not Path(place).is_dir():
        raise UsageError("Where are the photos?", "Say it with --images DIR.")
    return Path(place)


def _lesson(
    attribute: Attribute,
    told: pa.Table,
    features: Mapping[str, NDArray[np.float32]],
    alike: Mapping[str, str],
    network: Network,
) -> Lesson:
    began = time.monotonic()
    said: dict[str, dict[str, bool]] = {}
    mine = told.filter(pc.equal(told["attribute"], attribute.name))
    for row in mine.to_pylist():
        # Where a label leaves open which of several options holds, nothing can be learnt from it.
        if row["value"] is not None and row["product_id"] in features:
            said.setdefault(row["product_id"], {})[row["value"]] = row["present"]
    if not attribute.multiple:
        said = {i: options for i, options in said.items() if len(options) == 1}
    ids = sorted(said)
    if not ids:
        return Lesson(attribute.name, 0, {}, attribute.names, refused="no label that says which")
    x = np.stack([features[i] for i in ids])
    before = None if attribute.multiple else _own_answers(attribute, x, network)
    examples = Examples(x, [said[i] for i in ids], [alike.get(i, i) for i in ids])
    lesson = fit_head(attribute, examples, before)
    return replace(lesson, seconds=round(time.monotonic() - began, 3))


def _titles(workspace: Workspace, product_ids: Sequence[str]) -> dict[str, str]:
    """Product id → title, of those that have one: products of one title are one but for colour."""
    these = pc.field("product_id").isin(list(product_ids))
    rows = workspace.read("products", ["product_id", "title"], these)
    told = zip(rows["product_id"].to_pylist(), rows["title"].to_pylist(), strict=True)
    return {i: " ".join(title.casefold().split()) for i, title in told if title}


def _own_answers(
    attribute: Attribute, features: NDArray[np.float32], network: Network
) -> list[str] | None:
    """What the network's own head answers; None where it has none with such options."""
    heads: Mapping[str, Sequence[str]] = network.about["heads"]
    known = heads.get(attribute.name, ())
    if not set(attribute.names) <= set(known):
        return None
    # Features end with the scores of all heads, side by side.
    start = features.shape[1] - sum(map(len, heads.values()))
    for name, options in heads.items():
        if name == attribute.name:
            break
        start += len(options)
    scores = features[:, [start + list(known).index(name) for name in attribute.names]]
    calibration = Calibration.load(shipped("compact.calibration.json"))
    likely = calibration.probabilities(attribute, max(network.about["sides"]), scores)
    return [attribute.names[best] for best in likely.argmax(axis=1)]


def _before(workspace: Workspace, network: Network) -> Heads:
    """The heads there are, none where they are of another network."""
    nothing = Heads(network.version, {})
    heads = workspace.taught()
    if heads is None:
        return nothing
    try:
        heads.check(network.version)
    except CalibrationError:
        return nothing
    return heads


def _pool(
    workspace: Workspace, taxonomy: Taxonomy, wanted: Sequence[Attribute], told: pa.Table
) -> dict[str, list[str]]:
    """Attribute → products that it applies to and that have no label of it: at most so many."""
    labelled: dict[str, set[str]] = {a.name: set() for a in wanted}
    for product_id, name in zip(
        told["product_id"].to_pylist(), told["attribute"].to_pylist(), strict=True
    ):
        if name in labelled:
            labelled[name].add(product_id)
    columns = ["product_id", "article_type", "sub_category", "master_category"]
    pool: dict[str, list[str]] = {a.name: [] for a in wanted}
    for batch in workspace.dataset("products").to_batches(columns=columns):
        for row in batch.to_pylist():
            group = taxonomy.group(row)
            for a in wanted:
                if a.applies_to(group) and row["product_id"] not in labelled[a.name]:
                    pool[a.name].append(row["product_id"])
    # In an order of its own, which is another one than the catalog's and the same every time.
    return {
        name: sorted(ids, key=lambda i: zlib.crc32(i.encode()))[:_POOL]
        for name, ids in pool.items()
    }
