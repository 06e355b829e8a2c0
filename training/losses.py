"""What each head is trained to do, and how much it counts."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.labels import Targets

HEAD_WEIGHT = {
    "pattern": 1.2, "collar": 1.0, "sleeves": 0.7, "formality": 1.2, "material": 0.8, "fit": 0.8,
    "details": 1.5, "style_keywords": 0.4,
    "category": 0.3, "article_type": 0.3, "gender": 0.15, "base_colour": 0.15,
}  # fmt: skip


def head_loss(targets: Targets, logits: Tensor, rows: np.ndarray, balance: Tensor) -> Tensor:
    """Mean loss over the labelled products of a batch; zero where there are none.

    Single choice: -log of the probability of the accepted options together, so that a label that
    allows two options asks for neither in particular.
    """
    accepted, weight = (
        torch.from_numpy(targets.accepted[rows]),
        torch.from_numpy(targets.weight[rows]),
    )
    if targets.multiple:
        loss = functional.binary_cross_entropy_with_logits(
            logits, accepted, pos_weight=balance, reduction="none"
        )
        return (loss * weight).sum() / weight.sum().clamp(min=1)
    labelled = weight[:, 0]
    log_p = logits.log_softmax(1)
    right = torch.logsumexp(log_p.masked_fill(accepted == 0, -1e4), 1)
    # A little of the loss goes to the mean over accepted options: it keeps the net from certainty.
    smooth = (log_p * accepted).sum(1) / accepted.sum(1).clamp(min=1)
    each = (accepted * balance).sum(1) / accepted.sum(1).clamp(min=1)
    return (-(0.9 * right + 0.1 * smooth) * labelled * each).sum() / labelled.sum().clamp(min=1)


def class_balance(targets: Targets) -> Tensor:
    """Rare options weigh more: (mean count / count)^¼, between ½ and 3."""
    counts = (targets.accepted * targets.weight).sum(0)
    if targets.multiple:
        absent = ((1 - targets.accepted) * targets.weight).sum(0)
        return torch.from_numpy((absent / counts.clip(1)) ** 0.25).clamp(0.5, 3).float()
    used = counts[counts > 0]
    return torch.from_numpy((used.mean() / counts.clip(1)) ** 0.25).clamp(0.5, 3).float()
