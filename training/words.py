"""Texts in the space of photos: the text tower, and the loss that brings both together."""

from __future__ import annotations

import math

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from training.model import VECTOR
from training.texts import Texts, padded

# Never sharper than this, as in CLIP (Radford et al., 2021), and more careful: the data are few.
SHARPEST = 60.0


class TextTower(nn.Module):
    """Tokens [n, length], 0 where there is none → vectors of unit length [n, 256].

    Each token has a vector and a weight of its own; their weighted mean goes through one hidden
    layer. The order of words does not count: a title is hardly a sentence.
    """

    def __init__(self, tokens: int, dropout: float = 0.1):
        super().__init__()
        self.tokens = nn.Embedding(tokens, VECTOR)
        nn.init.normal_(self.tokens.weight, std=0.05)
        self.weights = nn.Embedding(tokens, 1)
        nn.init.zeros_(self.weights.weight)
        self.wide = nn.Linear(VECTOR, 2 * VECTOR)
        self.narrow = nn.Linear(2 * VECTOR, VECTOR)
        self.dropout = nn.Dropout(dropout)
        self.forgotten = dropout

    def forward(self, tokens: Tensor) -> Tensor:
        there = tokens > 0
        if self.training:
            there = there & (torch.rand(tokens.shape) > self.forgotten)
        return self.joined(self.tokens(tokens), self.weights(tokens), there)

    def joined(self, vectors: Tensor, weights: Tensor, there: Tensor) -> Tensor:
        """Vectors [n, length, 256] of the tokens that are ``there``, as one."""
        share = weights.exp() * there[..., None]
        mean = (vectors * share).sum(1) / share.sum(1).clamp(min=1e-3)
        mean = functional.layer_norm(mean, (VECTOR,))
        more = self.narrow(self.dropout(functional.relu(self.wide(mean))))
        return functional.normalize(mean + more, dim=1)


class PhotoQueue:
    """The photo vectors of the last batches: more for a text to be told from than one batch has."""

    def __init__(self, size: int):
        self._size = size
        self._vectors = torch.zeros(0, VECTOR)
        self._titles = torch.zeros(0, dtype=torch.long)

    def with_new(self, vectors: Tensor, titles: Tensor) -> tuple[Tensor, Tensor]:
        """``vectors`` [n, 256] and their ``titles`` [n], then the remembered ones."""
        both = torch.cat([vectors, self._vectors]), torch.cat([titles, self._titles])
        self._vectors = both[0].detach()[: self._size]
        self._titles = both[1][: self._size]
        return both


def matching_loss(one: Tensor, titles: Tensor, all_: Tensor, all_titles: Tensor) -> Tensor:
    """How badly each of n vectors, scaled, finds those of its own title among m.

    ``one`` [n, 256], ``all_`` [m, 256], titles by number, [n] and [m]. Where several have the same
    title, each counts as right (Khosla et al., 2020).
    """
    right = (titles[:, None] == all_titles[None]).float()
    log_p = (one @ all_.T).log_softmax(1)
    return -((right * log_p).sum(1) / right.sum(1)).mean()


class Matching(nn.Module):
    """The text tower, and how sharply vectors are compared."""

    def __init__(self, tokens: int):
        super().__init__()
        self.text = TextTower(tokens)
        self.scale = nn.Parameter(torch.tensor(math.log(15.0)))

    @property
    def sharpness(self) -> Tensor:
        """What cosines are multiplied by."""
        return self.scale.exp().clamp(max=SHARPEST)


class Speaker:
    """Draws what is said of products, and compares photos with it."""

    def __init__(self, texts: Texts, tokenizer: Tokenizer, others: int = 0):
        self._texts, self._tokenizer, self._others = texts, tokenizer, others
        self._queue = PhotoQueue(others)

    def loss(
        self, matching: Matching, vectors: Tensor, rows: np.ndarray, rng: np.random.Generator
    ) -> Tensor:
        """How badly the photo vectors [n, 256] of the products ``rows`` [n] and texts match."""
        more = rng.integers(len(self._texts.titles), size=self._others)
        asked = np.concatenate([rows, more])
        tokens = torch.from_numpy(padded(self._tokenizer, self._texts.drawn(asked, rng)))
        said = matching.text(tokens)
        titles = torch.from_numpy(self._texts.title_of[asked])
        n, sharp = len(rows), matching.sharpness
        to_texts = matching_loss(vectors * sharp, titles[:n], said, titles)
        shown, shown_titles = self._queue.with_new(vectors, titles[:n])
        to_photos = matching_loss(said[:n] * sharp, titles[:n], shown, shown_titles)
        return (to_texts + to_photos) / 2
