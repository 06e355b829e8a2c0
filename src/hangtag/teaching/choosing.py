"""Which products to label next: those that a head is least sure of, and no two alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hangtag.heads import Head
from hangtag.taxonomy import Attribute

__all__ = ["next_to_label"]

# How many candidates stand behind each that is chosen.
_CANDIDATES = 12


def next_to_label(
    attribute: Attribute,
    head: Head | None,
    features: Mapping[str, NDArray[np.float32]],
    n: int,
) -> list[tuple[str, float]]:
    """``n`` products of those given, and how sure the head is of each; the least sure first.

    Doubt is one minus the gap between the two likeliest options; of a multiple choice, of its most
    doubtful option. Among the most doubtful, products far apart are taken (k-means++ seeding,
    Arthur & Vassilvitskii, 2007; used so for labelling by BADGE, Ash et al., 2020). Without a head
    all are as doubtful, and the choice is one that covers what there is.
    """
    from sklearn.cluster import kmeans_plusplus

    ids: Sequence[str] = sorted(features)
    if not ids or n < 1:
        return []
    x = np.stack([features[i] for i in ids])
    if head is None:
        doubt, sure = np.ones(len(ids)), np.zeros(len(ids))
    else:
        doubt, sure = _doubt(attribute, head.probabilities(x, attribute))
    first = np.argsort(-doubt, kind="stable")[: max(n, _CANDIDATES * n)]
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-3)
    if n < len(first):
        _, chosen = kmeans_plusplus(
            x[first].astype(np.float64),
            n,
            sample_weight=doubt[first] + 1e-6,
            random_state=0,
        )
        # Where photos are the same several times, so are the seeds.
        first = first[np.unique(chosen)]
    order = sorted(first.tolist(), key=lambda row: (-doubt[row], ids[row]))
    return [(ids[row], round(float(sure[row]), 4)) for row in order]


def _doubt(
    attribute: Attribute, likely: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """[n] doubt from 0 to 1, [n] the probability of what would be answered."""
    if attribute.multiple:
        gap = np.abs(2 * likely - 1).min(axis=1)
        return 1 - gap.astype(np.float64), (0.5 + gap / 2).astype(np.float64)
    rising = np.sort(likely, axis=1)
    gap = rising[:, -1] - rising[:, -2]
    return 1 - gap.astype(np.float64), rising[:, -1].astype(np.float64)
