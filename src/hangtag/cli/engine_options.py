"""Options that only some engines take. To add one: a line here, its name in the registry."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from hangtag.cli.options import COUNT, FILE

__all__ = ["engine_options"]

_OPTIONS = (
    click.option("--model", help="Its model: a file, a folder or a name, as the engine has it."),
    click.option("--revision", help="Of the model. [default: the newest that is here]"),
    click.option("--tiles", type=COUNT, help="Cut photos into up to N × N tiles (vlm)."),
    click.option("--mode", help="How it answers: score or generate (vlm)."),
    click.option("--wording", help="Of questions: short or long (vlm)."),
    click.option("--readouts", type=FILE, help="YAML: how each attribute is asked (vlm)."),
    click.option("--device", help="cuda, mps or cpu (vlm). [default: the best there is]"),
    click.option("--threads", type=COUNT, help="For the engine. [default: one a core, at most 4]"),
)


def engine_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Add what engines take; the verb gets those that were given as ``engine_options``, a dict.

    ``open_engine(name, taxonomy, **engine_options)`` refuses what the engine does not take.
    """
    names: list[str] = []

    @functools.wraps(verb)
    def gathered(**given: Any) -> Any:
        options = {name: given.pop(name) for name in names}
        told = {name: value for name, value in options.items() if value is not None}
        return verb(**given, engine_options=told)

    before = len(getattr(gathered, "__click_params__", ()))
    for option in reversed(_OPTIONS):
        option(gathered)
    added: list[click.Parameter] = gathered.__click_params__[before:]  # type: ignore[attr-defined]
    names.extend(parameter.name for parameter in added if parameter.name)
    return gathered
