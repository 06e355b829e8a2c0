"""Questions and answers → one tree of tokens, which a model reads behind a photo in one pass.

All questions begin behind the same photo and all answers of a question behind the same question:
written as a tree, what is common to several of them stands there once. A token sees the photo and
its own ancestors, so each branch is read as if it stood there alone ("tree attention": Miao et al.,
SpecInfer, 2023; here the branches are the options of a vocabulary). The tree is the same for every
photo and is built once a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hangtag.errors import EngineError

__all__ = ["Line", "Tree", "compile_tree", "disjoint", "told_apart"]

Ids = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A question and one answer to it, as token ids that stand behind the photo."""

    question: Ids
    answer: Ids


@dataclass(frozen=True)
class Tree:
    """Lines packed as a tree of T nodes, and what is read off where.

    ``ids``, ``depths``: int64 [T], the token of a node and how far behind the photo it stands.
    ``sees``: bool [T, T], which nodes a node sees: its ancestors and itself.
    ``heads``: int64 [S], the nodes whose next token is looked at, -1 for the end of the photo.
    ``looks``: int64 [K, 3], a line, a place in ``heads`` and a token each: the log-likelihood of a
    line is the sum over its looks. ``lines`` is their number.
    """

    ids: NDArray[np.int64]
    depths: NDArray[np.int64]
    sees: NDArray[np.bool_]
    heads: NDArray[np.int64]
    looks: NDArray[np.int64]
    lines: int

    def __len__(self) -> int:
        return len(self.ids)

    def padded(self, length: int) -> Tree:
        """The same tree with nodes that nobody looks at behind it, ``length`` in all.

        Attention kernels want lengths that are multiples of eight.
        """
        more = max(0, length - len(self))
        sees = np.eye(len(self) + more, dtype=bool)
        sees[: len(self), : len(self)] = self.sees
        return Tree(
            ids=np.pad(self.ids, (0, more)),
            depths=np.pad(self.depths, (0, more)),
            sees=sees,
            heads=self.heads,
            looks=self.looks,
            lines=self.lines,
        )


def compile_tree(lines: Sequence[Line]) -> Tree:
    """The tree of these lines.

    The last token of an answer is looked for and never read itself, so it takes no node unless it
    is the beginning of another answer.
    """
    ids: list[int] = []
    parents: list[int] = []
    child: dict[tuple[int, int], int] = {}
    places: dict[int, int] = {}
    looks: list[tuple[int, int, int]] = []
    for number, line in enumerate(lines):
        if not line.answer:
            raise ValueError("An answer has no tokens.")
        node = -1
        tokens = line.question + line.answer
        for place, token in enumerate(tokens):
            if place >= len(line.question):
                looks.append((number, places.setdefault(node, len(places)), token))
            if place == len(tokens) - 1:
                break
            if (node, token) not in child:
                child[node, token] = len(ids)
                ids.append(token)
                parents.append(node)
            node = child[node, token]
    size = len(ids)
    sees = np.eye(size, dtype=bool)
    depths = np.zeros(size, np.int64)
    for node, parent in enumerate(parents):  # parents stand before their children
        if parent >= 0:
            sees[node] |= sees[parent]
            depths[node] = depths[parent] + 1
    return Tree(
        ids=np.array(ids, np.int64),
        depths=depths,
        sees=sees,
        heads=np.array(list(places), np.int64),
        looks=np.array(looks, np.int64).reshape(-1, 3),
        lines=len(lines),
    )


def disjoint(answers: Sequence[Ids], end: Ids) -> list[Ids]:
    """Answers of one question, with ``end`` behind those that are the beginning of another.

    A model that goes on writing has not given the shorter answer. Without the end, "collar" would
    be at least as likely as "collar stand". Raises EngineError when two answers are the same.
    """
    if len(set(answers)) < len(answers):
        raise EngineError(
            "Two options of an attribute are the same to this model's tokenizer.",
            "Rename one of them in the taxonomy.",
        )
    begins = {
        answer
        for answer in answers
        for other in answers
        if other != answer and other[: len(answer)] == answer
    }
    return [answer + end if answer in begins else answer for answer in answers]


def told_apart(answers: Sequence[Ids]) -> list[Ids]:
    """Answers cut behind the first token that no other answer of the question shares.

    Where all first tokens differ, nothing but the question has to be read.
    """
    cut = []
    for answer in answers:
        others = [other for other in answers if other is not answer]
        shared = max((_common(answer, other) for other in others), default=0)
        cut.append(answer[: min(len(answer), shared + 1)])
    return cut


def _common(one: Ids, other: Ids) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
