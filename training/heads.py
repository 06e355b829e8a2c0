"""Heads and text tower fitted anew on embeddings that stay as they are.

The backbone learns from batches in which rare things are common; the heads that ship should know
how common they are (Kang et al., 2020, train the classifier apart for the like reason). Without the
backbone a pass over all photos takes seconds, so batches are large, which is what matching photos
and texts thrives on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.batches import Drawn, joined
from training.labels import Part, Targets
from training.losses import HEAD_WEIGHT, class_balance, head_loss
from training.model import CompactModel
from training.photos import SIDES, PhotoStore, gathered, normalised, resized
from training.words import Matching, Speaker

BATCH, RATE = 1024, 1.5e-3


@dataclass(frozen=True)
class Seen:
    """Embeddings [n, 1280] of photos, with their targets; the first ``real`` are of products.

    ``rows`` [real] says which product of the part each photo shows.
    """

    embeddings: Tensor
    heads: dict[str, Targets]
    rows: np.ndarray
    real: int


@torch.no_grad()
def embedded(model: CompactModel, photos: Sequence[Tensor], side: int) -> Tensor:
    """The mean embedding of each photo and its mirror image, photo by photo of [3, h, w]."""
    model.eval()
    found = []
    for start in range(0, len(photos), 64):
        batch = resized(torch.stack(list(photos[start : start + 64])), side)
        batch = batch.contiguous(memory_format=torch.channels_last)
        found.append(model.backbone(batch))
    return torch.cat(found)


class _Mirrored:
    """The photos of some products, every other one mirrored."""

    def __init__(self, store: PhotoStore, ids: list[int]):
        self._store, self._ids = store, ids

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, part: slice) -> list[Tensor]:
        photos = gathered(self._store, self._ids[part])
        photos[1::2] = photos[1::2].flip(3)
        return list(photos)


def look(
    model: CompactModel, part: Part, small: PhotoStore, large: PhotoStore, drawn: Drawn | None
) -> Seen:
    """Every photo of ``part`` at the side it will be read at, and the drawn products at either."""
    views, rows = [], []
    for store, side in ((small, SIDES[0]), (large, SIDES[1])):
        there = np.array([i for i, product in enumerate(part.ids) if int(product) in store.row])
        photos = _Mirrored(store, part.ids[there].tolist())
        views.append(embedded(model, photos, side))  # type: ignore[arg-type]
        rows.append(there)
        print(f"looked at {len(there)} photos at {side} px", flush=True)
    real = np.concatenate(rows)
    heads = part.heads
    chosen = {name: _rows(targets, real) for name, targets in heads.items()}
    if drawn is not None:
        by_side = drawn.by_side()
        for side, numbers in by_side.items():
            views.append(embedded(model, list(normalised(drawn.pixels[numbers])), side))
        order = np.concatenate(list(by_side.values()))
        chosen = {name: joined(heads[name], real, drawn.heads[name], order) for name in heads}
    return Seen(torch.cat(views), chosen, real, len(real))


def _rows(targets: Targets, rows: np.ndarray) -> Targets:
    accepted, weight = targets.accepted[rows], targets.weight[rows]
    return Targets(targets.options, targets.multiple, accepted, weight)


def refit(
    model: CompactModel, matching: Matching, seen: Seen, speaker: Speaker, epochs: int
) -> None:
    """Fit all of ``model`` but its backbone, and ``matching``, in place."""
    chosen = [p for name, p in model.named_parameters() if not name.startswith("backbone.")]
    optimizer = torch.optim.AdamW([*chosen, *matching.parameters()], RATE, weight_decay=0.05)
    steps = epochs * (len(seen.embeddings) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1)
    balances = {
        # As common as they are, but for details: of those the labels see too few.
        name: class_balance(t) if t.multiple else torch.ones(len(t.options))
        for name, t in seen.heads.items()
    }
    rng = np.random.default_rng(7)
    model.train()
    matching.train()
    for step in range(steps):
        picked = rng.integers(len(seen.embeddings), size=BATCH)
        logits, vectors = model.answers(seen.embeddings[picked])
        assert vectors is not None
        loss = torch.zeros(())
        for name, targets in seen.heads.items():
            balance = balances[name]
            loss = loss + HEAD_WEIGHT[name] * head_loss(targets, logits[name], picked, balance)
        real = picked < seen.real
        shown = vectors[torch.from_numpy(real)]
        loss = loss + speaker.loss(matching, shown, seen.rows[picked[real]], rng)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            print(f"heads {step + 1}/{steps} loss {float(loss.detach()):.3f}", flush=True)
