"""The compact model: one backbone, light heads, and the vector that search goes by."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.backbone import FEATURES, Backbone

# Numbers a vector, of photos and of texts.
VECTOR = 256


class CompactModel(nn.Module):
    """Photos [n, 3, side, side], normalised → embedding [n, 1280], logits [n, options] a head.

    With ``hidden`` units, heads see those beside the embedding, and ``vectors`` are known.
    """

    def __init__(
        self, heads: Mapping[str, int], backbone: Backbone, hidden: int = 0, dropout: float = 0.2
    ):
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear(FEATURES, hidden) if hidden else None
        self.heads = nn.ModuleDict(
            {name: nn.Linear(FEATURES + hidden, size) for name, size in heads.items()}
        )
        self.vector = nn.Linear(FEATURES + hidden, VECTOR) if hidden else None

    def seen(self, embedding: Tensor) -> Tensor:
        """What the heads see of an embedding, [n, 1280 + hidden]."""
        if self.hidden is None:
            return embedding
        return torch.cat([embedding, functional.relu(self.hidden(embedding))], 1)

    def answers(self, embedding: Tensor) -> tuple[dict[str, Tensor], Tensor | None]:
        """Logits by head, and vectors of unit length [n, 256] where the model has them."""
        seen = self.dropout(self.seen(self.dropout(embedding)))
        vectors = None if self.vector is None else functional.normalize(self.vector(seen), dim=1)
        return {name: head(seen) for name, head in self.heads.items()}, vectors

    def forward(self, photos: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        embedding = self.backbone(photos)
        return embedding, self.answers(embedding)[0]


def widened(model: CompactModel, hidden: int) -> CompactModel:
    """A model with hidden units that answers as ``model`` does, until it learns better."""
    sizes = {name: int(head.out_features) for name, head in model.heads.items()}
    wide = CompactModel(sizes, model.backbone, hidden, model.dropout.p)
    with torch.no_grad():
        for name, head in model.heads.items():
            wide.heads[name].weight.zero_()
            wide.heads[name].weight[:, :FEATURES] = head.weight
            wide.heads[name].bias.copy_(head.bias)
    return wide
