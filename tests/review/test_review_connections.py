"""The review page with a broken connection: answers come late, out of order, or never."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect
from review_page import Held, browser_of, confirm, kept_once, product, rows, saved, until
from review_shop import PRODUCTS, served

pytestmark = pytest.mark.browser


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


def test_one_goes_on_while_saves_are_slow(browser: Browser, address: str, folder: Path) -> None:
    """What is on its way does not come again, and nobody is told that nothing is left."""
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.goto("/?queue=random")
        held = Held(page, "/api/save")
        said = [confirm(page) for _ in range(PRODUCTS - 1)]
        said.append(product(page))
        page.keyboard.press("Enter")
        expect(page.locator(".notice h2")).to_have_text("One moment")
        held.let_go()
        expect(page.locator(".notice h2")).to_have_text("All done")
        saved(page)
    assert kept_once(folder) == set(said) == {f"p{n}" for n in range(PRODUCTS)}


def test_what_waits_to_be_saved_does_not_come_again_after_a_reload(
    browser: Browser, address: str, folder: Path
) -> None:
    """The page that is gone knew that it was said; the new one finds it in the browser."""
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.goto("/?queue=random")
        held = Held(page, "/api/save")
        said = [confirm(page), confirm(page)]
        page.reload()
        said.append(confirm(page))
        held.let_go()
        saved(page)
    assert kept_once(folder) == set(said)
    assert len(set(said)) == 3


def test_what_undo_shows_stays_when_the_next_product_comes_late(
    browser: Browser, address: str
) -> None:
    """Or the next key would say yes to another product than the one that was called back."""
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.goto("/?queue=random")
        product(page)
        held = Held(page, "/api/next")
        for _ in range(3):
            confirm(page)
        last = product(page)
        page.keyboard.press("Enter")
        # The card that was judged goes, so that no key is lost on it.
        expect(page.locator(".notice h2")).to_have_text("One moment")
        page.keyboard.press("u")
        assert product(page) == last
        with page.expect_response("**/api/next"):
            held.let_go()
        saved(page)
        assert product(page) == last
        assert confirm(page) == last


def test_an_answer_to_what_was_asked_before_is_not_taken_for_the_end(
    browser: Browser, address: str
) -> None:
    """A page with enough at hand asks for nothing more; when that is answered, it may need more."""
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.goto("/?queue=random")
        product(page)
        with page.expect_response("**/api/next"):
            page.evaluate(COME_BACK)
        held = Held(page, "/api/next")
        until(page, lambda: page.evaluate(COME_BACK) or held.came())
        assert held.wait().post_data_json["n"] == 0
        said = [confirm(page) for _ in range(4)]
        said.append(product(page))
        page.keyboard.press("Enter")
        saved(page)
        held.let_go()
        expect(page.locator(".about .id")).not_to_have_text(said[-1])
        assert product(page) not in said


def test_a_save_that_is_refused_for_good_is_told_and_its_product_comes_again(
    browser: Browser, address: str, folder: Path
) -> None:
    """It stops neither the saves behind it nor the queue, and undo goes past it."""
    refusal = {"status": 422, "json": {"error": "There is no such option.", "hint": "Look again."}}
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.goto("/?queue=random")
        first = confirm(page)
        saved(page)
        page.route("**/api/save", lambda route: route.fulfill(**refusal))
        said = [product(page)]
        page.keyboard.press("Enter")
        expect(page.locator("#toast")).to_have_text(
            f"{said[0]}: There is no such option. Look again."
        )
        for _ in range(5):
            said.append(confirm(page))
        saved(page)
        page.unroute("**/api/save")
        page.keyboard.press("u")
        expect(page.locator(".about .id")).to_have_text(first)
        end = page.get_by_role("heading", name="All done")
        while expect(page.locator(".about .id").or_(end)).to_be_visible() or not end.is_visible():
            shown = product(page)
            page.keyboard.press("Enter")
            page.locator(f".about .id:text-is('{shown}')").wait_for(state="detached")
        saved(page)
    assert {row.product_id for row in rows(folder)} == {f"p{n}" for n in range(PRODUCTS)}


def test_what_another_queue_gives_is_not_let_go_by_a_release_that_comes_late(
    browser: Browser, address: str
) -> None:
    """The page lets go of one queue before it asks the next one."""
    with (
        browser_of(browser, address, "Ann") as anns,
        browser_of(browser, address, "Bob") as bobs,
    ):
        ann, bob = anns.new_page(), bobs.new_page()
        ann.goto("/?queue=random")
        product(ann)
        held = Held(ann, "/api/release")
        asked: list[str] = []
        ann.on("request", lambda request: asked.append(request.url))
        ann.get_by_label("Queue").select_option("unsure")
        held.wait()
        assert not any(url.endswith("/api/next") for url in asked)
        with ann.expect_response("**/api/release"):
            held.let_go()
        expect(ann.locator(".about .id")).to_have_text(re.compile("^p[34]$"))
        bob.goto("/?queue=unsure")
        assert product(bob) not in ("p3", "p4")


def test_what_a_closed_tab_leaves_is_sent_by_the_tab_that_stays(
    browser: Browser, address: str, folder: Path
) -> None:
    """At once, whichever of the two was opened first; a tab that lives keeps its own."""
    with browser_of(browser, address, "Ann") as context:
        tabs = [context.new_page() for _ in range(3)]
        for tab in tabs:
            tab.goto("/?queue=random")
            product(tab)
        first, middle, last = tabs
        said = []
        for tab in (first, last):
            tab.route("**/api/save", lambda route: route.abort())
            said.append(confirm(tab))
            expect(tab.locator("#saving")).to_have_text("1 answer waits for the server")
        assert middle.locator("#saving").inner_text() == ""
        first.close()
        last.close()
        saved(middle)
    assert kept_once(folder) == set(said)


def test_a_save_whose_answer_was_lost_is_kept_once(
    browser: Browser, address: str, folder: Path
) -> None:
    """The server had it, the page did not know, and undo was pressed meanwhile."""
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.goto("/?queue=random")
        lost = []

        def lose(route: Route) -> None:
            lost.append(route.fetch().status)
            route.abort()

        page.route("**/api/save", lose, times=2)
        said = confirm(page)
        page.keyboard.press("u")
        expect(page.locator(".about .id")).to_have_text(said)
        confirm(page)
        saved(page)
    kinds = [row.kind for row in rows(folder) if row.attribute == "pattern"]
    assert lost == [200, 200]
    assert kinds == ["confirmed", "reverted", "confirmed"]


def test_a_page_goes_on_by_itself_when_the_server_is_back(browser: Browser, folder: Path) -> None:
    """It has used up what it had; nobody need look for a button or say anything twice."""
    with served(folder) as (address, server), browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.goto("/?queue=random")
        product(page)
        server.kill()
        server.wait(timeout=120)
        said = [confirm(page) for _ in range(3)]
        said.append(product(page))
        page.keyboard.press("Enter")
        expect(page.locator(".notice h2")).to_have_text("The server does not answer.")
        port = int(address.rstrip("/").rpartition(":")[2])
        with served(folder, port=port):
            said.append(confirm(page))
            saved(page)
            product(page)
    assert kept_once(folder) == set(said)
    assert len(set(said)) == 5


def test_a_page_with_nothing_to_do_gets_what_others_let_go(browser: Browser, address: str) -> None:
    """It asks again while somebody looks at it."""
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        bob = {"person": "Bob", "session": "session-bob"}
        holding: list[str] = []
        for n in (10, PRODUCTS - 10):
            asked = {**bob, "queue": "random", "n": n, "holding": holding}
            cards = page.request.post("/api/next", data=asked).json()["products"]
            holding += [card["product_id"] for card in cards]
        page.goto("/?queue=random")
        expect(page.locator(".notice p").first).to_contain_text("is with Bob")
        page.request.post("/api/release", data={"session": bob["session"]})
        page.evaluate(COME_BACK)
        product(page)


def test_a_connection_that_never_answers_is_given_up_and_tried_again(
    browser: Browser, address: str, folder: Path
) -> None:
    """The network in between is gone without a word: after a minute the page says that it waits."""
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.clock.install()
        page.goto("/?queue=random")
        held = Held(page, "/api/save")
        said = confirm(page)
        held.wait()
        page.clock.run_for(60_000)
        expect(page.locator("#saving")).to_have_text("1 answer waits for the server")
        page.unroute("**/api/save")
        page.clock.run_for(5_000)
        saved(page)
    assert {row.product_id for row in rows(folder)} == {said}


def test_a_login_in_the_midst_leads_back_to_the_same_queue(browser: Browser, folder: Path) -> None:
    """Or what follows would be said in another one, a sample's with its confidence seen."""
    told = {"HANGTAG_REVIEW_TOKEN": "the token of the team"}
    with served(folder, **told) as (address, _), browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.goto("/?queue=random&attribute=pattern")
        page.get_by_label("The token").fill("the token of the team")
        page.keyboard.press("Enter")
        product(page)
        expect(page.get_by_label("Queue")).to_have_value("random")
        page.get_by_label("Queue").select_option("unsure")
        expect(page.locator(".about .id")).to_have_text(re.compile("^p[34]$"))
        context.clear_cookies()
        page.keyboard.press("Enter")
        page.get_by_label("The token").fill("the token of the team")
        page.keyboard.press("Enter")
        product(page)
        expect(page.get_by_label("Queue")).to_have_value("unsure")
        expect(page.get_by_label("Attribute")).to_have_value("pattern")
        saved(page)


SIDES = """() => [...document.querySelectorAll(
    '.desk-bar .brand span, .choosers select, .desk-bar .meter, .desk-bar .desk-tools')]
    .map((part) => part.getBoundingClientRect())
    .map(({ left, right, height }) => [left, right, height])"""


@pytest.mark.parametrize("width", [940, 1200])
def test_what_waits_finds_its_place_in_the_head_of_the_page(
    browser: Browser, address: str, width: int
) -> None:
    """Nothing is pushed over something else, and the name stays in one line."""
    with browser_of(browser, address, "Ann") as context:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 700})
        page.goto("/?queue=random")
        context.route("**/api/save", lambda route: route.abort())
        confirm(page)
        expect(page.locator("#saving")).to_contain_text("for the server")
        parts = page.evaluate(SIDES)
        context.unroute("**/api/save")
        saved(page)
    assert all(one[1] <= other[0] for one, other in pairwise(parts))
    assert parts[0][2] < 32
    assert parts[-1][1] <= width
