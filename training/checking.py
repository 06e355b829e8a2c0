"""What the network makes of products, while it is trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from training.labels import Part
from training.model import CompactModel
from training.photos import PhotoStore, gathered, resized


@torch.no_grad()
def predictions(
    model: CompactModel, store: PhotoStore, ids: np.ndarray, side: int, batch: int = 64
) -> dict[str, Tensor]:
    """Logits of every head, [products, options], and ``embedding``, [products, 1280]."""
    model.eval()
    parts: dict[str, list[Tensor]] = {}
    for start in range(0, len(ids), batch):
        photos = resized(gathered(store, ids[start : start + batch].tolist()), side)
        embedding, logits = model(photos.contiguous(memory_format=torch.channels_last))
        for name, values in (*logits.items(), ("embedding", embedding)):
            parts.setdefault(name, []).append(values.float())
    return {name: torch.cat(values) for name, values in parts.items()}


def accuracies(part: Part, logits: dict[str, Tensor], rows: Sequence[int]) -> dict[str, float]:
    """Accuracy of single-choice heads over accepted options; balanced accuracy of details."""
    found = {}
    for name, targets in part.heads.items():
        accepted, weight, scores = (
            targets.accepted[rows],
            targets.weight[rows],
            logits[name].numpy(),
        )
        if not targets.multiple:
            known = weight[:, 0] > 0
            found[name] = float(accepted[known, scores[known].argmax(1)].mean())
        elif name == "details":
            for i, option in enumerate(targets.options):
                known = weight[:, i] == 1
                yes, no = known & (accepted[:, i] > 0), known & (accepted[:, i] == 0)
                if yes.any() and no.any():
                    found[option] = float(
                        ((scores[yes, i] > 0).mean() + (scores[no, i] <= 0).mean()) / 2
                    )
    return found
