"""Trees of tokens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.engines.vlm.compiling import Line, compile_tree, disjoint, told_apart
from hangtag.errors import EngineError

IDS = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple)
LINES = st.lists(st.builds(Line, IDS, IDS), min_size=1, max_size=12)


def path(tree_sees: np.ndarray, depths: np.ndarray, node: int) -> list[int]:
    """A node and what it sees, from the photo on."""
    seen = np.flatnonzero(tree_sees[node])
    return [int(n) for n in seen[np.argsort(depths[seen])]]


@given(LINES)
def test_every_line_can_be_read_off_the_tree(lines: list[Line]) -> None:
    """Walking back from where its tokens are looked at gives the line, token by token."""
    tree = compile_tree(lines)
    for number, line in enumerate(lines):
        looks = [look for look in tree.looks.tolist() if look[0] == number]
        assert tuple(token for _, _, token in looks) == line.answer
        for step, (_, place, _) in enumerate(looks):
            node = int(tree.heads[place])
            before = [int(tree.ids[n]) for n in path(tree.sees, tree.depths, node)]
            assert tuple(before) == line.question + line.answer[:step]


@given(LINES)
def test_a_tree_has_no_node_twice(lines: list[Line]) -> None:
    """Depth is the number of ancestors, and no two nodes have the same way from the photo."""
    tree = compile_tree(lines)
    assert (tree.sees.sum(axis=1) == tree.depths + 1).all()
    ways = [
        tuple(tree.ids[path(tree.sees, tree.depths, node)].tolist()) for node in range(len(tree))
    ]
    assert len(set(ways)) == len(ways)


def test_questions_stand_there_once() -> None:
    """Three options behind a question of four tokens, two of which begin alike."""
    question = (9, 8, 7, 6)
    lines = [Line(question, answer) for answer in ((1, 2), (1, 3), (4,))]
    assert compile_tree(lines).ids.tolist() == [9, 8, 7, 6, 1]


def test_options_that_differ_at_once_take_no_node() -> None:
    """Their only token is looked for behind the question."""
    lines = [Line((9, 8), (token,)) for token in range(5)]
    tree = compile_tree(lines)
    assert len(tree) == 2
    assert tree.heads.tolist() == [1]


def test_padding_is_seen_by_nobody() -> None:
    """It sees itself, as every row of a mask must see something."""
    tree = compile_tree([Line((9,), (1, 2))])
    more = tree.padded(8)
    assert len(more) == 8
    assert not more.sees[: len(tree), len(tree) :].any()
    assert more.sees.diagonal().all()
    assert tree.padded(1).ids.tolist() == tree.ids.tolist()


def test_an_answer_without_tokens_is_a_mistake() -> None:
    """Nothing could be looked for."""
    with pytest.raises(ValueError, match="no tokens"):
        compile_tree([Line((1,), ())])


def test_an_option_that_begins_another_gets_an_end() -> None:
    """Only that one: the others are told apart by their own tokens."""
    assert disjoint([(1,), (1, 2), (3,)], (0,)) == [(1, 0), (1, 2), (3,)]


@given(st.lists(IDS, min_size=1, max_size=8, unique=True))
def test_answers_are_disjoint(answers: list[tuple[int, ...]]) -> None:
    """None is the beginning of another, so their probabilities add up to one at most."""
    ended = disjoint(answers, (99,))
    assert all(b[: len(a)] != a for a in ended for b in ended if a is not b)


def test_options_that_are_the_same_tokens_are_refused() -> None:
    """Nobody could tell them apart."""
    with pytest.raises(EngineError, match="same"):
        disjoint([(1, 2), (1, 2)], (0,))


@given(st.lists(IDS, min_size=1, max_size=8, unique=True))
def test_answers_are_cut_where_they_are_told_apart(answers: list[tuple[int, ...]]) -> None:
    """Each stays a beginning of itself and of no other."""
    ended = disjoint(answers, (99,))
    cut = told_apart(ended)
    for short, whole in zip(cut, ended, strict=True):
        assert whole[: len(short)] == short
        assert sum(other[: len(short)] == short for other in ended) == 1
