"""A real Chromium, and pages in it that may neither complain nor ask anybody else anything."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

# A machine that is busy with other things is no fault of the page.
expect.set_options(timeout=30_000)

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium, or a failed test where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("There is no Chromium here. Install it with: apt install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


def watched(browser: Browser, address: str, **kind: object) -> Iterator[Page]:
    """A page; in the end it fails the test that it complained in."""
    context = browser.new_context(base_url=address, **kind)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(30_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if complains(said.text) else None)
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((address, "data:", "blob:"))
            else troubles.append(asked.url)
        ),
    )
    yield page
    context.close()
    assert troubles == []


def complains(text: str) -> bool:
    # Chromium logs each answer that is no success; those that are missing here are meant to be.
    return not re.search(r"Failed to load resource.* (404 |422 |net::ERR_FAILED)", text)
