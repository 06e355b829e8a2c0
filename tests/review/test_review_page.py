"""The review in real browsers: by keys alone, by two people at once, with a server that dies."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from api_client import HOSTILE
from playwright.sync_api import Browser, Page, expect
from real_browser import watched
from review_page import kept_once, product, rows, saved
from review_shop import PRODUCTS, served

from hangtag.workspace import Workspace

pytestmark = pytest.mark.browser


@contextmanager
def reviewer(browser: Browser, address: str, name: str, **kind: Any) -> Iterator[Page]:
    """A browser of one person's own."""
    with closing(watched(browser, address, **kind)) as pages:
        page = next(pages)
        page.add_init_script(f"localStorage.setItem('hangtag-review-person', '{name}')")
        yield page
        for _ in pages:
            pass


def test_a_person_is_asked_who_they_are_and_confirms_with_one_key(
    browser: Browser, address: str, folder: Path
) -> None:
    """The name stands beside what was said, and is remembered."""
    with closing(watched(browser, address)) as pages:
        page = next(pages)
        page.goto("/")
        page.get_by_label("Your name").fill("Ann")
        page.keyboard.press("Enter")
        first = product(page)
        # The engine of these tests has no calibration.
        sure = page.locator(".row .sure")
        assert sure.count() == sure.filter(has_text="uncalibrated").count() > 0
        page.keyboard.press("Enter")
        expect(page.locator(".about .id")).not_to_have_text(first)
        saved(page)
        page.reload()
        assert product(page) != first
        for _ in pages:
            pass
    found = rows(folder)
    assert {row.product_id for row in found} == {first}
    assert {(row.person, row.kind, row.queue) for row in found} == {("Ann", "confirmed", "unsure")}


def test_a_reading_is_corrected_left_out_and_undone_by_keys(
    browser: Browser, address: str, folder: Path
) -> None:
    """Digits choose, arrows move, x leaves out, u goes back to what one had chosen."""
    with reviewer(browser, address, "Ann") as page:
        page.goto("/?queue=random")
        first = product(page)
        row = page.locator(".row", has=page.get_by_role("button", name=re.compile("^Pattern")))
        while not row.evaluate("(one) => one.classList.contains('open')"):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("5")
        expect(row).to_have_class(re.compile("changed"))
        page.keyboard.press("ArrowDown")
        page.keyboard.press("x")
        expect(page.locator(".row.left-out")).to_have_count(1)
        expect(page.locator(".acts .primary")).to_contain_text("Correct 1, confirm")
        page.keyboard.press("Enter")
        expect(page.locator(".about .id")).not_to_have_text(first)
        page.keyboard.press("u")
        expect(page.locator(".about .id")).to_have_text(first)
        expect(page.locator(".row.changed")).to_have_count(1)
        expect(page.locator(".row.left-out")).to_have_count(1)
        page.keyboard.press("n")
        page.get_by_role("textbox", name="Note").fill("seen <b>twice</b>")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".remark")).to_have_text("Note: seen <b>twice</b>")
        page.keyboard.press("Enter")
        expect(page.locator(".about .id")).not_to_have_text(first)
        saved(page)
    found = rows(folder)
    kinds = [row.kind for row in found if row.attribute == "pattern"]
    assert kinds == ["corrected", "reverted", "corrected"]
    assert "formality" not in {row.attribute for row in found}
    assert found[-1].note == "seen <b>twice</b>"


def test_what_undo_calls_back_is_still_of_the_queue_that_gave_it(
    browser: Browser, address: str, folder: Path
) -> None:
    """Whatever queue was chosen since: a sample's answers are those that were given in it."""
    with reviewer(browser, address, "Ann") as page:
        page.goto("/?queue=random")
        first = product(page)
        page.keyboard.press("Enter")
        expect(page.locator(".about .id")).not_to_have_text(first)
        page.get_by_label("Queue").select_option("unsure")
        expect(page.locator(".about .id")).to_have_text(re.compile("^p[34]$"))
        page.keyboard.press("u")
        expect(page.locator(".about .id")).to_have_text(first)
        page.keyboard.press("Enter")
        expect(page.locator(".about .id")).to_have_text(re.compile("^p[34]$"))
        saved(page)
    told = [row for row in rows(folder) if row.kind != "reverted"]
    assert len({row.save_id for row in told}) == 2
    assert {row.queue for row in told} == {"random"}


def test_keys_do_nothing_where_they_should_not(
    browser: Browser, address: str, folder: Path
) -> None:
    """In dialogs and fields, or held down: one long press is not a catalog confirmed."""
    with reviewer(browser, address, "Ann") as page:
        page.goto("/")
        first = product(page)
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        page.keyboard.press("s")
        page.keyboard.press("Escape")
        page.keyboard.press("z")
        expect(page.locator("#zoom img")).to_be_visible()
        page.keyboard.press("z")
        expect(page.locator("#zoom")).to_be_hidden()
        page.get_by_label("Queue").focus()
        page.keyboard.press("x")
        expect(page.locator(".row.left-out")).to_have_count(0)
        assert product(page) == first
        page.locator("body").evaluate(
            "(body) => { document.activeElement.blur(); for (let n = 0; n < 5; n += 1) "
            "body.dispatchEvent(new KeyboardEvent('keydown', "
            "{ key: 'Enter', repeat: true, bubbles: true })); }"
        )
        assert product(page) == first
    assert rows(folder) == []


def test_a_login_that_has_ended_loses_nothing(browser: Browser, folder: Path) -> None:
    """What was said meanwhile is sent once somebody is let in again."""
    token = {"HANGTAG_REVIEW_TOKEN": "the token of the team"}
    with served(folder, **token) as (address, _):
        context = browser.new_context(base_url=address)
        page = context.new_page()
        page.add_init_script("localStorage.setItem('hangtag-review-person', 'Ann')")
        for _ in range(2):
            page.goto("/")
            page.get_by_label("The token").fill("the token of the team")
            page.keyboard.press("Enter")
            product(page)
            if not context.cookies():
                break
            context.clear_cookies()
            page.keyboard.press("Enter")
            expect(page).to_have_url(re.compile("/login$"))
        page.get_by_label("The token").fill("the token of the team")
        page.keyboard.press("Enter")
        product(page)
        saved(page)
        context.close()
    found = rows(folder)
    assert len({row.save_id for row in found}) == 2
    assert len({(row.product_id, row.attribute) for row in found}) == len(found)


def test_keys_that_tab_to_an_option_choose_it(browser: Browser, address: str) -> None:
    """As with any button: Enter and the space bar press it, and do not say yes to all."""
    with reviewer(browser, address, "Ann") as page:
        page.goto("/?queue=random&attribute=pattern")
        first = product(page)
        for key, option in (("Enter", "checkered"), ("Space", "polka dots")):
            chip = page.locator(".chip", has_text=option)
            chip.focus()
            page.keyboard.press(key)
            expect(chip).to_have_attribute("aria-pressed", "true")
        assert product(page) == first


def test_two_people_share_a_queue_and_nothing_is_lost_or_doubled(
    browser: Browser, address: str, folder: Path
) -> None:
    """Every product comes to one of them; what they say is there once."""
    with (
        reviewer(browser, address, "Ann") as ann,
        reviewer(browser, address, "Bob") as bob,
    ):
        seen: dict[str, list[str]] = {"Ann": [], "Bob": []}
        for page in (ann, bob):
            page.goto("/?queue=random")
            product(page)
        for _ in range(PRODUCTS):
            for name, page in (("Ann", ann), ("Bob", bob)):
                if page.locator(".about .id").count():
                    seen[name].append(product(page))
                    page.keyboard.press("Enter")
                    page.wait_for_function(
                        "(before) => { const one = document.querySelector('.about .id'); "
                        "return one ? one.textContent !== before : "
                        "document.querySelector('.notice') !== null; }",
                        arg=seen[name][-1],
                    )
        for page in (ann, bob):
            saved(page)
        # One of them may have let go of products that the other had been refused.
        for name, page in (("Ann", ann), ("Bob", bob)):
            page.reload()
            while page.locator(".about .id, .notice h2").first.text_content() not in (
                "All done",
                "One moment",
            ):
                seen[name].append(product(page))
                page.keyboard.press("Enter")
                saved(page)
                page.reload()
                page.locator(".about .id, .notice h2").first.wait_for()
        expect(ann.locator(".notice h2")).to_have_text("All done")
    assert seen["Ann"]
    assert seen["Bob"]
    assert not set(seen["Ann"]) & set(seen["Bob"])
    found = rows(folder)
    assert {row.product_id for row in found} == {f"p{n}" for n in range(PRODUCTS)}
    assert len({(row.product_id, row.attribute) for row in found}) == len(found)
    for name, ids in seen.items():
        assert {row.product_id for row in found if row.person == name} == set(ids)


def test_what_was_said_to_a_server_that_was_killed_is_kept_once(
    browser: Browser, folder: Path
) -> None:
    """Killed amid saves and started again: nothing half, nothing lost, nothing twice."""
    with served(folder) as (address, server):
        port = int(address.rstrip("/").rpartition(":")[2])
        with closing(watched(browser, address)) as pages:
            page = next(pages)
            page.add_init_script("localStorage.setItem('hangtag-review-person', 'Ann')")
            page.goto("/?queue=random")
            said = []
            for _ in range(3):
                said.append(product(page))
                page.keyboard.press("Enter")
                expect(page.locator(".about .id")).not_to_have_text(said[-1])
            server.send_signal(signal.SIGKILL)
            server.wait(timeout=120)
            said.append(product(page))
            page.keyboard.press("Enter")
            expect(page.locator("#saving")).to_contain_text("for the server")
            with served(folder, port=port):
                expect(page.locator("#saving")).to_have_text("")
                saved(page)
            page.context.close()
    assert kept_once(folder) == set(said)
    found = rows(folder)
    by_product = {i: {row.attribute for row in found if row.product_id == i} for i in said}
    assert len(set(map(frozenset, by_product.values()))) == 1
    stood = Workspace(folder / "shop").read("attributes").to_pylist()
    persons = {row["product_id"] for row in stood if "person" in dict(row["sources"]).values()}
    assert persons == set(said)


def test_hostile_text_is_shown_as_text(browser: Browser, address: str) -> None:
    """From the catalog and from people, on both pages."""
    with reviewer(browser, address, "<img src=x onerror=alert(1)>") as page:
        page.goto("/?queue=random")
        while (shown := product(page)) != "p5":
            page.keyboard.press("Enter")
            expect(page.locator(".about .id")).not_to_have_text(shown)
        expect(page.locator(".about h1")).to_have_text(HOSTILE)
        expect(page.locator(".about p")).to_contain_text("onerror")
        page.keyboard.press("Enter")
        saved(page)
        page.goto("/agreement")
        expect(page.locator("td b").first).to_have_text("<img src=x onerror=alert(1)>")
        assert page.title() == "Progress and agreement · hangtag"
        assert page.locator("img[src=x]").count() == 0


def test_a_token_lets_in_and_stays_good_when_the_server_starts_again(
    browser: Browser, folder: Path
) -> None:
    """The page leads to the login and back."""
    token = {"HANGTAG_REVIEW_TOKEN": "the token of the team"}
    with served(folder, **token) as (address, _):
        port = int(address.rstrip("/").rpartition(":")[2])
        context = browser.new_context(base_url=address)
        page = context.new_page()
        page.add_init_script("localStorage.setItem('hangtag-review-person', 'Ann')")
        page.goto("/")
        expect(page).to_have_url(re.compile("/login$"))
        page.get_by_label("The token").fill("a wrong one")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("not the token")
        page.get_by_label("The token").fill("the token of the team")
        page.keyboard.press("Enter")
        product(page)
    with served(folder, port=port, **token):
        page.reload()
        product(page)
        context.close()


def test_on_a_phone_everything_is_within_reach_of_a_thumb(
    browser: Browser, address: str, folder: Path
) -> None:
    """No key needed; nothing wider than the screen, nothing too small to hit."""
    size = {"width": 390, "height": 844}
    with reviewer(browser, address, "Ann", viewport=size, is_mobile=True, has_touch=True) as page:
        page.goto("/?queue=random&attribute=pattern")
        first = product(page)
        page.get_by_role("button", name="checkered").tap()
        page.get_by_role("button", name=re.compile("^Correct 1")).tap()
        expect(page.locator(".about .id")).not_to_have_text(first)
        page.goto("/?queue=random")
        product(page)
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= size["width"]
        small = page.locator(".chip, .row-head, .acts .button").evaluate_all(
            "all => all.filter((one) => one.offsetParent && one.offsetHeight < 40).length"
        )
        assert small == 0
        saved(page)
    (found,) = rows(folder)
    assert (found.product_id, found.attribute, found.value) == (first, "pattern", ("checkered",))
