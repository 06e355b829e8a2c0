"""The review page with a broken connection: answers come late, out of order, or never."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from real_browser import launched
from review_page import browser_of, confirm, product, rows, saved
from review_shop import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    with served(folder) as (told, _):
        yield told


COME_BACK = "() => document.dispatchEvent(new Event('visibilitychange'))"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "content_type": "text/html", "body": "<h1>Log in to the proxy</h1>"},
        {"status": 200, "content_type": "application/json", "body": '{"save_id": "brok'},
        {"status": 403, "body": "The proxy lets nobody in."},
        {"status": 404, "json": {"error": "Another server has that port."}},
        {"status": 408, "body": ""},
    ],
    ids=lambda answer: f"{answer['status']}-{len(answer.get('body', ''))}",
)
def test_what_only_the_way_to_the_server_refused_is_sent_again(
    browser: Browser, address: str, folder: Path, answer: dict[str, Any]
) -> None:
    """Only the review itself can say that something cannot be kept."""
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.goto("/?queue=random")
        page.route("**/api/save", lambda route: route.fulfill(**answer), times=1)
        said = confirm(page)
        saved(page)
    assert {row.product_id for row in rows(folder)} == {said}


def test_what_somebody_reviewed_while_a_page_slept_is_not_reviewed_again_unawares(
    browser: Browser, address: str, folder: Path
) -> None:
    """The page says so of the product that it shows, and leaves out those that were to follow."""
    with (
        browser_of(browser, address, "Ann") as anns,
        browser_of(browser, address, "Bob") as bobs,
    ):
        ann, bob = anns.new_page(), bobs.new_page()
        with ann.expect_request("**/api/next") as asked:
            ann.goto("/?queue=random")
        mine = product(ann)
        # Her claims end.
        ann.request.post("/api/release", data={"session": asked.value.post_data_json["session"]})
        bob.goto("/?queue=random")
        his = [confirm(bob), confirm(bob)]
        assert his[0] == mine
        saved(bob)
        bob.close()
        ann.evaluate(COME_BACK)
        expect(ann.locator("#toast")).to_contain_text(f"{mine}: Another page has got this product")
        assert product(ann) == mine
        confirm(ann)
        assert product(ann) not in his
