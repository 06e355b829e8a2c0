"""Options that only some engines take. To add one: a line here, its name in the registry."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from hangtag.cli.options import AMOUNT, COUNT, FILE

__all__ = ["engine_options"]

_OPTIONS = (
    click.option("--model", help="Its model: a file, a folder or a name, as the engine has it."),
    click.option("--revision", help="Of the model. [default: the newest that is here]"),
    click.option("--tiles", type=COUNT, help="Cut photos into up to N × N tiles (vlm)."),
    click.option("--mode", help="How it answers: score or generate (vlm, served)."),
    click.option("--wording", help="Of questions: short or long (vlm, served)."),
    click.option("--readouts", type=FILE, help="YAML: how each attribute is asked (vlm)."),
    click.option("--device", help="cuda, mps or cpu (vlm). [default: the best there is]"),
    click.option(
        "--taught", type=FILE,
        help="Heads from `hangtag teach` (compact). [default: those of the workspace]",
    ),
    click.option(
        "--calibration", type=FILE,
        help="Fitted by `hangtag evaluate`. [default: that of the workspace]",
    ),
    click.option("--threads", type=COUNT, help="For the engine. [default: one a core, at most 4]"),
    click.option("--base-url", help="Of the server: http://localhost:8000/v1 (served)."),
    click.option(
        "--api-key-env", metavar="NAME",
        help="Environment variable with the key (served). [default: HANGTAG_API_KEY]",
    ),
    click.option("--prompts", help="staged, or a single one for all attributes (served)."),
    click.option("--photo-side", type=COUNT, help="Pixels of photos sent (served). [default: 512]"),
    click.option("--concurrency", type=COUNT, help="Questions at once (served). [default: 16]"),
    click.option("--timeout", type=AMOUNT, help="Seconds for an answer (served). [default: 120]"),
    click.option(
        "--patience", type=AMOUNT,
        help="Seconds without any answer before the run stops (served). [default: 300]",
    ),
    click.option("--first", metavar="ENGINE", help="Asked first (cascade). [default: compact]"),
    click.option("--then", metavar="ENGINE", help="Asked where it is unsure. [default: vlm]"),
    click.option(
        "--target-accuracy", type=AMOUNT,
        help="Of what the first engine answers alone (cascade). [default: 0.95]",
    ),
    click.option("--price-in", type=AMOUNT, help="Of a million tokens read (served)."),
    click.option("--price-out", type=AMOUNT, help="Of a million tokens written (served)."),
    click.option("--max-spend", type=AMOUNT, help="Stop before more is spent (served)."),
)  # fmt: skip


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
