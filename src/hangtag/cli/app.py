"""The command ``hangtag`` and its verbs."""

from __future__ import annotations

import click

import hangtag
from hangtag.cli.compare import compare
from hangtag.cli.databricks import databricks
from hangtag.cli.demo import demo
from hangtag.cli.doctor import doctor
from hangtag.cli.evaluate import evaluate
from hangtag.cli.index import index
from hangtag.cli.plan import plan
from hangtag.cli.report import report
from hangtag.cli.review import review
from hangtag.cli.sample import sample
from hangtag.cli.search import search
from hangtag.cli.serve import serve
from hangtag.cli.tag import tag
from hangtag.cli.taxonomy import taxonomy
from hangtag.cli.teach import teach

__all__ = ["app"]


class _InOrder(click.Group):
    """Verbs in the order in which a person needs them, not in that of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(hangtag.__version__, package_name="hangtag")
def app() -> None:
    """Read product photos and write the tag.

    Material, pattern, formality, collar, sleeves, fit, style and details of every product, each
    with a probability that holds, in tables that any Delta reader opens.

    New here? `hangtag demo` shows all of it on drawn products.
    """


_VERBS = (
    tag, plan, evaluate, report, review, sample, teach,
    index, search, serve, compare, taxonomy, databricks, demo, doctor,
)  # fmt: skip
for _verb in _VERBS:
    app.add_command(_verb)
