"""The page in a real browser, as people use it: with a mouse, with keys alone, on a phone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import HOSTILE
from playwright.sync_api import Browser, Page, expect
from real_browser import launched, watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def address(tagged: Path) -> Iterator[str]:
    """Of a server as people start it."""
    command = [sys.executable, "-m", "hangtag", "serve", str(tagged / "shop"), "--port", "0"]
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())["address"]
        finally:
            server.terminate()
            server.wait(timeout=120)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that may neither complain nor ask anybody else anything."""
    yield from watched(browser, address)


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    size = {"width": 390, "height": 844}
    yield from watched(browser, address, viewport=size, is_mobile=True, has_touch=True)


def cards(page: Page) -> list[str]:
    """The ids of the products shown, in order."""
    expect(page.locator("#found")).to_have_attribute("aria-busy", "false")
    return page.locator(".grid .card").evaluate_all("all => all.map((one) => one.dataset.id)")


def search(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(re.compile(re.escape(words.split(maxsplit=1)[0])))


def test_an_empty_page_offers_queries_that_find_something(page: Page) -> None:
    """One click asks it."""
    page.goto("/")
    offered = page.locator(".tries a").first
    words = offered.inner_text()
    offered.click()
    expect(page.get_by_role("searchbox")).to_have_value(words)
    expect(page.locator(".tries")).to_have_count(0)
    assert cards(page)


def test_searching_shows_what_was_understood_and_why(page: Page) -> None:
    """Words become tags; each card says which of them it answers."""
    page.goto("/")
    assert len(cards(page)) == 13
    search(page, "striped dress")
    tags = page.get_by_role("list", name="What your words were taken to mean")
    expect(tags).to_contain_text("Pattern: striped")
    expect(tags).to_contain_text("Article type: Dresses")
    assert cards(page)[0] == "5"
    expect(page.locator(".card").first.locator(".why")).to_contain_text("striped")
    marked = re.compile(r"striped\s*>?\d+ %\s*uncalibrated")
    expect(page.locator(".card").first.locator(".why")).to_contain_text(marked)
    expect(page.locator("#status")).to_contain_text("ms")


def test_typing_is_enough_and_going_back_undoes_all_of_it(page: Page) -> None:
    """One query is one step, however many letters it has."""
    page.goto("/")
    cards(page)
    page.get_by_role("searchbox").press_sequentially("floral dress", delay=30)
    expect(page).to_have_url(re.compile(r"q=floral\+dress"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.get_by_role("searchbox")).to_have_value("")
    assert len(cards(page)) == 13


def test_a_tag_that_is_taken_off_takes_its_words_along(page: Page) -> None:
    """And the "without" in front of them."""
    page.goto("/?q=striped+dress+without+pockets")
    page.get_by_role("button", name="Search without “pockets”").click()
    expect(page.get_by_role("searchbox")).to_have_value("striped dress")
    page.get_by_role("button", name="Search without “striped”").click()
    expect(page.get_by_role("searchbox")).to_have_value("dress")


def test_tags_taken_off_faster_than_answers_come_are_all_off(page: Page) -> None:
    """Each takes its words from the query as it is by then."""
    page.goto("/?q=striped+dress+without+pockets")
    expect(page.get_by_role("button", name="Search without “pockets”")).to_be_visible()
    # Both in one go: no answer can come between.
    page.evaluate(
        "[...document.querySelectorAll('.tag .off')].forEach((tag, i) => i % 2 || tag.click())"
    )
    expect(page.get_by_role("searchbox")).to_have_value("dress")


def test_wishes_can_be_made_conditions(page: Page) -> None:
    """Must match: what does not is not shown."""
    page.goto("/?q=striped+dress")
    assert len(cards(page)) > 1
    page.get_by_label("Must match all of these").check()
    expect(page.locator(".grid .card")).to_have_count(1)
    expect(page).to_have_url(re.compile("strict=1"))


def test_filters_narrow_and_stay_in_the_address(page: Page) -> None:
    """The counts tell beforehand how many will be left; reloading keeps them."""
    page.goto("/")
    filters = page.get_by_role("complementary", name="Filters")
    women = filters.get_by_label(re.compile("^Women"))
    expect(filters.locator("label", has_text="Women")).to_contain_text("8")
    women.check()
    expect(page.locator(".grid .card")).to_have_count(8)
    filters.get_by_label(re.compile("^Dresses")).check()
    expect(page.locator(".grid .card")).to_have_count(2)
    page.reload()
    expect(page.locator(".grid .card")).to_have_count(2)
    expect(women).to_be_checked()
    page.go_back()
    expect(page.locator(".grid .card")).to_have_count(8)
    page.get_by_role("button", name="Clear it").click()
    expect(page.locator(".grid .card")).to_have_count(13)


def test_a_product_opens_with_its_readings_and_closes_again(page: Page) -> None:
    """Its address can be mailed; closing goes back to the list, and to the card."""
    page.goto("/?q=striped+dress")
    page.get_by_role("link", name="Exe Striped Dress").click()
    panel = page.get_by_role("dialog", name="Exe Striped Dress")
    expect(panel.get_by_role("heading", name=re.compile("photo"))).to_be_visible()
    expect(panel).to_contain_text("Why it is here")
    expect(panel).to_contain_text("the catalog says so")
    # The engine of these tests has no calibration.
    readings = panel.locator("button.sure")
    expect(readings.first).to_contain_text("uncalibrated")
    assert readings.count() == readings.filter(has_text="uncalibrated").count()
    expect(page).to_have_url(re.compile("product=5"))
    options = panel.get_by_role("button", name="%").nth(1)
    options.click()
    expect(options).to_have_attribute("aria-expanded", "true")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    expect(page).to_have_url(re.compile("q=striped"))
    expect(page.get_by_role("link", name="Exe Striped Dress")).to_be_focused()
    page.goto("/?product=5")
    expect(panel).to_be_visible()


def test_look_alikes_are_one_step_away(page: Page) -> None:
    """From the panel; the page says what they look like."""
    page.goto("/?product=12")
    page.get_by_role("button", name="More that look like this").click()
    expect(page.locator("#context")).to_contain_text("In a Folder")
    assert cards(page)[0] == "no/13 ?#é"
    page.get_by_role("button", name="Back to all products").click()
    expect(page.locator("#context")).to_be_empty()


def test_a_photo_of_ones_own_finds_products_and_survives_reloading(
    page: Page, tagged: Path
) -> None:
    """It is kept by the tab, not by the server."""
    page.goto("/")
    cards(page)
    page.locator("#photo-file").set_input_files(tagged / "images" / "sub" / "twelfth.png")
    expect(page.locator("#context")).to_contain_text("your photo")
    assert set(cards(page)[:2]) == {"12", "no/13 ?#é"}
    page.reload()
    expect(page.locator("#context")).to_contain_text("your photo")
    assert set(cards(page)[:2]) == {"12", "no/13 ?#é"}


def test_a_file_that_is_no_photo_is_told(page: Page, tagged: Path) -> None:
    """With a way back."""
    page.goto("/")
    page.locator("#photo-file").set_input_files(tagged / "styles.csv")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Back to all products").last.click()
    expect(page.locator(".grid .card")).to_have_count(13)


def test_two_ways_to_search_stand_side_by_side(page: Page) -> None:
    """With ranks, what moved, and a choice for each side."""
    page.goto("/?q=striped")
    page.get_by_role("button", name="A / B").click()
    a, b = (page.get_by_role("region", name=re.compile(f"^{side}:")) for side in "AB")
    expect(a.locator(".card")).to_have_count(2)
    expect(b.locator(".card")).not_to_have_count(2)
    expect(page.locator("#status")).to_contain_text("in both lists")
    expect(b.get_by_text("only B").first).to_be_visible()
    page.get_by_label("Configuration A").select_option("metadata")
    expect(page).to_have_url(re.compile("a=metadata"))
    expect(page.get_by_role("region", name="A: metadata")).to_be_visible()
    page.get_by_role("button", name="A / B").click()
    expect(page.locator("#grid")).to_be_visible()


def test_everything_can_be_done_with_keys_alone(page: Page) -> None:
    """Slash, arrows, Enter, arrows again, Escape; the focus is never lost."""
    page.goto("/?q=shirt")
    order = cards(page)
    focused = "document.activeElement.closest('.card')?.dataset.id"
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == order[0]
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == order[1]
    page.keyboard.press("ArrowDown")
    below = order.index(page.evaluate(focused))
    assert below > 1
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == order[1]
    page.keyboard.press("End")
    assert page.evaluate(focused) == order[-1]
    page.keyboard.press("Home")
    photo = page.locator(f".card[data-id='{order[0]}'] > .photo")
    expect(photo).to_have_css("outline-style", "solid")
    page.keyboard.press("Enter")
    expect(page.locator("#panel .id")).to_have_text(order[0])
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel .id")).to_have_text(order[1])
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#panel .id")).to_have_text(order[0])
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(f".card[data-id='{order[0]}'] a.open")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("floral dress")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=floral\+dress"))
    # The address comes before the answer.
    expect(page.locator(".card").first).to_have_attribute("data-id", "4")


def test_each_list_of_products_is_one_stop_of_the_tab_key(page: Page) -> None:
    """Whoever goes on by Tab does not pass a hundred cards."""
    page.goto("/?q=shirt")
    cards(page)
    page.locator(".card a.open").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "icon alike"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.grid')") is None


def test_a_hostile_title_is_text_wherever_it_stands(page: Page) -> None:
    """On its card, in its panel, in the title of a list of look-alikes."""
    page.goto("/")
    link = page.locator(".card[data-id='8'] a.open")
    expect(link).to_have_text(HOSTILE)
    link.click()
    expect(page.locator("#panel-title")).to_have_text(HOSTILE)
    page.get_by_role("button", name="More that look like this").click()
    expect(page.locator("#context strong")).to_have_text(HOSTILE)
    assert page.locator("img[src='x'], .grid b b").count() == 0
    assert "hacked" not in page.title()


@pytest.mark.parametrize(
    "query",
    [
        "👗✨",
        "'; DROP TABLE products; --",
        "<img src=x onerror=alert(1)>",
        "shirt" + " shirt" * 1700,
    ],
)
def test_any_query_is_answered_by_the_page(page: Page, query: str) -> None:
    """10 kB of text among them; the box keeps what was written."""
    page.goto("/")
    cards(page)
    page.get_by_role("searchbox").fill(query)
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(re.compile(r"\?q="))
    cards(page)
    expect(page.locator("[role=alert]")).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_have_value(query)


def test_nothing_found_says_what_to_do(page: Page) -> None:
    """And does it."""
    page.goto("/?f=gender:Men&f=article_type:Dresses")
    expect(page.get_by_role("heading", name="Nothing fits all of that")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator(".grid .card")).to_have_count(13)


def test_a_server_that_is_gone_is_told_and_can_be_tried_again(page: Page) -> None:
    """No spinner for ever."""
    page.goto("/")
    cards(page)
    page.route("**/api/search*", lambda route: route.abort())
    page.get_by_role("searchbox").fill("dress")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.unroute("**/api/search*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".card").first).to_be_visible()


def test_a_photo_that_is_missing_leaves_a_card_that_can_be_read(page: Page) -> None:
    """Not a broken picture."""
    page.goto("/?q=irt")
    expect(page.locator(".card[data-id='9'] .photo.gone")).to_have_text("no photo")


def test_on_a_phone_filters_open_from_below_and_nothing_is_cut_off(phone: Page) -> None:
    """The page is as wide as the screen in each of its states."""
    phone.goto("/?q=striped+shirt+for+women")
    cards(phone)
    phone.get_by_role("button", name="Filters").tap()
    sheet = phone.get_by_role("dialog", name="Filters")
    sheet.get_by_label(re.compile("^Women")).check()
    expect(phone.locator(".grid .card")).to_have_count(8)
    sheet.get_by_role("button", name="Close the filters").tap()
    expect(sheet).to_be_hidden()
    for path in (
        "/",
        "/?q=striped+shirt+for+women",
        "/?product=5",
        "/?q=striped&compare=1",
        "/docs",
    ):
        phone.goto(path)
        phone.wait_for_load_state("networkidle")
        wide = phone.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path


@pytest.mark.parametrize("path", ["/", "/?q=striped+dress", "/?q=striped&compare=1", "/?product=5"])
def test_whatever_can_be_used_has_a_name(page: Page, path: str) -> None:
    """Buttons, links, boxes, pictures: readers of the screen get to hear what they are."""
    page.goto(path)
    cards(page)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input:not([type=file]), select")]
          .filter((one) => !(one.textContent.trim() || one.getAttribute("aria-label")
            || one.getAttribute("title") || one.labels?.length))
          .map((one) => one.outerHTML)"""
    )
    assert nameless == []
    assert page.locator("img:not([alt])").count() == 0
    assert page.locator("main, header, aside, [role=search]").count() >= 4
    assert page.evaluate("document.documentElement.lang") == "en"
