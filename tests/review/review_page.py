"""The review page as a person sees it, and connections that a test can break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from hangtag.corrections import Corrections
from hangtag.workspace import Workspace


def product(page: Page) -> str:
    """The id of the product that is shown."""
    expect(page.locator(".about .id")).to_be_visible()
    return page.locator(".about .id").inner_text()


def confirm(page: Page) -> str:
    """Say yes to the product that is shown and wait for the next one; the id of the first."""
    shown = product(page)
    page.keyboard.press("Enter")
    expect(page.locator(".about .id")).not_to_have_text(shown)
    return shown


def saved(page: Page) -> None:
    """Wait until the server has all that was said."""
    page.wait_for_function(
        "() => !Object.keys(localStorage).some((name) => name.startsWith('hangtag-review-outbox'))"
    )


def rows(folder: Path) -> list[Any]:
    """All that the server has kept."""
    return Corrections(Workspace(folder / "shop")).rows()


def kept_once(folder: Path) -> set[str]:
    """The products that the server has words of, none of which is kept twice."""
    found = rows(folder)
    assert len({(row.product_id, row.attribute) for row in found}) == len(found)
    return {row.product_id for row in found}


@contextmanager
def browser_of(browser: Browser, address: str, name: str) -> Iterator[BrowserContext]:
    """A browser of one person's own. It may complain of the connection, not of the page's code."""
    context = browser.new_context(base_url=address)
    context.set_default_timeout(30_000)
    # An empty page has no storage.
    context.add_init_script(
        f"if (location.host) localStorage.setItem('hangtag-review-person', '{name}')"
    )
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert errors == []


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for it, and let the page ask and be answered meanwhile."""
    for _ in range(600):
        if holds():
            return
        page.wait_for_timeout(50)
    pytest.fail("It never came to that.")


class Held:
    """What a page asks of one path, held back until it is let go."""

    def __init__(self, page: Page, path: str):
        self._page = page
        self._routes: list[Route] = []
        self._holding = True
        page.route(f"**{path}", self._come)

    def came(self) -> bool:
        """Whether any has come."""
        return bool(self._routes)

    def wait(self) -> Request:
        """The first that comes."""
        until(self._page, self.came)
        return self._routes[0].request

    def let_go(self) -> None:
        """Let through what has come, and all that comes from now on."""
        self._holding = False
        for route in self._routes:
            route.continue_()
        self._routes.clear()

    def _come(self, route: Route) -> None:
        if self._holding:
            self._routes.append(route)
        else:
            route.continue_()
