"""The compact model: one backbone, one linear layer a head."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from training.backbone import FEATURES, Backbone


class CompactModel(nn.Module):
    """Photos [n, 3, side, side], normalised → embedding [n, 1280], logits [n, options] a head."""

    def __init__(self, heads: Mapping[str, int], backbone: Backbone, dropout: float = 0.2):
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(FEATURES, size) for name, size in heads.items()}
        )

    def forward(self, photos: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        embedding = self.backbone(photos)
        kept = self.dropout(embedding)
        return embedding, {name: head(kept) for name, head in self.heads.items()}
