"""Attribute → question text, for the engines that are asked in words.

Two ways to ask. Closed questions, one an attribute or an option, for whoever scores given answers;
and the staged prompts, each about several attributes at once and answered in JSON, for whoever lets
a model write. Everything is written from the taxonomy. A prompt is the text of one turn, and the
photo goes before it: what a model has computed for a photo then serves every question.

Options stand in alphabetical order wherever they are listed, so no answer depends on the order
that a taxonomy file happens to have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Literal

from hangtag.taxonomy import Attribute, Option

__all__ = [
    "PROMPTS_VERSION",
    "Stage",
    "Wording",
    "json_prompt",
    "json_schema",
    "letters",
    "letters_question",
    "listed",
    "question",
    "repair_prompt",
    "stages",
    "yes_no_question",
]

# Goes into the version of every engine that is asked in words: another text, another answer.
PROMPTS_VERSION = "1"

Wording = Literal["short", "long"]

# Which stage asks for what; an attribute that is not here goes by the groups it is limited to.
_MATERIAL, _STYLE, _SHAPE = "material", "style", "shape"
_STAGE_OF = {
    "material": _MATERIAL,
    "pattern": _MATERIAL,
    "formality": _STYLE,
    "style_keywords": _STYLE,
    "details": _STYLE,
    "collar": _SHAPE,
    "sleeves": _SHAPE,
    "fit": _SHAPE,
}
_OPENING = {
    _MATERIAL: "Look at what the product in the photo is made of and at its surface.",
    _STYLE: "Look at the style of the product in the photo.",
    _SHAPE: "Look at the cut of the garment in the photo.",
}


@dataclass(frozen=True)
class Stage:
    """Attributes that one prompt asks for together. ``name``: ``material``, ``style``, ``shape``.

    An empty name is that of a single prompt for everything.
    """

    name: str
    attributes: tuple[Attribute, ...]


def stages(
    attributes: Iterable[Attribute], group: str | None = None, *, staged: bool = True
) -> tuple[Stage, ...]:
    """The prompts that ask a product of ``group`` for ``attributes``, in order.

    What does not apply to the group is left out, and with it a stage that asks for nothing else. A
    group of None is not known, and is asked everything. Not ``staged``: one prompt for all.
    """
    asked = [a for a in attributes if a.applies_to(group)]
    if not staged:
        return (Stage("", tuple(asked)),) if asked else ()
    found = {name: tuple(a for a in asked if _stage_of(a) == name) for name in _OPENING}
    return tuple(Stage(name, members) for name, members in found.items() if members)


def _stage_of(attribute: Attribute) -> str:
    return _STAGE_OF.get(attribute.name, _SHAPE if attribute.only_for else _STYLE)


def listed(attribute: Attribute) -> tuple[Option, ...]:
    """The options in the order of every list that a model gets to see."""
    return tuple(sorted(attribute.options, key=lambda o: (o.name.casefold(), o.name)))


def question(attribute: Attribute, wording: Wording = "short") -> str:
    """A question whose answer is the name of an option.

    Short: the bare question. Long: the options with their definitions, too.
    """
    if wording == "short":
        return _bare(attribute)
    lines = [f"- {_defined(option)}" for option in listed(attribute)]
    return "\n".join(
        [
            f"This is a photo of a product. {_bare(attribute)} The answer is one of:",
            *lines,
            "Answer with the words before the colon.",
        ]
    )


def letters_question(
    attribute: Attribute, first: int = 0, wording: Wording = "short"
) -> tuple[str, tuple[str, ...]]:
    """A question whose answer is a letter, and the names of the options that A, B, C, … stand for.

    The list begins with option ``first`` of ``listed`` and goes round: models prefer some letters,
    and asking with several beginnings evens that out. Raises ValueError beyond 26 options.
    """
    options = listed(attribute)
    turned = options[first:] + options[:first]
    lines = [
        f"{letter}. {_defined(option) if wording == 'long' else option.name}"
        for letter, option in zip(letters(len(turned)), turned, strict=True)
    ]
    text = "\n".join([_bare(attribute), *lines, "Answer with the letter."])
    return text, tuple(option.name for option in turned)


def letters(count: int) -> tuple[str, ...]:
    """A, B, C, …: as many as there are options. Raises ValueError beyond 26."""
    if count > len(ascii_uppercase):
        raise ValueError(f"There are no letters for {count} options.")
    return tuple(ascii_uppercase[:count])


def yes_no_question(attribute: Attribute, option: Option, wording: Wording = "short") -> str:
    """A question about one option, whose answer is Yes or No."""
    title = _title(attribute)
    if wording == "short":
        return f"{title}: {option.name}? Yes or no."
    meaning = f" ({option.definition})" if option.definition else ""
    return (
        f"This is a photo of a product. {_bare(attribute)} "
        f'Is "{option.name}"{meaning} a right answer? Answer Yes or No.'
    )


def json_prompt(
    attributes: Sequence[Attribute],
    wording: Wording = "short",
    *,
    stage: str = "",
    confidence: bool = False,
) -> str:
    """A prompt that asks for several attributes at once, to be answered with one JSON object.

    ``confidence``: ask also how sure the model is, as ``<attribute>_confidence`` from 0 to 1. What
    it says there is no probability and is never taken for one.
    """
    opening = _OPENING.get(stage, "Look at the product in the photo.")
    lines = [_asked(attribute, wording) for attribute in attributes]
    keys = ", ".join(_example(attribute, confidence) for attribute in attributes)
    sure = " A confidence is a number from 0 to 1." if confidence else ""
    return "\n".join(
        [
            f"{opening} Say what can be seen and choose from these options only.",
            *lines,
            f"Answer with one JSON object and nothing else.{sure} Its form:",
            f"{{{keys}}}",
        ]
    )


def repair_prompt(faults: Mapping[str, str]) -> str:
    """What is said to a model whose answer could not be used: attribute → what is wrong with it."""
    told = "\n".join(f"- {name}: {fault}" for name, fault in faults.items())
    return (
        "That answer cannot be used.\n"
        f"{told}\n"
        "Answer again with the whole JSON object and nothing else; use the options as they are "
        "written."
    )


def json_schema(attributes: Iterable[Attribute], *, confidence: bool = False) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of an answer to ``json_prompt``.

    A single choice is one of the options' names, a multiple choice an array of them. Every key is
    required and no other is allowed, as constrained decoding needs it.
    """
    properties: dict[str, Any] = {}
    for attribute in attributes:
        properties[attribute.name] = _value_schema(attribute)
        if confidence:
            properties[f"{attribute.name}_confidence"] = {
                "type": "number", "minimum": 0, "maximum": 1
            }  # fmt: skip
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _value_schema(attribute: Attribute) -> dict[str, Any]:
    choice = {"type": "string", "enum": [option.name for option in listed(attribute)]}
    if not attribute.multiple:
        return choice
    return {
        "type": "array",
        "items": choice,
        "uniqueItems": True,
        "maxItems": attribute.at_most or len(attribute.options),
    }


def _asked(attribute: Attribute, wording: Wording) -> str:
    """One line of a JSON prompt, or several where definitions are told."""
    many = ""
    if attribute.multiple:
        many = f" (up to {attribute.at_most})" if attribute.at_most else " (all that hold)"
    head = f"{attribute.name}: {_bare(attribute)}{many}"
    if wording == "short":
        return f"{head} {', '.join(option.name for option in listed(attribute))}."
    return "\n".join([head, *(f"- {_defined(option)}" for option in listed(attribute))])


def _example(attribute: Attribute, confidence: bool) -> str:
    value = '["...", "..."]' if attribute.multiple else '"..."'
    sure = f', "{attribute.name}_confidence": 0.0' if confidence else ""
    return f'"{attribute.name}": {value}{sure}'


def _defined(option: Option) -> str:
    return f"{option.name}: {option.definition}" if option.definition else option.name


def _bare(attribute: Attribute) -> str:
    """The attribute's own question, or one made of its title."""
    return attribute.question or f"What is its {_title(attribute).lower()}?"


def _title(attribute: Attribute) -> str:
    return attribute.title or attribute.name.replace("_", " ").capitalize()
