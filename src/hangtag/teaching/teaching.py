"""``teach``: labels → heads and words for the workspace, and which products to label next."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hangtag.errors import CalibrationError, LabelsError, UsageError
from hangtag.evaluation import contradictions
from hangtag.heads import Heads
from hangtag.onnxfile import Network, load_network, shipped
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.teaching.choosing import next_to_label
from hangtag.teaching.fitting import Lesson
from hangtag.teaching.lessons import Classroom
from hangtag.teaching.remembering import remember
from hangtag.teaching.seeing import features_in
from hangtag.teaching.sources import READINGS_OF, labels_from
from hangtag.teaching.words import WordLesson
from hangtag.workspace import Workspace

__all__ = ["Teaching", "teach"]

# Unlabelled products that are looked at for the next ones to label.
_POOL = 2000


@dataclass(frozen=True)
class Teaching:
    """What came of it. ``next_to_label``: attribute → products and how sure the head is of each.

    ``words``: attribute → what came of teaching words; of those with labels enough for it.
    ``without_photo``: labelled products that are not in the workspace, or whose photo cannot be
    read. ``contradicting``: labels left out, since others say otherwise of the same.
    ``seconds_looking``: spent on photos that had not been looked at before.
    """

    network: str
    lessons: Sequence[Lesson]
    words: Mapping[str, WordLesson]
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

    @property
    def words_taught(self) -> list[str]:
        """The attributes that have words now."""
        return [name for name, lesson in self.words.items() if lesson.words is not None]

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        return {
            "network": self.network,
            "taught": self.taught,
            "words_taught": self.words_taught,
            "lessons": [
                {**_told(lesson, "head", "spare", "held"), "taught": lesson.head is not None}
                for lesson in self.lessons
            ],
            "words": [
                {
                    "attribute": name,
                    **_told(lesson, "words"),
                    "taught": lesson.words is not None,
                }
                for name, lesson in self.words.items()
            ],
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


def _told(lesson: Lesson | WordLesson, *left_out: str) -> dict[str, Any]:
    """All that stands in a lesson but what is too large to be read."""
    names = [one.name for one in fields(lesson) if one.name not in left_out]
    return {name: getattr(lesson, name) for name in names}


def teach(
    workspace: Workspace,
    labels: str | Path,
    *,
    taxonomy: Taxonomy | None = None,
    taxonomy_file: Path | None = None,
    attributes: Sequence[str] = (),
    only: Sequence[str] | None = None,
    images: Path | None = None,
    text: bool = True,
    sure: float = 0.9,
    ask_next: int = 0,
    processes: int | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    at_lesson: Callable[[str, int, int], None] = lambda _name, _done, _total: None,
) -> Teaching:
    """Fit a head for every attribute that has labels, and keep those that tell something.

    With ``text``, words of titles and descriptions are fitted to the same labels, and kept where
    they tell something that photo and texts did not before.

    ``labels``: see ``sources.labels_from``. ``taxonomy`` (from ``taxonomy_file``) has attributes of
    the user's own; by default it is that of the last lesson, else that of the last run.
    ``attributes``: only these; ``only``: only labels of these products. ``images``: where photos
    are, if not where the last run found them. ``ask_next``: how many products to name that are
    worth labelling next. ``progress`` gets photos looked at, and of how many; ``at_lesson`` the
    attribute that is taught next, after how many, of how many. What was taught before stays, but
    for heads of another network.

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
        began = time.monotonic()
        classroom = Classroom(workspace, taxonomy, network, told, features)
        lessons, words = [], {}
        for number, attribute in enumerate(wanted):
            at_lesson(attribute.name, number, len(wanted))
            lesson, of_words = classroom.lesson(attribute, text=text)
            lessons.append(lesson)
            if of_words is not None:
                words[attribute.name] = of_words
        taught = {one.attribute: one.head for one in lessons if one.head is not None}
        teaching = time.monotonic() - began
        learned = {name: one.words for name, one in words.items() if one.words is not None}
        seen = told.filter(pc.is_in(told["product_id"], pa.array(list(features), pa.string())))
        # Another engine's readings are nobody's truth: there is nothing to remember of them.
        truths = seen.slice(0, 0) if str(labels).startswith(READINGS_OF) else seen
        # Before and after what is taught is kept: a kill in between leaves too many, not too few.
        remember(workspace, truths, taught.keys(), learned.keys(), forget=False)
        if learned:
            workspace.keep_taught_words({**workspace.taught_words(), **learned}, taxonomy_file)
        if taught:
            before = _before(workspace, network)
            workspace.keep_taught(before.with_heads(taught).to_bytes(), taxonomy_file)
        remember(workspace, truths, taught.keys(), learned.keys())
        record = workspace.track_record()
        if record is not None and (taught or learned):
            # Of other heads and words; how right these are has to be judged anew.
            workspace.keep_track_record(record.without(taught.keys() | learned.keys()))
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
        words=words,
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
