"""Which products a batch is made of, and how their photos are shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.labels import Part, Targets
from training.losses import class_balance
from training.photos import SIDES, PhotoStore, augmented, gathered, normalised, resized

SMALL, LARGE = 128, 192


@dataclass(frozen=True)
class Phase:
    """``sides`` are taken in turn, a batch each; ``drawn`` is the share of drawn products.

    With ``words``, photos are also brought close to what is said of them.
    """

    name: str
    sides: Sequence[int]
    batch: dict[int, int]
    rate: float
    drawn: float
    words: bool = False


def sampling_weights(part: Part) -> np.ndarray:
    """How often a product is drawn: the more is known of it beyond its category, the oftener."""
    heads = part.heads
    known = {name: t.weight[:, 0] > 0 for name, t in heads.items()}
    worn = known["collar"] & (heads["collar"].accepted[:, -1] == 0)
    hard = heads["material"].accepted[:, [0, 4, 6]].max(1) > 0  # leather, synthetic, canvas
    described = (heads["details"].weight[:, :5] > 0).sum(1)
    formality, options = heads["formality"].accepted, heads["formality"].options
    dressed = formality.max(1) * (1 - formality[:, options.index("casual")])
    shoes = heads["category"].accepted[:, heads["category"].options.index("Shoes")]
    weight = 0.15 + 0.5 * known["pattern"] + 0.25 * worn + 0.25 * hard + 0.1 * described
    weight += 0.3 * dressed + 0.15 * shoes
    counts = heads["pattern"].accepted.sum(0)
    rare = (heads["pattern"].accepted * (800 / counts.clip(40)).clip(0, 6)).max(1)
    counts = heads["collar"].accepted.sum(0)
    rare_collar = (heads["collar"].accepted * (400 / counts.clip(40)).clip(0, 4)).max(1)
    return np.asarray(weight * (1 + np.maximum(rare, rare_collar) * 0.5))


class Drawn:
    """Drawn products as one more photo store, with the truth they were drawn from."""

    def __init__(self, file: Path, heads: dict[str, Targets]):
        with np.load(file, allow_pickle=False) as data:
            self.pixels = data["pixels"]
            truths = json.loads(str(data["truths"]))
        self.heads = {name: self._targets(targets, truths, name) for name, targets in heads.items()}

    def by_side(self) -> dict[int, np.ndarray]:
        """Pixels a side → which of them are read at it, as often as photos of a shop are."""
        large, small = np.split(np.arange(len(self.pixels)), [len(self.pixels) // 3])
        return dict(zip(SIDES, (small, large), strict=True))

    @staticmethod
    def _targets(like: Targets, truths: list[dict[str, list[str]]], name: str) -> Targets:
        accepted = np.zeros((len(truths), len(like.options)), np.float32)
        weight = np.zeros_like(accepted)
        for row, truth in enumerate(truths):
            if name in truth:
                accepted[row] = [option in truth[name] for option in like.options]
                weight[row] = like.multiple or accepted[row].any()
        return Targets(like.options, like.multiple, accepted, weight)


def joined(first: Targets, rows: np.ndarray, second: Targets, more: np.ndarray) -> Targets:
    """The targets of a batch made of two sources."""
    return Targets(
        first.options,
        first.multiple,
        np.concatenate([first.accepted[rows], second.accepted[more]]),
        np.concatenate([first.weight[rows], second.weight[more]]),
    )


class Batches:
    """Batches of ``part``'s products, with photos of 60×80 or 224×224, and of drawn ones."""

    def __init__(self, part: Part, small: PhotoStore, medium: PhotoStore, large: PhotoStore):
        self.part = part
        self._small, self._medium, self._large = small, medium, large
        self.balances = {name: class_balance(targets) for name, targets in part.heads.items()}
        weights = sampling_weights(part)
        self._chance_small = _chances(weights, part, small)
        self._chance_large = _chances(weights, part, large)

    def batch(
        self, phase: Phase, number: int, step: int, drawn: Drawn | None
    ) -> tuple[Tensor, dict[str, Targets], np.ndarray, np.ndarray]:
        """Photos [n, 3, side, side], targets by head, the targets' rows that are meant, and more.

        The last are the rows of ``part`` that the first photos show; drawn products follow those.
        The same phase ``number`` and ``step`` give the same batch.
        """
        rng = np.random.default_rng([number, step])
        generator = torch.Generator().manual_seed(number * 1_000_003 + step)
        side = phase.sides[step % len(phase.sides)]
        size = phase.batch[side]
        # At the larger side every photo comes from the larger files; at the smaller, a quarter do.
        n_large = size if side > SMALL else size // 4
        ids = self.part.ids
        rows_large = rng.choice(len(ids), n_large, p=self._chance_large)
        rows_small = rng.choice(len(ids), size - n_large, p=self._chance_small)
        store = self._large if side > SMALL else self._medium
        views = [augmented(gathered(store, ids[rows_large].tolist()), side, generator)]
        if len(rows_small):
            photos = gathered(self._small, ids[rows_small].tolist())
            views.append(augmented(photos, side, generator))
        real = rows = np.concatenate([rows_large, rows_small])
        heads = self.part.heads
        if drawn is not None:
            more = rng.choice(len(drawn.pixels), max(1, int(size * phase.drawn)))
            views.append(augmented(resized(normalised(drawn.pixels[more]), side), side, generator))
            heads = {name: joined(t, rows, drawn.heads[name], more) for name, t in heads.items()}
            rows = np.arange(len(rows) + len(more))
        photos = torch.cat(views).contiguous(memory_format=torch.channels_last)
        return photos, heads, rows, real


def _chances(weights: np.ndarray, part: Part, store: PhotoStore) -> np.ndarray:
    """How likely each product is drawn from a store; zero where it has no photo there."""
    there = np.array([int(product) in store.row for product in part.ids])
    chances = np.where(there, weights, 0)
    return np.asarray(chances / chances.sum())
