"""What a model is asked about an attribute, and how likelihoods of answers become scores.

Four ways, to be chosen between on labelled products, an attribute at a time:

    text      how likely the option's name is as the answer, whole
    start     the same, up to the token that tells it from the other options
    letters   options listed as A, B, C, …; how likely the letter is, mean of several orders
    yes_no    a question an option; the log-odds of Yes against No

Log-likelihoods are not divided by the length of an answer: that favours long options.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hangtag.prompts import Wording, letters, letters_question, listed, question, yes_no_question
from hangtag.taxonomy import Attribute

__all__ = [
    "READOUTS",
    "Asked",
    "Choice",
    "Prompted",
    "Readout",
    "asked",
    "scores_of",
    "without_prior",
]

Readout = Literal["text", "start", "letters", "yes_no"]
READOUTS: tuple[Readout, ...] = get_args(Readout)

# Fewer orders of a list than options cost less, and even out most of it.
_ROTATIONS = 4

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Choice:
    """How an attribute is asked. ``rotations``: of the list of letters, at most one an option.

    ``prior``: how much of what the model says of an empty photo is taken off, from 0 to 1.
    """

    readout: Readout
    wording: Wording = "short"
    rotations: int = _ROTATIONS
    prior: float = 1.0


@dataclass(frozen=True)
class Prompted:
    """One question and its answers. ``options``: which option each answer speaks for, by index."""

    prompt: str
    answers: tuple[str, ...]
    options: tuple[int, ...]


@dataclass(frozen=True)
class Asked:
    """All that is asked for one attribute, in the order in which likelihoods come back."""

    attribute: Attribute
    choice: Choice
    prompts: tuple[Prompted, ...]

    @property
    def lines(self) -> int:
        """How many answers are scored."""
        return sum(len(prompt.answers) for prompt in self.prompts)


def asked(attribute: Attribute, choice: Choice) -> Asked:
    """What is asked for an attribute."""
    place = {name: index for index, name in enumerate(attribute.names)}
    options = listed(attribute)
    prompts: list[Prompted] = []
    if choice.readout == "yes_no":
        for option in options:
            text = yes_no_question(attribute, option, choice.wording)
            prompts.append(Prompted(text, ("Yes", "No"), (place[option.name],) * 2))
    elif choice.readout == "letters":
        for first in _beginnings(len(options), choice.rotations):
            text, order = letters_question(attribute, first, choice.wording)
            prompts.append(
                Prompted(text, letters(len(order)), tuple(place[name] for name in order))
            )
    else:
        names = tuple(option.name for option in options)
        text = question(attribute, choice.wording)
        prompts.append(Prompted(text, names, tuple(place[name] for name in names)))
    return Asked(attribute, choice, tuple(prompts))


def _beginnings(options: int, rotations: int) -> list[int]:
    """Where lists begin, spread evenly."""
    count = max(1, min(options, rotations))
    return [options * turn // count for turn in range(count)]


def scores_of(asked: Asked, likelihoods: Scores) -> tuple[Scores, Scores]:
    """Log-likelihoods [n, lines] → scores [n, options], and [n] the mass outside the options.

    The mass is the probability that the model would answer something else altogether, mean over
    the questions.
    """
    scores = np.zeros((len(likelihoods), len(asked.attribute.options)), np.float32)
    inside = np.zeros(len(likelihoods), np.float64)
    start = 0
    for prompt in asked.prompts:
        part = likelihoods[:, start : start + len(prompt.answers)].astype(np.float64)
        start += len(prompt.answers)
        inside += np.exp(np.logaddexp.reduce(part, axis=1))
        if asked.choice.readout == "yes_no":
            scores[:, prompt.options[0]] = part[:, 0] - part[:, 1]
        else:
            # Among the options alone: one order of a list may be understood less than another.
            part = part - np.logaddexp.reduce(part, axis=1, keepdims=True)
            scores[:, list(prompt.options)] += part / len(asked.prompts)
    outside = 1 - inside / len(asked.prompts)
    return scores, np.clip(outside, 0, 1).astype(np.float32)


def without_prior(
    asked: Sequence[Asked], scores: Mapping[str, Scores], prior: Mapping[str, Scores]
) -> dict[str, Scores]:
    """Scores less what the model says of empty photos: ``prior``, attribute → [options]."""
    return {
        one.attribute.name: scores[one.attribute.name]
        - np.float32(one.choice.prior) * prior[one.attribute.name]
        for one in asked
    }
