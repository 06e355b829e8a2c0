"""One lesson an attribute: a head from what the network sees, words from what is written."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hangtag.calibration import Calibration
from hangtag.evaluation.blended import FROM_TEXTS
from hangtag.onnxfile import Network, shipped
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.teaching.fitting import Examples, Lesson, fit_head
from hangtag.teaching.words import WordLesson, learn_words
from hangtag.texts import Texts
from hangtag.workspace import Workspace

__all__ = ["Classroom"]


class Classroom:
    """Labels, and what is known of the labelled products.

    ``told``: labels, as ``sources.labels_from`` gives them; ``features``: product → what the
    network sees in its photo. Products without are left out.
    """

    def __init__(
        self,
        workspace: Workspace,
        taxonomy: Taxonomy,
        network: Network,
        told: pa.Table,
        features: Mapping[str, NDArray[np.float32]],
    ):
        self._told, self._features = told, features
        self._texts = Texts.shipped(taxonomy)
        self._written = _written(workspace, list(features))
        self._own = _OwnHeads(network, _sides(workspace, list(features)))

    def lesson(self, attribute: Attribute, *, text: bool) -> tuple[Lesson, WordLesson | None]:
        """What labels teach of one attribute; no words of a multiple choice, or of too few."""
        began = time.monotonic()
        ids, said = self._examples(attribute)
        if not ids:
            nothing = "no label that says which"
            return Lesson(attribute.name, 0, {}, attribute.names, refused=nothing), None
        x = np.stack([self._features[i] for i in ids])
        before = None if attribute.multiple else self._own.likely(attribute, ids, x)
        lesson = fit_head(attribute, Examples(x, said, [self._alike(i) for i in ids]), before)
        lesson = replace(lesson, seconds=round(time.monotonic() - began, 3))
        if not text or lesson.held is None:
            return lesson, None
        circular = self._from_texts(attribute)
        metadata = [
            {} if ids[row] in circular else self._written.get(ids[row], {})
            for row in lesson.held.rows
        ]
        words = learn_words(attribute, lesson.held, metadata, self._texts)
        if words.words is not None and lesson.spare is not None:
            # They tell something where the photo does not, and need a reading to stand beside.
            lesson = replace(lesson, head=lesson.spare, refused="")
        return lesson, words

    def _examples(self, attribute: Attribute) -> tuple[list[str], list[dict[str, bool]]]:
        """Labelled products with a photo, and what is said of each: option → whether it has it."""
        said: dict[str, dict[str, bool]] = {}
        mine = self._told.filter(pc.equal(self._told["attribute"], attribute.name))
        for row in mine.to_pylist():
            # A label that leaves open which of several options holds teaches nothing.
            if row["value"] is not None and row["product_id"] in self._features:
                said.setdefault(row["product_id"], {})[row["value"]] = row["present"]
        if not attribute.multiple:
            said = {i: options for i, options in said.items() if len(options) == 1}
        ids = sorted(said)
        return ids, [said[i] for i in ids]

    def _from_texts(self, attribute: Attribute) -> set[str]:
        """Products whose label somebody made from their text: it would vouch for itself."""
        mine = pc.and_(
            pc.equal(self._told["attribute"], attribute.name),
            pc.is_in(self._told["source"], pa.array(FROM_TEXTS)),
        )
        return set(self._told.filter(mine)["product_id"].to_pylist())

    def _alike(self, product_id: str) -> str:
        """The title of a product that has one: products of one title are one but for colour."""
        title = self._written.get(product_id, {}).get("title")
        return " ".join(title.casefold().split()) if title else product_id


class _OwnHeads:
    """What the network's own heads answer. ``sides``: product → at how many pixels it was read."""

    def __init__(self, network: Network, sides: Mapping[str, int | None]):
        self._about = network.about
        self._sides = sides
        self._calibration = Calibration.load(shipped("compact.calibration.json"))

    def likely(
        self, attribute: Attribute, ids: Sequence[str], features: NDArray[np.float32]
    ) -> NDArray[np.float32] | None:
        """Probabilities [n, options]; None where the network has no head with such options."""
        heads: Mapping[str, Sequence[str]] = self._about["heads"]
        known = list(heads.get(attribute.name, ()))
        if not set(attribute.names) <= set(known):
            return None
        # Features end with the scores of all heads, side by side.
        start = features.shape[1] - sum(map(len, heads.values()))
        for name, options in heads.items():
            if name == attribute.name:
                break
            start += len(options)
        scores = features[:, [start + known.index(name) for name in attribute.names]]
        largest = max(self._about["sides"])
        side_of = np.array([self._sides.get(i) or largest for i in ids])
        found = np.zeros_like(scores)
        for side in np.unique(side_of).tolist():
            rows = side_of == side
            found[rows] = self._calibration.probabilities(attribute, side, scores[rows])
        return found


def _written(workspace: Workspace, product_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Product id → title, description and brand, as far as it has them."""
    these = pc.field("product_id").isin(list(product_ids))
    columns = ["product_id", "title", "description", "brand"]
    rows = workspace.read("products", columns, these).to_pylist()
    return {
        row["product_id"]: {name: row[name] for name in columns[1:] if row[name]} for row in rows
    }


def _sides(workspace: Workspace, product_ids: Sequence[str]) -> dict[str, int | None]:
    """Product id → at how many pixels a side its photo was read, where the ledger knows."""
    these = pc.field("product_id").isin(list(product_ids))
    columns = ["product_id", "photo_side"]
    rows = workspace.dataset("ledger").to_table(columns=columns, filter=these).to_pylist()
    return {row["product_id"]: row["photo_side"] for row in rows}
